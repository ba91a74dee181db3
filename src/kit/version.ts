import { readFileSync } from 'node:fs';

/** The version of Vouch: `package.json` alone states it. The path is the same from `src/kit` and from `dist/kit`. */
export const version = parseVersion(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

function parseVersion(text: string): string {
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
