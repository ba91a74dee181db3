import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = process.env.TEST_BUNDLE;

/**
 * The words after `node` that run a script of ours, given by its path from the root. It runs as `scripts/bundle.ts`
 * bundled it, or from its source where a test file is run by itself.
 */
export function nodeArguments(script: string): string[] {
  return bundle === undefined ? sourceArguments(script) : [join(bundle, script.replace(/\.ts$/, '.js'))];
}

/** The same from its source, module by module. */
export function sourceArguments(script: string): string[] {
  return ['--import', import.meta.resolve('tsx'), join(root, script)];
}
