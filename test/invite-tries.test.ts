import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { functionSchema } from '../src/db/functions.ts';
import { hmacBlocks } from '../src/db/keyed-hash.ts';
import { hmac, secretKeys } from '../src/kit/secret.ts';
import { deepTest, repetitions } from './support/depth.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const firstKey = 'the-first-key-of-this-test-0123456789';
const secondKey = 'the-second-key-of-this-test-0123456789';
const app = await openApp({ trustProxy: 1, keys: secretKeys([firstKey]) });
const rotated = await openApp({
  trustProxy: 1,
  keys: secretKeys([secondKey, firstKey]),
  databaseUrl: app.databaseUrl,
});

const day = 86_400;
const letters = '23456789BCDFGHJKMNPQRSTVWXZ';
let tried = 0;

/** A code that nobody has. */
function unknownCode(): string {
  tried += 1;
  const letter = (place: number) => letters[Math.floor(tried / 27 ** place) % 27];
  return `ZZZ${letter(2)}${letter(1)}${letter(0)}`;
}

const from = (address: string) => ({ 'x-forwarded-for': address });
let network = 0;

/** The address of a client in a network where nobody has tried anything. */
function anyAddress(): string {
  network += 1;
  return `2001:db8:${network.toString(16)}::1`;
}

async function signUp(number: string, { invite, address }: { invite?: string; address?: string } = {}, by = app) {
  const headers = from(address ?? anyAddress());
  const asked = await by.call('POST', '/api/request-sms/', { phone_number: number }, from(anyAddress()));
  assert.equal(asked.statusCode, 201, asked.body);
  const { challenge } = asked.data;
  const entry = {
    phone_number: number,
    challenge,
    sms_code: by.codeFor(number),
    ...(invite ? { invite_code: invite } : {}),
  };
  const entered = await by.call('POST', '/api/verify-sms/', entry, headers);
  assert.equal(entered.statusCode, 201, entered.body);
  assert.equal(entered.data.created, true);
  return entered.data.token as string;
}

const me = async (token: string, by = app) => (await by.call('GET', '/api/users/me', undefined, withToken(token))).data;
const redeem = (token: string, invite_code: string, address: string) =>
  app.call('PATCH', '/api/users/me/invite_code', { invite_code }, { ...withToken(token), ...from(address) });

async function erase(token: string, by = app): Promise<void> {
  const erased = await by.call('DELETE', '/api/users/me', undefined, withToken(token));
  assert.equal(erased.statusCode, 204, erased.body);
}

async function owner(): Promise<{ token: string; code: string }> {
  const token = await signUp(anyNumber());
  return { token, code: (await me(token)).referal_code };
}

test('a number that is erased and comes back counts once for the same inviter, at sign-up and by redeeming, and after the keys are rotated', async () => {
  const inviter = await owner();
  const number = anyNumber();
  for (const [at, { by, late }] of [
    { by: app, late: false },
    { by: app, late: true },
    { by: app, late: false },
    { by: rotated, late: true },
    { by: rotated, late: false },
  ].entries()) {
    const token = await signUp(number, late ? {} : { invite: inviter.code }, by);
    if (late) assert.equal((await redeem(token, inviter.code, anyAddress())).statusCode, 200);
    const { invited_count, invited } = await me(inviter.token);
    assert.deepEqual({ invited_count, invited }, { invited_count: 1, invited: [number] }, `time ${at}`);
    assert.equal((await me(token)).invite_code, inviter.code, 'who comes back is invited as before');
    await erase(token, by);
    app.clock.turn(3600);
    rotated.clock.turn(3600);
  }
});

test('another number counts for the inviter, and the number that came back counts for another one', async () => {
  const [inviter, another] = [await owner(), await owner()];
  const number = anyNumber();
  await erase(await signUp(number, { invite: inviter.code }));
  await signUp(anyNumber(), { invite: inviter.code });
  assert.equal((await me(inviter.token)).invited_count, 2);
  app.clock.turn(3600);
  await signUp(number, { invite: another.code });
  assert.deepEqual([(await me(inviter.token)).invited_count, (await me(another.token)).invited_count], [2, 1]);
});

test('that a number has counted is kept for a year after it was erased, without the number', async () => {
  const inviter = await owner();
  const number = anyNumber();
  await erase(await signUp(number, { invite: inviter.code }));
  const rows = await app.sql`select row_to_json(c)::text as row from counted_invite c`;
  assert.ok(rows.length > 0);
  for (const { row } of rows) assert.ok(!row.includes(number.slice(-7)) && !row.includes(inviter.code), row);
  app.clock.turn(364 * day);
  // sessions have ended by then
  const again = await owner();
  await erase(await signUp(number, { invite: inviter.code }));
  const count = async () => {
    const [row] = await app.sql`select invited_count from invite where code = ${inviter.code}`;
    return row!.invited_count;
  };
  assert.equal(await count(), 1);
  app.clock.turn(366 * day);
  await signUp(number, { invite: inviter.code });
  assert.equal(await count(), 2);
  assert.equal((await me(again.token)).id, undefined);
});

