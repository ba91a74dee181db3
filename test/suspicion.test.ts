import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderProviders } from '../src/routing/route-order.ts';
import {
  baselineRate,
  failuresToSuspect,
  isSilentlyFailing,
  type Rate,
  trustedFirst,
} from '../src/routing/silent-failure.ts';
import { deepTest, repetitions } from './support/depth.ts';
import { fixed, fixedWithSuspicion, seeded, simulate, type Truth } from './support/route-simulation.ts';

const rate = (sent: number, share: number): Rate => ({ sent, completed: Math.round(sent * share) });
const none = (sent: number): boolean[] => Array.from({ length: sent }, () => false);
const some = (sent: number): boolean[] => Array.from({ length: sent }, () => true);

for (const [name, baselines, after] of [
  ['0.95 of 200', [rate(200, 0.95)], 11],
  ['0.7 of 200', [rate(200, 0.7)], 11],
  ['0.7 of 40', [rate(40, 0.7)], 13],
  ['too little to tell', [rate(19, 1)], 15],
  ['nothing', [], 15],
  ['0.9 before, its own outage since', [rate(200, 0.1), rate(100, 0.9)], 11],
] as const) {
  test(`where ${name} is usual, a dead provider is suspected after ${after} messages and not after ${after - 1}`, () => {
    assert.equal(failuresToSuspect(baselines), after);
    assert.equal(isSilentlyFailing([...some(100), ...none(after)], baselines), true);
    assert.equal(isSilentlyFailing([...some(100), ...none(after - 1)], baselines), false);
  });
}

test('where hardly anybody completes, completions say nothing', () => {
  assert.equal(failuresToSuspect([rate(200, 0.2)]), undefined);
  assert.equal(isSilentlyFailing(none(500), [rate(200, 0.2)]), false);
});

test('the usual rate is a cautious one', () => {
  assert.ok(Math.abs(baselineRate([rate(200, 0.6)]) - 0.5294) < 1e-4);
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (sent, share) => {
      const usual = baselineRate([rate(sent, share)]);
      assert.ok(usual > -1e-9 && usual <= 0.6 && usual < rate(sent, share).completed / sent + 1e-9, String(usual));
    }),
    { seed: 1 },
  );
});

/** Exactly: the chance that a window of outcomes, each completed with the given chance, brings suspicion. */
function falseAlarm(completes: number, baselines: readonly Rate[]): number {
  const after = failuresToSuspect(baselines)!;
  let open = new Map([[0, 1]]);
  let alarm = 0;
  for (let sent = 1; sent <= 2 * after; sent += 1) {
    const next = new Map<number, number>();
    for (const [completed, chance] of open) {
      for (const [now, share] of [
        [completed, 1 - completes],
        [completed + 1, completes],
      ] as const) {
        // With its completions newest, a window alarms by the sum of all or not at all.
        const window = [...none(sent - now), ...some(now)];
        if (isSilentlyFailing(window, baselines)) alarm += chance * share;
        else next.set(now, (next.get(now) ?? 0) + chance * share);
      }
    }
    open = next;
  }
  return alarm;
}

test('a healthy provider at 0.6 is suspected by chance in fewer than 1 of 10,000 windows', () => {
  const chance = falseAlarm(0.6, [rate(200, 0.95)]);
  assert.ok(chance > 0.4 ** 11 * 0.99 && chance < 1e-4, String(chance));
  assert.ok(falseAlarm(0.5, []) < 1e-4);
  assert.ok(falseAlarm(0.9, [rate(200, 0.95)]) < 1e-9);
});

deepTest('a simulation agrees with that', () => {
  const draw = seeded(5);
  const windows = 200_000;
  let flagged = 0;
  for (let at = 0; at < windows; at += 1) {
    flagged += Number(
      isSilentlyFailing(
        Array.from({ length: 22 }, () => draw() < 0.6),
        [rate(200, 0.95)],
      ),
    );
  }
  assert.ok(flagged > 0 && flagged / windows < 1e-4, `${flagged} of ${windows}`);
});

