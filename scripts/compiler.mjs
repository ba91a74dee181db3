import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

/** The path of the TypeScript compiler, or undefined where it is not installed. */
export function compilerPath() {
  try {
    return join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
  } catch {
    return undefined;
  }
}

/** The advice where it is not: NODE_ENV=production and --omit=dev install it, --omit=optional does not. */
export const noCompiler =
  'There is no compiler to build with: it is one of the optional dependencies. Run: npm ci --include=optional && npm run build';

/** Copies the functions in SQL, which the compiler leaves out, beside the compiled modules that call them. */
export function copyFunctions(root, target) {
  // folders have no extension
  const filter = (path) => ['', '.sql'].includes(extname(path));
  cpSync(join(root, 'src'), target, { recursive: true, filter });
}
