import type { Database } from '../db/database.ts';
import { type DailyMax, messages } from '../limits/daily.ts';
import { dailyStanding } from '../limits/daily-store.ts';
import type { Told } from './operations.ts';
import { tableOf } from './table.ts';

const whole = 1_000_000;

/** The use of each maximum of `SMS_DAILY_MAX` today, and of the default one if it applies. */
export async function daily(db: Database, maxima: readonly DailyMax[]): Promise<Told> {
  const { counts, defaultMax } = await dailyStanding(db);
  const rows = maxima.map(({ unit, country, max = defaultMax }) => {
    const amount = counts.find(({ scope }) => scope === `${unit}:${country}`)?.amount ?? 0;
    const divisor = unit === messages ? 1 : whole;
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
    text: rows.length === 0 ? 'There is no maximum: SMS_DAILY_MAX is off, or nothing is paid for.' : tableOf(text),
    isGood: true,
  };
}
