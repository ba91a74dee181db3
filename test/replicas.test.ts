import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { functionSchema } from '../src/db/functions.ts';
import { migrate } from '../src/db/migrate.ts';
import { noopMetrics } from '../src/metrics/metrics.ts';
import { openTestDatabase } from './support/create-database.ts';
import { deepTest, isDeep, repetitions } from './support/depth.ts';
import { eventually } from './support/embedded-database.ts';
import { type Answer, anyNumber, freshDatabase, openApp, type TestApp, withToken } from './support/harness.ts';
import { type Standby, startReplication } from './support/replication.ts';

const folder = mkdtempSync(join(tmpdir(), 'vouch-test-'));
const { primary, standbys, stop } = await startReplication(folder, 2);
const [first, second] = standbys as [Standby, Standby];
const urls = standbys.map(({ server }) => server.url());
const setup = openTestDatabase(primary.url());
await migrate({ sql: setup.sql, log: pino({ level: 'silent' }) });
// a first process would wait for transactions that do not know of it
await setup.sql`insert into standby values ('*', '', 0, now() - interval '1 hour', now())`;

/** Two processes, and how many profiles each has read at which kind of server. */
const reads = { primary: 0, standby: 0 };
const metrics = {
  ...noopMetrics,
  profilesRead: (server: 'primary' | 'standby', count: number) => {
    reads[server] += count;
  },
};
const open = (readUrls: readonly string[]) =>
  openApp({ databaseUrl: primary.url(), readUrls, metrics, sessionsMax: 2 });
const apps = [await open(urls), await open(urls)] as const;
const [app, other] = apps;
const without = await open([]);
// after the apps, which close in their own hooks before
after(async () => {
  await setup.close();
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

const profile = (from: TestApp, token: string) => from.call('GET', '/api/users/me', undefined, withToken(token));
const signOut = (from: TestApp, token: string) =>
  from.call('POST', '/api/auth/token/logout/', undefined, withToken(token));

/** Waits until each process reads from both standbys. */
async function bothInUse(): Promise<void> {
  const token = await without.signIn(anyNumber());
  for (const from of apps) {
    await eventually('two standbys in use', async () => {
      await pause(100);
      reads.standby = 0;
      for (let times = 0; times < 2; times += 1) await profile(from, token);
      const before = from.log.filter((line) => /standby (in use|left out)/.test(line));
      const state = new Map(before.map((line) => JSON.parse(line)).map(({ host, msg }) => [host, msg]));
      return reads.standby === 2 && state.size === 2 && [...state.values()].every((msg) => msg === 'standby in use');
    });
  }
}

/** Calls of a function at a standby. */
const callsAt = async (standby: Standby) => {
  const [row] = await standby.query(
    (sql) => sql`select calls from pg_stat_user_functions where funcname = 'read_profiles_at_standby'`,
  );
  return Number(row?.calls ?? 0);
};

/**
 * The responses that let one of these tokens in, by any process. The requests follow each other: those of one tick share
 * a statement, and so a standby.
 */
async function letInBy(tokens: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let times = 0; times < 4; times += 1) {
    answers.push(...(await Promise.all(apps.flatMap((from) => tokens.map((token) => profile(from, token))))));
  }
  return answers.filter(({ statusCode }) => statusCode !== 401);
}

/** The result and the duration of each. */
async function timed<T>(runs: readonly (() => Promise<T>)[]): Promise<{ results: T[]; longestMs: number }> {
  let longestMs = 0;
  const results = await Promise.all(
    runs.map(async (run) => {
      const startedAt = performance.now();
      const result = await run();
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      return result;
    }),
  );
  return { results, longestMs };
}

/** Tokens of new people, which both standbys know. */
async function knownEverywhere(count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let n = 0; n < count; n += 1) tokens.push(await app.signIn(anyNumber()));
  await bothInUse();
  for (const standby of standbys) {
    await eventually('the sessions there', async () => {
      await pause(20);
      const [row] = await standby.query((sql) => sql`select count(*)::int as n from session`);
      const [all] = await setup.sql`select count(*)::int as n from session`;
      return row?.n === all?.n;
    });
  }
  return tokens;
}

test('profiles are read at both standbys in turn, and the primary hears nothing of it', async () => {
  await bothInUse();
  const token = await without.signIn(anyNumber());
  await eventually('the session at the standbys', async () => {
    Object.assign(reads, { primary: 0, standby: 0 });
    for (let times = 0; times < 4; times += 1) assert.equal((await profile(app, token)).statusCode, 200);
    return reads.standby === 4;
  });
  assert.equal(reads.primary, 0);
  for (const standby of standbys) await eventually('calls there', async () => (await callsAt(standby)) > 0);
});

