import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { hmacBlocks } from '../db/keyed-hash.ts';
import { derive, type SecretKeys } from '../kit/secret.ts';

/** Days for which an inviter gains only once by a number: as long as a device stays trusted. */
const keepDays = 365;

/** The blocks of the keys under which a pair may have been kept, the current one first, for `vouch.pair_hash`. */
export function pairKeys(keys: SecretKeys): Buffer[] {
  return keys.all.map(({ key }) => hmacBlocks(derive(key, 'counted invite')));
}

/** Deletes a batch of the expired pairs, from those erased at the time `from` on. */
export function deleteExpiredCounted(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql, now } = db;
  const over = sql`select ctid from counted_invite where erased_at >= ${from}
    and erased_at < ${now()} - ${keepDays}::float8 * interval '1 day' order by erased_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from counted_invite where ctid = any(${some(over)}) returning erased_at as ended_at`,
  );
}
