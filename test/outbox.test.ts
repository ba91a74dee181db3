import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { test } from 'node:test';
import { pino } from 'pino';
import type { Gateway, Message } from '../src/sms/gateway.ts';
import { openOutbox } from '../src/sms/outbox.ts';
import { anyNumber, openApp } from './harness.ts';

const message: Message = { to: '+79161234567', code: '123456', text: 'text' };

function opened(gateway: Gateway) {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  return { lines, outbox: openOutbox({ gateway, log, mask: () => 'someone' }) };
}

test('a sender that refuses, also one that throws, changes no answer, and the log says so', async () => {
  for (const send of [
    () => Promise.reject(new Error('no route')),
    () => {
      throw new Error('no route');
    },
  ]) {
    const { outbox, lines } = opened({ send });
    const app = await openApp({ outbox });
    const asked = await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() });
    assert.equal(asked.statusCode, 201);
    await outbox.close(1000);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /no route.*an SMS did not leave/);
  }
});

test('64 messages are on their way at once, and all that were posted leave before the stop', async () => {
  const leave: (() => void)[] = [];
  let sent = 0;
  const { outbox } = opened({
    send: () => new Promise<void>((resolve) => leave.push(resolve)).then(() => void sent++),
  });
  for (let posted = 0; posted < 200; posted += 1) outbox.post(message);
  await Promise.resolve();
  assert.equal(leave.length, 64);
  const closed = outbox.close(60_000);
  for (let left = 0; left < 200; left += 1) {
    leave[left]!();
    await new Promise(setImmediate);
  }
  await closed;
  assert.equal(sent, 200);
});

test('a stop cuts off what takes too long, drops what still waits, and says how much', async () => {
  let [begun, cutOff] = [0, 0];
  const { outbox, lines } = opened({
    send: (_, signal) =>
      new Promise((_resolve, reject) => {
        begun += 1;
        setMaxListeners(0, signal);
        signal.addEventListener('abort', () => {
          cutOff += 1;
          reject(new Error('cut off'));
        });
      }),
  });
  for (let posted = 0; posted < 200; posted += 1) outbox.post(message);
  await outbox.close(1);
  assert.deepEqual([begun, cutOff], [64, 64]);
  assert.equal(JSON.parse(lines[0]!).dropped, 136);
});

test('of messages that wait ten thousand are kept, and the log says which were dropped', () => {
  const { outbox, lines } = opened({ send: () => new Promise(() => {}) });
  const posted = Array.from({ length: 10_100 }, () => outbox.post(message));
  assert.equal(posted.filter(Boolean).length, 10_064);
  assert.equal(lines.length, 36);
  assert.match(lines[0]!, /someone.*dropped/);
});
