import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The folder of static files, served under `/assets/`; the same from `src/` and from `dist/`. */
export const publicFolder = new URL('../../public/', import.meta.url);

/** The URLs of our style, script and icon; each changes with its content, so that it may be cached for ever. */
export const assets = {
  css: assetUrl('app.css'),
  js: assetUrl('app.js'),
  icon: assetUrl('icon.svg'),
};

function assetUrl(file: string): string {
  const hash = createHash('sha256').update(readFileSync(new URL(file, publicFolder)));
  return `/assets/${file}?v=${hash.digest('base64url').slice(0, 8)}`;
}
