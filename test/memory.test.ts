import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openLoggedDatabase } from './support/embedded-database.ts';
import { anyNumber, freshDatabase } from './support/harness.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes in use, once what ended with a call could be freed. */
async function heap(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    await setImmediate();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

test('a call of a function leaves nothing in the memory of the process', async (t) => {
  const db = await openLoggedDatabase(t, { databaseUrl: await freshDatabase() });
  const call = async (times: number) => {
    for (let n = 0; n < times; n += 1) await db.call('forget_failures', { phone_number: anyNumber() });
  };
  await call(200);
  const kept: number[] = [];
  // other work of the process may keep some; a leak shows each time
  for (let window = 0; window < 4; window += 1) {
    const before = await heap();
    await call(200);
    kept.push(Math.round(((await heap()) - before) / 200));
  }
  t.diagnostic(`${kept} bytes a call`);
  assert.ok(Math.min(...kept) < 200, `${kept} bytes a call stay`);
});
