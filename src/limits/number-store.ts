import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { numberSends } from './rules.ts';

/** The guesses of a code end later than its message by its life: src/sign-in/challenge.sql. */
const countedSeconds = numberSends.day.windowSeconds + 600;

/** The retention of wrong guesses in a row: long enough that waiting does not help an attacker. */
const failureSeconds = 365 * 86_400;

/** Deletes a batch of the limits of numbers that count no more, from those last sent to at the time `from` on. */
export function deleteIdleNumbers(db: Database, from: Date): Promise<DeletedBatch> {
  const input = { from, keep_seconds: countedSeconds, keep_failures_seconds: failureSeconds };
  return deleteByKey(db, 'delete_idle_numbers', input);
}
