import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';

/** Deletes a batch of the devices that are not trusted any more, from those last used at the time `from` on. */
export function deleteOldDevices(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_devices', { from });
}
