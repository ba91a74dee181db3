// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daily } from '../src/cli/daily.ts';
import { createDatabase } from '../src/db/database.ts';
import { type DailyMax, dailyCounters, defaultDailyMax } from '../src/limits/daily.ts';
import { noopMetrics } from '../src/metrics/metrics.ts';
import { cleanUp } from '../src/runtime/cleanup.ts';
import { anyNumber, openApp, type TestApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const day = 86_400;
const refused: string[] = [];
const metrics = { ...noopMetrics, dailyMaxReached: (scope: string) => void refused.push(scope) };
const networkMessagesPerHour = 100_000;
const of = (max: number | undefined, country = '*', unit = 'messages'): DailyMax => ({ country, unit, max });
const open = (dailyMax: DailyMax[], more: Parameters<typeof openApp>[0] = {}) =>
  openApp({ dailyMax, metrics, networkMessagesPerHour, ...more });

const ask = (at: TestApp, number = anyNumber(), headers: Record<string, string> = {}) =>
  at.call('POST', '/api/request-sms/', { phone_number: number }, headers);

/** How many of so many requests, one after the other, are sent. */
async function sentOf(at: TestApp, count: number, number: () => string = anyNumber): Promise<number> {
  let sent = 0;
  for (let asked = 0; asked < count; asked += 1) if ((await ask(at, number())).statusCode === 201) sent += 1;
  return sent;
}

/** Moves the clock to the middle of a UTC day, so that no test runs over midnight. */
function toNoon(at: TestApp): void {
  const now = Date.now() + at.clock.aheadMs;
  at.clock.turn((Math.ceil(now / (day * 1000)) * day * 1000 + (day / 2) * 1000 - now) / 1000);
}

test('the maximum of a day is refused with its own code until midnight UTC, by API and page, and told to operators', async () => {
  const app = await open([of(3)]);
  toNoon(app);
  assert.equal(await sentOf(app, 3), 3);
  refused.length = 0;
  const number = anyNumber();
  const { statusCode, data, headers } = await ask(app, number, { 'accept-language': 'en' });
  assert.deepEqual([statusCode, data.code], [429, 'daily_max']);
  const wait = Number(headers['retry-after']);
  assert.ok(wait > day / 2 - 60 && wait <= day / 2, `${wait} s`);
  assert.equal(headers['ratelimit-policy'], undefined, 'how much is sent is nobody else’s business');
  assert.match(data.detail, /We can’t send codes right now\. Try again in 12 hours\./);
  const page = await new HtmlClient(app, { 'accept-language': 'ru' }).post('/', { phone_number: anyNumber() });
  assert.equal(page.status, 429);
  assert.match(page.html, /Сейчас мы не можем отправить код/);
  assert.deepEqual(refused, ['messages:*', 'messages:*']);
  const line = app.log.filter((one) => one.includes('daily maximum reached'));
  assert.ok(line.length >= 1 && JSON.parse(line[0]!).level === 50 && line[0]!.includes('messages:*'));
  assert.ok(!app.log.join('').includes(number));
  const { json, text } = await daily(createDatabase(app.sql, app.clock), [of(3)]);
  assert.deepEqual(json, [{ country: '*', unit: 'messages', sent: 3, max: 3, 'used, %': 100 }]);
  assert.match(text, /messages/);
  app.clock.turn(wait);
  assert.equal((await ask(app)).statusCode, 201);
});

test('a country has a maximum of its own, and another country goes on', async () => {
  const app = await open([of(100), of(2, 'KZ')]);
  toNoon(app);
  let last = 1_000_000;
  const kazakh = () => {
    last += 1;
    return `+7701${last}`;
  };
  assert.equal(await sentOf(app, 5, kazakh), 2);
  assert.equal((await ask(app, kazakh())).data.code, 'daily_max');
  assert.equal(await sentOf(app, 5), 5);
});

test('money is counted by the dearest route to the country, and only where its price is known', async () => {
  const priceOf = (_provider: string, country: string) =>
    country === 'RU' ? { price: 40_000n, currency: 'EUR' } : undefined;
  const app = await open([of(1000), of(100_000, '*', 'EUR')], { sending: { priceOf } });
  toNoon(app);
  assert.equal(await sentOf(app, 5), 2, 'two for 0.04 EUR fit into 0.10 EUR');
  assert.equal((await ask(app)).data.code, 'daily_max');
  assert.equal((await ask(app, '+77011234567')).statusCode, 201, 'no price, no money');
});

test('a device that signed in before passes until twice the maximum', async () => {
  const app = await open([of(4)]);
  toNoon(app);
  const people: [string, Record<string, string>][] = [];
  for (let at = 0; at < 4; at += 1) {
    const number = anyNumber();
    await ask(app, number);
    const entered = { phone_number: number, sms_code: app.codeFor(number) };
    const { headers } = await app.call('POST', '/api/verify-sms/', entered);
    people.push([number, { 'device-token': String(headers['device-token']) }]);
  }
  assert.equal((await ask(app)).data.code, 'daily_max');
  for (const [number, token] of people) assert.equal((await ask(app, number, token)).statusCode, 201);
  app.clock.turn(61);
  assert.equal((await ask(app, people[0]![0], people[0]![1])).data.code, 'daily_max');
});

test('what is not sent counts nothing: a pause, an address, a test number, a maximum that another count has reached', async () => {
  const testNumbers = new Map([['+79160000001', '123456']]);
  const app = await open([of(50), of(1, 'KZ')], {
    networkMessagesPerHour: 8,
    testNumbers,
    sending: { testNumbers },
  });
  toNoon(app);
  const number = anyNumber();
  for (let again = 0; again < 4; again += 1) await ask(app, number);
  for (let again = 0; again < 4; again += 1) await ask(app, '+79160000001');
  assert.equal((await ask(app, '+77011234567')).statusCode, 201);
  for (let more = 0; more < 3; more += 1) await ask(app, `+7701123456${more}`);
  assert.equal(await sentOf(app, 20), 6, 'what the maximum refused was not spent of the address');
  const [{ count } = {}] = await app.sql`select sum(amount)::int as count from daily_count where scope = 'messages:*'`;
  assert.equal(count, app.sent.filter(({ to }) => to !== '+79160000001').length);
});

test('a number’s own limit is told as such, also when the maximum is reached', async () => {
  const app = await open([of(1)]);
  toNoon(app);
  const number = anyNumber();
  await ask(app, number);
  assert.equal((await ask(app, number)).data.code, 'too_many_messages');
});

test('the default is ten times the median of fourteen days, at least a thousand, and is worked out once a day', async () => {
  const app = await open([defaultDailyMax]);
  toNoon(app);
  const worked = async () =>
    (await app.sql`select amount::int from daily_count where scope = 'default' order by day`).map(
      ({ amount }) => amount,
    );
  await ask(app);
  await ask(app);
  assert.deepEqual(await worked(), [1000]);
  const today = new Date(Date.now() + app.clock.aheadMs).toISOString().slice(0, 10);
  // six quiet days, then seven of 300 to 900 in two shards each, and one in which somebody pumped
  await app.sql`insert into daily_count (day, scope, shard, amount)
    select ${today}::date + n, 'messages:*', s, 50 * (n - 4) from generate_series(7, 13) n, generate_series(0, 1) s`;
  await app.sql`insert into daily_count values (${today}::date + 14, 'messages:*', 0, 1000000)`;
  app.clock.turn(15 * day);
  await ask(app);
  assert.deepEqual((await worked()).at(-1), 3500, 'the median of six zeros, 300 to 900 and a million is 350');
  const { json } = await daily(createDatabase(app.sql, app.clock), [defaultDailyMax]);
  assert.equal((json as { max: number }[])[0]!.max, 3500);
});

test('of many requests at once for one known number one counts', async () => {
  const app = await open([of(100)]);
  toNoon(app);
  const number = anyNumber();
  await ask(app, number);
  app.clock.turn(31);
  await Promise.all(Array.from({ length: 30 }, () => ask(app, number)));
  const [{ count } = {}] = await app.sql`select sum(amount)::int as count from daily_count where scope = 'messages:*'`;
  assert.equal(count, 2);
});

test('counts of days that no maximum goes by are swept, and those of fourteen days stay', async () => {
  const app = await open([of(100)]);
  for (let ago = 0; ago < 20; ago += 1) {
    await app.sql`insert into daily_count values ((now() at time zone 'utc')::date - ${ago}::int, 'messages:*', 0, 1)`;
  }
  const sessionLife = { idleSeconds: day, lifetimeSeconds: day };
  const log = { warn: (...said: unknown[]) => assert.fail(String(said[1])) } as never;
  await cleanUp(
    { db: createDatabase(app.sql, app.clock), sessionLife, log, deliveriesKeepDays: 90, auditKeepDays: 400 } as never,
    new AbortController().signal,
  );
  assert.equal((await app.sql`select from daily_count`).length, 16);
});

test('a message adds to the counts of its country and of all, and to money where its price is known', () => {
  const maxima = [of(undefined), of(5, 'RU'), of(5, 'KZ'), of(2_000_000, '*', 'EUR')];
  const scopes = (country: string, price: bigint | undefined) =>
    dailyCounters(maxima, { country, price }).map(({ scope, max, cost }) => [scope, max, cost]);
  assert.deepEqual(scopes('RU', 40_000n), [
    ['messages:*', null, 1],
    ['messages:RU', 5, 1],
    ['EUR:*', 2_000_000, 40_000],
  ]);
  assert.deepEqual(scopes('DE', undefined), [['messages:*', null, 1]]);
});
