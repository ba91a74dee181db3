import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { freshDatabase, testKey } from './harness.ts';
import type { Source } from './hostile-requests.ts';
import { hostileRun, isFault } from './hostile-run.ts';
import { start } from './product-process.ts';
import { workerPids } from './worker-pids.ts';

/** Sends hostile requests to a product in processes of its own: all of them live on, and none finds a fault. */
export async function assertHealthy(
  t: TestContext,
  { workers = 1, ...sent }: Source & { requests: number; workers?: number },
): Promise<void> {
  const product = start({
    DATABASE_URL: await freshDatabase(),
    SECRET_KEYS: testKey,
    WORKERS: String(workers),
    NETWORK_MESSAGES_PER_HOUR: '100000',
  });
  const { pid = 0 } = product.child;
  const url = await product.ready;
  const before = workerPids(pid).sort();
  assert.equal(before.length, workers === 1 ? 0 : workers, 'one process in all, or so many and one that watches');
  const { statuses, unanswered, faults, seconds } = await hostileRun(url, sent);
  t.diagnostic(
    `seed ${sent.seed}: ${JSON.stringify(statuses)}, no answer: ${JSON.stringify(unanswered)}, in ${seconds.toFixed(1)} s`,
  );
  assert.deepEqual(faults, []);
  assert.deepEqual([product.child.exitCode, product.child.signalCode], [null, null], 'the process lives');
  assert.deepEqual(workerPids(pid).sort(), before, 'the same processes');
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  assert.deepEqual(product.output().split('\n').filter(isFault), []);
}
