import type { Database } from '../db/database.ts';
import { expectedOrder, measuredOrder } from './measured.ts';
import { type Observed, observe, type Way } from './observe.ts';
import type { Route } from './routes.ts';
import { type Rate, suspected, trustedFirst } from './suspicion.ts';

/** By what routes are put in order. */
export interface ObservationNeeds {
  readonly routing: 'fixed' | 'measured';
  readonly priceOf: (provider: string, country: string) => { price: bigint; currency: string } | undefined;
}

const everyMs = 5000;
/** A country that nobody was sent to for so long is not looked at. */
const forgottenMs = 3_600_000;
/** The outcomes that are judged; those before them tell what is usual. */
const judged = 40;

/** What completions said lately, and the order of routes that follows from it. */
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

  /** The routes in the order that completions speak for, for a first message or for somebody who asks again. */
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

  /** Messages go to this country by these routes: they are looked at from now on. */
  used(country: string, routes: readonly Route[]): void {
    if (routes.length < 2) return;
    this.#used.set(country, { providers: routes.map(({ provider }) => provider), at: performance.now() });
  }

  /** Reads what completions say, where that was some seconds ago. */
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

/** Whether one way is under suspicion, by what is usual on it and on the other ways to the same country. */
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
