// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatToken } from '../src/sessions/session.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const chrome =
  'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';

async function signIn(number: string, headers: Record<string, string> = {}) {
  app.clock.turn(121);
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const entered = { phone_number: number, sms_code: app.codeFor(number) };
  const { data, statusCode } = await app.call('POST', '/api/verify-sms/', entered, headers);
  assert.equal(statusCode, 201);
  return data.token as string;
}
const call = (token: string, method: string, url: string) => app.call(method, url, undefined, withToken(token));
const status = async (token: string) => (await call(token, 'GET', '/api/users/me')).statusCode;
const list = async (token: string) => (await call(token, 'GET', '/api/users/me/sessions')).data.sessions;

test('logging out is 204 and ends this session alone', async () => {
  const number = anyNumber();
  const [one, other] = [await signIn(number), await signIn(number)];
  assert.equal((await call(one, 'POST', '/api/auth/token/logout/')).statusCode, 204);
  assert.equal(await status(one), 401);
  assert.equal((await call(one, 'POST', '/api/auth/token/logout/')).statusCode, 401);
  assert.equal(await status(other), 200);
});

test('the list says where one is signed in: made, last used, device, masked address, this one first', async () => {
  const number = anyNumber();
  const older = await signIn(number, { 'user-agent': chrome });
  const newer = await signIn(number, { 'user-agent': 'curl/8.5.0' });
  const sessions = await list(older);
  assert.deepEqual(
    sessions.map(({ device, address, current }: Record<string, unknown>) => ({ device, address, current })),
    [
      { device: 'Chrome, Android', address: '127.0.0.x', current: true },
      { device: 'curl', address: '127.0.0.x', current: false },
    ],
  );
  for (const { created_at, last_used_at, expires_at } of sessions) {
    assert.ok(Date.parse(created_at) <= Date.parse(last_used_at));
    assert.equal(Date.parse(expires_at) - Date.parse(created_at), 365 * 86_400_000);
  }
  assert.equal((await list(newer))[0].device, 'curl');
  const one = await call(older, 'GET', `/api/users/me/sessions/${sessions[1].id.toUpperCase()}`);
  assert.deepEqual(one.data, sessions[1]);
});

test('the list has those that live, this one first, then the last used, a hundred at most', async () => {
  const number = anyNumber();
  const mine = await signIn(number);
  const [{ id }] = await list(mine);
  const now = app.sql`now() + ${app.clock.aheadMs}::float8 * interval '1 ms'`;
  const plant = (made: number, name: string, used: string, ends: string) =>
    app.sql`insert into session select account_id, sha256((${name} || i)::bytea), gen_random_uuid(), created_at,
      ${now} - ${used}::interval - i * interval '1 minute', ${now} + ${ends}::interval, ${name} || i, ''
      from session, generate_series(1, ${made}) i where id = ${id}::uuid`;
  await plant(1, 'idle', '31 days', '1 day');
  await plant(1, 'old', '1 day', '-1 minute');
  const devices = async () => (await list(mine)).map(({ device }: { device: string }) => device);
  assert.deepEqual((await devices()).slice(1), []);
  await plant(120, '', '1 hour', '1 day');
  const newest = Array.from({ length: 99 }, (_, at) => String(at + 1));
  assert.deepEqual((await devices()).slice(1), newest);
  app.clock.turn(20 * 86_400);
  assert.equal(await status(mine), 200);
  assert.equal((await list(mine))[0].current, true);
});

test('a use keeps the session alive that it came by, and no other of that person', async () => {
  const number = anyNumber();
  const [used, left] = [await signIn(number), await signIn(number)];
  app.clock.turn(20 * 86_400);
  assert.equal(await status(used), 200);
  app.clock.turn(11 * 86_400);
  assert.deepEqual([await status(used), await status(left)], [200, 401]);
});

test('the secret of one session is worth nothing under the name of another account', async () => {
  const [mine, theirs] = [await signIn(anyNumber()), await signIn(anyNumber())];
  const secret = Buffer.from(mine.slice('vouch_'.length), 'base64url').subarray(16, 48);
  const other = Buffer.from(theirs.slice('vouch_'.length), 'base64url').subarray(0, 16);
  const mixed = formatToken(other.toString('hex'), secret);
  assert.equal(await status(mixed), 401);
  assert.deepEqual([await status(mine), await status(theirs)], [200, 200]);
});

test('one session, or all others, can be ended', async () => {
  const number = anyNumber();
  const [mine, second, third] = [await signIn(number), await signIn(number), await signIn(number)];
  const [, newest] = await list(mine);
  assert.equal((await call(mine, 'DELETE', `/api/users/me/sessions/${newest.id}`)).statusCode, 204);
  assert.equal((await call(mine, 'DELETE', `/api/users/me/sessions/${newest.id}`)).statusCode, 404);
  assert.deepEqual([await status(mine), await status(second), await status(third)], [200, 200, 401]);
  assert.equal((await call(mine, 'DELETE', '/api/users/me/sessions')).statusCode, 204);
  assert.deepEqual([await status(mine), await status(second)], [200, 401]);
  assert.equal((await list(mine)).length, 1);
  const [own] = await list(mine);
  assert.equal((await call(mine, 'DELETE', `/api/users/me/sessions/${own.id}`)).statusCode, 204);
  assert.equal(await status(mine), 401);
});

test('another person’s session is 404 to see and to end, and lives', async () => {
  const [mine, theirs] = [await signIn(anyNumber()), await signIn(anyNumber())];
  const [session] = await list(theirs);
  for (const id of [session.id, 'x', '0', '00000000-0000-0000-0000-000000000000', "'", '%00']) {
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await call(mine, method, `/api/users/me/sessions/${id}`)).statusCode, 404, `${method} ${id}`);
    }
  }
  assert.equal(await status(theirs), 200);
});

