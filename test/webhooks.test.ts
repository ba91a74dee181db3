import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { actArguments } from '../src/audit/act.ts';
import { addBlock, removeBlock } from '../src/blocks/blocks.ts';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { type IpNetwork, parseNetwork } from '../src/limits/ip-network.ts';
import type { Actor } from '../src/operators/actor.ts';
import { parseToken } from '../src/sessions/session.ts';
import { importBuffer } from '../src/transfer/import-buffer.ts';
import type { ImportNeeds } from '../src/transfer/import-people.ts';
import { eventTypes } from '../src/webhooks/endpoint.ts';
import {
  addWebhook,
  changeWebhook,
  deleteWebhook,
  listWebhooks,
  replayWebhook,
  rotateWebhookSecret,
  sendTestWebhook,
} from '../src/webhooks/manage-webhooks.ts';
import { parseRetryAfter, retryDelay, retrySeconds } from '../src/webhooks/retry.ts';
import { sendEvent } from '../src/webhooks/send-event.ts';
import { sendWebhook } from '../src/webhooks/send-webhook.ts';
import { startWebhooks } from '../src/webhooks/start-webhooks.ts';
import { claimEvents, deleteOldWebhooks, dispatchEvents } from '../src/webhooks/store.ts';
import { isAllowedTarget } from '../src/webhooks/target-address.ts';
import { listWebhookAttempts, readWebhookEvents } from '../src/webhooks/webhook-history.ts';
import { memoryLog } from './support/embedded-database.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { openWebhookReceiver } from './support/webhook-receiver.ts';

const keys = secretKeys(['k'.repeat(32)]);
const operator: Actor = { kind: 'command_line', id: 'ann' };
const local = [network('127.0.0.0/8')];

function network(text: string): IpNetwork {
  const parsed = parseNetwork(text);
  assert.ok(parsed.ok);
  return parsed.network;
}

const app = await openApp();

/** An endpoint that is the only one, and served by this test; nothing waits for it. The clock only goes on. */
async function openWebhooks({ events = [...eventTypes] as string[], withNumbers = false } = {}) {
  const receiver = await openWebhookReceiver();
  after(() => receiver.close());
  const lines: string[] = [];
  const log = memoryLog((line) => lines.push(line));
  const db = createDatabase(app.sql, app.clock);
  /** Queues all events that are recorded, even if transactions of other tests keep them waiting for a moment. */
  async function dispatch() {
    for (let left = 1; left > 0; await pause(5)) {
      await dispatchEvents(db, keys);
      const [row] = await app.sql<{ left: number }[]>`select (select count(*)::int from audit_event)
        - (select coalesce(sum(cardinality(ids)), 0)::int from audit_seal)
        + (select count(*)::int from message_event) as left`;
      left = row!.left;
    }
  }
  const needs = { db, log, keys, allowedNetworks: local };
  for (const table of ['webhook_endpoint', 'webhook_delivery', 'webhook_attempt', 'message_event'])
    await app.sql`delete from ${app.sql(table)}`;
  await dispatch();
  const input = { url: receiver.url, description: 'billing', events, withNumbers };
  const added = await addWebhook(needs, operator, input);
  assert.ok(added.ok);
  const { id, secret } = added;
  /** Sends what is due, each event once. */
  const send = async (by = keys) => {
    const due = await claimEvents(db, 100, [], 60);
    for (const event of due) await sendEvent({ ...needs, keys: by, now: () => new Date() }, event);
    return due.length;
  };
  const deliver = async () => {
    await dispatch();
    await send();
  };
  const signIn = async (number = anyNumber()) => {
    await app.call('POST', '/api/request-sms/', { phone_number: number });
    const verify = { phone_number: number, sms_code: app.codeFor(number) };
    const { data } = await app.call('POST', '/api/verify-sms/', verify);
    return { number, token: data.token as string, id: data.id as string };
  };
  /** The ids of the sessions of a person, as the list of their owner names them, the current one first. */
  const sessionsOf = async (token: string) => {
    const { data } = await app.call('GET', '/api/users/me/sessions', undefined, withToken(token));
    return (data.sessions as { id: string }[]).map(({ id }) => id);
  };
  const types = () => receiver.received.map(({ payload }) => payload.type);
  const states = async () =>
    (await app.sql`select state from webhook_delivery order by endpoint_id, seq`).map(({ state }) => state as string);
  return { db, needs, receiver, lines, id, secret, dispatch, send, deliver, signIn, types, states, sessionsOf };
}

