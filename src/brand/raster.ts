import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const fontFile = new URL('../../public/inter-4/Inter-ExtraBold.ttf', import.meta.url);

type Draw = (svg: string, width: number) => Buffer;

let loading: Promise<Draw> | undefined;

/**
 * Draws an SVG document as a PNG of this width. The module and the font, 3 MB, are loaded for the first image: most
 * processes draw none.
 */
export async function drawPng(svg: string, width: number): Promise<Buffer> {
  loading ??= load();
  const draw = await loading;
  return draw(svg, width);
}

async function load(): Promise<Draw> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const module = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  const [code, font] = await Promise.all([readFile(module), readFile(fontFile)]);
  await initWasm(code);
  return (svg, width) => {
    const image = new Resvg(svg, { fitTo: { mode: 'width', value: width }, font: { fontBuffers: [font] } });
    try {
      return Buffer.from(image.render().asPng());
    } finally {
      image.free();
    }
  };
}

/** A PNG as an icon file (ICO), which may hold PNG since Windows Vista; its width is below 256. */
export function toIco(png: Buffer, width: number): Buffer {
  const header = Buffer.alloc(22);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(1, 4);
  header.writeUInt8(width, 6);
  header.writeUInt8(width, 7);
  header.writeUInt16LE(1, 10);
  header.writeUInt16LE(32, 12);
  header.writeUInt32LE(png.length, 14);
  header.writeUInt32LE(header.length, 18);
  return Buffer.concat([header, png]);
}
