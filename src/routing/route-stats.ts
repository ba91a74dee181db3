import { type Database, Json } from '../db/database.ts';
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
 * can request codes and not enter them, but only people complete. Messages of the last week are observed.
 */
export async function readRouteStats(db: Database, routes: readonly RouteKey[]): Promise<RouteStats[]> {
  const rows = await db.call<RouteKey & { first: string | null; all: string | null }>('route_stats', {
    routes: new Json(routes),
    maturity: maturitySeconds,
    window: outcomeWindow,
    newest,
    elsewhere: completionsElsewhere,
  });
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
