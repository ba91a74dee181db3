// Runs the tests: npm test [-- name …]. One PostgreSQL of our own serves them all; each file has databases of its own.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded.ts';

const named = process.argv.slice(2);
const files = (await readdir('test'))
  .filter((file) => file.endsWith('.test.ts') && (named.length === 0 || named.some((name) => file.includes(name))))
  .map((file) => join('test', file));
const dataDir = await mkdtemp(join(tmpdir(), 'vouch-test-'));
const database = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
const tests = spawn(
  process.execPath,
  ['--import', 'tsx', '--test', '--test-timeout=1200000', '--test-concurrency=2', ...files],
  {
    stdio: 'inherit',
    env: { ...process.env, NODE_ENV: 'test', TEST_DATABASE_URL: database.url },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
process.exitCode = await new Promise<number>((resolve) => tests.on('exit', (code) => resolve(code ?? 1)));
await database.stop();
await rm(dataDir, { recursive: true });
