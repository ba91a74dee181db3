import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../src/db/database.ts';
import { deleteFullBuckets, deleteOldRefusals } from '../src/limits/store.ts';
import { cleanUp } from '../src/runtime/cleanup.ts';
import { deleteExpiredSessions, deleteIdleSessions } from '../src/sessions/store.ts';
import { deleteExpiredChallenges, deleteIdleNumbers } from '../src/sign-in/delete-expired-challenges.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp();
const db = createDatabase(app.sql, app.clock);
const sessionLife = { idleSeconds: 30 * 86_400, lifetimeSeconds: 365 * 86_400 };
const day = 86_400;
const beginning = new Date(0);

async function sweepSessions(): Promise<number> {
  const needs = { db, sessionLife, log: app.server.log };
  return (await deleteExpiredSessions(needs, beginning)).deleted + (await deleteIdleSessions(needs, beginning)).deleted;
}

async function refusals(): Promise<number> {
  return (await app.sql`select from refusal`).length;
}

async function rows(): Promise<{ sessions: number; challenges: number; allowances: number }> {
  const [row] = await app.sql`select (select count(*)::int from session) as sessions,
    (select count(*)::int from challenge) as challenges, (select count(*)::int from rate_limit) as allowances`;
  return row as { sessions: number; challenges: number; allowances: number };
}

test('what is over is removed, and nothing else', async () => {
  await app.signIn(anyNumber());
  app.clock.turn(20 * day);
  const kept = await app.signIn(anyNumber());
  assert.deepEqual(await rows(), { sessions: 2, challenges: 2, allowances: 1 });
  assert.equal((await deleteExpiredChallenges(db, beginning)).deleted, 1, 'limits are kept as long as they count');
  assert.equal(await sweepSessions(), 0);
  app.clock.turn(11 * day);
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(kept))).statusCode, 200);
  assert.equal(await sweepSessions(), 1, 'the one that was idle for thirty days');
  assert.equal((await deleteFullBuckets(db, beginning)).deleted, 1);
  assert.deepEqual(await rows(), { sessions: 1, challenges: 1, allowances: 0 });
});

test('wrong guesses in a row are kept for a year, so that waiting does not help who guesses', async () => {
  await plant(0);
  for (const [number, days] of [
    ['+79160000001', 366],
    ['+79160000002', 364],
  ] as const) {
    await app.sql`insert into number_limit (phone_number, device_trust, sent_at, failures)
      values (${number}, 'unknown_device', array[${db.now()} - ${days} * interval '1 day'], 1)`;
  }
  await deleteIdleNumbers(db, beginning);
  const [row, ...others] = await app.sql`select phone_number from number_limit`;
  assert.deepEqual([row?.phone_number, others.length], ['+79160000002', 0]);
});

test('a session that is used ends all the same after its absolute lifetime', async () => {
  const token = await app.signIn(anyNumber());
  for (let month = 0; month < 18; month += 1) {
    app.clock.turn(20 * day);
    assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 200);
  }
  app.clock.turn(6 * day);
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 401);
  const before = (await rows()).sessions;
  assert.ok((await sweepSessions()) >= 1);
  assert.ok((await rows()).sessions < before);
});

test('the last use is written at most once in fifteen minutes', async () => {
  const token = await app.signIn(anyNumber());
  const lastUse = async () => (await app.sql`select max(last_used_at) as at from session`)[0]!.at.getTime();
  const first = await lastUse();
  app.clock.turn(899);
  await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.equal(await lastUse(), first);
  app.clock.turn(2);
  await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.ok((await lastUse()) > first + 900_000);
});

/** Thousands of each kind that were over at their own moments, beside as many that are not. */
async function plant(count: number): Promise<void> {
  await app.sql`delete from session`;
  await app.sql`delete from challenge`;
  await app.sql`delete from number_limit`;
  await app.sql`delete from rate_limit`;
  await app.sql`delete from refusal`;
  const [account] = await app.sql`select id from account limit 1`;
  const at = app.sql`now() + i * interval '1 ms'`;
  for (const [first, old, idle] of [
    [0, '400 days', '1 day'],
    [1, '40 days', '31 days'],
    [2, '1 day', '1 minute'],
  ] as const) {
    await app.sql`insert into session
      select ${account!.id}, sha256((${first} || ' ' || i)::bytea), gen_random_uuid(), ${at} - ${old}::interval,
        ${at} - ${idle}::interval, ${at} - ${old}::interval + interval '365 days', '', ''
      from generate_series(1, ${count}) i`;
  }
  for (const [prefix, ago] of [
    [1, '25 hours'],
    [2, '23 hours'],
  ] as const) {
    await app.sql`insert into challenge
        (phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network, sent_at)
      select '+' || (${prefix} * 10000000000 + i), 'unknown_device', sha256(''), gen_random_uuid(), 'key', 6, sha256('p'), ${at}, false,
        array[${at} - ${ago}::interval]
      from generate_series(1, ${count}) i`;
    await app.sql`insert into number_limit (phone_number, device_trust, sent_at)
      select '+' || (${prefix} * 10000000000 + i), 'unknown_device', array[${at} - ${ago}::interval]
      from generate_series(1, ${count}) i`;
  }
  await app.sql`insert into rate_limit select 'over ' || i, ${at} - interval '1 minute' from generate_series(1, ${count}) i`;
  await app.sql`insert into rate_limit select 'not over ' || i, ${at} + interval '1 hour' from generate_series(1, ${count}) i`;
  for (const ago of ['8 days', '6 days']) {
    await app.sql`insert into refusal select '12', ${ago} || i, '+7' || i, 'pause', 1, ${at} - interval '30 days', ${at} - ${ago}::interval
      from generate_series(1, ${count}) i`;
  }
}

