import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfter } from '../src/limits/rate-limit.ts';
import { networkMessages, numberSends, redeemAttempts } from '../src/limits/rules.ts';
import { explainSendRefusal, type SendWaits } from '../src/sign-in/challenge.ts';

const network = networkMessages(7);
const open: SendWaits = { pause_wait: null, hour_wait: null, day_wait: null, limit_wait: null };
const judged = (waits: Partial<SendWaits>) => explainSendRefusal({ ...open, ...waits }, network);

test('a wait is told in whole seconds, at least one and never too early', () => {
  for (const [seconds, told] of [
    [-5, 1],
    [0, 1],
    [0.001, 1],
    [1, 1],
    [1.001, 2],
    [59.5, 60],
  ] as const) {
    assert.equal(retryAfter(seconds), told, String(seconds));
  }
});

test('a refused message is told the limit that holds longest, and its wait', () => {
  assert.deepEqual(judged({ pause_wait: 3.2, hour_wait: -4, limit_wait: 0 }), {
    ok: false,
    code: 'too_many_messages',
    limit: { name: 'pause', quota: 1, windowSeconds: 30 },
    retryInSeconds: 4,
  });
  for (const [waits, limit, seconds] of [
    [{ pause_wait: 5, hour_wait: 1200, day_wait: 600, limit_wait: 90 }, numberSends.hour, 1200],
    [{ pause_wait: 5, hour_wait: 1200, day_wait: 7200, limit_wait: 90 }, numberSends.day, 7200],
    [{ pause_wait: 5, hour_wait: 12, day_wait: 72, limit_wait: 90 }, network, 90],
    [{ hour_wait: 10 }, numberSends.hour, 10],
    [{ day_wait: 10 }, numberSends.day, 10],
    [{ limit_wait: 10 }, network, 10],
    [{ hour_wait: 10, day_wait: 10, limit_wait: 10 }, numberSends.hour, 10],
  ] as const) {
    const refusal = judged(waits);
    assert.deepEqual(refusal.limit, limit);
    assert.equal(refusal.retryInSeconds, seconds);
  }
});

test('the pause that is told is the one that is under way', () => {
  for (const [wait, pause] of [
    [1, 30],
    [30, 30],
    [30.1, 60],
    [60, 60],
    [60.1, 120],
    [120, 120],
  ] as const) {
    assert.deepEqual(judged({ pause_wait: wait }).limit, { name: 'pause', quota: 1, windowSeconds: pause });
  }
});

test('whoever lost to a request of the same moment is told the pause that has just begun', () => {
  for (const waits of [open, { pause_wait: 0 }, { pause_wait: -20, hour_wait: -1 }]) {
    const refusal = judged(waits);
    assert.deepEqual(refusal.limit, { name: 'pause', quota: 1, windowSeconds: 30 });
    assert.equal(refusal.retryInSeconds, 30);
  }
});

test('the allowances are those that the README names', () => {
  assert.deepEqual(network, { name: 'network_messages', quota: 7, windowSeconds: 3600 });
  assert.deepEqual(redeemAttempts, { name: 'redeem', quota: 100, windowSeconds: 3600 });
});