test('what happens to a person reaches an endpoint once, signed, in order, with ids and without the number', async () => {
  const { receiver, secret, deliver, signIn, types, id } = await openWebhooks();
  const person = await signIn();
  await deliver();
  await app.call('PATCH', '/api/users/me', { first_name: 'Ann' }, withToken(person.token));
  await deliver();
  await app.call('DELETE', '/api/users/me', undefined, withToken(person.token));
  await deliver();
  const expected = ['user.created', 'session.created', 'code.sent', 'user.updated', 'session.revoked', 'user.erased'];
  assert.deepEqual(types(), expected);
  for (const [at, one] of receiver.received.entries()) {
    assert.ok(receiver.isSigned(one, secret));
    assert.equal(one.payload.sequence, at + 1, 'without gaps');
    assert.match(one.id, /^(evt_\d+_\d|msg_[0-9a-f]{32}_sent)$/);
    assert.ok(!one.body.includes(person.number.slice(-7)), 'no number');
    assert.ok(Math.abs(Date.parse(one.payload.timestamp) - Date.now()) < 60_000);
    if (one.payload.type.startsWith('user.')) assert.deepEqual(one.payload.data, { user_id: person.id });
  }
  assert.equal(new Set(receiver.received.map((one) => one.id)).size, 6);
  await deliver();
  assert.equal(receiver.received.length, 6, 'once');
  const [row] = await app.sql`select last_seq, failing_since from webhook_endpoint where id = ${id}`;
  assert.deepEqual([row!.last_seq, row!.failing_since], ['6', null]);
});

test('an endpoint that asks for numbers gets them, and none of a person who is erased', async () => {
  const { receiver, deliver, dispatch, send, signIn } = await openWebhooks({ withNumbers: true });
  const person = await signIn();
  await deliver();
  const numbers = () => receiver.received.map(({ payload }) => payload.data.phone_number);
  assert.deepEqual(numbers(), Array(3).fill(person.number));
  const other = await signIn();
  await dispatch();
  await app.call('DELETE', '/api/users/me', undefined, withToken(other.token));
  await dispatch();
  receiver.received.length = 0;
  await send();
  assert.deepEqual(numbers(), Array(5).fill(undefined));
  const rows = await app.sql`select from webhook_delivery where phone_number is not null`;
  assert.equal(rows.length, 0, 'no number stays');
});

test('an endpoint gets only the types that it asks for, and messages are noted only while one asks for them', async () => {
  const { deliver, signIn, types } = await openWebhooks({ events: ['session.created', 'session.revoked'] });
  const person = await signIn();
  await app.call('POST', '/api/auth/token/logout/', undefined, withToken(person.token));
  assert.equal((await app.sql`select from message_event`).length, 0);
  await deliver();
  assert.ok(types().every((type) => type.startsWith('session.')));
  assert.equal(types()[0], 'session.created');
});

test('acts of operators are events, too', async () => {
  const { db, deliver, types } = await openWebhooks();
  const account = '00000000-0000-4000-8000-000000000007';
  for (const act of ['block', 'change_person', 'end_sessions', 'erase_person', 'reveal_number'])
    await db.call('record_act', {
      account_id: account,
      act,
      ...actArguments(operator),
      target: null,
      number: null,
      details: null,
      before: null,
      after: null,
      ended: act === 'end_sessions' ? [account] : null,
    });
  await deliver();
  assert.deepEqual(types(), ['user.blocked', 'user.updated', 'session.revoked', 'user.erased']);
});

