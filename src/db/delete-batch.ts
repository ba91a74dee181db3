import { present } from '../kit/present.ts';
import type { Database, Fragment } from './database.ts';

/** The outcome of one delete statement: whether there may be more rows, and where the next statement starts. */
export interface DeletedBatch {
  readonly deleted: number;
  /** A full batch is followed by another one. */
  readonly hasMore: boolean;
  /** The latest expiry among the deleted rows, cut to the millisecond so that no row is skipped. */
  readonly nextFrom: Date | undefined;
}

const maxRows = 1000;

/**
 * Deletes at most a thousand rows in one statement, which holds its locks for some milliseconds and waits for none. The
 * statement starts from the end of the last batch: deleted rows stay in the index until a vacuum, and a scan from the
 * beginning would walk over all of them.
 */
export async function deleteBatch(
  db: Database,
  statement: (batchOf: (over: Fragment) => Fragment) => Fragment,
): Promise<DeletedBatch> {
  const { sql } = db;
  const batchOf = (over: Fragment) => sql`array(${over} limit ${maxRows} for update skip locked)`;
  const [row] = await db.run(
    () => sql<{ gone: number; until: Date | null }[]>`with gone as (${statement(batchOf)})
      select count(*)::int as gone, max(ended_at) as until from gone`,
  );
  const { gone, until } = present(row, 'the count of the batch');
  return { deleted: gone, hasMore: gone >= maxRows, nextFrom: until ?? undefined };
}
