import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { returnIdleMemory } from '../src/runtime/idle-memory.ts';
import { deepTest } from './support/depth.ts';

/** Objects that live for a while, as those of a start or of many requests do. */
function work(): number {
  let kept: object[] = [];
  for (let n = 0; n < 3_000_000; n += 1) {
    kept.push({ n });
    if (kept.length > 150_000) kept = [];
  }
  return kept.length;
}

const heapTotal = () => process.memoryUsage().heapTotal;

deepTest('an idle process gives the memory of its work back, and again after the next work', async (t) => {
  returnIdleMemory();
  for (const turn of ['first', 'second']) {
    work();
    const before = heapTotal();
    // two looks that find it idle, and one at the end of the work
    for (let second = 0; second < 60 && heapTotal() > before - 8 * 1024 * 1024; second += 1) await sleep(1000);
    t.diagnostic(`${turn}: from ${before} to ${heapTotal()} bytes`);
    assert.ok(heapTotal() <= before - 8 * 1024 * 1024, `${turn}: from ${before} to ${heapTotal()} bytes`);
  }
});
