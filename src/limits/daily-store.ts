import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';

/** The days of the median in the default maximum. */
const medianDays = 14;
/** A counter of today, for operators and metrics; `max` is null if no maximum is known. */
export interface DailyCount {
  readonly scope: string;
  readonly amount: number;
}

/** The counters of today, and the default maximum if it has been computed. */
export async function readDailyCounts(db: Database): Promise<{ counts: DailyCount[]; defaultMax: number | undefined }> {
  const { sql, now } = db;
  const rows = await db.run(
    () => sql<DailyCount[]>`select scope, sum(amount)::float8 as amount from daily_count
        where day = (${now()} at time zone 'utc')::date group by scope order by scope`,
  );
  return {
    counts: rows.filter(({ scope }) => scope !== 'default'),
    defaultMax: rows.find(({ scope }) => scope === 'default')?.amount,
  };
}

/** Deletes a batch of the counters of days that no maximum needs any more, from the day `from` on. */
export function deleteOldCounts(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_counts', { from, keep_days: medianDays + 1 });
}
