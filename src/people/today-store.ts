import type { Database } from '../db/database.ts';
import { leastId } from '../deliveries/delivery.ts';
import { onlyRow } from '../kit/present.ts';

/** The messages of an hour to a country by a provider; money in millionths of the currency. */
export interface TodayRow {
  readonly hour: Date;
  readonly country: string;
  readonly provider: string;
  readonly currency: string | null;
  readonly asked: number;
  readonly sent: number;
  readonly delivered: number;
  readonly completed: number;
  readonly failed: number;
  readonly spend: string;
}

/** The requests that a limit refused, by its rule. */
export interface RefusedRow {
  readonly rule: string;
  readonly times: number;
}

/** The messages of a time, by hour, country and provider. */
export function findHours({ sql, run }: Database, since: Date, until: Date): Promise<TodayRow[]> {
  return run(
    () => sql<TodayRow[]>`select date_trunc('hour', requested_at) as hour, country, provider, currency,
        count(*)::int as asked,
        count(*) filter (where sent_at is not null)::int as sent,
        count(*) filter (where state = 'delivered')::int as delivered,
        count(*) filter (where completed_at is not null)::int as completed,
        count(*) filter (where state = 'failed')::int as failed,
        coalesce(sum(price) filter (where accepted_at is not null or state in ('delivered', 'unknown')), 0)::text as spend
      from delivery where id >= ${leastId(since)}::uuid and id < ${leastId(until)}::uuid
      group by 1, 2, 3, 4 order by 1`,
  );
}

/** The refusals of the numbers and networks that a rule refused since a time, by rule, the most frequent first. */
export function findRefused({ sql, run }: Database, since: Date): Promise<RefusedRow[]> {
  return run(
    () => sql<RefusedRow[]>`select rule, sum(times)::int as times from refusal where last_at >= ${since}
      group by 1 order by 2 desc, 1`,
  );
}

/** The time of the database. */
export async function readNow({ sql, run, now }: Database): Promise<Date> {
  return onlyRow(await run(() => sql<{ now: Date }[]>`select ${now()} as now`)).now;
}
