/**
 * `npm run dev`: bundles the product whenever a source changes, which takes a third of a second, and reloads the two
 * workers that serve it. The supervisor and PostgreSQL live on. A change of SQL restarts all of it, since a start installs
 * functions and applies migrations.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context } from 'esbuild';
import { options, ownPlaces } from './bundle.ts';

const folder = await mkdtemp(join(tmpdir(), 'vouch-dev-'));
await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
const bundle = await context({
  ...options,
  entryPoints: ['src/main.ts'],
  outdir: folder,
  external: ['smpp'],
  sourcemap: 'linked',
  plugins: [ownPlaces],
});
let product: ChildProcess | undefined;
let isRestarting = false;
let nextBuild: NodeJS.Timeout | undefined;
let builds = Promise.resolve();

await build();
for (const sources of ['src', 'migrations', 'public']) watch(sources, { recursive: true }, (_, file) => changed(file));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => product?.kill(signal));

function changed(file: string | null): void {
  if (file?.endsWith('.sql') && product) {
    isRestarting = true;
    product.kill('SIGTERM');
  }
  // an editor writes a file in several steps; a build that runs does not see a change from now on
  clearTimeout(nextBuild);
  nextBuild = setTimeout(() => {
    builds = builds.then(build);
  }, 50);
}

/** A source with a fault leaves the product as it is; esbuild has told the fault. */
async function build(): Promise<void> {
  await bundle.rebuild().then(reload, () => {});
}

function reload(): void {
  if (product && !isRestarting) product.kill('SIGHUP');
  else if (!product) start();
}

/** Starts the product, whose output is no terminal's, so that SIGHUP reloads it. */
function start(): void {
  product = spawn(process.execPath, ['--enable-source-maps', join(folder, 'main.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { WORKERS: '2', ...process.env },
  });
  product.stdout?.pipe(process.stdout, { end: false });
  product.stderr?.pipe(process.stderr, { end: false });
  product.on('exit', (code) => {
    if (!isRestarting) return void end(code ?? 1);
    isRestarting = false;
    start();
  });
}

async function end(code: number): Promise<void> {
  await bundle.dispose();
  await rm(folder, { recursive: true });
  process.exit(code);
}