test('events name the sessions that begin and end as their owner sees them, and neither token nor hash', async () => {
  const { needs, receiver, deliver, signIn, sessionsOf } = await openWebhooks({
    events: ['session.created', 'session.revoked'],
  });
  const told = async () => {
    receiver.received.length = 0;
    await deliver();
    return receiver.received.map(({ payload: { type, data } }) => ({ type, data }));
  };
  const person = await signIn();
  const { number, id } = person;
  const [first] = await sessionsOf(person.token);
  assert.deepEqual(await told(), [{ type: 'session.created', data: { user_id: id, session_id: first } }]);
  const created = receiver.received[0]?.body ?? '';
  const { secretHash } = parseToken(person.token) ?? assert.fail();
  for (const secret of [person.token, secretHash.toString('hex'), secretHash.toString('base64')])
    assert.ok(!created.includes(secret));
  for (let count = 0; count < 3; count += 1) {
    app.clock.turn(3600);
    await signIn(number);
  }
  const ids = await sessionsOf(person.token);
  await told();
  const end = async (path: string) => app.call('DELETE', path, undefined, withToken(person.token));
  await end(`/api/users/me/sessions/${ids[1]}`);
  assert.deepEqual(await told(), [{ type: 'session.revoked', data: { user_id: id, session_ids: [ids[1]] } }]);
  await end('/api/users/me/sessions');
  const [others, ...more] = await told();
  assert.deepEqual([others?.type, more.length, others?.data.user_id], ['session.revoked', 0, id]);
  assert.deepEqual([...((others?.data.session_ids ?? []) as string[])].sort(), ids.slice(2).sort());
  await app.call('POST', '/api/auth/token/logout/', undefined, withToken(person.token));
  assert.deepEqual(await told(), [{ type: 'session.revoked', data: { user_id: id, session_ids: [first] } }]);
  app.clock.turn(3600);
  const again = await signIn(number);
  const [blocked] = await sessionsOf(again.token);
  await told();
  const block = { kind: 'account', value: id, reason: 'fraud' } as const;
  assert.ok((await addBlock({ ...needs, defaultRegion: 'RU' }, operator, block)).ok);
  assert.deepEqual(await told(), [{ type: 'session.revoked', data: { user_id: id, session_ids: [blocked] } }]);
  assert.ok((await removeBlock({ ...needs, defaultRegion: 'RU' }, operator, block)).ok);
  app.clock.turn(3600);
  const last = await signIn(number);
  const [erased] = await sessionsOf(last.token);
  await told();
  await app.call('DELETE', '/api/users/me', undefined, withToken(last.token));
  assert.deepEqual(await told(), [{ type: 'session.revoked', data: { user_id: id, session_ids: [erased] } }]);
});

test('a session that begins while its number is blocked ends with an event of its own', async () => {
  const { db, receiver, deliver, signIn, sessionsOf } = await openWebhooks({ events: ['session.revoked'] });
  const person = await signIn();
  const ids = await sessionsOf(person.token);
  const input = { phone_number: person.number, ...actArguments(operator), target: null };
  for (const ended of [1, 0]) {
    const [row] = await db.call<{ ended: number }>('end_sessions_of_number', input);
    assert.equal(row?.ended, ended);
  }
  await deliver();
  assert.deepEqual(
    receiver.received.map(({ payload }) => payload.data),
    [{ user_id: person.id, session_ids: ids }],
  );
});

test('imported people make user.created only where the import is told to, each new one once', async () => {
  const { needs, dispatch } = await openWebhooks({ events: ['user.created', 'user.updated'] });
  const rules = { defaultRegion: 'RU', phoneNumberPolicy: 'possible', smsCountries: new Set(['*']), sessionsMax: 50 };
  const [silent, told] = [anyNumber(), anyNumber()];
  const bring = async (number: string, hasEvents: boolean, isTrial = false, name = 'Ann') => {
    const file = Buffer.from(`{"phone_number":"${number}","external_id":"w-${number}","first_name":"${name}"}`);
    const all = { ...rules, ...needs, sessionLifeDays: 30 } as unknown as ImportNeeds;
    const imported = await importBuffer(all, operator, file, { format: 'ndjson', isTrial, hasEvents });
    assert.ok(imported.ok, JSON.stringify(imported));
  };
  const queued = async () => {
    await dispatch();
    return app.sql<{ type: string; phone: string }[]>`select d.type, a.phone_number as phone from webhook_delivery d
      join account a on a.id = d.account_id order by d.seq`;
  };
  await bring(silent, false);
  await bring(told, true, true);
  assert.deepEqual([...(await queued())], []);
  await bring(told, true);
  await bring(told, true);
  await bring(told, true, false, 'Anna');
  assert.deepEqual(
    (await queued()).map(({ type, phone }) => [type, phone]),
    [['user.created', told]],
  );
});

