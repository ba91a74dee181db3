import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = process.env.TEST_BUNDLE;

/**
 * The words after `node` that run a script of ours, given by its path from the root. It runs as `scripts/test-bundle.ts`
 * bundled it, or by tsx where a test file is run by itself.
 */
export function nodeWords(script: string): string[] {
  if (bundle === undefined) return ['--import', import.meta.resolve('tsx'), join(root, script)];
  return [join(bundle, script.replace(/\.ts$/, '.js'))];
}
