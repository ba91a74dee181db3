// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Reservation } from '../src/deliveries/delivery.ts';
import { Semaphore } from '../src/kit/concurrency/semaphore.ts';
import type { Message, Sent } from '../src/sms/provider.ts';
import { type AppOptions, anyNumber, openApp, type TestApp } from './support/harness.ts';
import { testProvider } from './support/test-deliveries.ts';

/** An app whose provider holds each message until it is released. */
async function openHeld(concurrency: number, more: AppOptions = {}) {
  const held: { message: Message; release(): void }[] = [];
  const provider = testProvider(
    'one',
    (message, signal) =>
      new Promise<Sent>((resolve) => {
        held.push({ message, release: () => resolve({ ok: true, reference: message.id }) });
        signal.addEventListener('abort', () => resolve({ ok: false, error: 'unknown', reason: 'cut off' }));
      }),
  );
  const app = await openApp({ ...more, sending: { providers: [provider], concurrency, ...more.sending } });
  const release = async () => {
    while (app.deliveries.load.sending + app.deliveries.load.waiting > 0) {
      for (const one of held.splice(0)) one.release();
      await pause(1);
    }
  };
  return { app, held, release };
}

async function ask(app: TestApp, phone: string): Promise<number> {
  return (await app.call('POST', '/api/request-sms/', { phone_number: phone })).statusCode;
}

/** Whether the attempts at a number began with their records, with the states of the rows. */
async function begunOf({ sql }: TestApp, phone: string) {
  const rows = await sql`select state, sent_at = requested_at as begun from delivery where phone_number = ${phone}
    order by requested_at`;
  return rows.map(({ state, begun }) => [state, begun]);
}

test('the attempt at a new code begins with its record, and that at a code sent before after it', async () => {
  const { app, held, release } = await openHeld(64, {
    sending: { priceOf: () => ({ price: 85_000n, currency: 'EUR' }) },
  });
  const phone = anyNumber();
  assert.equal(await ask(app, phone), 201);
  assert.deepEqual(await begunOf(app, phone), [['sending', true]]);
  const [row] = await app.sql`select segments, price::int, currency, provider, channel,
    extract(epoch from leased_until - requested_at)::float8 as lease from delivery where phone_number = ${phone}`;
  assert.deepEqual(
    { ...row },
    { segments: 1, price: 85_000, currency: 'EUR', provider: 'one', channel: 'sms', lease: 15 },
  );
  assert.equal(held[0]!.message.code, app.codeFor(phone));
  await release();
  app.clock.turn(31);
  assert.equal(await ask(app, phone), 201);
  await release();
  assert.deepEqual(await begunOf(app, phone), [
    ['accepted', true],
    ['accepted', false],
  ]);
});

test('a message waits as before while half of the room at its provider is taken', async () => {
  const { app, held, release } = await openHeld(2);
  const [first, second, third] = [anyNumber(), anyNumber(), anyNumber()];
  for (const phone of [first, second, third]) assert.equal(await ask(app, phone), 201);
  while (held.length < 2) await pause(1);
  assert.deepEqual(await begunOf(app, first), [['sending', true]]);
  assert.deepEqual(await begunOf(app, second), [['sending', false]]);
  assert.deepEqual(await begunOf(app, third), [['waiting', null]]);
  assert.deepEqual(app.deliveries.load, { waiting: 1, sending: 2 });
  await release();
  assert.deepEqual(await begunOf(app, third), [['accepted', false]]);
});

test('a request that is refused or that fails gives its room back', async () => {
  const { app, release } = await openHeld(1);
  const phone = anyNumber();
  assert.equal(await ask(app, phone), 201);
  await release();
  for (let time = 0; time < 3; time += 1) assert.equal(await ask(app, phone), 429);
  await app.sql`alter table number_limit rename to renamed`;
  assert.equal(await ask(app, anyNumber()), 500);
  await app.sql`alter table renamed rename to number_limit`;
  const next = anyNumber();
  assert.equal(await ask(app, next), 201);
  assert.deepEqual(await begunOf(app, next), [['sending', true]]);
  await release();
});

test('a code of another length than its attempt was made for is sent as before', async () => {
  const { app, held, release } = await openHeld(64, { sprayLimit: 1 });
  const today = "(now() at time zone 'utc')::date";
  await app.sql.unsafe(
    `insert into daily_count (day, scope, shard, amount) values (${today}, 'failed_guesses', 0, 50)`,
  );
  const phone = anyNumber();
  assert.equal(await ask(app, phone), 201);
  while (held.length === 0) await pause(1);
  assert.equal(held[0]!.message.code.length, 8);
  await release();
  assert.deepEqual(await begunOf(app, phone), [['accepted', false]]);
});

test('the message of a process that dies between the commit and the sending becomes unknown, and is not sent', async () => {
  const { app, held, release } = await openHeld(64);
  const dying = await openApp({ databaseUrl: app.databaseUrl, deliveries: { ...app.deliveries, send: dies } });
  const phone = anyNumber();
  assert.equal(await ask(dying, phone), 500);
  await app.deliveries.poll();
  assert.deepEqual(await begunOf(app, phone), [['sending', true]], 'its lease runs');
  assert.equal(await ask(app, phone), 429);
  app.clock.turn(16);
  await app.deliveries.poll();
  assert.deepEqual(await begunOf(app, phone), [['unknown', true]]);
  assert.equal(held.length, 0);
  assert.equal(await ask(app, phone), 201, 'the person may ask again at once');
  while (held.length === 0) await pause(1);
  assert.equal(held[0]!.message.to, phone);
  await release();
});

function dies(): never {
  throw new Error('the process dies');
}

test('a message that has begun when its process stops is not sent, and gives its room back', async () => {
  let reservation: Reservation | undefined;
  const { app, held } = await openHeld(1);
  const stopping = await openApp({
    databaseUrl: app.databaseUrl,
    deliveries: {
      ...app.deliveries,
      send: (outgoing, dropReason, begun) => {
        reservation = begun;
        return app.deliveries.send(outgoing, dropReason, begun);
      },
      reserve: (outgoing) => {
        const reserved = app.deliveries.reserve(outgoing);
        void app.deliveries.close(0);
        return reserved;
      },
    },
  });
  const phone = anyNumber();
  assert.equal(await ask(stopping, phone), 201);
  assert.ok(reservation);
  assert.equal(held.length, 0);
  assert.deepEqual(await begunOf(app, phone), [['sending', true]]);
  assert.deepEqual(app.deliveries.load, { waiting: 0, sending: 0 });
});

test('a semaphore reserves room while less than half is taken, and measures used room alone', async () => {
  const semaphore = new Semaphore(3);
  const [first, second] = [semaphore.reserve(), semaphore.reserve()];
  assert.ok(first && second);
  assert.equal(semaphore.reserve(), undefined);
  second(true);
  second(true);
  const third = semaphore.reserve();
  assert.ok(third, 'room that was given back can be reserved once');
  assert.equal(semaphore.reserve(), undefined);
  const last = await semaphore.acquire();
  assert.equal(semaphore.waitMs, 0, 'nothing that was used has ended');
  const waiting = semaphore.acquire();
  assert.equal(semaphore.waiting, 1);
  await pause(20);
  third(true);
  (await waiting)();
  assert.equal(semaphore.waiting, 0);
  for (const release of [() => first(false), last]) release();
  const all = await Promise.all([semaphore.acquire(), semaphore.acquire(), semaphore.acquire()]);
  assert.ok(semaphore.waitMs > 0);
  for (const release of all) release();
});
