import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../src/db/database.ts';
import type { RateLimit } from '../src/limits/rate-limit.ts';
import { bucketArguments } from '../src/limits/store.ts';
import { openApp } from './support/harness.ts';

const app = await openApp();
const db = createDatabase(app.sql, app.clock);
const limit: RateLimit = { name: 'three', quota: 3, windowSeconds: 30 };

/** Spends one where there is one left, and says so, with the wait that it saw. */
async function spent(key: string, counts = true): Promise<{ had: boolean; wait: number }> {
  const input = { ...bucketArguments([{ key, limit }]), counts };
  const [row] = await db.call<{ is_allowed: boolean; limit_wait: number }>('consume', input);
  return { had: row!.is_allowed, wait: row!.limit_wait };
}

test('an allowance is spent at once, comes back one at a time, and is never more than whole', async () => {
  for (let left = 3; left > 0; left -= 1) assert.equal((await spent('bucket')).had, true);
  const refused = await spent('bucket');
  assert.ok(!refused.had && refused.wait > 9 && refused.wait <= 10, JSON.stringify(refused));
  app.clock.turn(refused.wait);
  assert.equal((await spent('bucket')).had, true);
  assert.equal((await spent('bucket')).had, false);
  app.clock.turn(1000);
  for (let left = 3; left > 0; left -= 1) assert.equal((await spent('bucket')).had, true);
  assert.equal((await spent('bucket')).had, false);
});

test('whoever has spent nothing waits for nothing, and what does not count spends nothing', async () => {
  for (let time = 0; time < 4; time += 1) assert.deepEqual(await spent('fresh', false), { had: true, wait: 0 });
  assert.deepEqual(await spent('fresh'), { had: true, wait: 0 });
  assert.deepEqual(await spent('fresh'), { had: true, wait: 0 });
  assert.deepEqual(await spent('fresh'), { had: true, wait: 0 });
  assert.equal((await spent('fresh', false)).had, false, 'it needs what it does not spend');
});

test('a look spends nothing', async () => {
  const look = async () => {
    const [row] = await db.call('rate_limit_wait', bucketArguments([{ key: 'seen', limit }]));
    return row?.limit_wait;
  };
  for (let time = 0; time < 4; time += 1) assert.equal(await look(), 0);
  for (let left = 3; left > 0; left -= 1) assert.equal((await spent('seen')).had, true);
  assert.ok((await look()) > 9);
});
