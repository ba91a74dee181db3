import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../src/db/open.ts';
import { clientNetwork } from '../src/deliveries/client-network.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { readRouteStats } from '../src/routing/route-stats.ts';
import type { Provider } from '../src/sms/provider.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp, type TestApp, testKey, withToken } from './support/harness.ts';
import { messageId } from './support/message-id.ts';
import { advanceMonotonicClock } from './support/monotonic-clock.ts';
import { testProvider } from './support/test-deliveries.ts';

function opened(providers: readonly Provider[]): Promise<TestApp> {
  return openApp({ networkMessagesPerHour: 100_000, sending: { providers } });
}

async function settled(app: TestApp): Promise<void> {
  while (app.deliveries.load.sending + app.deliveries.load.waiting > 0) await pause(1);
}

function rowsOf({ sql }: TestApp, phone: string) {
  return sql`select * from delivery where phone_number = ${phone} order by requested_at, attempt`;
}

async function otherDatabase({ databaseUrl, server }: TestApp) {
  const log = server.log as never;
  const db = await openDatabase({ databaseUrl, dataDir: '', poolSize: 2, log, clock: databaseClock });
  test.after(() => db.close());
  return db;
}

/** Asks from an address, the clock turned so that the pauses of an address are over. */
async function askFrom(app: TestApp, address: string, phone = anyNumber()): Promise<string> {
  const asked = await app.server.inject({
    method: 'POST',
    url: '/api/request-sms/',
    remoteAddress: address,
    payload: { phone_number: phone },
  });
  assert.equal(asked.statusCode, 201, asked.body);
  await settled(app);
  return phone;
}

/** Messages that were asked for up to now are as old as it takes to judge them, and the routes are looked at anew. */
async function matured(app: TestApp): Promise<void> {
  await app.sql`update delivery set requested_at = requested_at - interval '2 minutes'`;
  advanceMonotonicClock(5100);
  await app.deliveries.poll();
}

async function firstOf(app: TestApp, times = 10): Promise<number> {
  let first = 0;
  for (let time = 0; time < times; time += 1) {
    const phone = await askFrom(app, `198.51.${time}.9`);
    first += Number((await rowsOf(app, phone))[0]!.provider === 'one');
    await app.sql`delete from delivery where phone_number = ${phone}`;
  }
  return first;
}

const networksOf: Readonly<Record<string, (at: number) => string>> = {
  'one address': () => '203.0.113.7',
  'one IPv4 network': (at) => `203.0.113.${at}`,
  'one IPv4 address in IPv6': () => '::ffff:203.0.113.7',
  'one IPv6 network': (at) => `2001:db8:7:${at.toString(16)}::${at}`,
};

for (const [title, addressOf] of Object.entries(networksOf)) {
  deepTest(
    `requests from ${title} that never complete do not move a route, and as many from everywhere do`,
    async () => {
      const app = await opened([testProvider('one'), testProvider('two')]);
      for (let at = 0; at < 24; at += 1) await askFrom(app, addressOf(at));
      await matured(app);
      assert.ok((await firstOf(app)) >= 9, 'the route stays first');
      for (let at = 0; at < 24; at += 1) await askFrom(app, `192.${at}.2.1`);
      await matured(app);
      assert.ok((await firstOf(app)) <= 2, 'what people of many networks do not complete counts');
    },
  );
}

test('requests that never complete weigh nothing in the measured order, and push no outcome of people out of it', async () => {
  const app = await opened([testProvider('one'), testProvider('two')]);
  for (const provider of ['one', 'two']) {
    await app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, client_network, requested_at, useful_until, sent_at, completed_at, is_repeat)
      select ${app.sql.unsafe(messageId("now() - interval '1 hour'"))}, 1, gen_random_uuid(), 'key', 6, '+79160000000', 'RU', '+7916', 'ru', 'accepted', 'sms',
        ${provider}, n::text, now() - interval '1 hour', now(), now(), now(), false from generate_series(1, 40) n`;
    await app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, client_network, requested_at, useful_until, sent_at, is_repeat)
      select ${app.sql.unsafe(messageId("now() - interval '10 minutes'"))}, 1, gen_random_uuid(), 'key', 6, '+79160000000', 'RU', '+7916', 'ru', 'accepted', 'sms',
        ${provider}, 'attacker', now() - interval '10 minutes', now(), now(), false from generate_series(1, 600)`;
  }
  const db = await otherDatabase(app);
  for (const { first, all } of await readRouteStats(db, [
    { provider: 'one', country: 'RU' },
    { provider: 'two', country: 'RU' },
  ])) {
    for (const outcomes of [first, all]) {
      assert.deepEqual([outcomes.length, outcomes.filter(Boolean).length], [41, 40]);
    }
  }
});

test('a network counts with as many messages that it did not complete as it completed, and one more', async () => {
  const app = await opened([testProvider('one'), testProvider('two')]);
  const db = await otherDatabase(app);
  const put = (network: string | null, completed: boolean, times: number, phone = '+79160000000') =>
    app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, client_network, requested_at, useful_until, sent_at, completed_at, is_repeat)
      select ${app.sql.unsafe(messageId("now() - interval '1 hour'"))}, 1, gen_random_uuid(), 'key', 6, ${phone}, 'RU', '+7916', 'ru', 'accepted', 'sms', 'one',
        ${network}, now() - interval '1 hour', now(), now(), case when ${completed} then now() end, false
      from generate_series(1, ${times}::int)`;
  await put('carrier', true, 7);
  await put('carrier', false, 20);
  await put('home', false, 3);
  await put(null, false, 2);
  await put(null, false, 50, '');
  await put(null, true, 4, '');
  const [seen] = await readRouteStats(db, [{ provider: 'one', country: 'RU' }]);
  assert.deepEqual([seen!.all.length, seen!.all.filter(Boolean).length], [7 + 8 + 1 + 2 + 4, 11]);
});

test('the network that asked is a keyed hash, goes on to the next try, and is erased with the account', async () => {
  const app = await opened([
    testProvider('one', async () => ({ ok: false, error: 'unavailable', reason: 'HTTP 503' })),
    testProvider('two'),
  ]);
  const phone = await askFrom(app, '203.0.113.7');
  const rows = await rowsOf(app, phone);
  assert.deepEqual(
    rows.map(({ provider }) => provider),
    ['one', 'two'],
  );
  const [network, next] = rows.map((row) => row.client_network);
  assert.match(network, /^[0-9a-f]{24}$/);
  assert.equal(next, network);
  const of = (address: string, key = testKey) => clientNetwork(secretKeys([key]), address);
  assert.equal(of('203.0.113.250'), network);
  assert.notEqual(of('203.0.114.7'), network);
  assert.notEqual(of('203.0.113.7', testKey.toUpperCase()), network, 'it cannot be made without the key');
  assert.equal(of('2001:db8:7:1::1'), of('2001:db8:7:ffff::2'));
  assert.notEqual(of('2001:db8:7::1'), of('2001:db8:8::1'));
  assert.equal(of('no address'), undefined);
  const verified = await app.server.inject({
    method: 'POST',
    url: '/api/verify-sms/',
    remoteAddress: '203.0.113.7',
    payload: { phone_number: phone, sms_code: app.codeFor(phone) },
  });
  const erased = await app.call('DELETE', '/api/users/me', undefined, withToken(verified.json().token));
  assert.ok(erased.statusCode < 300, erased.body);
  const left = await app.sql`select phone_number, client_network from delivery`;
  assert.deepEqual(
    left.map((row) => [row.phone_number, row.client_network]),
    [
      ['', null],
      ['', null],
    ],
  );
});