test('a session is let in at once after its beginning, and with its own changes', async () => {
  for (let times = 0; times < 10; times += 1) {
    const token = await app.signIn(anyNumber());
    assert.equal((await profile(other, token)).statusCode, 200);
    const changed = await app.call('PATCH', '/api/users/me', { first_name: `n${times}` }, withToken(token));
    assert.equal(changed.statusCode, 200);
    for (const from of [...apps, ...apps]) assert.equal((await profile(from, token)).data.first_name, `n${times}`);
  }
});

test('the last use of a session that is read at standbys is recorded', async () => {
  const token = await app.signIn(anyNumber());
  const { data } = await profile(app, token);
  await setup.sql`update session set last_used_at = now() - interval '1 hour' where account_id = ${data.id}`;
  await eventually('the last use', async () => {
    assert.equal((await profile(app, token)).statusCode, 200);
    const [row] = await setup.sql`select last_used_at > now() - interval '1 minute' as is_recent from session
      where account_id = ${data.id}`;
    return row?.is_recent;
  });
});

test('an ended session is refused at once through every process', async () => {
  const tokens = await knownEverywhere(repetitions(200, 20));
  for (const [n, token] of tokens.entries()) {
    assert.equal((await profile(app, token)).statusCode, 200);
    assert.equal((await signOut(apps[n % 2] as TestApp, token)).statusCode, 204);
    assert.deepEqual(await letInBy([token]), []);
  }
});

/** Ways to end a session of a person; each returns the tokens that it ended. */
const acts: Readonly<Record<string, (token: string, number: string) => Promise<string[]>>> = {
  'signing out': async (token) => {
    assert.equal((await signOut(app, token)).statusCode, 204);
    return [token];
  },
  'ending one': async (token, number) => {
    const second = await again(number);
    const listed = await app.call('GET', '/api/users/me/sessions', undefined, withToken(second));
    const { id } = listed.data.sessions.find(({ current }: { current: boolean }) => !current);
    assert.equal(
      (await app.call('DELETE', `/api/users/me/sessions/${id}`, undefined, withToken(second))).statusCode,
      204,
    );
    return [token];
  },
  'ending the others': async (token, number) => {
    const second = await again(number);
    assert.equal((await app.call('DELETE', '/api/users/me/sessions', undefined, withToken(second))).statusCode, 204);
    return [token];
  },
  'erasing the account': async (token) => {
    assert.equal((await app.call('DELETE', '/api/users/me', undefined, withToken(token))).statusCode, 204);
    return [token];
  },
  'signing in above the maximum': async (token, number) => {
    await again(number);
    await again(number);
    return [token];
  },
  'signing in again instead of it': async (token, number) => {
    await again(number, withToken(token));
    return [token];
  },
  'signing out in a process without standbys': async (token) => {
    assert.equal((await signOut(without, token)).statusCode, 204);
    return [token];
  },
};

/** Signs a number in once more. */
async function again(phoneNumber: string, headers: Record<string, string> = {}): Promise<string> {
  await setup.sql`delete from challenge where phone_number = ${phoneNumber}`;
  await setup.sql`delete from number_limit where phone_number = ${phoneNumber}`;
  assert.equal((await app.call('POST', '/api/request-sms/', { phone_number: phoneNumber })).statusCode, 201);
  const body = { phone_number: phoneNumber, sms_code: app.codeFor(phoneNumber) };
  const verified = await app.call('POST', '/api/verify-sms/', body, headers);
  assert.equal(verified.statusCode, 201, verified.body);
  return verified.data.token;
}

test('whatever ends a session, no standby that lags lets it in, and nobody waits for 10 s', async (t) => {
  const numbers = Object.keys(acts).map(() => anyNumber());
  const tokens: string[] = [];
  for (const number of numbers) tokens.push(await app.signIn(number));
  await knownEverywhere(0);
  await first.pauseReplay();
  const { longestMs } = await timed(
    Object.entries(acts).map(([name, act], n) => async () => {
      const ended = await act(tokens[n] as string, numbers[n] as string);
      assert.deepEqual(await letInBy(ended), [], name);
    }),
  );
  t.diagnostic(`longest ${Math.round(longestMs)} ms`);
  // a standby by itself would: what is tested is the wait, not a standby that happens to be fast
  const [stale] = await first.query((sql) => sql`select count(*)::int as n from session`);
  const [ended] = await setup.sql`select count(*)::int as n from session`;
  assert.notEqual(stale?.n, ended?.n);
  await first.resumeReplay();
  await bothInUse();
});