test('a session ends after thirty days without use, and a year after it was made however much it is used', async () => {
  const idle = await signIn(anyNumber());
  app.clock.turn(30 * 86_400 - 1);
  assert.equal(await status(idle), 200);
  app.clock.turn(30 * 86_400 - 60);
  assert.equal(await status(idle), 200);
  app.clock.turn(30 * 86_400 + 1);
  assert.deepEqual([await status(idle), await status(idle)], [401, 401], 'asking does not wake it');

  const used = await signIn(anyNumber());
  for (let days = 0; days + 25 <= 350; days += 25) {
    app.clock.turn(25 * 86_400);
    assert.equal(await status(used), 200);
  }
  app.clock.turn(15 * 86_400 - 5);
  assert.equal(await status(used), 200);
  app.clock.turn(6);
  assert.equal(await status(used), 401);
  assert.equal((await call(used, 'GET', '/api/users/me/sessions')).statusCode, 401);
});

test('signing in makes a new token whatever the client sends, and a token from before is worth nothing after', async () => {
  const number = anyNumber();
  const old = await signIn(number);
  await call(old, 'POST', '/api/auth/token/logout/');
  assert.equal(await status(old), 401, 'it is worth nothing from leaving on');
  app.clock.turn(121);
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const fixed = { ...withToken(old), cookie: `__Host-session=${old}; session=${old}` };
  const entered = { phone_number: number, sms_code: app.codeFor(number), token: old };
  const { data } = await app.call('POST', '/api/verify-sms/', entered, fixed);
  assert.notEqual(data.token, old);
  assert.deepEqual([await status(data.token), await status(old)], [200, 401]);

  const [stranger, left] = [await signIn(anyNumber()), await signIn(number)];
  const visit = new HtmlClient(app);
  for (const before of [old, stranger, 'chosen by somebody else', `vouch_${'A'.repeat(70)}`]) {
    app.clock.turn(3600);
    visit.cookies.set('__Host-session', before);
    visit.cookies.set('session', before);
    await visit.signIn(number);
    const now = visit.cookies.get('__Host-session')!;
    assert.notEqual(now, before);
    assert.equal(await status(now), 200, 'the new one is the one that counts');
    assert.equal(await status(before), 401, 'what the browser had before is worth nothing');
  }
  assert.equal(await status(left), 200, 'and no other session has ended');
  await visit.post('/logout/');
  assert.equal(visit.cookies.has('__Host-session'), false);
  app.clock.turn(3600);
  const last = new HtmlClient(app);
  await last.signIn(number);
  const byPage = last.cookies.get('__Host-session')!;
  await last.post('/logout/');
  assert.equal(await status(byPage), 401, 'by page too');
});

test('the API takes no cookie for a token', async () => {
  const token = await signIn(anyNumber());
  for (const name of ['__Host-session', 'session', '__Host-vouch_session']) {
    const refused = await app.call('GET', '/api/users/me', undefined, { cookie: `${name}=${token}` });
    assert.equal(refused.statusCode, 401);
  }
});

test('a sign-in above the maximum of sessions ends the least used one, and leaves its trace', async () => {
  const few = await openApp({ sessionsMax: 2 });
  const number = anyNumber();
  const signInTo = async () => {
    few.clock.turn(121);
    return few.signIn(number);
  };
  const statusOf = async (token: string) =>
    (await few.call('GET', '/api/users/me', undefined, withToken(token))).statusCode;
  const [used, idle] = [await signInTo(), await signInTo()];
  const stranger = await few.signIn(anyNumber());
  few.clock.turn(901);
  assert.deepEqual([await statusOf(idle), await statusOf(used)], [200, 200]);
  few.clock.turn(901);
  assert.equal(await statusOf(used), 200);
  const newest = await signInTo();
  assert.deepEqual([await statusOf(used), await statusOf(idle), await statusOf(newest)], [200, 401, 200]);
  assert.equal(await statusOf(stranger), 200);
  const events =
    await few.sql`select event, result, number, details from audit_event order by at desc, id desc limit 2`;
  assert.deepEqual(
    events.map((event) => ({ ...event })),
    [
      {
        event: 'sessions_ended',
        result: 'succeeded',
        number: `+7 •••••••• ${number.slice(-2)}`,
        details: 'sessions: 1, above the maximum',
      },
      { event: 'signed_in', result: 'succeeded', number: `+7 •••••••• ${number.slice(-2)}`, details: null },
    ],
  );
  assert.equal(few.log.filter((line) => line.includes('above the maximum')).length, 1);
});

test('a sign-in that replaces the session of its client ends no other one', async () => {
  const few = await openApp({ sessionsMax: 2 });
  const number = anyNumber();
  const other = await few.signIn(number);
  const visit = new HtmlClient(few);
  for (let time = 0; time < 3; time += 1) {
    few.clock.turn(3600);
    await visit.signIn(number);
  }
  assert.equal((await few.call('GET', '/api/users/me', undefined, withToken(other))).statusCode, 200);
});

test('an erased account’s tokens are 401 at once on every process', async () => {
  const other = await openApp({ databaseUrl: app.databaseUrl });
  const number = anyNumber();
  const [one, two] = [await signIn(number), await signIn(number)];
  assert.equal((await other.call('GET', '/api/users/me', undefined, withToken(two))).statusCode, 200);
  assert.equal((await call(one, 'DELETE', '/api/users/me')).statusCode, 204);
  for (const token of [one, two]) {
    assert.equal(await status(token), 401);
    assert.equal((await other.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 401);
  }
});
