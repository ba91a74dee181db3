import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ConcurrencyLimit, type Priority } from '../src/http/concurrency-limit.ts';

const bounds = { min: 10, max: 1000, initial: 100 };

/** Fills an admission with so many of a kind, all begun at `now`. */
function filled(admission: ConcurrencyLimit, kind: Priority, most: number, now = 0): number {
  let begun = 0;
  while (begun < most && admission.admits(kind, now)) {
    admission.begin(kind);
    begun += 1;
  }
  return begun;
}

const rooms: readonly [what: string, before: [Priority, number][], kind: Priority, more: number][] = [
  ['ordinary ones take four fifths', [], 'normal', 80],
  ['those that finish a sign-in take all', [], 'high', 100],
  ['pipelined ones take two fifths', [], 'pipelined', 40],
  ['the last fifth is for those that finish a sign-in', [['normal', 80]], 'high', 20],
  ['a fifth is for the others, whoever fills the rest', [['high', 100]], 'normal', 20],
  ['pipelined ones have nothing of their own', [['high', 100]], 'pipelined', 0],
  [
    'nothing is left where each has its part',
    [
      ['high', 100],
      ['normal', 20],
    ],
    'normal',
    0,
  ],
];

for (const [what, before, kind, more] of rooms) {
  test(`of a limit of 100: ${what}`, () => {
    const admission = new ConcurrencyLimit(bounds);
    for (const [other, count] of before) assert.equal(filled(admission, other, count), count);
    assert.equal(filled(admission, kind, 1000), more);
  });
}

/** The limit after each second in which so many a second are done, in order; more always waits outside. */
function limitsAfter(...rates: number[]): number[] {
  const admission = new ConcurrencyLimit(bounds);
  const begun: number[] = [];
  let due = 0;
  return rates.map((rate, second) => {
    for (let now = second * 1000; now < (second + 1) * 1000; now += 1) {
      for (due += rate / 1000; due >= 1 && begun.length > 0; due -= 1) admission.end('high', begun.shift()!, now);
      while (admission.admits('high', now)) {
        admission.begin('high');
        begun.push(now);
      }
    }
    return admission.max;
  });
}

for (const [rate, limit] of [
  [2000, 400],
  [500, 100],
  [100, 20],
  [10_000, 1000],
  [10, 10],
] as const) {
  test(`under pressure, at ${rate} a second, the limit comes to ${limit}: what is done in 200 ms, within its bounds`, () => {
    const reached = limitsAfter(rate, rate, rate)[2]!;
    assert.ok(Math.abs(reached - limit) <= limit * 0.05 + 1, String(reached));
  });
}

test('where the database stands still the limit falls to its least, and it is back within a second or two after', () => {
  const [before, , stands, , back] = limitsAfter(2000, 0, 0, 2000, 2000);
  assert.ok(before! > 380, String(before));
  assert.equal(stands, 10);
  assert.ok(back! > 380, String(back));
});

test('without pressure the limit stays, however little is asked and however long nobody comes', () => {
  const admission = new ConcurrencyLimit(bounds);
  for (let now = 0; now < 5000; now += 50) {
    assert.ok(admission.admits('normal', now));
    admission.begin('normal');
    admission.end('normal', now, now + 5);
  }
  assert.ok(admission.admits('normal', 90_000));
  assert.equal(admission.max, 100);
});

test('a suspended request takes no room', () => {
  const admission = new ConcurrencyLimit(bounds);
  const since = performance.now() - 5000;
  assert.equal(filled(admission, 'normal', 1000, since), 80);
  const resumes = Array.from({ length: 80 }, () => admission.suspend());
  assert.equal(admission.inFlight, 0);
  assert.ok(admission.admits('normal', since));
  for (const resume of resumes) resume();
  assert.equal(admission.inFlight, 80);
});

test('the time of a suspension is taken off the time that a request reports', async () => {
  const limit = async (isSuspended: boolean) => {
    const admission = new ConcurrencyLimit({ min: 10, max: 1000, initial: 500 });
    const since = performance.now();
    for (let n = 0; n < 20; n += 1) admission.begin('normal');
    const resumes = Array.from({ length: 20 }, () => (isSuspended ? admission.suspend() : () => {}));
    await pause(300);
    for (const resume of resumes) resume();
    // the first look begins a window, the last one ends it
    const now = performance.now();
    admission.admits('normal', now);
    for (let n = 0; n < 20; n += 1) admission.end('normal', since, now + 1);
    admission.admits('normal', now + 150);
    return admission.max;
  };
  assert.equal(await limit(true), 500);
  assert.ok((await limit(false)) < 500);
});
