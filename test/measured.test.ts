import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleBeta } from '../src/routing/beta-distribution.ts';
import {
  type Candidate,
  expectedOrder,
  routeValue,
  sampledOrder,
  sinceLastChange,
} from '../src/routing/thompson-sampling.ts';
import { deepTest, repetitions } from './support/depth.ts';
import {
  fixed,
  measured,
  messagesUntilBest,
  type Route,
  seeded,
  simulate,
  type Truth,
} from './support/route-simulation.ts';

const RUNS = repetitions(100, 20);

const outcomes = (...spans: [sent: number, rate: number][]): boolean[] =>
  spans.flatMap(([sent, rate]) =>
    Array.from({ length: sent }, (_, at) => Math.floor((at + 1) * rate) > Math.floor(at * rate)),
  );

const route = (rate: number, price = 1): Route => ({ rate, price });

/** The share of runs in which the best route is found within so many messages after `from`. */
function foundWithin(messages: number, truth: Truth, from = 0): number {
  const runs = Array.from({ length: RUNS }, (_, run) => simulate(truth, measured, from + messages, seeded(run + 1001)));
  return runs.filter((people) => messagesUntilBest(people, from) <= messages).length / RUNS;
}

/** How often each provider comes first. */
function firsts(candidates: readonly Candidate[], draws = 2000): Record<string, number> {
  const draw = seeded(7);
  const count: Record<string, number> = Object.fromEntries(candidates.map(({ provider }) => [provider, 0]));
  for (let at = 0; at < draws; at += 1) count[sampledOrder(candidates, draw)[0]!]! += 1;
  return count;
}

for (const [a, b] of [
  [1, 1],
  [1, 6],
  [3, 2],
  [181, 21],
  [1, 401],
] as const) {
  test(`draws of Beta(${a}, ${b}) have its mean and its variance`, () => {
    const draw = seeded(a * 1000 + b);
    const draws = Array.from({ length: 40_000 }, () => sampleBeta(a, b, draw));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    const expected = (a * b) / ((a + b) ** 2 * (a + b + 1));
    assert.ok(Math.abs(mean - a / (a + b)) < 4 * Math.sqrt(expected / draws.length), `mean ${mean}`);
    assert.ok(Math.abs(variance / expected - 1) < 0.06, `variance ${variance}, not ${expected}`);
  });
}

test('Beta(1, 1) is uniform, and the extremes of the source of randomness do no harm', () => {
  const draw = seeded(3);
  const draws = Array.from({ length: 20_000 }, () => sampleBeta(1, 1, draw)).sort((one, other) => one - other);
  const gap = Math.max(...draws.map((x, at) => Math.abs(x - at / draws.length)));
  assert.ok(gap < 1.63 / Math.sqrt(draws.length), `Kolmogorov and Smirnov: ${gap}`);
  for (const value of [0, 1 - 2 ** -32]) {
    const mixed = [value, 0.1, 0.5, 0.3, value, 0.2];
    let at = 0;
    const x = sampleBeta(5, 2, () => mixed[at++ % mixed.length]!);
    assert.ok(x >= 0 && x <= 1, String(x));
  }
  assert.throws(() => sampleBeta(0.5, 1, draw), RangeError);
});