function once(): Promise<void> {
  return cleanUp(
    {
      db: createDatabase(app.sql, { aheadMs: 0 }),
      sessionLife,
      log: app.server.log as never,
      deliveriesKeepDays: 90,
      auditKeepDays: 400,
    },
    new AbortController().signal,
  );
}

test('all that is over goes bite after bite, by three sweeps at once, and nothing else', async () => {
  await app.signIn(anyNumber());
  await plant(2500);
  await Promise.all([once(), once(), once()]);
  assert.deepEqual(await rows(), { sessions: 2500, challenges: 2500, allowances: 2500 });
  assert.equal(await refusals(), 2500);
  assert.equal((await app.sql`select from number_limit`).length, 2500);
  assert.equal((await app.sql`select from refusal where bucket like '8 days%'`).length, 0);
});

test('a row that somebody holds is passed over, and goes the next time', async () => {
  await plant(1500);
  await app.sql.begin(async (transaction) => {
    await transaction`select from rate_limit where key = 'over 7' for update`;
    const begun = performance.now();
    await once();
    assert.ok(performance.now() - begun < 4000, 'it waited for the lock');
    assert.deepEqual(await rows(), { sessions: 1500, challenges: 1500, allowances: 1501 });
  });
  await once();
  assert.equal((await rows()).allowances, 1500);
});

test('a kind that cannot be swept does not hold up the others', async () => {
  await plant(1500);
  await app.sql`alter table session rename to session_away`;
  await once();
  await app.sql`alter table session_away rename to session`;
  assert.deepEqual(await rows(), { sessions: 4500, challenges: 1500, allowances: 1500 });
  assert.match(app.log.join(''), /clean-up failed/);
});

test('a bite goes on from where the last one ended, that moment included, and takes nothing from before it', async () => {
  await plant(0);
  const [account] = await app.sql`select id from account limit 1`;
  const [earlier, later] = [new Date('2020-01-01T00:00:00.000Z'), new Date('2020-01-01T00:00:00.001Z')];
  for (const at of [earlier, later]) {
    const name = at.toISOString();
    const never = new Date('2100-01-01');
    for (const [kind, used, ends] of [
      ['old', never, at],
      ['idle', at, never],
    ] as const) {
      await app.sql`insert into session select ${account!.id}, sha256(${kind + name}::bytea), gen_random_uuid(), ${at},
        ${used}, ${ends}, '', ''`;
    }
    await app.sql`insert into challenge
        (phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network, sent_at)
      values (${anyNumber()}, 'unknown_device', sha256(''), gen_random_uuid(), 'key', 6, sha256('p'), ${at}, false,
        array[${at}::timestamptz])`;
    await app.sql`insert into number_limit (phone_number, device_trust, sent_at)
      values (${anyNumber()}, 'unknown_device', array[${at}::timestamptz])`;
    await app.sql`insert into rate_limit values (${name}, ${at})`;
    await app.sql`insert into refusal values ('12', ${name}, '+7', 'pause', 1, ${at}, ${at})`;
  }
  const needs = { db, sessionLife, log: app.server.log };
  for (const bite of [
    (from: Date) => deleteExpiredSessions(needs, from),
    (from: Date) => deleteIdleSessions(needs, from),
    (from: Date) => deleteExpiredChallenges(db, from),
    (from: Date) => deleteIdleNumbers(db, from),
    (from: Date) => deleteFullBuckets(db, from),
    (from: Date) => deleteOldRefusals(db, from),
  ]) {
    assert.deepEqual(await bite(later), { deleted: 1, hasMore: false, nextFrom: later });
    assert.deepEqual(await bite(earlier), { deleted: 1, hasMore: false, nextFrom: earlier });
  }
});
