import { present } from '../kit/present.ts';
import type { CallInput, Database } from './database.ts';

/** The outcome of one batch: whether there may be more rows, and where the next batch starts. */
export interface DeletedBatch {
  readonly deleted: number;
  /** A full batch is followed by another one. */
  readonly hasMore: boolean;
  /** The latest expiry among the deleted rows, cut to the millisecond so that no row is skipped. */
  readonly nextFrom: Date | undefined;
}

const maxRows = 1000;

/**
 * Deletes at most a thousand rows by a job of `src/<room>/cleanup.sql`, which reads a batch of keys and deletes each by its
 * key. It holds its locks for some milliseconds and waits for none. A batch starts from the end of the last one: deleted
 * rows stay in the index until a vacuum, and a scan from the beginning would walk over all of them. A full batch of which
 * nothing was deleted is the last one: other processes hold its rows.
 */
export async function deleteByKey(db: Database, job: string, input: CallInput): Promise<DeletedBatch> {
  const [row] = await db.call<{ seen: number; deleted: number; until: Date | null }>(job, { max: maxRows, ...input });
  const { seen, deleted, until } = present(row, 'the count of the batch');
  return { deleted, hasMore: seen >= maxRows && deleted > 0, nextFrom: until ?? undefined };
}
