import { writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser } from '../../test/support/browser.ts';

/** A frame of a strip: a picture and what it shows. */
export interface Frame {
  readonly file: string;
  readonly label: string;
}

/** The size of a frame on a sheet, and how many stand side by side. Longer pages are cut off. */
export interface SheetSize {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
}

const gap = 10;

/** Puts frames onto one picture, in rows. */
export async function writeSheet(
  file: string,
  title: string,
  frames: readonly Frame[],
  { width, height, columns }: SheetSize,
): Promise<void> {
  const page = file.replace(/png$/, 'html');
  const figures = frames.map(
    (frame) =>
      `<figure><figcaption>${frame.label}</figcaption><div><img src="${relative(dirname(file), frame.file)}"></div></figure>`,
  );
  await writeFile(
    page,
    `<!doctype html><meta charset="utf-8"><title>${title}</title><style>
body { margin: ${gap}px; background: #8a8f98; font: bold 12px/16px sans-serif; }
main { display: flex; flex-wrap: wrap; gap: ${gap}px; }
figure { margin: 0; }
div { width: ${width}px; max-height: ${height}px; overflow: hidden; }
img { display: block; width: 100%; }
</style>${title}<main>${figures.join('')}</main>`,
  );
  const viewport = { width: Math.min(columns, frames.length) * (width + gap) + gap, height: 100 };
  const context = await (await openBrowser()).newContext({ viewport });
  const seen = await context.newPage();
  await seen.goto(pathToFileURL(page).href, { waitUntil: 'load' });
  await seen.screenshot({ path: file, fullPage: true });
  await context.close();
}
