import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretKeys } from '../src/kit/secret.ts';
import { keepDeviceTokens, newDeviceToken, parseDeviceTokens } from '../src/sessions/trusted-device.ts';
import { anyNumber, openApp, type TestApp, testKey, withToken } from './support/harness.ts';

const app = await openApp();
const day = 86_400;

interface SignedIn {
  token: string;
  device: string;
}

/** Signs a number in by the API, with the headers of a client that knows them. */
async function signIn(number: string, headers: Record<string, string> = {}, on: TestApp = app): Promise<SignedIn> {
  on.clock.turn(3600);
  assert.equal((await on.call('POST', '/api/request-sms/', { phone_number: number }, headers)).statusCode, 201);
  const body = { phone_number: number, sms_code: on.codeFor(number) };
  const answer = await on.call('POST', '/api/verify-sms/', body, headers);
  assert.equal(answer.statusCode, 201, answer.body);
  return { token: answer.data.token, device: String(answer.headers['device-token']) };
}

/** Whether a device is trusted: it gets a code where a stranger has to wait, and the other way round. */
async function isTrusted(number: string, device: string, on: TestApp = app): Promise<boolean> {
  on.clock.turn(2 * day);
  const ask = (headers: Record<string, string>) =>
    on.call('POST', '/api/request-sms/', { phone_number: number }, headers);
  assert.equal((await ask({})).statusCode, 201);
  assert.equal((await ask({})).statusCode, 429);
  return (await ask({ 'device-token': device })).statusCode === 201;
}

const me = (method: string, token: string, path = '') =>
  app.call(method, `/api/users/me${path}`, undefined, withToken(token));

test('a device is trusted for a year after the last sign-in on it, whatever keys come and go', async () => {
  const number = anyNumber();
  const { device } = await signIn(number);
  assert.ok(await isTrusted(number, device));
  const rotated = await openApp({
    databaseUrl: app.databaseUrl,
    keys: secretKeys(['another-key-that-is-long-enough-for-a-test-0123']),
  });
  rotated.clock.aheadMs = app.clock.aheadMs;
  assert.ok(await isTrusted(number, device, rotated), `a token does not depend on ${testKey.slice(0, 5)}…`);
  app.clock.aheadMs = rotated.clock.aheadMs;
  const again = await signIn(number, { 'device-token': device });
  assert.equal(again.device, device, 'the device keeps its token');
  app.clock.turn(360 * day);
  assert.ok(await isTrusted(number, device));
  app.clock.turn(6 * day);
  assert.equal(await isTrusted(number, device), false);
});

test('one browser keeps the trust of several numbers', async () => {
  const numbers = Array.from({ length: 5 }, anyNumber);
  let cookie = '';
  for (const number of numbers) {
    const { device } = await signIn(number, cookie ? { 'device-token': cookie } : {});
    cookie = keepDeviceTokens(cookie, device);
  }
  for (const number of numbers) assert.ok(await isTrusted(number, cookie), `${numbers.indexOf(number)}`);
  assert.equal(await isTrusted(anyNumber(), cookie), false);
});

test('a browser keeps five tokens, the newest first, and nothing that is no token', () => {
  const tokens = Array.from({ length: 7 }, () => newDeviceToken().token);
  const kept = tokens.reduce((text, token) => keepDeviceTokens(text, token), 'nonsense');
  assert.equal(kept, tokens.slice(2).reverse().join('.'));
  assert.equal(keepDeviceTokens(kept, tokens[3]!).split('.').length, 5, 'no token is kept twice');
  for (const text of [undefined, '', '.', 'vouchd_', `${tokens[0]}A`, tokens[0]!.slice(1), 'x'.repeat(100_000)])
    assert.deepEqual(parseDeviceTokens(text), [], text?.slice(0, 60));
});

