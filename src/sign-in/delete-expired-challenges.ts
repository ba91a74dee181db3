import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { numberSends } from '../limits/rules.ts';
import { codeLifeSeconds } from './challenge.ts';

/** The guesses of a code count for a day, and end later than its message by its life. */
const keptSeconds = numberSends.day.windowSeconds + codeLifeSeconds;

/** The retention of wrong guesses in a row: long enough that waiting does not help an attacker. */
const failureSeconds = 365 * 86_400;

/** Deletes a batch of the challenges that count for no limit any more, from those last sent at the time `from` on. */
export function deleteExpiredChallenges(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_expired_challenges', { from, keep_seconds: keptSeconds });
}

/** Deletes a batch of the limits of numbers that count no more, from those last sent to at the time `from` on. */
export function deleteIdleNumbers(db: Database, from: Date): Promise<DeletedBatch> {
  const input = { from, keep_seconds: keptSeconds, keep_failures_seconds: failureSeconds };
  return deleteByKey(db, 'delete_idle_numbers', input);
}
