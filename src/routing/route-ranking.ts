import type { Database } from '../db/database.ts';
import { type Observed, observe, type Way } from './route-stats.ts';
import type { Route } from './routes.ts';
import { type Rate, suspected, trustedFirst } from './silent-failure.ts';
import { expectedOrder, measuredOrder } from './thompson-sampling.ts';

/** The data by which routes are ordered. */
export interface ObservationNeeds {
  readonly routing: 'fixed' | 'measured';
  readonly priceOf: (provider: string, country: string) => { price: bigint; currency: string } | undefined;
}

const everyMs = 5000;
/** A country without messages for this time is not observed any more. */
const forgottenMs = 3_600_000;
/** The newest outcomes are judged; those before them are the baseline. */
const judged = 40;

/** The latest observations of completions, and the order of routes that follows from them. */
export class Observations {
  readonly #db: Database;
  readonly #needs: ObservationNeeds;
  readonly #used = new Map<string, { providers: readonly string[]; at: number }>();
  #observed = new Map<string, readonly boolean[]>();
  #suspected = new Set<string>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(db: Database, needs: ObservationNeeds) {
    this.#db = db;
    this.#needs = needs;
  }

  /** Orders the routes by completions, for a first message or for a repeated request. */
  ordered(country: string, routes: readonly Route[], isAgain: boolean): Route[] {
    if (routes.length < 2) return [...routes];
    if (this.#needs.routing === 'fixed') {
      const isSuspected = ({ provider }: Route) => this.#suspected.has(keyOf({ provider, country }));
      return trustedFirst(routes, isSuspected, isAgain ? undefined : Math.random);
    }
    const candidates = routes.map(({ provider }) => {
      const price = this.#needs.priceOf(provider, country)?.price;
      const outcomes = this.#observed.get(keyOf({ provider, country })) ?? [];
      return { provider, outcomes, ...(price === undefined ? {} : { price: Number(price) }) };
    });
    const names = isAgain ? expectedOrder(candidates) : measuredOrder(candidates, Math.random);
    return names.map((name) => routes.find(({ provider }) => provider === name)!);
  }

  /** Notes that messages go to this country by these routes, which are observed from now on. */
  used(country: string, routes: readonly Route[]): void {
    if (routes.length < 2) return;
    this.#used.set(country, { providers: routes.map(({ provider }) => provider), at: performance.now() });
  }

  /** Reads the completions, unless that was done some seconds ago. */
  async look(): Promise<void> {
    if (performance.now() - this.#lookedAt < everyMs) return;
    this.#lookedAt = performance.now();
    for (const [country, { at }] of this.#used) if (performance.now() - at > forgottenMs) this.#used.delete(country);
    const ways = [...this.#used].flatMap(([country, { providers }]) =>
      providers.map((provider) => ({ provider, country })),
    );
    if (ways.length === 0) return;
    const observed = await observe(this.#db, ways);
    this.#observed = new Map(observed.map((one) => [keyOf(one), one.first]));
    this.#suspected = new Set(observed.filter((one) => suspectedAmong(one, observed)).map(keyOf));
  }
}

/** Whether a route is suspected, by the baselines of itself and of the other routes to the same country. */
export function suspectedAmong(one: Observed, all: readonly Observed[]): boolean {
  const others = all.filter((other) => other.country === one.country && other.provider !== one.provider);
  return suspected(one.all, [
    rateOf(one.all.slice(0, -judged)),
    ...others.map(({ all: outcomes }) => rateOf(outcomes)),
  ]);
}

function rateOf(outcomes: readonly boolean[]): Rate {
  return { sent: outcomes.length, completed: outcomes.filter(Boolean).length };
}

function keyOf({ provider, country }: Way): string {
  return `${provider} ${country}`;
}