test('a sign-in of an operator to the console is no session of a person', async () => {
  const { deliver, types } = await openWebhooks();
  await app.sql`insert into audit_event (at, event, result, device, details, ended_sessions)
    values (now(), 'signed_in', 'succeeded', '', 'the console, as owner', null),
      (now(), 'signed_out', 'succeeded', '', 'the console', null), (now(), 'signed_in', 'failed', '', null, null),
      (now(), 'signed_out', 'succeeded', '', 'sessions: 1', '["00000000-0000-4000-8000-000000000007"]')`;
  await deliver();
  assert.deepEqual(types(), ['session.revoked']);
});

test('after a rotation both secrets sign until the old one ends', async () => {
  const { needs, receiver, id, secret, send } = await openWebhooks();
  const rotated = await rotateWebhookSecret(needs, operator, { id, overlapSeconds: 3600 });
  assert.ok(rotated.ok);
  const testEvent = async () => {
    assert.ok((await sendTestWebhook(needs, operator, { id })).ok);
    await send();
    return receiver.received.at(-1)!;
  };
  const during = await testEvent();
  assert.equal(String(during.headers['webhook-signature']).split(' ').length, 2);
  assert.deepEqual([receiver.isSigned(during, secret), receiver.isSigned(during, rotated.secret)], [true, true]);
  app.clock.turn(3601);
  const later = await testEvent();
  assert.deepEqual([receiver.isSigned(later, secret), receiver.isSigned(later, rotated.secret)], [false, true]);
});

test('a secret is encrypted in the database, by the current key after a rotation of keys, and lost with its key', async () => {
  const { needs, receiver, id, secret, send } = await openWebhooks();
  const stored = async () => (await app.sql`select secret from webhook_endpoint where id = ${id}`)[0]!.secret as Buffer;
  const first = await stored();
  assert.ok(!first.includes(secret.slice(6)) && !first.includes(Buffer.from(secret.slice(6), 'base64')));
  const newer = secretKeys(['n'.repeat(32), 'k'.repeat(32)]);
  await sendTestWebhook(needs, operator, { id });
  await send(newer);
  assert.ok(receiver.isSigned(receiver.received[0]!, secret));
  assert.notDeepEqual((await stored()).subarray(0, 8), first.subarray(0, 8));
  await sendTestWebhook(needs, operator, { id });
  await send(secretKeys(['n'.repeat(32)]));
  assert.ok(receiver.isSigned(receiver.received[1]!, secret));
  await sendTestWebhook(needs, operator, { id });
  await send();
  assert.equal(receiver.received.length, 2);
  const attempts = await listWebhookAttempts(needs, operator, { id, limit: 1 });
  assert.ok(attempts.ok);
  assert.match(attempts.items[0]!.error!, /key of its secret is gone/);
});

test('an event that fails is sent again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h under its id, and then no more', async () => {
  const { needs, receiver, id, send, states } = await openWebhooks();
  receiver.answer = (response) => response.writeHead(500).end();
  await sendTestWebhook(needs, operator, { id });
  assert.deepEqual(retrySeconds, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
  for (const seconds of retrySeconds) {
    assert.equal(await send(), 1);
    app.clock.turn(seconds * 0.99);
    assert.equal(await send(), 0, `not before ${seconds} s`);
    app.clock.turn(seconds * 0.22);
  }
  assert.equal(await send(), 1);
  assert.deepEqual(await states(), ['failed']);
  assert.equal(receiver.received.length, 10);
  assert.equal(new Set(receiver.received.map((one) => one.id)).size, 1);
  assert.equal(new Set(receiver.received.map((one) => one.body)).size, 1);
  const attempts = await listWebhookAttempts(needs, operator, { id, limit: 4 });
  assert.ok(attempts.ok);
  assert.deepEqual(
    attempts.items.map(({ number, status, error }) => [number, status, error]),
    [10, 9, 8, 7].map((number) => [number, 500, 'HTTP 500']),
  );
  const rest = await listWebhookAttempts(needs, operator, { id, after: attempts.next!, limit: 10 });
  assert.ok(rest.ok);
  assert.deepEqual([rest.items.length, rest.next], [6, null]);
});

test('Retry-After is honoured, in seconds and as a date, up to a day', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  assert.equal(parseRetryAfter('120', now), 120);
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:02:00 GMT', now), 120);
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
  assert.equal(parseRetryAfter('soon', now), undefined);
  assert.equal(parseRetryAfter(undefined, now), undefined);
  assert.equal(retryDelay(0, 120, 0), 120);
  assert.equal(retryDelay(0, 10 * 86_400, 0), 86_400);
  assert.equal(retryDelay(1, 120, 0), 300);
  assert.equal(retryDelay(1, undefined, 1), 360, 'with jitter');
  assert.equal(retryDelay(9, 120, 0), null);
});

