import type { Database, Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { trustSeconds } from './trusted-device.ts';

/**
 * A common table expression: ends the trust of the devices of `ended (id, trusted_device)`; if all other sessions end,
 * that of every device but the one of `live`. Signing out leaves the device trusted, so that its owner gets in again.
 */
export function endTrust({ sql }: Database, which: 'this' | 'others' | 'one'): Fragment {
  const chosen = {
    this: sql`false`,
    others: sql`true`,
    one: sql`d.secret_hash in (select trusted_device from ended)`,
  }[which];
  return sql`distrusted as (delete from trusted_device d using live join session own using (account_id, secret_hash)
    where d.account_id = live.account_id and ${chosen} and d.secret_hash is distinct from own.trusted_device)`;
}

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
