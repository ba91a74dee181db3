import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The folder of the files that go out as they are, under `/assets/`; the same from `src/` and from `dist/`. */
export const publicFolder = new URL('../../public/', import.meta.url);

/** The addresses of our style, script and icon; each changes with its content, so that it may be kept for ever. */
export const assets = {
  css: addressOf('app.css'),
  js: addressOf('app.js'),
  icon: addressOf('icon.svg'),
};

function addressOf(file: string): string {
  const hash = createHash('sha256').update(readFileSync(new URL(file, publicFolder)));
  return `/assets/${file}?v=${hash.digest('base64url').slice(0, 8)}`;
}
