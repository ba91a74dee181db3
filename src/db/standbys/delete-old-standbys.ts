import type { Database } from '../database.ts';
import { type DeletedBatch, deleteByKey } from '../delete-by-key.ts';

/** Deletes a batch of the standbys that nobody has read from for a day, from those renewed at the time `from` on. */
export function deleteOldStandbys(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_standbys', { from });
}
