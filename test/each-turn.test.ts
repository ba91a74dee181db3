import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { batchPerTick } from '../src/kit/concurrency/batch-per-tick.ts';

/** Doubles what it is asked, and keeps what came together; answers when it is told to. */
function doubling(most?: number) {
  const calls: number[][] = [];
  const answer: (() => void)[] = [];
  const ask = batchPerTick<number, number>(async (items) => {
    calls.push([...items]);
    await new Promise<void>((resolve) => answer.push(resolve));
    return items.map((item) => 2 * item);
  }, most);
  return { calls, answer, ask };
}

test('what is asked in one turn is one call, and each hears the answer to its own', async () => {
  const { calls, answer, ask } = doubling();
  const answers = Promise.all([3, 1, 2, 1].map(ask));
  assert.deepEqual(calls, []);
  await nextTurn();
  assert.deepEqual(calls, [[3, 1, 2, 1]]);
  answer[0]!();
  assert.deepEqual(await answers, [6, 2, 4, 2]);
});

test('nothing waits for an earlier call that hangs', async () => {
  const { calls, answer, ask } = doubling();
  const hanging = ask(1);
  await nextTurn();
  const later = ask(2);
  await nextTurn();
  assert.deepEqual(calls, [[1], [2]]);
  answer[1]!();
  assert.equal(await later, 4);
  answer[0]!();
  assert.equal(await hanging, 2);
});

test('a call has so many at most, and the rest goes in another one', async () => {
  const { calls, answer, ask } = doubling(2);
  const answers = Promise.all([1, 2, 3, 4, 5].map(ask));
  await nextTurn();
  assert.deepEqual(calls, [[1, 2], [3, 4], [5]]);
  for (const one of answer) one();
  assert.deepEqual(await answers, [2, 4, 6, 8, 10]);
});

test('what a call throws each of those in it hears, and nobody else', async () => {
  const ask = batchPerTick<string, string>(async (items) => {
    if (items.includes('bad')) throw new Error('no');
    return items;
  });
  const first = Promise.allSettled([ask('bad'), ask('good')]);
  await nextTurn();
  assert.equal(await ask('good'), 'good');
  assert.deepEqual(
    (await first).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
});
