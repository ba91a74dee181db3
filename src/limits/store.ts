import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { firstOf } from '../kit/present.ts';
import type { Bucket } from './rate-limit.ts';

/** The arguments by which a function takes buckets, whose windows are the same. */
export function bucketArguments(buckets: readonly Bucket[]) {
  return {
    keys: buckets.map(({ key }) => key),
    names: buckets.map(({ limit }) => limit.name),
    quotas: buckets.map(({ limit }) => limit.quota),
    window: firstOf(buckets).limit.windowSeconds,
  };
}

/** Deletes a batch of the buckets that are full again, from the time `from` on. */
export function deleteFullBuckets(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const over = sql`select ctid from rate_limit where tat >= ${from} and tat < ${db.now()} order by tat`;
  return deleteBatch(
    db,
    (some) => sql`delete from rate_limit where ctid = any(${some(over)}) returning tat as ended_at`,
  );
}

/** The retention of refusals in days. */
const refusalDays = 7;

/** Deletes a batch of the refusals that ended a week ago, from the time `from` on. */
export function deleteOldRefusals(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const over = sql`select ctid from refusal where last_at >= ${from}
    and last_at < ${db.now()} - ${refusalDays}::float8 * interval '1 day' order by last_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from refusal where ctid = any(${some(over)}) returning last_at as ended_at`,
  );
}
