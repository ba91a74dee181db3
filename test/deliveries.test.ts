import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { secretKeys } from '../src/kit/secret.ts';
import type { Message, Provider, Sent } from '../src/sms/provider.ts';
import { deepTest } from './support/depth.ts';
import { type AppOptions, anyNumber, openApp, type TestApp, testKey } from './support/harness.ts';
import { messageId } from './support/message-id.ts';
import { advanceMonotonicClock } from './support/monotonic-clock.ts';
import { openTestDeliveries, testProvider } from './support/test-deliveries.ts';

const accepted: Sent = { ok: true, reference: 'r' };
const failing =
  (error: 'rejected' | 'refused' | 'throttled' | 'unavailable' | 'unknown') => async (): Promise<Sent> => ({
    ok: false,
    error,
    reason: `it is ${error}`,
  });

async function opened(providers: readonly Provider[], more: AppOptions['sending'] = {}): Promise<TestApp> {
  return openApp({ networkMessagesPerHour: 100_000, sending: { providers, ...more } });
}

async function ask(app: TestApp, phone: string) {
  const asked = await app.call('POST', '/api/request-sms/', { phone_number: phone });
  await settled(app);
  return asked;
}

async function settled(app: TestApp): Promise<void> {
  while (app.deliveries.load.sending + app.deliveries.load.waiting > 0) await pause(1);
}

function rowsOf({ sql }: TestApp, phone: string) {
  return sql`select *, extract(epoch from leased_until - now())::float8 as lease from delivery
    where phone_number = ${phone} order by requested_at, attempt`;
}

test('what became of a message is a row, without code or text', async () => {
  const app = await opened([testProvider('one', async () => ({ ok: true, reference: 'ref-1', segments: 2 }))], {
    priceOf: () => ({ price: 85_000n, currency: 'EUR' }),
  });
  const phone = anyNumber();
  await ask(app, phone);
  const [row] = await rowsOf(app, phone);
  const { state, channel, provider, country, prefix, segments, price, currency, reference, language } = row!;
  assert.deepEqual(
    { state, channel, provider, country, prefix, segments, price, currency, reference, language },
    {
      state: 'accepted',
      channel: 'sms',
      provider: 'one',
      country: 'RU',
      prefix: '+7916',
      segments: 2,
      price: '85000',
      currency: 'EUR',
      reference: 'ref-1',
      language: 'ru',
    },
  );
  assert.ok(row!.accepted_at >= row!.sent_at && row!.sent_at >= row!.requested_at);
  assert.equal(row!.completed_at, null);
  assert.ok(!JSON.stringify(row).includes(app.codeFor(phone)));
  const code = app.codeFor(phone);
  await app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code });
  assert.notEqual((await rowsOf(app, phone))[0]!.completed_at, null);
});

for (const error of ['refused', 'throttled', 'unavailable'] as const) {
  test(`what is ${error} goes to the next provider, once, and both tries are recorded`, async () => {
    const sent: Message[] = [];
    const taking = testProvider('two', async (message) => {
      sent.push(message);
      return accepted;
    });
    const app = await opened([testProvider('one', failing(error)), taking]);
    const phone = anyNumber();
    await ask(app, phone);
    const rows = await rowsOf(app, phone);
    assert.deepEqual(
      rows.map(({ provider, attempt, state, error, reason }) => [provider, attempt, state, error, reason]),
      [
        ['one', 1, 'failed', error, `it is ${error}`],
        ['two', 2, 'accepted', null, null],
      ],
    );
    assert.deepEqual(
      sent.map(({ id, code }) => [id, code]),
      [[rows[1]!.id, app.codeFor(phone)]],
    );
  });
}

for (const [error, state] of [
  ['rejected', 'failed'],
  ['unknown', 'unknown'],
] as const) {
  test(`what is ${error} goes to nobody else, and the person may ask again at once, which takes the next provider`, async () => {
    const app = await opened([testProvider('one', failing(error)), testProvider('two')]);
    const phone = anyNumber();
    await ask(app, phone);
    assert.deepEqual(
      (await rowsOf(app, phone)).map(({ provider, state }) => [provider, state]),
      [['one', state]],
    );
    const again = await ask(app, phone);
    assert.equal(again.statusCode, 201, again.body);
    assert.deepEqual(
      (await rowsOf(app, phone)).map(({ provider, state }) => [provider, state]),
      [
        ['one', state],
        ['two', 'accepted'],
      ],
    );
    assert.equal((await ask(app, phone)).statusCode, 429, 'what was accepted has its pause');
  });
}