test('a stray completion does not hide a dead provider, and three of the newest 22 end the suspicion', () => {
  const usual = [rate(200, 0.9)];
  assert.equal(isSilentlyFailing([...none(14), true], usual), true);
  assert.equal(isSilentlyFailing([...none(60), ...some(2)], usual), true);
  assert.equal(isSilentlyFailing([...none(60), ...some(3)], usual), false);
});

test('those under suspicion come last, once in a hundred times nobody does, and an order keeps its members', () => {
  const order = ['a', 'b', 'c'];
  assert.deepEqual(
    trustedFirst(order, (of) => of === 'a'),
    ['b', 'c', 'a'],
  );
  assert.deepEqual(
    trustedFirst(order, () => true),
    order,
  );
  assert.deepEqual(
    trustedFirst(
      order,
      (of) => of === 'a',
      () => 0.0099,
    ),
    order,
  );
  assert.deepEqual(
    trustedFirst(
      order,
      (of) => of === 'a',
      () => 0.01,
    ),
    ['b', 'c', 'a'],
  );
});

for (const routing of ['fixed', 'measured'] as const) {
  test(`a repeated request takes the next provider, then a trusted one, then a working one: ${routing}`, () => {
    const outcomes = [true, true, false];
    const candidates = ['a', 'b', 'c'].map((provider) => ({ provider, outcomes }));
    const order = (tried: string[], suspected: string[] = [], open: string[] = []) =>
      orderProviders(
        candidates,
        { routing, tried, isSuspected: (of) => suspected.includes(of), isOpen: (of) => open.includes(of) },
        () => 0.5,
      );
    assert.deepEqual(order(['a', 'nobody']), ['b', 'c', 'a']);
    assert.deepEqual(order(['a', 'b', 'a']), ['c', 'b', 'a']);
    assert.deepEqual(order(['b'], ['a']), ['c', 'b', 'a']);
    assert.deepEqual(order(['a', 'b'], ['c']), ['a', 'b', 'c'], 'a tried one rather than one under suspicion');
    assert.deepEqual(order(['b'], ['a'], ['c']), ['b', 'a', 'c']);
    assert.deepEqual(
      order(['a'], ['a', 'b', 'c']),
      ['b', 'c', 'a'],
      'where all are suspected, something else is broken',
    );
    assert.deepEqual(order(['a'], [], ['a', 'b', 'c']), ['b', 'c', 'a']);
  });
}

test('a first message keeps clear of a suspected provider in a fixed order; a measured one has its outcomes', () => {
  const candidates = [
    { provider: 'silent', outcomes: Array.from({ length: 40 }, () => false) },
    { provider: 'good', outcomes: Array.from({ length: 40 }, () => true) },
  ];
  const state = { tried: [], isSuspected: (of: string) => of === 'silent', isOpen: () => false };
  for (const routing of ['fixed', 'measured'] as const)
    assert.deepEqual(orderProviders(candidates, { ...state, routing }, seeded(3)), ['good', 'silent'], routing);
});

deepTest('while one of two providers accepts and never delivers, two points fewer people complete at most', () => {
  const both = [
    { rate: 0.9, price: 1 },
    { rate: 0.9, price: 1 },
  ];
  const truth: Truth = { name: '', routes: both, change: { at: 2000, routes: [{ rate: 0, price: 1 }, both[1]!] } };
  const share = (from: number, choice = fixedWithSuspicion): number => {
    const runs = Array.from({ length: repetitions(100) }, (_, run) => simulate(truth, choice, 3000, seeded(run + 1)));
    const people = runs.flat().filter(({ at }) => at >= from && at < from + 1000);
    return people.filter(({ completed }) => completed).length / people.length;
  };
  assert.ok(share(1000) - share(2000) <= 0.02, `from ${share(1000)} to ${share(2000)}`);
  assert.ok(share(2000, fixed(0, 1)) < 0.75, 'without suspicion it would be a disaster');
});
