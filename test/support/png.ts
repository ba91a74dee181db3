import { crc32, deflateSync } from 'node:zlib';

/** A PNG image in grey (https://www.w3.org/TR/png-3/), with further chunks before its pixels. */
export function png(
  width: number,
  height: number,
  { more = [], rows = height, grey = 0x80 }: { more?: Buffer[]; rows?: number; grey?: number } = {},
) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  // each row begins with its filter, which is none
  const row = Buffer.alloc(width + 1, grey).fill(0, 0, 1);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: rows }, () => row)));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), ...more, chunk('IDAT', pixels), chunk('IEND')]);
}

/** A chunk of a PNG image, with its checksum. */
export function chunk(type: string, data = Buffer.alloc(0)): Buffer {
  const framed = Buffer.alloc(data.length + 12);
  framed.writeUInt32BE(data.length, 0);
  framed.write(type, 4, 'latin1');
  data.copy(framed, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + data.length)), 8 + data.length);
  return framed;
}
