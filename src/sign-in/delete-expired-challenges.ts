import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { numberSends } from '../limits/rules.ts';
import { codeLifeSeconds } from './challenge.ts';

/** Deletes a batch of the challenges that count for no limit any more, from those last sent at the time `from` on. */
export function deleteExpiredChallenges(db: Database, from: Date): Promise<DeletedBatch> {
  const keep_seconds = numberSends.day.windowSeconds + codeLifeSeconds;
  return deleteByKey(db, 'delete_expired_challenges', { from, keep_seconds });
}