test('410 disables an endpoint, which says so and keeps its events until it is enabled', async () => {
  const { needs, receiver, lines, id, send, states } = await openWebhooks();
  receiver.answer = (response) => response.writeHead(410).end();
  await sendTestWebhook(needs, operator, { id });
  await sendTestWebhook(needs, operator, { id });
  await send();
  assert.ok(lines.some((line) => line === `webhook disabled ${id} gone`));
  await sendTestWebhook(needs, operator, { id });
  assert.deepEqual(await states(), ['paused', 'paused', 'paused']);
  assert.equal(await send(), 0);
  const listed = await listWebhooks(needs, operator);
  assert.ok(listed.ok);
  assert.deepEqual([listed.endpoints[0]!.disabled_reason, listed.endpoints[0]!.waiting], ['gone', '3']);
  receiver.answer = (response) => response.writeHead(200).end();
  receiver.received.length = 0;
  assert.ok((await changeWebhook(needs, operator, { id, isEnabled: true })).ok);
  assert.equal(await send(), 3);
  assert.deepEqual(
    receiver.received.map(({ payload }) => payload.sequence),
    [1, 2, 3],
  );
});

test('five days of failures disable an endpoint, and a success within them does not', async () => {
  const { needs, receiver, lines, id, send } = await openWebhooks();
  const fail = async (status: number) => {
    receiver.answer = (response) => response.writeHead(status).end();
    await sendTestWebhook(needs, operator, { id });
    await send();
  };
  await fail(503);
  app.clock.turn(4 * 86_400);
  await fail(204);
  app.clock.turn(2 * 86_400);
  await fail(503);
  app.clock.turn(4.9 * 86_400);
  await fail(503);
  assert.ok(!lines.some((line) => line.startsWith('webhook disabled')));
  app.clock.turn(0.2 * 86_400);
  await fail(503);
  assert.ok(lines.includes(`webhook disabled ${id} failing`));
});

test('a process that dies between sending and recording leaves its event to another, under the same id', async () => {
  const { db, needs, receiver, id, send } = await openWebhooks();
  await sendTestWebhook(needs, operator, { id });
  const [event] = await claimEvents(db, 10, [], 60);
  await sendWebhook({ url: event!.url, headers: { 'webhook-id': event!.event_id }, body: '{}' }, local);
  assert.equal(await send(), 0, 'leased');
  app.clock.turn(61);
  assert.equal(await send(), 1);
  assert.equal(receiver.received[0]!.id, receiver.received[1]!.id);
  assert.equal(await send(), 0);
});

test('processes that dispatch and send at once give each endpoint each event once, with numbers without gaps', async () => {
  const { db, needs, receiver, dispatch, signIn, send } = await openWebhooks({ events: ['user.created'] });
  const second = {
    url: receiver.url,
    description: '',
    events: ['user.created', 'session.created'],
    withNumbers: false,
  };
  assert.ok((await addWebhook(needs, operator, second)).ok);
  const work = async () => {
    for (let n = 0; n < 10; n += 1) {
      await dispatchEvents(db, keys);
      await send();
    }
  };
  await Promise.all([work(), work(), work(), ...Array.from({ length: 6 }, () => signIn())]);
  await dispatch();
  await send();
  const rows = await app.sql`select endpoint_id, array_to_string(array_agg(seq order by seq), ',') as seqs
    from webhook_delivery where state = 'delivered' group by 1 order by 2`;
  assert.deepEqual(
    rows.map(({ seqs }) => seqs),
    ['1,2,3,4,5,6', '1,2,3,4,5,6,7,8,9,10,11,12'],
  );
  assert.equal(receiver.received.length, 18);
});

