import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { deepTest } from './support/depth.ts';
import { openLoggedDatabase } from './support/embedded-database.ts';
import { freshDatabase, testKey } from './support/harness.ts';
import {
  assertNoProcesses,
  builtCheckout,
  emptyDataFolder,
  eventually,
  findProcesses,
  ProductLaunch,
  startCommand,
  unreachableDatabase,
  wholeCheckout,
} from './support/product-launch.ts';

const checkout = await builtCheckout();

describe('signals', { skip: process.platform === 'linux' ? false : 'processes are found in /proc' }, () => {
  const lock = (dataDir: string) => stat(join(dataDir, 'postgres', 'postmaster.pid')).catch(() => undefined);
  const moments: [name: string, at: (launch: ProductLaunch, dataDir: string) => Promise<unknown>][] = [
    ['the program is loaded', (launch) => once(launch.child, 'spawn').then(() => pause(100))],
    ['the database is made', (launch) => launch.waitForOutput(/database creation started/)],
    ['PostgreSQL starts', (_, dataDir) => eventually('its lock', () => lock(dataDir))],
    ['the first process listens', (launch) => launch.waitForOutput(/server listening/)],
    ['it serves', (launch) => launch.ready()],
  ];

  for (const [workers, signal] of [
    ['1', 'SIGTERM'],
    ['2', 'SIGINT'],
  ] as const) {
    deepTest(
      `${signal}, also twice, at each moment of the start leaves no process, and the data starts again: WORKERS=${workers}`,
      async () => {
        const dataDir = await emptyDataFolder();
        for (const [moment, at] of moments) {
          const launch = new ProductLaunch(checkout, { DATA_DIR: dataDir, WORKERS: workers });
          await at(launch, dataDir);
          // as a terminal does it, and npm after it
          if (signal === 'SIGINT') launch.signalGroup(signal);
          launch.child.kill(signal);
          const code = await launch.exited;
          // before the program takes signals, their default action is its end
          assert.ok(code === 0 || (code === null && launch.output === ''), `${moment}: ${code}\n${launch.output}`);
          await assertNoProcesses(launch, dataDir);
        }
        const last = new ProductLaunch(checkout, { DATA_DIR: dataDir, WORKERS: '1' });
        assert.equal((await fetch(`${await last.ready()}/readyz`)).status, 200);
        last.child.kill();
        await last.exited;
      },
    );
  }

  deepTest('a signal while the sources are built ends the compiler, and leaves no half of a build', async () => {
    const other = await wholeCheckout();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const launch = await launchedUntilCompiling(other);
      launch.signalGroup(signal);
      // the second one comes at any moment of the clean-up
      await eventually('the end of the compiler', () => compilersOf(other).length === 0);
      launch.child.kill(signal);
      assert.equal(await launch.exited, 0);
      assert.deepEqual(findProcesses(other), []);
      const left = (await readdir(other)).filter((name) => name.startsWith('dist'));
      // a compiler that was done before the signal came has left a whole build
      const whole = await stat(join(other, 'dist', 'main.js')).catch(() => undefined);
      assert.deepEqual(left, whole ? ['dist'] : []);
      await rm(join(other, 'dist'), { recursive: true, force: true });
    }
  });

  deepTest('a signal while another process migrates is heeded', async (t) => {
    const databaseUrl = await freshDatabase({ migrated: false });
    const { sql } = await openLoggedDatabase(t, { databaseUrl });
    const looks = async () => {
      const [seen] = await sql`
        select from pg_stat_activity where query like '%pg_try_' || 'advisory%' and datname = current_database()`;
      return seen;
    };
    await sql.begin(async (transaction) => {
      await transaction`
        select pg_advisory_xact_lock(7380271943), set_config('idle_in_transaction_session_timeout', '0', true)`;
      for (const workers of ['1', '2']) {
        const launch = new ProductLaunch(checkout, {
          DATABASE_URL: databaseUrl,
          SECRET_KEYS: testKey,
          WORKERS: workers,
        });
        await eventually('its look at the lock', looks);
        launch.child.kill('SIGINT');
        launch.child.kill('SIGINT');
        assert.equal(await launch.exited, 0);
        await assertNoProcesses(launch, checkout);
        await eventually('the end of its connection', async () => !(await looks()));
      }
    });
  });

  const unshare = process.getuid?.() === 0 ? false : 'a namespace of processes takes root';
  deepTest('the first process of a container heeds signals while it waits', { skip: unshare }, async () => {
    for (const [workers, signal] of [
      ['1', 'SIGTERM'],
      ['2', 'SIGINT'],
    ] as const) {
      const command = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child', ...startCommand(checkout)];
      const launch = new ProductLaunch(checkout, { DATABASE_URL: unreachableDatabase, WORKERS: workers }, command);
      await launch.waitForOutput(/database unreachable/);
      const children = await readFile(`/proc/${launch.child.pid}/task/${launch.child.pid}/children`, 'utf8');
      process.kill(Number(children), signal);
      assert.equal(await launch.exited, 0);
      assert.deepEqual(findProcesses(checkout), []);
    }
  });
});

/** A start from a checkout whose compiler runs; again where the compiler was done before anybody saw it. */
async function launchedUntilCompiling(checkout: string): Promise<ProductLaunch> {
  for (;;) {
    const launch = new ProductLaunch(checkout, { DATABASE_URL: unreachableDatabase });
    const seen = await eventually('the compiler', async () => {
      if (compilersOf(checkout).length > 0) return 'compiling';
      return /database unreachable/.test(launch.output) && 'compiled';
    });
    if (seen === 'compiling') return launch;
    launch.child.kill();
    await launch.exited;
    await rm(join(checkout, 'dist'), { recursive: true });
  }
}

function compilersOf(checkout: string): string[] {
  return findProcesses(checkout).filter((line) => line.includes('tsconfig.build.json'));
}
