import type { Database } from '../db/database.ts';
import { outcomeWindow } from './thompson-sampling.ts';

/** A provider in one country. */
export interface RouteKey {
  readonly provider: string;
  readonly country: string;
}

/** A route with the outcomes of its matured messages, oldest first: true if a sign-in was completed. */
export interface RouteStats extends RouteKey {
  /** First messages among the newest of the country over all providers: an abandoned provider is forgotten in time. */
  readonly first: readonly boolean[];
  /** The newest messages of the route, with those of repeated requests. */
  readonly all: readonly boolean[];
}

/** The age in seconds at which a message counts: a code that arrived has been entered by then. */
export const maturitySeconds = 60;
/** The number of newest messages of a route that count. */
const newest = 200;

/**
 * With at least this number of completions by other routes to a country, and none by this one, its messages count in
 * full.
 */
const completionsElsewhere = 20;

/**
 * Observes routes by their completions; the reports of a provider count for nothing. Unsent messages do not count.
 * Uncompleted messages of one client network count only up to its completed ones by the same route, plus one: anybody
 * can request codes and not enter them, but only people complete.
 */
export async function readRouteStats(db: Database, routes: readonly RouteKey[]): Promise<RouteStats[]> {
  const { sql, now } = db;
  const rows = await db.run(
    () => sql<(RouteKey & { first: string | null; all: string | null })[]>`
      with recent as (
        select provider, country, client_network, requested_at, is_repeat, completed,
          row_number() over (partition by provider, country, client_network, completed order by requested_at desc) as nth,
          count(*) filter (where completed) over (partition by provider, country, client_network) as by_network,
          count(*) filter (where completed) over (partition by provider, country) as by_way,
          count(*) filter (where completed) over (partition by country) as in_all
        from json_to_recordset(${JSON.stringify(routes)}::text::json) as w (provider text, country text),
        lateral (select client_network, requested_at, is_repeat, completed_at is not null as completed from delivery d
          where d.provider = w.provider and d.country = w.country and d.sent_at is not null
            and d.requested_at < ${now()} - ${maturitySeconds}::float8 * interval '1 second'
            and (d.error is null or d.error = 'unknown' or d.accepted_at is not null)
            and (d.phone_number is not null or d.completed_at is not null)
          order by d.requested_at desc limit 2 * ${outcomeWindow}::int) newest_of_way),
      counted as (
        select *, row_number() over (partition by country, is_repeat order by requested_at desc) as in_country,
          row_number() over (partition by country, provider order by requested_at desc) as of_way
        from recent where completed or client_network is null or nth <= 1 + by_network
          or (by_way = 0 and in_all >= ${completionsElsewhere}::int))
      select provider, country,
        string_agg(case when completed then '1' else '0' end, '' order by requested_at) filter (where in_country <= ${outcomeWindow}::int and not is_repeat) as first,
        string_agg(case when completed then '1' else '0' end, '' order by requested_at) filter (where of_way <= ${newest}::int) as all
      from counted group by provider, country`,
  );
  return rows.map(({ provider, country, first, all }) => ({
    provider,
    country,
    first: outcomesOf(first),
    all: outcomesOf(all),
  }));
}

function outcomesOf(text: string | null): boolean[] {
  return [...(text ?? '')].map((digit) => digit === '1');
}