test('a message that never arrives may be asked for again at once by one of a hundred, and by the hour’s limit', async () => {
  let isLost = true;
  const app = await opened([testProvider('one', async () => (isLost ? failing('unknown')() : accepted))]);
  const phone = anyNumber();
  await ask(app, phone);
  isLost = false;
  const asked = await Promise.all(
    Array.from({ length: 100 }, () => app.call('POST', '/api/request-sms/', { phone_number: phone })),
  );
  assert.equal(asked.filter(({ statusCode }) => statusCode === 201).length, 1);
  await settled(app);
  isLost = true;
  app.clock.turn(61);
  for (let time = 0; time < 8; time += 1) await ask(app, phone);
  assert.equal((await rowsOf(app, phone)).length, 5, 'five an hour');
});

test('asking again takes the next route, then the next channel, and the answer says which', async () => {
  const app = await opened([
    testProvider('one'),
    testProvider('two'),
    testProvider('tg', undefined, { channel: 'telegram' }),
  ]);
  const phone = anyNumber();
  const seen = [];
  for (const wait of [0, 31, 61, 121]) {
    app.clock.turn(wait);
    const { data } = await ask(app, phone);
    seen.push([data.channel, data.next_channel]);
  }
  assert.deepEqual(seen, [
    ['sms', 'sms'],
    ['sms', 'telegram'],
    ['telegram', 'sms'],
    ['sms', 'sms'],
  ]);
  assert.deepEqual(
    (await rowsOf(app, phone)).map(({ provider }) => provider),
    ['one', 'two', 'tg', 'one'],
  );
});

test('a number that is not on a messenger gets an SMS', async () => {
  const messenger = testProvider('tg', failing('rejected'), { channel: 'telegram' });
  const app = await opened([messenger, testProvider('one')]);
  const phone = anyNumber();
  await ask(app, phone);
  assert.deepEqual(
    (await rowsOf(app, phone)).map(({ provider, state }) => [provider, state]),
    [
      ['tg', 'failed'],
      ['one', 'accepted'],
    ],
  );
});

test('a provider that fails three times is left alone by all processes, and one message tries it later', async () => {
  let [calls, isWell] = [0, false];
  const wait = new AbortController();
  const one = testProvider('one', async () => {
    calls += 1;
    if (isWell && !wait.signal.aborted) await once(wait.signal, 'abort');
    return isWell ? accepted : { ok: false, error: 'unavailable', reason: 'HTTP 503' };
  });
  const app = await opened([one, testProvider('two')]);
  const other = openTestDeliveries(
    { db: await otherDatabase(app), log: app.server.log as never, keys: secretKeys([testKey]) },
    { providers: [testProvider('one'), testProvider('two')] },
  );
  for (let time = 0; time < 3; time += 1) await ask(app, anyNumber());
  // failures are counted in the background
  while (!app.log.some((line) => line.includes('circuit breaker opened'))) await pause(1);
  for (let time = 0; time < 3; time += 1) await ask(app, anyNumber());
  assert.equal(calls, 3);
  await other.poll();
  const fresh = anyNumber();
  assert.equal(other.plan(fresh as never).provider, 'one');
  const [{ state } = {}] = await app.sql`select case when open_until > now() then 'open' end as state from breaker`;
  assert.equal(state, 'open');
  await app.sql`update breaker set open_until = now() - interval '1 second'`;
  await app.deliveries.poll();
  isWell = true;
  await Promise.all(
    Array.from({ length: 20 }, () => app.call('POST', '/api/request-sms/', { phone_number: anyNumber() })),
  );
  while (app.deliveries.load.sending + app.deliveries.load.waiting > 1) await pause(1);
  assert.equal(calls, 4, 'one of twenty tries it');
  wait.abort();
  await settled(app);
  while ((await app.sql`select from breaker`).length > 0) await pause(5);
  await app.deliveries.poll();
  await ask(app, anyNumber());
  assert.equal(calls, 5, 'it is well again');
  assert.deepEqual([...(await app.sql`select * from breaker`)], []);
});

