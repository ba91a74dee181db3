// Promoted standbys, and a pooler before a standby: `npm run test:deep` and a run that names this file.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { hasPgBouncer, PgBouncer } from '../lab/chaos/pgbouncer.ts';
import { migrate } from '../src/db/migrate.ts';
import { openTestDatabase } from './support/create-database.ts';
import { deepTest } from './support/depth.ts';
import { eventually } from './support/embedded-database.ts';
import { type Answer, type AppOptions, anyNumber, openApp, type TestApp, withToken } from './support/harness.ts';
import { type Standby, startReplication } from './support/replication.ts';

const maxWaitMs = 10_000;
// after the apps, which close in their own hooks before
const endings: (() => unknown)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

/** A primary with two standbys, of which reads may begin at once. */
async function startServers() {
  const folder = mkdtempSync(join(tmpdir(), 'vouch-test-'));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  const { primary, standbys, stop } = await startReplication(folder, 2);
  endings.push(stop);
  const setup = openTestDatabase(primary.url());
  await migrate({ sql: setup.sql, log: pino({ level: 'silent' }) });
  // a first process would wait for transactions that do not know of it
  await setup.sql`insert into standby values ('*', '', 0, now() - interval '1 hour', now())`;
  await setup.close();
  const [first, second] = standbys as [Standby, Standby];
  return { folder, primary, first, second };
}

const openBoth = async (options: AppOptions): Promise<readonly TestApp[]> => [
  await openApp(options),
  await openApp(options),
];

const profile = (from: TestApp, token: string) => from.call('GET', '/api/users/me', undefined, withToken(token));

/** The calls of a read at a server. */
const callsAt = (standby: Standby): Promise<number> =>
  standby.query(async (sql) => {
    const [row] = await sql`select calls from pg_stat_user_functions where funcname = 'read_profiles_at_standby'`;
    return Number(row?.calls ?? 0);
  });

/** Reads through each process until a server has served one. */
async function untilUsed(standby: Standby, apps: readonly TestApp[], token: string): Promise<void> {
  const before = await callsAt(standby);
  await eventually('a read at the standby', async () => {
    await pause(50);
    for (const from of apps) await profile(from, token);
    return (await callsAt(standby)) > before;
  });
}

/** Ends a session through one process, and reads it at once through all, in turns of more than each standby. */
async function endAndRead(apps: readonly TestApp[], at: number, token: string): Promise<void> {
  const by = apps[at % apps.length] as TestApp;
  const ended = await by.call('POST', '/api/auth/token/logout/', undefined, withToken(token));
  assert.equal(ended.statusCode, 204, ended.body);
  for (let times = 0; times < 4; times += 1) {
    const answers = await Promise.all(apps.map((from) => profile(from, token)));
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      apps.map(() => 401),
    );
  }
}

async function endAll(apps: readonly TestApp[], tokens: readonly string[]): Promise<void> {
  await Promise.all(tokens.map((token, at) => endAndRead(apps, at, token)));
}

/** Reads a live session through each process until `stop`, which returns the statuses, or until the test ends. */
function keepReading(t: TestContext, apps: readonly TestApp[], token: string) {
  const answers: Answer[] = [];
  const stopping = new AbortController();
  t.after(() => stopping.abort());
  let longestMs = 0;
  const read = async (from: TestApp) => {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      answers.push(await profile(from, token));
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await pause(10);
    }
  };
  const readers = Promise.all(apps.map(read));
  return {
    answers,
    stop: async () => {
      stopping.abort();
      await readers;
      assert.ok(longestMs < maxWaitMs, `a read waited for ${longestMs} ms`);
      return answers.map(({ statusCode }) => statusCode);
    },
  };
}

async function signInTo(app: TestApp, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let n = 0; n < count; n += 1) tokens.push(await app.signIn(anyNumber()));
  return tokens;
}

/** Fails after 10 s, which is the most that anybody waits. */
async function inTime(name: string, work: Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await work;
  const ms = performance.now() - startedAt;
  assert.ok(ms < maxWaitMs, `${name}: ${ms} ms`);
}

deepTest('a standby that is promoted beside its primary lets nobody in, and no request fails', async (t) => {
  const { primary, first, second } = await startServers();
  const readUrls = [first, second].map(({ server }) => server.url());
  const apps = await openBoth({ databaseUrl: primary.url(), readUrls });
  const [steady = '', ...tokens] = await signInTo(apps[0] as TestApp, 13);
  for (const standby of [first, second]) await untilUsed(standby, apps, steady);
  const reading = keepReading(t, apps, steady);
  await second.promote();
  await inTime('at the promotion', endAll(apps, tokens.slice(0, 6)));
  await inTime('after it', endAll(apps, tokens.slice(6)));
  const statuses = await reading.stop();
  assert.deepEqual(new Set(statuses), new Set([200]));
  const calls = await callsAt(second);
  await untilUsed(first, apps, steady);
  assert.equal(await callsAt(second), calls, 'nobody reads there any more');
});

