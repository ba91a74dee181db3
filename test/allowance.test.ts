import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDatabase } from '../src/db/database.ts';
import type { RateLimit } from '../src/limits/rate-limit.ts';
import { consume } from '../src/limits/store.ts';
import { openApp } from './support/harness.ts';

const app = await openApp();
const db = createDatabase(app.sql, app.clock);
const limit: RateLimit = { name: 'three', quota: 3, windowSeconds: 30 };

/** Spends one where there is one left, and says so, with the wait that the same statement saw before it. */
async function spent(key: string, when = db.sql`true`): Promise<{ had: boolean; wait: number }> {
  const [row] = await db.sql`with ${consume(db, 'one', 'waits', { buckets: [{ key, limit }], when })}
    select exists (select from one) as had, limit_wait as wait from waits`;
  return row as { had: boolean; wait: number };
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

test('whoever has spent nothing waits for nothing, and nothing is spent where something else refuses', async () => {
  assert.deepEqual(await spent('fresh', db.sql`false`), { had: false, wait: 0 });
  assert.deepEqual(await spent('fresh'), { had: true, wait: 0 });
  assert.deepEqual(await spent('fresh'), { had: true, wait: 0 });
});
