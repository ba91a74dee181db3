import type { PendingQuery, Row, Sql } from 'postgres';
import type { Clock } from '../kit/clock.ts';
import { redacted } from './redact.ts';

/** A piece of SQL with its parameters, to be put into a statement. */
// biome-ignore lint/suspicious/noExplicitAny: the client types a fragment by the rows of a query that it is not
export type Fragment = PendingQuery<any>;

/** PostgreSQL, and the time by which our rules judge: the server's, moved by the clock of a test. */
export interface Database {
  readonly sql: Sql;
  /** The present as an SQL expression of type `timestamptz`, one for a whole statement. */
  now(): Fragment;
  /**
   * Runs a statement that is a transaction of its own, again where PostgreSQL asks for it (40001, 40P01), and where it is
   * said also where a unique value was taken (23505), with the values that the statement then makes. What it throws holds
   * no value of a statement or a row.
   */
  run<T extends readonly Row[]>(statement: () => PromiseLike<T>, taken?: 'retry where taken'): Promise<T>;
}

/** Puts the clock and the retries around a client. */
export function databaseOf(sql: Sql, clock: Clock): Database {
  return {
    sql,
    now: () => sql`(now() + ${clock.aheadMs}::float8 * interval '1 millisecond')`,
    run: (statement, taken) => retrying(statement, taken ? [...transient, '23505'] : transient, 5),
  };
}

const transient = ['40001', '40P01'];

async function retrying<T extends readonly Row[]>(
  statement: () => PromiseLike<T>,
  codes: readonly string[],
  attempts: number,
): Promise<T> {
  try {
    return withoutHoles(await statement());
  } catch (fault) {
    const code = (fault as { code?: unknown }).code;
    if (attempts <= 1 || typeof code !== 'string' || !codes.includes(code)) throw redacted(fault);
    return retrying(statement, codes, attempts - 1);
  }
}

/**
 * Where a connection ends between two rows, the client (postgres 3.4) counts on from there for the next answer, whose
 * rows then stand behind as many holes.
 */
function withoutHoles<T extends readonly Row[]>(rows: T): T {
  if (rows.length > 0 && !(0 in rows)) {
    (rows as unknown as Row[]).splice(
      0,
      Array.from(rows).findIndex((row) => row !== undefined),
    );
  }
  return rows;
}
