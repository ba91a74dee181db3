import type { Database } from '../db/database.ts';
import { type DailyMax, messageUnit } from '../limits/daily.ts';
import { readDailyCounts } from '../limits/daily-store.ts';
import type { CommandOutput } from './command.ts';
import { formatTable } from './table.ts';

const microsPerUnit = 1_000_000;

/** The use of each maximum of `SMS_DAILY_MAX` today, and of the default one if it applies. */
export async function daily(db: Database, maxima: readonly DailyMax[]): Promise<CommandOutput> {
  const { counts, defaultMax } = await readDailyCounts(db);
  const rows = maxima.map(({ unit, country, max = defaultMax }) => {
    const amount = counts.find(({ scope }) => scope === `${unit}:${country}`)?.amount ?? 0;
    const divisor = unit === messageUnit ? 1 : microsPerUnit;
    return {
      country,
      unit,
      sent: amount / divisor,
      max: max === undefined ? null : max / divisor,
      'used, %': max === undefined ? null : Math.round((100 * amount) / max),
    };
  });
  const text = rows.map((row) => ({ ...row, max: row.max ?? 'at least 1000', 'used, %': row['used, %'] ?? '' }));
  return {
    json: rows,
    text: rows.length === 0 ? 'There is no maximum: SMS_DAILY_MAX is off, or nothing is paid for.' : formatTable(text),
    isGood: true,
  };
}
