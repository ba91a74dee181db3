import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { numberGuesses } from '../limits/rules.ts';
import { codeLifeSeconds } from './challenge.ts';

/** Deletes a batch of the rows of numbers without any active limit, from those last sent to at the time `from` on. */
export function deleteExpiredChallenges(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const counts = sql`${numberGuesses.windowSeconds + codeLifeSeconds}::float8 * interval '1 second'`;
  const over = sql`select ctid from challenge
    where sent_at[1] >= ${from} and sent_at[1] < ${db.now()} - ${counts} order by sent_at[1]`;
  return deleteBatch(
    db,
    (some) => sql`delete from challenge where ctid = any(${some(over)}) returning sent_at[1] as ended_at`,
  );
}
