import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDatabase, testKey } from './harness.ts';
import { hostileRun, isFault } from './hostile-run.ts';
import { start } from './product.ts';
import { workersOf } from './workers-of.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20_240_607);

test('hostile methods, paths, headers, cookies and bodies end no worker and find no fault', async (t) => {
  const product = start({
    DATABASE_URL: await freshDatabase(),
    SECRET_KEYS: testKey,
    WORKERS: '2',
    ADDRESS_SENDS_PER_HOUR: '100000',
  });
  const url = await product.ready;
  const before = workersOf(product.child.pid!).sort();
  assert.equal(before.length, 2);
  const { statuses, faults, seconds } = await hostileRun(url, { requests: 2000, seed });
  t.diagnostic(`seed ${seed}: ${JSON.stringify(statuses)} in ${seconds.toFixed(1)} s`);
  assert.deepEqual(faults, []);
  assert.deepEqual(workersOf(product.child.pid!).sort(), before, 'the same processes');
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  assert.deepEqual(product.output().split('\n').filter(isFault), []);
});