test('where all providers are left alone, they are tried nevertheless: a person waits', async () => {
  let calls = 0;
  const app = await opened([
    testProvider('one', async () => {
      calls += 1;
      return { ok: false, error: 'unavailable', reason: 'gone' };
    }),
  ]);
  for (let time = 0; time < 5; time += 1) await ask(app, anyNumber());
  assert.equal(calls, 5);
});

test('receipts count in any order, twice, early and late, and what arrived is never taken back', async () => {
  const app = await opened([
    testProvider('one', async ({ to }) => ({ ok: true, reference: to }), { onReceipt: () => {} }),
  ]);
  const [early, twice, late, lost] = [anyNumber(), anyNumber(), anyNumber(), anyNumber()];
  const tell = (reference: string, state: 'delivered' | 'failed') =>
    app.deliveries.receipts('one', [{ reference, state, reason: state === 'failed' ? 'absent' : undefined }]);
  await tell(early, 'delivered');
  for (const phone of [early, twice, late, lost]) await ask(app, phone);
  await app.deliveries.poll();
  await Promise.all([tell(twice, 'delivered'), tell(twice, 'delivered')]);
  await tell(late, 'failed');
  await tell(late, 'delivered');
  await tell(late, 'failed');
  await tell(lost, 'failed');
  await tell('of nobody', 'failed');
  const states = await Promise.all([early, twice, late, lost].map(async (phone) => (await rowsOf(app, phone))[0]));
  assert.deepEqual(
    states.map((row) => [row!.state, row!.reason]),
    [
      ['delivered', null],
      ['delivered', null],
      ['delivered', null],
      ['failed', 'absent'],
    ],
  );
  const again = await ask(app, lost);
  assert.equal(again.statusCode, 201, 'whose message did not arrive may ask again at once');
});

test('what a dead process did not begin is sent by another, once; what it was sending becomes unknown and is not sent again', async () => {
  const sent: Message[] = [];
  const app = await opened([
    testProvider('one', async (message) => {
      sent.push(message);
      return accepted;
    }),
  ]);
  const [waiting, sending, used] = [anyNumber(), anyNumber(), anyNumber()];
  await app.sql`alter table delivery disable trigger all`;
  for (const phone of [waiting, sending, used]) await ask(app, phone);
  sent.length = 0;
  await app.sql`update delivery set state = 'waiting', sent_at = null, accepted_at = null, reference = null,
    leased_until = now() - interval '1 second' where phone_number in (${waiting}, ${used})`;
  await app.sql`update delivery set state = 'sending', accepted_at = null, reference = null,
    leased_until = now() - interval '1 second' where phone_number = ${sending}`;
  const code = app.codeFor(used);
  assert.equal((await app.call('POST', '/api/verify-sms/', { phone_number: used, sms_code: code })).statusCode, 201);
  await Promise.all([app.deliveries.poll(), app.deliveries.poll(), app.deliveries.poll()]);
  await settled(app);
  assert.deepEqual(
    sent.map(({ to }) => to),
    [waiting],
  );
  assert.equal(sent[0]!.code, app.codeFor(waiting));
  assert.equal((await rowsOf(app, waiting))[0]!.state, 'accepted');
  assert.equal((await rowsOf(app, sending))[0]!.state, 'unknown');
  const [over] = await rowsOf(app, used);
  assert.deepEqual([over!.state, over!.reason], ['dropped', 'its challenge was over']);
  assert.equal((await ask(app, sending)).statusCode, 201, 'the person may ask again at once');
});