test('a worker empties the queue of an endpoint, with a bound of attempts at once, and stops after those in progress', async () => {
  const { needs, receiver, id, states } = await openWebhooks();
  for (let n = 0; n < 40; n += 1) await sendTestWebhook(needs, operator, { id });
  let [open, most] = [0, 0];
  receiver.answer = (response) => {
    open += 1;
    most = Math.max(most, open);
    setTimeout(() => {
      open -= 1;
      response.writeHead(204).end();
    }, 20);
  };
  const stop = startWebhooks({ ...needs, now: () => new Date() });
  while (receiver.received.length < 40) await pause(20);
  await stop();
  assert.deepEqual(new Set(await states()), new Set(['delivered']));
  assert.equal(receiver.received.length, 40);
  assert.ok(most <= 7 + 16, `${most} at once`);
});

test('events after a number can be read and replayed, under their ids', async () => {
  const { needs, receiver, id, send } = await openWebhooks();
  for (let n = 0; n < 5; n += 1) await sendTestWebhook(needs, operator, { id });
  await send();
  const ids = receiver.received.map((one) => one.id);
  const page = await readWebhookEvents(needs, operator, { id, after: '2', limit: 2 });
  assert.ok(page.ok);
  assert.deepEqual([page.items.map(({ event_id }) => event_id), page.next], [ids.slice(2, 4), '4']);
  const last = await readWebhookEvents(needs, operator, { id, after: '4', limit: 2 });
  assert.ok(last.ok);
  assert.deepEqual([last.items.length, last.next], [1, null]);
  receiver.received.length = 0;
  assert.deepEqual(await replayWebhook(needs, operator, { id, after: 3, until: 9 }), { ok: true, replayed: 2 });
  await send();
  assert.deepEqual(
    receiver.received.map((one) => one.id),
    ids.slice(3),
  );
  const bad = await readWebhookEvents(needs, operator, { id, after: 'x', limit: 2 });
  assert.deepEqual(bad, { ok: false, code: 'unknown_cursor' });
});

const closed = [
  '127.0.0.1',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd12::1',
  'ff02::1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::a00:1',
  '64:ff9b:1::a00:1',
  '2002:a00:1::',
  '2001:db8::1',
  '::10.0.0.1',
  'fec0::1',
  '2001:0:1:2:3:4:f5ff:fffe',
  'fe80::1%eth0',
  '100::1',
];
const open = ['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1', '64:ff9b::101:101'];

test('private, link-local, loopback, unique-local, mapped and translated addresses are refused, unless allowed by hand', async () => {
  for (const address of closed) assert.equal(isAllowedTarget(address, []), false, address);
  for (const address of open) assert.equal(isAllowedTarget(address, []), true, address);
  assert.equal(isAllowedTarget('10.1.2.3', [network('10.1.0.0/16')]), true);
  assert.equal(isAllowedTarget('10.2.2.3', [network('10.1.0.0/16')]), false);
  const request = { url: 'https://hooks.example/', headers: {}, body: '{}' };
  for (const addresses of [['10.0.0.1'], ['1.1.1.1', '10.0.0.1'], ['::1']]) {
    const outcome = await sendWebhook(request, [], async () => addresses);
    assert.deepEqual(outcome, { status: null, error: 'the host is in a private network' });
  }
  for (const url of ['https://127.1/', 'https://0x7f000001/', 'https://[::ffff:7f00:1]/', 'https://2130706433/'])
    assert.match((await sendWebhook({ ...request, url }, [])).error!, /private network/, url);
  const plain = await sendWebhook({ ...request, url: 'http://hooks.example/' }, [], async () => ['1.1.1.1']);
  assert.equal(plain.error, 'https is needed');
});

test('a connection goes to the address that was checked, whatever the name server says later', async () => {
  const receiver = await openWebhookReceiver();
  after(() => receiver.close());
  const { port } = new URL(receiver.url);
  let asked = 0;
  const outcome = await sendWebhook(
    { url: `http://hooks.example:${port}/`, headers: {}, body: '{}' },
    local,
    async () => {
      asked += 1;
      return ['127.0.0.1'];
    },
  );
  assert.deepEqual([outcome.status, asked], [204, 1]);
  assert.equal(receiver.received[0]!.headers.host, `hooks.example:${port}`);
});

