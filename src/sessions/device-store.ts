import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { trustSeconds } from './trusted-device.ts';

/** Deletes a batch of the devices without a sign-in for a year, from those last used at the time `from` on. */
export function deleteOldDevices(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const over = sql`select ctid from trusted_device where last_used_at >= ${from}
    and last_used_at < ${db.now()} - ${trustSeconds}::float8 * interval '1 second' order by last_used_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from trusted_device where ctid = any(${some(over)}) returning last_used_at as ended_at`,
  );
}
