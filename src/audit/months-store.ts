import type { Database } from '../db/database.ts';
import { isLockTimeout } from '../db/lock-timeout.ts';
import type { Log } from '../kit/log.ts';
import { onlyRow } from '../kit/present.ts';

/** The months of the audit trail: how long they are kept, and how many coming ones get their partition. */
export interface MonthsNeeds {
  readonly db: Database;
  readonly log: Log;
  readonly keepDays: number;
  readonly monthsAhead: number;
}

/**
 * Adds the partitions of this month and the next ones, and drops the months that ended more than `keepDays` ago; any
 * number of processes may do so at once. A month whose locks are taken is left for the next time.
 */
export async function changeMonths(needs: MonthsNeeds): Promise<void> {
  const { db, log } = needs;
  const added = await db.call<{ month: string }>('months_to_add', { months_ahead: needs.monthsAhead });
  const over = await db.call<{ month: string }>('months_to_drop', { max: 100, keep_days: needs.keepDays });
  const mayAdd = added.length > 0 && (await mayPartition(needs));
  for (const { month } of mayAdd ? added : []) await postponed(needs, month, () => db.call('add_month', { month }));
  for (const month of over.map((row) => row.month)) {
    const isDropped = await postponed(needs, month, () => db.call('drop_month', { month }));
    if (isDropped) log.info({ month }, 'audit trail of a month dropped');
  }
}

async function postponed({ log }: MonthsNeeds, month: string, change: () => Promise<unknown>): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    log.info({ month, err: error }, 'partition postponed');
    return false;
  }
}

/** The clients whose role may not; a process says so once. */
const warned = new WeakSet<object>();

async function mayPartition({ db, log }: MonthsNeeds): Promise<boolean> {
  const rows = await db.call<{ may_partition_audit: boolean }>('may_partition_audit', {});
  if (onlyRow(rows).may_partition_audit) return true;
  if (!warned.has(db.sql)) {
    const fix = 'alter table audit_event owner to the role of DATABASE_URL, and each of its partitions';
    log.warn({ fix }, 'audit trail not partitioned by month');
  }
  warned.add(db.sql);
  return false;
}
