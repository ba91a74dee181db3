import type { PendingQuery, Row, Sql } from 'postgres';
import { errorCode } from '../kit/caught.ts';
import type { Clock } from '../kit/clock.ts';
import { redactError } from '../kit/redact-error.ts';

/** A piece of SQL with its parameters, to be composed into a statement. */
// biome-ignore lint/suspicious/noExplicitAny: the client types a fragment by the rows of a query that it is not
export type Fragment = PendingQuery<any>;

/** Options of a statement. */
export interface RunOptions {
  readonly retryOnConflict?: boolean;
}

/** PostgreSQL, and the time by which our rules decide: that of the server, shifted by the clock of a test. */
export interface Database {
  readonly sql: Sql;
  /** The current time as an SQL expression of type `timestamptz`, the same for a whole statement. */
  now(): Fragment;
  /**
   * Runs a statement that is a transaction of its own. Retries it after a serialization failure (40001) or a deadlock
   * (40P01), and with `retryOnConflict` also after a unique violation (23505), for which the statement has to make
   * new values. Its errors hold no value of a statement or a row.
   */
  run<T extends readonly Row[]>(statement: () => PromiseLike<T>, options?: RunOptions): Promise<T>;
}

/** Wraps a client with the clock and the retries. */
export function createDatabase(sql: Sql, clock: Clock): Database {
  return {
    sql,
    now: () => sql`(now() + ${clock.aheadMs}::float8 * interval '1 millisecond')`,
    run: (statement, options) =>
      runWithRetries(statement, options?.retryOnConflict ? [...transient, '23505'] : transient, 5),
  };
}

const transient = ['40001', '40P01'];

async function runWithRetries<T extends readonly Row[]>(
  statement: () => PromiseLike<T>,
  codes: readonly string[],
  attempts: number,
): Promise<T> {
  try {
    return removeHoles(await statement());
  } catch (error) {
    if (attempts <= 1 || !codes.includes(errorCode(error))) throw redactError(error);
    return runWithRetries(statement, codes, attempts - 1);
  }
}

/**
 * Works around a bug of the client (postgres 3.4): if a connection ends between two rows, the next result starts with
 * as many holes.
 */
function removeHoles<T extends readonly Row[]>(rows: T): T {
  if (rows.length > 0 && !(0 in rows)) {
    (rows as unknown as Row[]).splice(
      0,
      Array.from(rows).findIndex((row) => row !== undefined),
    );
  }
  return rows;
}
