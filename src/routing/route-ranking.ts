import type { Database } from '../db/database.ts';
import { orderProviders } from './route-order.ts';
import { type RouteKey, type RouteStats, readRouteStats } from './route-stats.ts';
import type { Route } from './routes.ts';
import { isSilentlyFailing, type Rate } from './silent-failure.ts';

/** The data by which routes are ordered. */
export interface RankingNeeds {
  readonly routing: 'fixed' | 'measured';
  readonly priceOf: (provider: string, country: string) => { price: bigint; currency: string } | undefined;
}

const refreshIntervalMs = 5000;
/** A country without messages for this time is not observed any more. */
const trackedMs = 3_600_000;
/** The newest outcomes are judged; those before them are the baseline. */
const judgedOutcomes = 40;

/** The latest observations of completions, and the order of routes that follows from them. */
export class RouteRanking {
  readonly #db: Database;
  readonly #needs: RankingNeeds;
  readonly #tracked = new Map<string, { providers: readonly string[]; at: number }>();
  #outcomes = new Map<string, readonly boolean[]>();
  #suspected = new Set<string>();
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(db: Database, needs: RankingNeeds) {
    this.#db = db;
    this.#needs = needs;
  }

  /**
   * Orders the routes of a message; `tried` has the providers of earlier messages for the same sign-in, `isOpen` is true
   * for a provider with an open breaker.
   */
  order(
    country: string,
    routes: readonly Route[],
    { tried, isOpen }: { tried: readonly string[]; isOpen: (provider: string) => boolean },
  ): Route[] {
    if (routes.length < 2) return [...routes];
    const candidates = routes.map(({ provider }) => {
      const price = this.#needs.priceOf(provider, country)?.price;
      const outcomes = this.#outcomes.get(keyOf({ provider, country })) ?? [];
      return { provider, outcomes, ...(price === undefined ? {} : { price: Number(price) }) };
    });
    const isSuspected = (provider: string) => this.#suspected.has(keyOf({ provider, country }));
    const state = { routing: this.#needs.routing, tried, isSuspected, isOpen };
    const names = orderProviders(candidates, state, Math.random);
    return names.flatMap((name) => routes.filter(({ provider }) => provider === name));
  }

  /** Notes that messages go to this country by these routes, which are observed from now on. */
  track(country: string, routes: readonly Route[]): void {
    if (routes.length < 2) return;
    this.#tracked.set(country, { providers: routes.map(({ provider }) => provider), at: performance.now() });
  }

  /** Reads the completions, unless that was done some seconds ago. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#refreshedAt < refreshIntervalMs) return;
    this.#refreshedAt = performance.now();
    for (const [country, { at }] of this.#tracked)
      if (performance.now() - at > trackedMs) this.#tracked.delete(country);
    const routes = [...this.#tracked].flatMap(([country, { providers }]) =>
      providers.map((provider) => ({ provider, country })),
    );
    if (routes.length === 0) return;
    const observed = await readRouteStats(this.#db, routes);
    this.#outcomes = new Map(observed.map((stats) => [keyOf(stats), stats.first]));
    this.#suspected = new Set(observed.filter((stats) => isSuspectedAmong(stats, observed)).map(keyOf));
  }
}

/** Whether a route is suspected, by the baselines of itself and of the other routes to the same country. */
export function isSuspectedAmong(route: RouteStats, allRoutes: readonly RouteStats[]): boolean {
  const others = allRoutes.filter((stats) => stats.country === route.country && stats.provider !== route.provider);
  return isSilentlyFailing(route.all, [
    rateOf(route.all.slice(0, -judgedOutcomes)),
    ...others.map(({ all: outcomes }) => rateOf(outcomes)),
  ]);
}

function rateOf(outcomes: readonly boolean[]): Rate {
  return { sent: outcomes.length, completed: outcomes.filter(Boolean).length };
}

function keyOf({ provider, country }: RouteKey): string {
  return `${provider} ${country}`;
}
