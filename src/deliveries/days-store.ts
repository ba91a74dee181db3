import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { isLockTimeout } from '../db/lock-timeout.ts';
import type { Log } from '../kit/log.ts';
import { onlyRow } from '../kit/present.ts';

/** The days of messages: how many are kept, and how many coming ones get their partition. */
export interface DaysNeeds {
  readonly db: Database;
  readonly log: Log;
  readonly keepDays: number;
  readonly daysAhead: number;
}

/**
 * Adds the partitions of today and the next days, and drops those that are too old; any number of processes may do so at
 * once. A partition whose locks are taken is left for the next time. Returns whether an old one is left, whose rows need
 * not be deleted one by one.
 */
export async function changeDays(needs: DaysNeeds): Promise<{ readonly isLeft: boolean }> {
  const { db, log } = needs;
  const days = await db.call<{ day: string; is_over: boolean }>('days_to_change', {
    days_ahead: needs.daysAhead,
    keep_days: needs.keepDays,
  });
  if (days.length === 0 || !(await mayPartition(needs))) return { isLeft: false };
  let isLeft = false;
  for (const { day, is_over: isOver } of days) {
    try {
      const [row] = await db.call<{ drop_day?: boolean }>(isOver ? 'drop_day' : 'add_day', { day });
      if (row?.drop_day) log.info({ day }, 'messages of a day dropped');
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      log.info({ day, err: error }, 'partition postponed');
      isLeft ||= isOver;
    }
  }
  return { isLeft };
}

/** The clients whose role may not; a process says so once. */
const warned = new WeakSet<object>();

async function mayPartition({ db, log }: DaysNeeds): Promise<boolean> {
  const { may_partition: may } = onlyRow(await db.call<{ may_partition: boolean }>('may_partition', {}));
  if (may) return true;
  if (!warned.has(db.sql)) {
    const fix = 'alter table delivery owner to the role of DATABASE_URL, and each of its partitions';
    log.warn({ fix }, 'messages not partitioned by day');
  }
  warned.add(db.sql);
  return false;
}

/** Deletes a batch of the messages of days that are older than `days` days, from the time `from` on. */
export function deleteOldDeliveries(db: Database, from: Date, days: number): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_deliveries', { from, keep_days: days });
}
