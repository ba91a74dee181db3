import type { Random } from '../../src/routing/beta-distribution.ts';
import { orderProviders } from '../../src/routing/route-order.ts';
import { isSuspectedAmong } from '../../src/routing/route-ranking.ts';
import { outcomeWindow, routeValue } from '../../src/routing/thompson-sampling.ts';

/** A route as it is in truth: the share of its messages that lead to a completion, and the price of one. */
export interface Route {
  readonly rate: number;
  readonly price: number;
}

/** A world in which the truth is known. */
export interface Truth {
  readonly name: string;
  readonly routes: readonly Route[];
  /** What the routes are from a message on. */
  readonly change?: { readonly at: number; readonly routes: readonly Route[] };
}

/** What a way of choosing may see of a route: matured outcomes, oldest first, of first messages and of all. */
export interface Seen {
  readonly first: readonly boolean[];
  readonly all: readonly boolean[];
  readonly price: number;
}

/** Chooses the route of a first message, and the one for the same person if they ask again; both by index. */
export type Choice = (seen: readonly Seen[], draw: Random) => Chosen;

type Chosen = readonly [first: number, again: number];

/** One person of a simulated world. */
export interface Person {
  /** How many messages had been sent before. */
  readonly at: number;
  readonly route: number;
  readonly best: boolean;
  readonly completed: boolean;
  /** The chance to complete and the money that this order means, and what the best order would have meant. */
  readonly expected: Outcome;
  readonly ideal: Outcome;
}

interface Outcome {
  readonly completion: number;
  readonly money: number;
}

interface Sent {
  readonly at: number;
  readonly route: number;
  readonly repeat: boolean;
  readonly completed: boolean;
}

/** Who gets no code asks again so often. */
export const ASKS_AGAIN = 0.8;
/** An outcome is known so many messages later. */
export const MATURES = 60;
const LAST = 200;

/** As the product orders routes in `measured` mode. */
export const measured: Choice = (seen, draw) => ordered('measured', seen, draw);

/** In the order given, whatever comes of it. */
export const fixed =
  (first: number, next: number): Choice =>
  () => [first, next];

/** As the product orders routes in `fixed` mode, with those under suspicion last. */
export const fixedWithSuspicion: Choice = (seen, draw) => ordered('fixed', seen, draw);

/** The product's own order: for a first message, and for whoever asks again. */
function ordered(routing: 'fixed' | 'measured', seen: readonly Seen[], draw: Random): Chosen {
  const candidates = seen.map(({ first, price }, index) => ({ provider: String(index), outcomes: first, price }));
  const stats = seen.map(({ first, all }, index) => ({ provider: String(index), country: '', first, all }));
  const isSuspected = (provider: string) => isSuspectedAmong(stats[Number(provider)]!, stats);
  const next = (tried: readonly string[]) =>
    orderProviders(candidates, { routing, tried, isSuspected, isOpen: () => false }, draw)[0]!;
  const first = next([]);
  return [Number(first), Number(next([first]))];
}

/** The routes of a truth at a message, the best of them, and the best for whoever asks again: another, unless it is half as good. */
export function truthAt({ routes, change }: Truth, at: number): { routes: readonly Route[]; best: Chosen } {
  const now = change && at >= change.at ? change.routes : routes;
  const dearest = Math.max(...now.map(({ price }) => price));
  const value = (index: number) => routeValue(now[index]!.rate, now[index]!.price, dearest);
  const [first, second] = [...now.keys()].sort((one, other) => value(other) - value(one)) as [number, number];
  return { routes: now, best: [first, 2 * now[second]!.rate > now[first]!.rate ? second : first] };
}

/** The people of one run, until so many messages have been sent: each gets one, and those without a code may ask again. */
export function simulate(truth: Truth, choice: Choice, messages: number, draw: Random): Person[] {
  const people: Person[] = [];
  const sent: Sent[] = [];
  const windowed: Sent[] = [];
  const seen: Growing[] = truth.routes.map(({ price }) => ({ first: [], all: [], price }));
  let matured = 0;
  let now = truthAt(truth, 0);
  let ideal = expectation(now.best, now.routes);
  let expectations: (Outcome | undefined)[] = [];
  const send = (on: number, repeat: boolean): boolean => {
    const completed = draw() < now.routes[on]!.rate;
    sent.push({ at: sent.length, route: on, repeat, completed });
    return completed;
  };
  while (sent.length < messages) {
    const at = sent.length;
    if (truth.change && at >= truth.change.at && now.routes !== truth.change.routes) {
      now = truthAt(truth, at);
      ideal = expectation(now.best, now.routes);
      expectations = [];
    }
    for (; matured <= at - MATURES; matured += 1) mature(sent[matured]!, seen, windowed);
    const [route, next] = choice(seen, draw);
    const completed = send(route, false) || (draw() < ASKS_AGAIN && send(next, true));
    const pair = route * truth.routes.length + next;
    expectations[pair] ??= expectation([route, next], now.routes);
    const expected = expectations[pair]!;
    people.push({ at, route, best: route === now.best[0], completed, expected, ideal });
  }
  return people;
}

/** A seeded generator (mulberry32), for simulations only. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * How many messages after `from` it takes until, of the last hundred people, eighty were sent over the best route first;
 * Infinity where that never happens.
 */
export function messagesUntilBest(people: readonly Person[], from: number): number {
  const later = people.filter(({ at }) => at >= from);
  let best = 0;
  for (const [index, person] of later.entries()) {
    best += Number(person.best) - Number(later[index - 100]?.best ?? false);
    if (index >= 99 && best >= 80) return person.at + 1 - from;
  }
  return Number.POSITIVE_INFINITY;
}

function mature(message: Sent, seen: readonly Growing[], windowed: Sent[]): void {
  const route = seen[message.route]!;
  if (route.all.push(message.completed) > LAST) route.all.shift();
  if (message.repeat) return;
  route.first.push(message.completed);
  if (windowed.push(message) > outcomeWindow) seen[windowed.shift()!.route]!.first.shift();
}

interface Growing extends Seen {
  readonly first: boolean[];
  readonly all: boolean[];
}

function expectation([first, next]: Chosen, routes: readonly Route[]): Outcome {
  const [one, two] = [routes[first]!, routes[next]!];
  const asking = (1 - one.rate) * ASKS_AGAIN;
  return { completion: one.rate + asking * two.rate, money: one.price + asking * two.price };
}
