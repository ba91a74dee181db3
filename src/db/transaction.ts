import type { ISql, Row, Sql } from 'postgres';
import { present } from '../kit/present.ts';
import { redactError } from '../kit/redact-error.ts';
import type { Database } from './database.ts';

/**
 * Runs calls in one transaction: all of them count, or none. `run` gets the database of the transaction, and awaits nothing
 * but it. The whole is repeated after a serialization failure or a deadlock, as a single call is. Waits for standbys follow
 * the commit, since before it there is nothing to wait for.
 */
export async function inTransaction<T>(db: Database, run: (db: Database) => Promise<T>): Promise<T> {
  let waits: (() => Promise<void>)[] = [];
  let result: { readonly value: T } | undefined;
  await db.run(() => {
    waits = [];
    // `state` tells the guard against starvation that the client has given it a connection, as that of a query does
    let state: string | undefined;
    const committed = db.sql.begin(async (sql) => {
      state = 'begun';
      result = { value: await run(overTransaction(db, sql, waits)) };
      return noRows;
    });
    return Object.defineProperty(committed, 'state', { get: () => state });
  });
  await Promise.all(waits.map((wait) => wait()));
  return present(result, 'the result of a transaction').value;
}

/** The rows of a transaction itself. */
const noRows: readonly Row[] = [];

/** The database of a transaction that has begun; `waits` gets the waits that follow its commit. */
export function overTransaction(db: Database, sql: ISql, waits: (() => Promise<void>)[]): Database {
  return {
    ...db,
    sql: sql as Sql,
    run: async (statement) => {
      try {
        return await statement();
      } catch (error) {
        throw redactError(error);
      }
    },
    standbys: {
      call: async () => undefined,
      waitForReplay: async () => void waits.push(() => db.standbys.waitForReplay()),
      waitForOwnReads: async () => void waits.push(() => db.standbys.waitForOwnReads()),
      onWait: () => {},
    },
  };
}
