import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { databaseOf } from '../src/db/database.ts';
import { databaseClock } from '../src/kit/clock.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { list, providers, testSms, total, trace } from '../src/operator/operations.ts';
import { amount } from '../src/operator/trace.ts';
import type { Sent } from '../src/sms/provider.ts';
import { testProvider } from './deliveries-kit.ts';
import { anyNumber, openApp, testKey } from './harness.ts';

const failed: Sent = { ok: false, error: 'unavailable', why: 'HTTP 503' };
const app = await openApp({
  sending: {
    providers: [
      testProvider('one', async () => failed),
      testProvider('two', async () => ({ ok: true, reference: 'ref-7' })),
    ],
    priceOf: () => ({ price: 85_001n, currency: 'EUR' }),
  },
});
const db = databaseOf(app.sql, databaseClock);
const hour = () => ({ since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 60_000) });

async function walked(): Promise<PhoneNumber> {
  const phone = anyNumber() as PhoneNumber;
  await app.call('POST', '/api/request-sms/', { phone_number: phone });
  while (app.deliveries.load.sending > 0) await new Promise(setImmediate);
  await app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: '1' });
  await app.deliveries.receipts('two', [{ reference: 'ref-7', state: 'delivered' }]);
  const code = app.codeFor(phone);
  assert.equal((await app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code })).statusCode, 201);
  return phone;
}

test('the trace of a number tells all that happened to it, in order, and no code', async () => {
  const phone = await walked();
  const { text, json } = await trace(db, phone, new Date());
  const order = [
    /asked for a code/,
    /one was called, by SMS/,
    /one did not take it \(unavailable\): HTTP 503/,
    /then two was called/,
    /two accepted it, as ref-7, for 0\.085001 EUR/,
    /a code was entered/,
    /two says that it was delivered/,
    /the code was used \d s after it was asked for/,
  ].map((one) => text.search(one));
  assert.ok(!order.includes(-1), text);
  assert.match(text, /1 of 5 messages in the hour, 1 of 10 in the day; 2 of 20 guesses in the day; no code is open/);
  assert.match(text, /has an account since/);
  for (const told of [text, JSON.stringify(json)]) assert.ok(!told.includes(app.codeFor(phone)));
  assert.equal((json as { deliveries: unknown[] }).deliveries.length, 2);
});

test('a number of which nothing is known is said to be so', async () => {
  assert.match((await trace(db, anyNumber() as PhoneNumber, new Date())).text, /Nothing is known of it/);
});

test('listings mask numbers and are narrowed; totals add up exactly', async () => {
  const phone = await walked();
  const all = await list(db, hour(), 100, () => {});
  assert.ok(!all.text.includes(phone.slice(2)) && !JSON.stringify(all.json).includes(phone.slice(2)));
  const mine = await list(db, { ...hour(), provider: 'two', state: 'delivered', country: 'RU' }, 1, () => {});
  assert.equal((mine.json as unknown[]).length, 1);
  assert.match((await list(db, { ...hour(), country: 'DE' }, 100, () => {})).text, /No message in that time/);
  const [{ sum } = {}] = await app.sql`select count(*)::int as sum from delivery where provider = 'two'`;
  const { json, text } = await total(db, hour());
  const told = (json as { by_route: { provider: string; spend: string; completed: number; sends: number }[] }).by_route;
  const two = told.find(({ provider }) => provider === 'two')!;
  assert.deepEqual([two.spend, two.sends, two.completed], [amount(85_001n * BigInt(sum)), sum, sum]);
  assert.equal(told.find(({ provider }) => provider === 'one')!.spend, '0', 'what was not accepted costs nothing');
  assert.match(text, /0\.085001 EUR/);
});

test('a listing of more than a page has each message once', async () => {
  await app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, asked_at, useful_until, again)
    select gen_random_uuid(), 1, gen_random_uuid(), 'k', 6, null, 'KZ', '+7700', 'ru', 'accepted', 'sms', 'two',
      now() - (n / 3) * interval '0.4 milliseconds', now(), false from generate_series(1, 1203) n`;
  const { json } = await list(db, { ...hour(), country: 'KZ' }, 5000, () => {});
  assert.equal(new Set((json as { id: string }[]).map(({ id }) => id)).size, 1203);
  assert.equal((json as unknown[]).length, 1203);
});

test('the state of each route is told, and why', async () => {
  await app.sql`insert into breaker (provider, failures, open_until, changed_at, why)
    values ('one', 3, now() + interval '1 minute', now(), 'HTTP 503')
    on conflict (provider) do update set failures = 3, open_until = excluded.open_until, why = excluded.why`;
  const { text } = await providers(db, [{ country: '*', providers: ['one', 'two'] }], new Date());
  assert.match(text, /one .*left alone: HTTP 503/);
  assert.match(text, /two .*well/);
});

test('a test message says what the provider said, and fails where it did', async () => {
  const good = await testSms(testProvider('two'), '+79160000001' as PhoneNumber);
  assert.match(good.text, /^two accepted it after \d+ ms/);
  const bad = await testSms(
    testProvider('one', async () => failed),
    '+79160000001' as PhoneNumber,
  );
  assert.deepEqual(
    [bad.isGood, /did not take it after \d+ ms \(unavailable\): HTTP 503/.test(bad.text)],
    [false, true],
  );
});

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

async function vouch(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...words], {
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: app.databaseUrl, SECRET_KEYS: testKey },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const code = await new Promise<number>((resolve) => child.on('close', (found) => resolve(found ?? -1)));
  return { code, out, err };
}

test('the command finds a number by any spelling, logs that it was read, and says what it does not understand', async () => {
  const phone = await walked();
  const typed = `8 (${phone.slice(2, 5)}) ${phone.slice(5, 8)}-${phone.slice(8)}`;
  const [traced, help, unknown, number, option] = await Promise.all([
    vouch('trace', typed, '--json'),
    vouch('--help'),
    vouch('tracee', phone),
    vouch('trace', 'abc'),
    vouch('deliveries', '--since', 'yesterday'),
  ]);
  assert.equal(traced.code, 0, traced.err);
  assert.equal(JSON.parse(traced.out).phone_number, phone);
  assert.match(traced.err, /an operator reads the story of a number/);
  assert.ok(!traced.err.includes(phone.slice(2)), 'the log has it masked');
  assert.deepEqual([help.code, /vouch trace <number>/.test(help.out)], [0, true]);
  assert.deepEqual([unknown.code, /There is no command tracee/.test(unknown.err)], [2, true]);
  assert.deepEqual([number.code, /abc is no telephone number/.test(number.err)], [2, true]);
  assert.deepEqual([option.code, /yesterday is no time/.test(option.err)], [2, true]);
  assert.ok(![unknown, number, option].some(({ err }) => /\n\s+at /.test(err)), 'no stack trace');
});
