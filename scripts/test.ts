// Runs the tests: npm test [-- name …]. One PostgreSQL serves them all, that of TEST_DATABASE_URL or our own; each file has databases of its own.
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createDatabase } from '../test/create-database.ts';
import { startTestServer } from './test-server.ts';

const named = process.argv.slice(2);
const files = (await readdir('test'))
  .filter((file) => file.endsWith('.test.ts') && (named.length === 0 || named.some((name) => file.includes(name))))
  .map((file) => join('test', file));
const dataDir = await mkdtemp(join(tmpdir(), 'vouch-test-'));
const compiled = await mkdtemp(join(tmpdir(), 'vouch-compiled-'));
// some tests run as other accounts of the operating system
await chmod(compiled, 0o755);
const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json', '--outDir', compiled];
if (spawnSync(process.execPath, tsc, { stdio: 'inherit' }).status !== 0) throw new Error('The compiler failed');
const database = await startTestServer(dataDir);
const template = `vouch_template_${process.pid}`;
await createDatabase(database.url, template);
const tests = spawn(
  process.execPath,
  ['--import', './test/compiled.mjs', '--test', '--test-timeout=1200000', '--test-concurrency=2', ...files],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_ENV: 'test',
      TEST_DATABASE_URL: database.url,
      TEST_DATABASE_TEMPLATE: template,
      COMPILED_TESTS: pathToFileURL(`${compiled}/`).href,
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
process.exitCode = await new Promise<number>((resolve) => tests.on('exit', (code) => resolve(code ?? 1)));
await database.stop();
for (const folder of [dataDir, compiled]) await rm(folder, { recursive: true });
