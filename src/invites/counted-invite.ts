import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
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
  return deleteByKey(db, 'delete_expired_counted', { from, keep_days: keepDays });
}
