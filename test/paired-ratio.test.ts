import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedRatio } from '../lab/bench/results.ts';

test('each round has its own ratio, so a machine that gets slower within a run does not change it', () => {
  assert.equal(pairedRatio([110, 55, 11], [100, 50, 10]), '1.10 (1.10 to 1.10)');
  assert.equal(pairedRatio([90, 50, 12], [100, 50, 10]), '1.00 (0.90 to 1.20)');
});
