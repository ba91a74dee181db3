import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureGrowth } from '../lab/chaos/leak-slope.ts';

/** MiB of a process at the n-th of 120 samples in an hour, with noise that is the same in each run. */
const series: [name: string, value: (n: number) => number, climbs: boolean][] = [
  ['flat with noise', (n) => 100 + noise(n) * 6, false],
  ['the teeth of a collector', (n) => 100 + (n % 7) * 4, false],
  ['slow teeth, eight in the hour', (n) => 100 + (n % 15) * 1.5, false],
  ['a warm-up, then flat', (n) => 140 - 60 * Math.exp(-n / 10) + noise(n) * 3, false],
  ['a step while warming up', (n) => (n < 35 ? 90 : 130) + noise(n), false],
  ['a spike in the end', (n) => (n > 112 ? 400 : 100) + noise(n), false],
  ['falling', (n) => 150 - n / 4, false],
  ['a leak of half a MiB a minute', (n) => 100 + n / 4 + noise(n) * 6, true],
  ['a leak below teeth', (n) => 100 + n / 4 + (n % 7) * 4, true],
  ['a leak in stairs', (n) => 100 + Math.floor(n / 20) * 8, true],
  ['a leak that begins late', (n) => 100 + Math.max(0, n - 50) / 2 + noise(n), true],
  ['a leak after a warm-up', (n) => 140 - 60 * Math.exp(-n / 10) + n / 4, true],
];

for (const [name, value, climbs] of series) {
  test(`memory ${climbs ? 'climbs' : 'does not climb'}: ${name}`, () => {
    const samples = Array.from({ length: 120 }, (_, n) => ({ minute: n / 2, value: value(n) }));
    const found = measureGrowth(samples, { share: 0.1, least: 8 });
    assert.equal(found.isLeak, climbs, JSON.stringify(found));
  });
}

test('a connection leaked every ten minutes is found', () => {
  const samples = Array.from({ length: 60 }, (_, minute) => ({ minute, value: 20 + Math.floor(minute / 10) }));
  assert.equal(measureGrowth(samples, { share: 0, least: 2 }).isLeak, true);
});

test('of no samples, or one, nothing climbs', () => {
  assert.equal(measureGrowth([], { share: 0, least: 1 }).isLeak, false);
  assert.equal(measureGrowth([{ minute: 0, value: 5 }], { share: 0, least: 1 }).isLeak, false);
});

/** Between -0.5 and 0.5. */
function noise(n: number): number {
  const wave = Math.sin(n * 12.9898) * 43758.5453;
  return wave - Math.floor(wave) - 0.5;
}