test('an order is a permutation of the candidates, whatever is known of them', () => {
  const candidate = fc.record({
    outcomes: fc.array(fc.boolean(), { maxLength: 200 }),
    price: fc.option(fc.nat(10_000_000), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(candidate, { maxLength: 6 }), fc.integer(), (list, seed) => {
      const candidates = list.map((each, index) => ({ ...each, provider: `p${index}` }));
      const names = candidates.map(({ provider }) => provider);
      const order = sampledOrder(candidates, seeded(seed));
      assert.deepEqual(order.toSorted(), names.toSorted());
      assert.deepEqual(expectedOrder(candidates).toSorted(), names.toSorted());
      assert.deepEqual(sampledOrder(candidates, seeded(seed)), order, 'the same draws give the same order');
    }),
    { seed: 1, numRuns: repetitions(300, 60) },
  );
});

for (const [name, routes] of [
  ['0.80 and 0.90', [route(0.8), route(0.9)]],
  ['0.30, 0.60 and 0.85', [route(0.3), route(0.6), route(0.85)]],
] as const) {
  deepTest(`of ${name} the best is found within 500 messages in 95 of 100 runs`, () => {
    assert.ok(foundWithin(500, { name, routes }) >= 0.95);
  });
}

for (const [name, before, after] of [
  ['the best one dies without a word', [route(0.9), route(0.8)], [route(0), route(0.8)]],
  ['the best one gets worse than the second', [route(0.9), route(0.8)], [route(0.6), route(0.8)]],
  ['the worse one gets better than the best', [route(0.85), route(0.6)], [route(0.85), route(0.95)]],
] as const) {
  deepTest(`a change is followed within 1,000 messages in 95 of 100 runs: ${name}`, () => {
    assert.ok(foundWithin(1000, { name, routes: before, change: { at: 2000, routes: after } }, 2000) >= 0.95);
  });
}

test('a provider that dies is left within twenty matured messages', () => {
  const alive = outcomes([100, 0.8]);
  for (const dead of [5, 20]) {
    const known = [
      { provider: 'dead', outcomes: outcomes([200, 0.9], [dead, 0]) },
      { provider: 'alive', outcomes: alive },
    ];
    assert.ok(firsts(known).dead! < 40, `${dead}: ${firsts(known).dead} of 2000`);
  }
});

deepTest('once the best is known, looking at the other costs few completions', () => {
  const truth = { name: '', routes: [route(0.9), route(0.8)] };
  const people = Array.from({ length: 20 }, (_, run) => simulate(truth, measured, 3000, seeded(run))).flat();
  const settled = people.filter(({ at }) => at >= 1000);
  const lost = settled.reduce((sum, { expected, ideal }) => sum + ideal.completion - expected.completion, 0);
  assert.ok(lost / settled.length < 0.003, `${lost / settled.length}`);
  const always = simulate(truth, fixed(0, 1), 100, seeded(1));
  assert.ok(always.every(({ expected, ideal }) => expected.completion === ideal.completion));
});

test('a provider that nobody has used is tried', () => {
  const used = { provider: 'used', outcomes: outcomes([200, 0.9]) };
  const tried = firsts([used, { provider: 'new', outcomes: [] }]).new!;
  assert.ok(tried > 100 && tried < 400, `${tried} of 2000`);
  assert.ok(
    firsts([
      { ...used, price: 5 },
      { provider: 'new', outcomes: [] },
    ]).new! > 100,
    'of an unknown price',
  );
});

test('price decides between equals, and a tenth of the dearest price weighs as one completion of a hundred', () => {
  const same = outcomes([200, 0.9]);
  const cheap = { provider: 'cheap', outcomes: same, price: 10 };
  const dear = { provider: 'dear', outcomes: same, price: 100 };
  assert.ok(firsts([dear, cheap]).cheap! > 1900);
  assert.deepEqual(expectedOrder([dear, { provider: 'unknown', outcomes: same }, cheap]), ['cheap', 'dear', 'unknown']);
  assert.equal(routeValue(0.91, 100, 100).toFixed(9), routeValue(0.9, 90, 100).toFixed(9));
  assert.equal(routeValue(0.9, 0, 0), 0.9);
});

test('outcomes before a visible change do not count, and chance is not taken for one', () => {
  assert.deepEqual(sinceLastChange(outcomes([200, 0.9], [5, 0])).completed, 0);
  assert.equal(sinceLastChange(outcomes([200, 0.9])).sent, 200);
  assert.deepEqual(sinceLastChange([]), { completed: 0, sent: 0 });
  const draw = seeded(11);
  const cut = Array.from(
    { length: 1000 },
    () => sinceLastChange(Array.from({ length: 200 }, () => draw() < 0.8)).sent < 200,
  );
  assert.ok(cut.filter(Boolean).length <= 15, `${cut.filter(Boolean).length} of 1000`);
});