/** Faults of a standby, and their ends. */
const faults: readonly (readonly [string, (one: Standby) => unknown, (one: Standby) => unknown])[] = [
  ['is cut off from its primary', (one) => one.cutOff(), (one) => one.reconnect()],
  ['replays nothing', (one) => one.pauseReplay(), (one) => one.resumeReplay()],
  ['is killed', (one) => one.server.kill(), (one) => one.server.restart()],
  ['is frozen', (one) => one.freeze(), (one) => one.thaw()],
];

for (const [n, [name, begin, end]] of faults.entries()) {
  (n === 0 ? test : deepTest)(
    `a standby that ${name} lets nobody in, holds up nobody for 10 s, and is used again`,
    async (t) => {
      const tokens = await knownEverywhere(12);
      await begin(second);
      let longestMs = 0;
      for (const three of [tokens.slice(0, 4), tokens.slice(4, 8), tokens.slice(8)].slice(0, isDeep ? 3 : 1)) {
        const { longestMs: longest } = await timed([
          ...three.map((token, at) => async () => {
            assert.equal((await signOut(apps[at % 2] as TestApp, token)).statusCode, 204);
            assert.deepEqual(await letInBy([token]), []);
          }),
          // those who end nothing wait for nothing but their reads
          async () => assert.equal((await profile(app, await app.signIn(anyNumber()))).statusCode, 200),
        ]);
        longestMs = Math.max(longestMs, longest);
      }
      t.diagnostic(`longest ${Math.round(longestMs)} ms`);
      assert.ok(longestMs < 10_000, `${longestMs} ms`);
      await end(second);
      await bothInUse();
    },
  );
}

deepTest('a synchronous standby that is lost holds up nobody for 10 s, and reads go on', async (t) => {
  const [token, own] = (await knownEverywhere(2)) as [string, string];
  const set = async (names: string) => {
    await setup.sql.unsafe(`alter system set synchronous_standby_names = '${names}'`);
    await setup.sql`select pg_reload_conf()`;
    // the checkpointer tells the others
    await pause(1000);
  };
  await set('lost');
  const { results, longestMs } = await timed<number>([
    async () => (await signOut(app, token)).statusCode,
    async () => (await other.call('POST', '/api/request-sms/', { phone_number: anyNumber() })).statusCode,
    async () => (await profile(other, own)).statusCode,
  ]);
  t.diagnostic(`${results.join()}, longest ${Math.round(longestMs)} ms`);
  await set('');
  assert.deepEqual(results, [503, 503, 200]);
  assert.ok(longestMs < 10_000, `${longestMs} ms`);
  await bothInUse();
});

test('neither a server that is away nor one that follows another primary is read from, and both are logged', async () => {
  const foreign = await freshDatabase();
  const lost = await openApp({
    databaseUrl: primary.url(),
    readUrls: ['postgres://vouch@127.0.0.1:1/x', foreign],
    metrics,
  });
  const token = await lost.signIn(anyNumber());
  await eventually('both in the log', () => lost.log.filter((line) => line.includes('standby left out')).length === 2);
  reads.standby = 0;
  assert.equal((await profile(lost, token)).statusCode, 200);
  assert.equal(reads.standby, 0);
});

test('without READ_URLS nothing is written about standbys', async () => {
  const plain = await openApp();
  await signOut(plain, await plain.signIn(anyNumber()));
  assert.equal((await plain.sql`select from standby`).length, 0);
});

test('a server that has not come so far, or replays another timeline, refuses the read itself', async () => {
  await bothInUse();
  const schema = functionSchema('public');
  await first.query(async (sql) => {
    const [own] = await sql.unsafe(`select * from ${schema}.show_standby(now())`);
    const read = (timeline: string, seq: number) =>
      sql
        .unsafe(`select * from ${schema}.read_profiles_at_standby('{}', '{}', 1, 1, '${timeline}', ${seq}, now())`)
        .then(
          () => 'read',
          ({ code }) => code,
        );
    const { timeline, seq } = own as unknown as { timeline: string; seq: string };
    assert.equal(await read(timeline, Number(seq)), 'read');
    assert.equal(await read(timeline, Number(seq) + 60e6), 'VO003');
    assert.equal(await read(`${timeline}0`, 1), 'VO003');
    // a primary that was restored from a backup, or is another one, repeats no number that a standby shows
    const [cluster = '', wal = ''] = timeline.split('/');
    assert.match(cluster, /^\d+$/);
    assert.match(wal, /^[\dA-F]{8}$/);
    assert.ok(Number(seq) > (Date.now() - 600_000) * 1000);
  });
});
