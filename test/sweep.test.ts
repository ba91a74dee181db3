import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseOf } from '../src/db/database.ts';
import { sweepAllowances } from '../src/limits/store.ts';
import { sweepSessions } from '../src/sessions/store.ts';
import { sweepChallenges } from '../src/sign-in/store.ts';
import { anyNumber, openApp, withToken } from './harness.ts';

const app = await openApp();
const db = databaseOf(app.sql, app.clock);
const life = { idleSeconds: 30 * 86_400, absoluteSeconds: 365 * 86_400 };
const day = 86_400;

async function rows(): Promise<{ sessions: number; challenges: number; allowances: number }> {
  const [row] = await app.sql`select (select count(*)::int from session) as sessions,
    (select count(*)::int from challenge) as challenges, (select count(*)::int from allowance) as allowances`;
  return row as { sessions: number; challenges: number; allowances: number };
}

test('what is over is removed, and nothing else', async () => {
  await app.signIn(anyNumber());
  app.clock.turn(20 * day);
  const kept = await app.signIn(anyNumber());
  assert.deepEqual(await rows(), { sessions: 2, challenges: 2, allowances: 1 });
  assert.equal(await sweepChallenges(db), 1, 'limits are kept as long as they count');
  assert.equal(await sweepSessions({ db, life }), 0);
  app.clock.turn(11 * day);
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(kept))).statusCode, 200);
  assert.equal(await sweepSessions({ db, life }), 1, 'the one that was idle for thirty days');
  assert.equal(await sweepAllowances(db), 1);
  assert.deepEqual(await rows(), { sessions: 1, challenges: 1, allowances: 0 });
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
  assert.ok((await sweepSessions({ db, life })) >= 1);
  assert.ok((await rows()).sessions < before);
});

test('the last use is written at most once a minute', async () => {
  const token = await app.signIn(anyNumber());
  const lastUse = async () => (await app.sql`select max(last_used_at) as at from session`)[0]!.at.getTime();
  const first = await lastUse();
  app.clock.turn(59);
  await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.equal(await lastUse(), first);
  app.clock.turn(2);
  await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.ok((await lastUse()) > first + 60_000);
});
