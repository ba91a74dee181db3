import { readdirSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { copyFunctions } from './compiler.mjs';

/** The scripts that tests run in processes of their own. */
const childScripts = [
  'src/main.ts',
  'test/support/app-process.ts',
  'test/support/database-process.ts',
  'test/support/dev-key-process.ts',
  'test/support/idempotent-process.ts',
];
/** What `scripts/test.ts` imports into the files that it writes. */
const imported = ['test/support/browser.ts', 'test/support/database-pool.ts'];

/** The options of a bundle for Node.js. */
export const options: BuildOptions = {
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'error',
  // packages of CommonJS require the modules of Node.js
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
};

/**
 * Bundles the tests, what they test and its packages into a folder, once for all processes of a run: a process of the
 * product starts in half the time then. Files that share a module share it in the bundle too.
 */
export async function bundleTests(to: string): Promise<void> {
  const tests = readdirSync('test').filter((file) => file.endsWith('.test.ts'));
  await build({
    ...options,
    entryPoints: [...childScripts, ...imported, ...tests.map((file) => `test/${file}`)],
    outdir: to,
    outbase: '.',
    // `smpp` assigns to variables that it does not declare, which no module may
    external: ['esbuild', 'newman', 'playwright-core', 'smpp', 'tsx', 'typescript'],
    sourcemap: 'linked',
    plugins: [ownPlaces],
  });
  await symlink(join(process.cwd(), 'node_modules'), join(to, 'node_modules'));
}

/** Bundles the product into a folder that takes the place of `dist`. */
export async function bundleProduct(to: string): Promise<void> {
  await build({
    ...options,
    entryPoints: ['src/main.ts'],
    outdir: to,
    // as deep as the modules are that look for migrations and pages beside `dist`
    chunkNames: 'chunks/[name]-[hash]',
    external: ['smpp'],
  });
  copyFunctions(process.cwd(), to);
}

/**
 * Each module still knows where it was: migrations and pages are found from there. The program alone knows where it is,
 * since it starts its workers from there.
 */
export const ownPlaces: Plugin = {
  name: 'import.meta of each module',
  setup({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const loader = path.endsWith('x') ? 'tsx' : 'ts';
      if (path.endsWith('/src/main.ts')) return { contents, loader };
      const places = contents
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)));
      return { contents: places, loader };
    });
  },
};