deepTest(
  'a hundred codes that nobody has in an hour for a number: erasing the account and coming back brings no more',
  async () => {
    const inviter = await owner();
    const number = anyNumber();
    let judged = 0;
    for (let life = 0; life < 3; life += 1) {
      const token = await signUp(number);
      const answers = [];
      for (let at = 0; at < 60; at += 1) answers.push(await redeem(token, unknownCode(), anyAddress()));
      judged += answers.filter(({ statusCode }) => statusCode === 400).length;
      const refused = answers.filter(({ statusCode }) => statusCode === 429);
      assert.equal(answers.length, refused.length + answers.filter(({ statusCode }) => statusCode === 400).length);
      for (const { headers } of refused) {
        assert.equal(headers['ratelimit-policy'], '"redeem";q=100;w=3600');
        assert.ok(Number(headers['retry-after']) > 0);
      }
      if (life === 2) {
        assert.equal((await redeem(token, inviter.code, anyAddress())).statusCode, 429, 'a right code too');
      } else await erase(token);
      app.clock.turn(61);
    }
    assert.ok(judged >= 100 && judged <= 106, `${judged} codes were judged in some minutes`);
  },
);

test('a hundred codes that nobody has in an hour for a client network: by API, page, link and sign-up together', async () => {
  const inviter = await owner();
  const address = '198.51.100.77';
  const headers = from(address);
  let left = 100;
  const visit = new HtmlClient(app, headers);
  await visit.signIn(anyNumber());
  for (let at = 0; at < 30; at += 1) {
    const page = await visit.get('/account/');
    const answer = await visit.submit(page, '/account/invite_code', { invite_code: unknownCode() });
    assert.equal(answer.status, 400);
    left -= 1;
  }
  for (let at = 0; at < 30; at += 1) {
    assert.equal((await new HtmlClient(app, headers).get(`/i/${unknownCode()}`)).status, 404);
    left -= 1;
  }
  for (let at = 0; at < 10; at += 1) {
    await signUp(anyNumber(), { invite: unknownCode(), address });
    left -= 1;
  }
  const tokens = await Promise.all(Array.from({ length: 4 }, () => signUp(anyNumber())));
  const statuses = await Promise.all(
    Array.from({ length: 60 }, async (_, at) => (await redeem(tokens[at % 4]!, unknownCode(), address)).statusCode),
  );
  assert.equal(statuses.filter((status) => status === 400).length, left);
  assert.equal(statuses.filter((status) => status === 429).length, 60 - left);

  const refused = await redeem(tokens[0]!, inviter.code, address);
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.headers['ratelimit-policy'], '"invite_code";q=100;w=3600');
  const page = await visit.submit(await visit.get('/account/'), '/account/invite_code', { invite_code: inviter.code });
  assert.equal(page.status, 429);
  assert.ok(Number(page.headers['retry-after']) > 0);
  assert.equal((await new HtmlClient(app, headers).get(`/i/${inviter.code}`)).status, 429);
  const unlooked = await signUp(anyNumber(), { invite: inviter.code, address });
  assert.equal((await me(unlooked)).invite_code, null, 'a sign-up goes on without the code');
  assert.equal((await redeem(tokens[1]!, inviter.code, anyAddress())).statusCode, 200, 'from elsewhere it works');
});

deepTest('codes that somebody has cost nothing, however many people of one network redeem them', async () => {
  const inviter = await owner();
  const address = '198.51.100.78';
  for (let at = 0; at < 110; at += 1) await signUp(anyNumber(), { invite: inviter.code, address });
  assert.equal((await me(inviter.token)).invited_count, 110);
});

test('the keyed hash of PostgreSQL is HMAC-SHA-256', async () => {
  const bytes = fc.uint8Array({ maxLength: 64 });
  await fc.assert(
    fc.asyncProperty(bytes, fc.uint8Array({ maxLength: 200 }), async (key, message) => {
      const keyedHash = app.sql(`${functionSchema('public')}.keyed_hash`);
      const [row] = await app.sql`select ${keyedHash}(${hmacBlocks(key)}, ${Buffer.from(message)}) as hash`;
      assert.deepEqual(row!.hash, hmac(key, message));
    }),
    { numRuns: repetitions(50, 12) },
  );
});