deepTest('after a failover to a standby, sessions that ended before and after it are refused everywhere', async (t) => {
  const { primary, first, second } = await startServers();
  const hosts = [primary.port, second.server.port].map((port) => `127.0.0.1:${port}`);
  const readUrls = [first, second].map(({ server }) => server.url());
  const apps = await openBoth({ databaseUrl: `postgres://vouch@${hosts}/postgres`, readUrls });
  const [steady = '', ...tokens] = await signInTo(apps[0] as TestApp, 13);
  for (const standby of [first, second]) await untilUsed(standby, apps, steady);
  const reading = keepReading(t, apps, steady);
  const early = tokens.slice(0, 6);
  await endAll(apps, early);
  await primary.kill();
  const refused = async () => {
    const answers = await Promise.all(apps.flatMap((from) => early.map((token) => profile(from, token))));
    for (const { statusCode } of answers) assert.ok([401, 503].includes(statusCode), `${statusCode}`);
  };
  await refused();
  await second.promote();
  await first.follow(second.server);
  await refused();
  await eventually('the new primary', async () => {
    await refused();
    await pause(50);
    return (await Promise.all(apps.map((from) => profile(from, steady)))).every((answer) => answer.statusCode === 200);
  });
  const back = reading.answers.length;
  await inTime('after the failover', endAll(apps, tokens.slice(6)));
  await untilUsed(first, apps, steady);
  await refused();
  await reading.stop();
  const failed = reading.answers.filter(({ statusCode }) => statusCode !== 200);
  for (const { statusCode, headers } of failed) {
    assert.equal(statusCode, 503);
    assert.ok(headers['retry-after']);
  }
  const later = reading.answers.slice(back);
  assert.deepEqual(new Set(later.map(({ statusCode }) => statusCode)), new Set([200]));
});

/** Faults of a pooler before the first standby; the second one is reached directly. */
const poolerFaults: readonly (readonly [
  name: string,
  begin: (pooler: PgBouncer, first: Standby, second: Standby) => unknown,
  end: (pooler: PgBouncer, first: Standby) => unknown,
])[] = [
  ['is there', () => {}, () => {}],
  ['leads to a standby that replays nothing', (_, first) => first.pauseReplay(), (_, first) => first.resumeReplay()],
  ['hangs', (pooler) => pooler.freeze(), (pooler) => pooler.thaw()],
  ['is killed', (pooler) => pooler.kill(), (pooler) => pooler.restart()],
  ['has lost its standby', (_, first) => first.server.kill(), (_, first) => first.server.restart()],
  [
    'leads to another standby',
    async (pooler, _, second) => {
      pooler.leadTo(second.server.port);
      await pooler.kill();
      await pooler.restart();
    },
    async (pooler, first) => {
      pooler.leadTo(first.server.port);
      await pooler.kill();
      await pooler.restart();
    },
  ],
];

const skip = hasPgBouncer ? false : 'pgbouncer is not installed';
for (const mode of ['session', 'transaction'] as const) {
  const name = `a pooler in ${mode} mode before a standby lets nobody in, and no request fails, whatever becomes of it`;
  deepTest(name, { skip }, async (t) => {
    const { folder, primary, first, second } = await startServers();
    const startPooler = async (to: number) => {
      const pooler = await PgBouncer.start({ folder: join(folder, `pooler-${to}`), to, mode });
      endings.push(() => pooler.kill());
      return pooler;
    };
    const pooler = await startPooler(first.server.port);
    const [before, beside] =
      mode === 'session'
        ? [primary, second.server]
        : [await startPooler(primary.port), await startPooler(second.server.port)];
    const apps = await openBoth({
      databaseUrl: primary.url(before.port),
      readUrls: [primary.url(pooler.port), primary.url(beside.port)],
      databasePooler: mode === 'session' ? 'none' : 'transaction',
    });
    const [steady = ''] = await signInTo(apps[0] as TestApp, 1);
    for (const [fault, begin, end] of poolerFaults) {
      await t.test(`it ${fault}`, async (part) => {
        const tokens = await signInTo(apps[0] as TestApp, 8);
        for (const standby of [first, second]) await untilUsed(standby, apps, steady);
        const reading = keepReading(part, apps, steady);
        await begin(pooler, first, second);
        await inTime('at once', endAll(apps, tokens));
        await end(pooler, first);
        await untilUsed(first, apps, steady);
        assert.deepEqual(new Set(await reading.stop()), new Set([200]));
      });
    }
  });
}
