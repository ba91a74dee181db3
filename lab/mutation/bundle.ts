import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ownPlaces } from '../../scripts/bundle.ts';
import { rules } from './targets.ts';

/** Makes one file of a test file of a copy and all that it tests, packages aside; returns the URL to import. */
export async function bundle(copy: string, name: string): Promise<string> {
  const outfile = join(copy, 'test', `${name}.bundle.mjs`);
  await build({
    entryPoints: [join(copy, 'test', `${name}.test.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
    plugins: [ownTests, ownPlaces],
  });
  return pathToFileURL(outfile).href;
}

/** Makes the program of the process that runs the bundles. */
export async function bundleRunner(copy: string): Promise<string> {
  const outfile = join(copy, 'hot.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'test-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return outfile;
}

const ownTests: Plugin = {
  name: 'our registration of tests',
  setup({ onResolve }) {
    onResolve({ filter: /^node:test$/ }, ({ importer }) =>
      importer.endsWith('node-test.ts') ? undefined : { path: join(import.meta.dirname, 'node-test.ts') },
    );
  },
};

// as a command: over the copy that Stryker has put its mutants into
if (process.argv[1] === import.meta.filename) {
  const names = new Set(Object.values(rules).flat());
  await Promise.all([...names].map((name) => bundle(process.cwd(), name)));
}
