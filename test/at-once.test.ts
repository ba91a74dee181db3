import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../src/db/database.ts';
import { redeem } from '../src/invites/redeem.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { parseToken } from '../src/sessions/session.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp } from './support/harness.ts';

const app = await openApp();
const ask = (number: string, headers: Record<string, string> = {}) =>
  app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
const verify = (number: string, headers: Record<string, string> = {}) =>
  app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: app.codeFor(number) }, headers);

deepTest(
  'of twenty requests at once for one number one sends a message, and each of the others says when to come back',
  async () => {
    const number = anyNumber();
    for (const waited of [0, 31]) {
      app.clock.turn(waited);
      const before = app.sent.length;
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(number)));
      assert.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 1);
      assert.equal(app.sent.length, before + 1);
      for (const { statusCode, headers } of answers) {
        if (statusCode !== 201) assert.match(String(headers['retry-after']), /^[1-9]\d*$/);
      }
    }
  },
);

test('of ten right codes at once one signs in, and the others are wrong by then', async () => {
  const number = anyNumber();
  await ask(number);
  const answers = await Promise.all(Array.from({ length: 10 }, () => verify(number)));
  const refused = answers.filter(({ statusCode }) => statusCode !== 201);
  assert.equal(refused.length, 9);
  for (const { statusCode, data } of refused) assert.deepEqual([statusCode, data.code], [400, 'wrong_code']);
});

test('the pause grows by what was sent within an hour alone', async () => {
  const number = anyNumber();
  for (const [waited, pause] of [
    [0, 30],
    [31, 60],
    [3601, 30],
  ] as const) {
    app.clock.turn(waited);
    assert.equal((await ask(number)).data.resend_in, pause);
  }
});

test('a code that a known device asked for is nobody else’s, and a known device may use what anyone asked for', async () => {
  const number = anyNumber();
  await ask(number);
  const known = { 'device-token': String((await verify(number)).headers['device-token']) };
  assert.equal((await ask(number, known)).statusCode, 201);
  assert.equal((await verify(number)).statusCode, 400);
  assert.equal((await verify(number, known)).statusCode, 201);

  const other = anyNumber();
  await ask(other);
  const otherKnown = { 'device-token': String((await verify(other)).headers['device-token']) };
  assert.equal((await ask(other, otherKnown)).statusCode, 201);
  app.clock.turn(61);
  assert.equal((await ask(number)).statusCode, 201);
  assert.equal((await verify(number, known)).statusCode, 201);

  // one open in each lane: using one up leaves the other
  app.clock.turn(121);
  await ask(number);
  const anyones = app.codeFor(number);
  await ask(number, known);
  const entered = { phone_number: number, sms_code: anyones };
  assert.equal((await app.call('POST', '/api/verify-sms/', entered)).statusCode, 201);
  assert.equal((await verify(number, known)).statusCode, 201);

  // one that has ended in its own lane does not hide the open one of the other
  app.clock.turn(121);
  assert.equal((await ask(number, known)).statusCode, 201);
  app.clock.turn(601);
  assert.equal((await ask(number)).statusCode, 201);
  assert.equal((await verify(number, known)).statusCode, 201);
});

test('a guess at a code that has expired tells nothing of how many are left', async () => {
  const number = anyNumber();
  await ask(number);
  app.clock.turn(601);
  for (let wrong = 0; wrong < 4; wrong += 1) {
    const { statusCode, data } = await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: 'x' });
    assert.deepEqual([statusCode, data.guesses_left], [400, undefined]);
  }
});

test('a redemption under which the forest moves twenty times is given up as a conflict', async () => {
  let tries = 0;
  const moved = { alive: true, own_code: 'BBBBBB', present_code: null, is_known: true, circle: false, redeemed: false };
  const run = async () => {
    tries += 1;
    if (tries > 30) throw new Error('it never ends');
    return [{ ...moved, allowed: true, limit_wait: 0, limit_name: 'redeem' }] as never;
  };
  const db = { ...createDatabase(app.sql, app.clock), run };
  const needs = {
    db,
    log: app.server.log,
    sessionLife: { idleSeconds: 1, lifetimeSeconds: 1 },
    keys: secretKeys(['k'.repeat(32)]),
  };
  const client = { ip: '198.51.100.7', userAgent: undefined };
  const credential = { accountId: '00000000-0000-4000-8000-000000000000', secretHash: Buffer.alloc(32), client };
  await assert.rejects(redeem(needs, credential, 'CCCCCC'), { code: '40001', message: /moved twenty times/ });
  assert.equal(tries, 20);
});

deepTest('of many who look at once each sees their own profile, and whoever has no session nothing', async () => {
  const numbers = Array.from({ length: 40 }, () => anyNumber());
  const tokens: string[] = [];
  for (const number of numbers) tokens.push(await app.signIn(number));
  const [ended] = tokens;
  await app.call('POST', '/api/auth/token/logout/', undefined, { authorization: `Token ${ended}` });
  // each of them twice, in another order, so that there are more than one statement takes
  const asked = [...numbers.keys(), ...[...numbers.keys()].reverse()];
  const answers = await Promise.all(
    asked.map((at) => app.call('GET', '/api/users/me', undefined, { authorization: `Token ${tokens[at]}` })),
  );
  for (const [place, { statusCode, data }] of answers.entries()) {
    const at = asked[place]!;
    if (at === 0) assert.equal(statusCode, 401);
    else assert.deepEqual([statusCode, data.phone_number], [200, numbers[at]]);
  }
});

test('nobody who looks waits for another person’s row, and a use that could not be written is written by the next one', async () => {
  const [held, other] = [await app.signIn(anyNumber()), await app.signIn(anyNumber())];
  const look = (token: string) =>
    app
      .call('GET', '/api/users/me', undefined, { authorization: `Token ${token}` })
      .then(({ statusCode }) => statusCode);
  const uses = () => app.sql`select count(*)::int as old from session where last_used_at <= created_at`;
  app.clock.turn(901);
  const [before] = await uses();
  await app.sql.begin(async (sql) => {
    await sql`select 1 from session where secret_hash = ${parseToken(held)!.secretHash} for update`;
    assert.deepEqual(await Promise.all([look(held), look(other)]), [200, 200]);
  });
  const [meanwhile] = await uses();
  assert.equal(meanwhile!.old, before!.old - 1);
  assert.equal(await look(held), 200);
  const [after] = await uses();
  assert.equal(after!.old, before!.old - 2);
});
