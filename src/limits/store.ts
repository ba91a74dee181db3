import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
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
  return deleteByKey(db, 'delete_full_buckets', { from });
}

/** The retention of refusals in days. */
const refusalDays = 7;

/** Deletes a batch of the refusals that ended a week ago, from the time `from` on. */
export function deleteOldRefusals(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_refusals', { from, keep_days: refusalDays });
}
