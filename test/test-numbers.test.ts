import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../src/metrics/registry.ts';
import { explainTestRefusal } from '../src/sign-in/challenge.ts';
import { openApp, type TestApp } from './support/harness.ts';

const code = '424242';
const numbers = ['+79160000017', '+79160000018', '+79160000019', '+79160000020', '+79160000021'] as const;
const [many, often, guessed, beside, page] = numbers;
const testNumbers = new Map(numbers.map((number) => [number, code]));
const counts = createMetrics();
const app = await openApp({ testNumbers, metrics: counts, networkMessagesPerHour: 3, sending: { testNumbers } });

const ask = (number: string, at: TestApp = app) => at.call('POST', '/api/request-sms/', { phone_number: number });
const enter = (number: string, typed = code) =>
  app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: typed });

async function counted(name: string): Promise<Record<string, number>> {
  const found = (await counts.snapshot()).find((one) => one.name === name);
  return Object.fromEntries(found!.values.map(({ labels, value }) => [String(labels.result ?? ''), value]));
}

test('a test number signs in twenty times in a row, without a pause, and from one address', async () => {
  for (let time = 0; time < 20; time += 1) {
    const asked = await ask(many);
    assert.equal(asked.statusCode, 201, asked.body);
    assert.equal(asked.data.resend_in, 0);
    const signedIn = await enter(many);
    assert.equal(signedIn.statusCode, 201, signedIn.body);
  }
  assert.equal(app.sent.length, 0);
  const [{ sent } = {}] =
    await app.sql`select cardinality(sent_at) as sent from challenge where phone_number = ${many}`;
  assert.equal(sent, 10, 'the newest are kept');
});

test('the 101st request of an hour is refused, whoever asks, until there is one again, to the second', async () => {
  const other = await openApp({ databaseUrl: app.databaseUrl, testNumbers, sending: { testNumbers } });
  const now = app.clock.time;
  for (const { clock } of [app, other]) clock.stop(now);
  const before = await counted('vouch_test_number_requests_total');
  const asked = await Promise.all(Array.from({ length: 100 }, () => ask(often)));
  assert.ok(asked.every(({ statusCode }) => statusCode === 201));
  for (const at of [app, other]) {
    const refused = await ask(often, at);
    assert.equal(refused.statusCode, 429);
    assert.equal(refused.headers['retry-after'], '36');
    assert.equal(refused.headers['ratelimit-policy'], '"test_number";q=100;w=3600');
    assert.equal(refused.headers.ratelimit, '"test_number";r=0;t=36');
    assert.match(refused.data.detail, /Новое сообщение можно запросить через \d+ секунд/);
  }
  assert.equal((await ask(beside)).statusCode, 201, 'each has its own');
  assert.deepEqual(
    (await app.sql`select bucket, rule from refusal where phone_number = ${often}`).map((row) => Object.values(row)),
    [[`number:${often}:test_number`, 'test_number']],
  );
  assert.deepEqual(await counted('vouch_test_number_requests_total'), {
    taken: (before.taken ?? 0) + 101,
    refused: 1,
  });
  app.clock.stop(now + 35_000);
  assert.equal((await ask(often)).headers['retry-after'], '1');
  app.clock.stop(now + 36_000);
  assert.equal((await ask(often)).statusCode, 201);
  assert.equal((await ask(often)).statusCode, 429);
});

test('whoever lost to a request of the same moment is told when the next one is there', () => {
  const none = { pause_wait: null, hour_wait: null, day_wait: null };
  assert.equal(explainTestRefusal({ ...none, limit_wait: 0 }).retryInSeconds, 36);
  assert.equal(explainTestRefusal({ ...none, limit_wait: 1.5 }).retryInSeconds, 2);
});

test('twenty wrong codes a day are compared for a test number', async () => {
  for (let guesses = 0; guesses < 20; guesses += 1) {
    if (guesses % 6 === 0) assert.equal((await ask(guessed)).statusCode, 201);
    const isSixth = guesses % 6 === 5;
    const entered = isSixth ? await enter(guessed) : await enter(guessed, '000000');
    assert.equal(entered.statusCode, 400, isSixth ? 'the right code comes after five wrong ones' : undefined);
  }
  const refused = await enter(guessed);
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.headers['ratelimit-policy'], '"test_guess";q=20;w=86400');
});

test('test numbers spend nothing of an address, and other numbers have their limits beside them', async () => {
  for (let at = 0; at < 3; at += 1) assert.equal((await ask(`+7916111223${at}`)).statusCode, 201);
  assert.equal((await ask('+79161112239')).headers['ratelimit-policy'], '"network_messages";q=3;w=3600');
  assert.equal((await ask(beside)).statusCode, 201);
});

test('the page lets a test number ask again at once', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (let time = 0; time < 7; time += 1) {
    const asked = await app.call('POST', '/', `phone_number=${encodeURIComponent(page)}`, form);
    assert.equal(asked.statusCode, 303, asked.body);
  }
});
