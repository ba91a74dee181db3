import { crc32, inflateSync } from 'node:zlib';
import { errorMessage } from '../kit/caught.ts';

const signature = Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1');

/** The shortest logo is sharp at twice the height at which pages show it; a side of the longest fits any decoder. */
const sides = { minHeight: 60, max: 2048 };

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** Whether a file says that it is a PNG image. */
export function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, signature.length).equals(signature);
}

/**
 * Returns the size of a PNG image in pixels, or the reason for which it cannot be a logo. Chunks, checksums and the
 * compressed pixels are checked, so that no browser finds a damaged file (https://www.w3.org/TR/png-3/).
 */
export function parsePng(bytes: Buffer): { readonly width: number; readonly height: number } | { reason: string } {
  const chunks = chunksOf(bytes);
  const [first] = chunks ?? [];
  if (!chunks || first?.type !== 'IHDR' || first.data.length !== 13) return { reason: 'it is a damaged PNG image' };
  const [width, height] = [first.data.readUInt32BE(0), first.data.readUInt32BE(4)];
  if (Math.max(width, height) > sides.max) return { reason: `a side of it is longer than ${sides.max} pixels` };
  if (height < sides.minHeight) {
    return { reason: `it is ${height} pixels high, and fewer than ${sides.minHeight} are blurred` };
  }
  if (chunks.some(({ type }) => type === 'acTL')) return { reason: 'it is animated' };
  const broken = brokenPixels(chunks, width * height);
  return broken === undefined ? { width, height } : { reason: `it is a damaged PNG image: ${broken}` };
}

/** The chunks of an image; undefined if one is cut off or has another checksum, or if the last one is missing. */
function chunksOf(bytes: Buffer): Chunk[] | undefined {
  const chunks: Chunk[] = [];
  let at = signature.length;
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length || crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: bytes.subarray(at + 8, end) });
    if (type === 'IEND') return chunks;
    at = end + 4;
  }
  return undefined;
}

/** The reason for which the pixels cannot be read. No pixel has more than eight bytes, and no row is without one. */
function brokenPixels(chunks: readonly Chunk[], pixels: number): string | undefined {
  const data = Buffer.concat(chunks.flatMap((chunk) => (chunk.type === 'IDAT' ? [chunk.data] : [])));
  try {
    const { length } = inflateSync(data, { maxOutputLength: pixels * 9 });
    return length >= pixels / 8 ? undefined : 'pixels are missing';
  } catch (error) {
    return errorMessage(error);
  }
}