test('a busy process takes over what another one has abandoned, before what waits, a few at a time', async () => {
  const sent: string[] = [];
  let release = () => {};
  const app = await opened(
    [
      testProvider('one', ({ to }) => {
        sent.push(to);
        return new Promise((resolve) => (release = () => resolve(accepted)));
      }),
    ],
    { concurrency: 1 },
  );
  const [held, ...own] = Array.from({ length: 4 }, anyNumber);
  for (const phone of [held!, ...own]) await app.call('POST', '/api/request-sms/', { phone_number: phone });
  const abandoned = Array.from({ length: 7 }, anyNumber);
  for (const phone of abandoned)
    await app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, requested_at, useful_until, leased_until, is_repeat)
      select ${app.sql.unsafe(messageId('now()'))}, 1, gen_random_uuid(), key_id, 6, ${phone}, 'RU', '+7916', 'ru', 'waiting',
        'sms', 'one', now(), now() + interval '9 minutes', now() - interval '1 second', false
      from delivery where phone_number = ${held!}`;
  await app.deliveries.poll();
  while (sent.length < 1 + 5 + own.length) {
    const before = sent.length;
    release();
    while (sent.length === before) await pause(1);
  }
  release();
  await settled(app);
  assert.equal(sent[0], held);
  assert.ok(sent.slice(1, 6).every((phone) => abandoned.includes(phone)));
  assert.deepEqual(sent.slice(6), own);
});

test('a message that would come too late for its code is dropped, and says so', async () => {
  const app = await opened([testProvider('one')]);
  const phone = anyNumber();
  await ask(app, phone);
  await app.sql`update delivery set state = 'waiting', leased_until = now() - interval '1 second'`;
  app.clock.turn(575);
  await app.deliveries.poll();
  await settled(app);
  const [row] = await rowsOf(app, phone);
  assert.deepEqual([row!.state, row!.reason], ['dropped', 'too late for its code']);
});

test('where more wait than can be sent while a person waits, asking is refused with 503, and nothing is counted', async () => {
  const release: (() => void)[] = [];
  const slow = testProvider(
    'one',
    (_, signal) =>
      new Promise((resolve) => {
        release.push(() => resolve(accepted));
        signal.addEventListener('abort', () => resolve({ ok: false, error: 'unknown', reason: 'cut off' }));
      }),
  );
  const app = await opened([slow], { concurrency: 1 });
  for (let time = 0; time < 2; time += 1) {
    void app.call('POST', '/api/request-sms/', { phone_number: anyNumber() });
    while (release.length <= time) await pause(5);
    await pause(1500);
    release[time]!();
    await pause(20);
  }
  const many = Array.from({ length: 70 }, anyNumber);
  for (const phone of many) await app.call('POST', '/api/request-sms/', { phone_number: phone });
  const refused = await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() });
  assert.equal(refused.statusCode, 503, refused.body);
  assert.equal(refused.data.code, 'sending_busy');
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  const page = await app.call('POST', '/', `phone_number=${encodeURIComponent(anyNumber())}`, {
    'content-type': 'application/x-www-form-urlencoded',
  });
  assert.equal(page.statusCode, 503);
  const [{ count } = {}] = await app.sql`select count(*)::int from challenge`;
  assert.ok(count <= many.length + 2);
  await app.deliveries.close(0);
});

test('a number reserved for fiction and a test number cost nothing, and a test number has its own code', async () => {
  let calls = 0;
  const app = await openApp({
    testNumbers: new Map([['+79160000017', '424242']]),
    sending: {
      testNumbers: new Map([['+79160000017', '424242']]),
      providers: [
        testProvider('one', async () => {
          calls += 1;
          return accepted;
        }),
      ],
    },
  });
  for (const phone of ['+447700900123', '+79160000017']) assert.equal((await ask(app, phone)).statusCode, 201);
  assert.equal(calls, 0);
  assert.deepEqual(
    (await app.sql`select phone_number, state, reason from delivery order by phone_number`).map((row) =>
      Object.values(row),
    ),
    [
      ['+447700900123', 'dropped', 'a number reserved for fiction'],
      ['+79160000017', 'dropped', 'a test number'],
    ],
  );
  const verified = await app.call('POST', '/api/verify-sms/', { phone_number: '+79160000017', sms_code: '424242' });
  assert.equal(verified.statusCode, 201, verified.body);
});

test('erasing an account takes its number out of what was sent, and forgets what was refused to it and to nobody else', async () => {
  const app = await opened([testProvider('one')]);
  const [phone, other] = [anyNumber(), anyNumber()];
  const token = await app.signIn(phone);
  await settled(app);
  await app.sql`insert into refusal select right(n, 2), n || rule, n, rule, 1, now(), now()
    from unnest(array[${phone}, ${other}]) n, unnest(array['pause', 'network_messages', 'guess']) rule`;
  await app.call('DELETE', '/api/users/me', undefined, { authorization: `Token ${token}` });
  assert.deepEqual(
    (await app.sql`select phone_number, prefix from delivery`).map((row) => Object.values(row)),
    [['', '+7916']],
  );
  const left = await app.sql`select distinct phone_number from refusal`;
  assert.deepEqual(
    left.map(({ phone_number }) => phone_number),
    [other],
  );
});

test('the provider is called by the commit and not by the next look at the queue, and the answer does not wait for it', async () => {
  const called = new Map<string, number>();
  const app = await opened([
    testProvider('one', async ({ to }) => {
      called.set(to, performance.now());
      return pause(300, accepted);
    }),
  ]);
  await ask(app, anyNumber());
  const waits: number[] = [];
  for (let time = 0; time < 30; time += 1) {
    const phone = anyNumber();
    await app.call('POST', '/api/request-sms/', { phone_number: phone });
    const answered = performance.now();
    while (!called.has(phone)) await new Promise(setImmediate);
    waits.push(called.get(phone)! - answered);
  }
  const median = waits.sort((one, other) => one - other)[15]!;
  assert.ok(median < 250, `${median} ms`);
});

async function otherDatabase({ databaseUrl, server }: TestApp) {
  const db = await openDatabase({
    databaseUrl,
    dataDir: '',
    poolSize: 2,
    log: server.log as never,
    clock: databaseClock,
  });
  test.after(() => db.close());
  return db;
}

deepTest(
  'one that accepts and does not deliver is seen by completions alone, and comes last; by another process too',
  async () => {
    const app = await opened([testProvider('one'), testProvider('two')]);
    const phones = Array.from({ length: 30 }, anyNumber);
    for (const phone of phones) await app.call('POST', '/api/request-sms/', { phone_number: phone });
    await settled(app);
    const used = async () => {
      await app.sql`delete from delivery where requested_at > now() + interval '1 minute'`;
      const seen = [];
      for (let time = 0; time < 20; time += 1) {
        const phone = anyNumber();
        await ask(app, phone);
        seen.push((await rowsOf(app, phone))[0]!.provider);
      }
      return seen.filter((provider) => provider === 'one').length;
    };
    await app.sql`update delivery set requested_at = requested_at - interval '2 minutes'`;
    app.clock.turn(120);
    await app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, requested_at, useful_until, sent_at, completed_at, is_repeat)
    select ${app.sql.unsafe(messageId("now() - interval '3 minutes'"))}, 1, gen_random_uuid(), 'key', 6, '', 'RU', '+7916', 'ru', 'accepted', 'sms', 'two',
      now() - interval '3 minutes', now(), now(), now(), false from generate_series(1, 30)`;
    await app.deliveries.poll();
    const dead = await used();
    assert.ok(dead <= 3, `${dead} of 20 still go to the silent one`);
    await app.sql`update delivery set completed_at = now() where provider = 'one'`;
    advanceMonotonicClock(5100);
    await app.deliveries.poll();
    assert.ok((await used()) >= 17, 'it delivers again');
  },
);

test('the page says which channel was used, and which comes next', async () => {
  const app = await opened([testProvider('tg', undefined, { channel: 'telegram' }), testProvider('one')]);
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'accept-language': 'en' };
  const sent = await app.call('POST', '/', `phone_number=${encodeURIComponent(anyNumber())}`, form);
  const cookie = String(sent.headers['set-cookie']).split(';')[0]!;
  const { body } = await app.call('GET', '/confirm/', undefined, { cookie, 'accept-language': 'en' });
  assert.match(body, /Sent by Telegram to/);
  assert.match(body, /Resend by text/);
});
