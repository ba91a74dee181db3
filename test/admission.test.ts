import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission, type Kind } from '../src/http/concurrency-limit.ts';

const bounds = { least: 10, most: 1000, first: 100 };

/** Fills an admission with so many of a kind, all begun at `now`. */
function filled(admission: Admission, kind: Kind, most: number, now = 0): number {
  let begun = 0;
  while (begun < most && admission.admits(kind, now)) {
    admission.begin(kind);
    begun += 1;
  }
  return begun;
}

const rooms: readonly [what: string, before: [Kind, number][], kind: Kind, more: number][] = [
  ['ordinary ones take four fifths', [], 'ordinary', 80],
  ['those that finish a sign-in take all', [], 'finishing', 100],
  ['pipelined ones take two fifths', [], 'behind', 40],
  ['the last fifth is for those that finish a sign-in', [['ordinary', 80]], 'finishing', 20],
  ['a fifth is for the others, whoever fills the rest', [['finishing', 100]], 'ordinary', 20],
  ['pipelined ones have nothing of their own', [['finishing', 100]], 'behind', 0],
  [
    'nothing is left where each has its part',
    [
      ['finishing', 100],
      ['ordinary', 20],
    ],
    'ordinary',
    0,
  ],
];

for (const [what, before, kind, more] of rooms) {
  test(`of a limit of 100: ${what}`, () => {
    const admission = new Admission(bounds);
    for (const [other, count] of before) assert.equal(filled(admission, other, count), count);
    assert.equal(filled(admission, kind, 1000), more);
  });
}

/** The limit after each second in which so many a second are done, in order; more always waits outside. */
function limitsAfter(...rates: number[]): number[] {
  const admission = new Admission(bounds);
  const begun: number[] = [];
  let due = 0;
  return rates.map((rate, second) => {
    for (let now = second * 1000; now < (second + 1) * 1000; now += 1) {
      for (due += rate / 1000; due >= 1 && begun.length > 0; due -= 1) admission.end('finishing', begun.shift()!, now);
      while (admission.admits('finishing', now)) {
        admission.begin('finishing');
        begun.push(now);
      }
    }
    return admission.limit;
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
  const admission = new Admission(bounds);
  for (let now = 0; now < 5000; now += 50) {
    assert.ok(admission.admits('ordinary', now));
    admission.begin('ordinary');
    admission.end('ordinary', now, now + 5);
  }
  assert.ok(admission.admits('ordinary', 90_000));
  assert.equal(admission.limit, 100);
});