test('trust ends where its owner ends it: with the account, with all other sessions, with the session of the device', async () => {
  const number = anyNumber();
  const [phone, laptop, tablet] = [await signIn(number), await signIn(number), await signIn(number)];
  const { sessions } = (await me('GET', phone.token, '/sessions')).data as { sessions: { id: string }[] };
  assert.equal(sessions.length, 3);
  await me('DELETE', tablet.token, `/sessions/${sessions.at(-1)!.id}`);
  assert.equal((await me('GET', laptop.token)).statusCode, 401, 'the least used session is the laptop’s');
  assert.equal(await isTrusted(number, laptop.device), false);
  assert.ok(await isTrusted(number, phone.device));
  await me('DELETE', tablet.token, '/sessions');
  assert.equal(await isTrusted(number, phone.device), false);
  assert.ok(await isTrusted(number, tablet.device), 'the device that asks stays trusted');
  await app.call('POST', '/api/auth/token/logout/', undefined, withToken(tablet.token));
  assert.ok(await isTrusted(number, tablet.device), 'signing out leaves the way back open');
  const last = await signIn(number, { 'device-token': tablet.device });
  assert.equal((await me('DELETE', last.token)).statusCode, 204);
  await signIn(number);
  assert.equal(await isTrusted(number, tablet.device), false, 'a later owner of the number is another account');
});

test('signing in again ends the session that the client had, by API and by page, and no other', async () => {
  const number = anyNumber();
  const other = await signIn(number);
  const first = await signIn(number);
  const second = await signIn(number, withToken(first.token));
  assert.equal((await me('GET', first.token)).statusCode, 401);
  const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
  app.clock.turn(3600);
  const asked = await app.call('POST', '/', `phone_number=${encodeURIComponent(number)}`, asForm);
  const cookie = [`__Host-session=${second.token}`, ...asked.cookies.map(({ name, value }) => `${name}=${value}`)].join(
    '; ',
  );
  const page = await app.call('GET', '/confirm/', undefined, { cookie });
  const fields = [...page.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
    ([, name, value]) => [name!, value!],
  );
  // The page has a form for the code and one for another message, about the same thing.
  const about = Object.fromEntries(fields.filter(([name]) => name !== 'back'));
  const form = new URLSearchParams({ ...about, sms_code: app.codeFor(number) });
  const entered = await app.call('POST', '/confirm/', form.toString(), { ...asForm, cookie });
  assert.equal(entered.statusCode, 303, entered.body);
  assert.equal((await me('GET', second.token)).statusCode, 401);
  assert.equal((await me('GET', other.token)).statusCode, 200);
  await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() }, withToken(other.token));
  assert.equal((await me('GET', other.token)).statusCode, 200, 'asking for a code ends nothing');
});

test('an account trusts a hundred devices, and a new one takes the place of the one that was used least', async () => {
  const number = anyNumber();
  const { device } = await signIn(number);
  const add = (count: number, from: string) => app.sql`
    insert into trusted_device (account_id, secret_hash, last_used_at)
    select id, sha256(convert_to(${from} || n, 'UTF8')), now() - n * interval '1 hour'
    from account, generate_series(1, ${count}) n where phone_number = ${number}`;
  const devices = async () => {
    const [row] = await app.sql`select count(*)::int as count, bool_or(secret_hash = sha256('last100')) as "hasLeast"
      from trusted_device where account_id = (select id from account where phone_number = ${number})`;
    return { ...row };
  };
  await add(98, 'any');
  await app.sql`insert into trusted_device (account_id, secret_hash, last_used_at)
    select id, sha256('last100'), now() - interval '200 days' from account where phone_number = ${number}`;
  assert.deepEqual(await devices(), { count: 100, hasLeast: true });
  await signIn(number, { 'device-token': device });
  assert.deepEqual(await devices(), { count: 100, hasLeast: true }, 'a device that is known takes no place');
  const added = await signIn(number);
  assert.deepEqual(await devices(), { count: 100, hasLeast: false });
  assert.ok(await isTrusted(number, added.device));
  assert.ok(await isTrusted(number, device));
});