test('a redirect is not followed, a response is read up to a bound, and a silent receiver is an error', async () => {
  let bytes = 0;
  const server = createServer((request, response) => {
    if (request.url === '/redirect') return response.writeHead(302, { location: '/elsewhere' }).end();
    if (request.url === '/elsewhere') assert.fail('followed');
    if (request.url === '/broken') return request.socket.destroy();
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && bytes < 50_000_000) {
        bytes += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return response.once('drain', write);
      }
      return response.end();
    };
    return write();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const post = (path: string) => sendWebhook({ url: base + path, headers: {}, body: '{}' }, local);
  assert.match((await post('/redirect')).error!, /redirect/);
  assert.deepEqual((await post('/endless')).status, 200);
  assert.ok(bytes < 20_000_000, `${bytes} bytes`);
  assert.equal((await post('/broken')).error, 'ECONNRESET');
});

test('an endpoint that cannot be used is refused, and who may not manage webhooks changes nothing', async () => {
  const { needs, id, receiver } = await openWebhooks();
  const good = { url: 'https://hooks.example/', description: '', events: ['user.created'], withNumbers: false };
  for (const [change, code] of [
    [{ url: 'ftp://hooks.example/' }, 'webhook_url_invalid'],
    [{ url: 'https://a:b@hooks.example/' }, 'webhook_url_invalid'],
    [{ url: 'nothing' }, 'webhook_url_invalid'],
    [{ events: [] }, 'webhook_events_missing'],
    [{ events: ['user.seen'] }, 'webhook_event_unknown'],
    [{ description: 'a\u0000b' }, 'webhook_description_invalid'],
  ] as const) {
    const refused = await addWebhook(needs, operator, { ...good, ...change });
    assert.equal(refused.ok || refused.code, code, code);
  }
  const plain = { ...needs, allowedNetworks: [] };
  const refused = await addWebhook(plain, operator, { ...good, url: 'http://hooks.example/' });
  assert.equal(refused.ok || refused.code, 'webhook_url_not_https');
  const viewer: Actor = { kind: 'key', id: 'k', scopes: ['users:read'], clientIp: '192.0.2.1' };
  for (const result of [
    await addWebhook(needs, viewer, good),
    await listWebhooks(needs, viewer),
    await changeWebhook(needs, viewer, { id, isEnabled: false }),
    await rotateWebhookSecret(needs, viewer, { id, overlapSeconds: 0 }),
    await deleteWebhook(needs, viewer, { id }),
    await sendTestWebhook(needs, viewer, { id }),
    await replayWebhook(needs, viewer, { id, after: 0, until: 1 }),
    await readWebhookEvents(needs, viewer, { id, limit: 1 }),
    await listWebhookAttempts(needs, viewer, { id, limit: 1 }),
  ]) {
    assert.equal(result.ok || result.code, 'act_not_allowed');
  }
  const unknown = await changeWebhook(needs, operator, { id: 'none', isEnabled: false });
  assert.deepEqual(unknown, { ok: false, code: 'webhook_unknown' });
  assert.equal(receiver.received.length, 0);
});

test('each change of an endpoint is in the audit trail, and a deleted one leaves nothing else', async () => {
  const { needs, id, send } = await openWebhooks();
  await changeWebhook(needs, operator, { id, events: ['user.erased'] });
  await rotateWebhookSecret(needs, operator, { id, overlapSeconds: 0 });
  await sendTestWebhook(needs, operator, { id });
  await send();
  await deleteWebhook(needs, operator, { id });
  const rows = await app.sql`select details, target from audit_event
    where target = ${`webhook:${id}`} order by id`;
  assert.deepEqual(
    rows.map(({ details, target }) => [details, target]),
    ['added', 'changed', 'secret rotated', 'deleted'].map((details) => [details, `webhook:${id}`]),
  );
  for (const table of ['webhook_endpoint', 'webhook_delivery', 'webhook_attempt'])
    assert.equal((await app.sql`select from ${app.sql(table)}`).length, 0, table);
});

test('events that wait for nothing are kept for 30 days', async () => {
  const { db, needs, id, send } = await openWebhooks();
  await sendTestWebhook(needs, operator, { id });
  await send();
  app.clock.turn(29 * 86_400);
  await sendTestWebhook(needs, operator, { id });
  app.clock.turn(2 * 86_400);
  assert.equal((await deleteOldWebhooks(db, new Date(0))).deleted, 1);
  assert.deepEqual([...(await app.sql`select seq from webhook_delivery`)], [{ seq: '2' }]);
  assert.equal((await app.sql`select from webhook_attempt`).length, 0);
});
