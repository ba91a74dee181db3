import { betaDraw, type Draw } from './beta.ts';

/** What is known of one provider in one country. */
export interface Candidate {
  readonly provider: string;
  /**
   * One member for each matured first message that the provider accepted, oldest first: whether a sign-in was completed
   * with it. Of the country's newest `measuredWindow` such messages over all providers, those of this one.
   */
  readonly outcomes: readonly boolean[];
  /** Of one message, in millionths of any currency, the same for all candidates; undefined where nobody knows. */
  readonly price?: number | undefined;
}

/**
 * How many matured first messages of a country count, over all providers together. It is the memory: what a provider did
 * longer ago is forgotten, so one that was left is looked at again after about so many messages.
 */
export const measuredWindow = 500;

/**
 * One completed sign-in is worth 1 / PRICE_WEIGHT messages at the dearest candidate's price. With 0.1, a provider at half
 * the price may complete 5 of 100 fewer, a free one 10 fewer. Being a share of the dearest price it needs no currency and
 * no setting. Linear, since money is: a message earns `completion × worth` and costs its price. Cost per completion
 * would be another form; it would take a provider at a tenth of the price that loses half of all people.
 */
export const PRICE_WEIGHT = 0.1;

/**
 * The order in which to try the candidates for a first message, by Thompson sampling: each provider's rate of completion
 * is drawn from what its outcomes leave possible, Beta(1 + completed, 1 + not), and the one with the best draw after its
 * price comes first. So a provider is tried as often as it may yet turn out to be the best one: often while little is
 * known, seldom once others are known to be better, and never where even a completion by every message would not be worth
 * its price. A price that nobody knows counts as the dearest. The others follow as in `expectedOrder`.
 */
export function measuredOrder(candidates: readonly Candidate[], draw: Draw): string[] {
  const routes = routesOf(candidates);
  const drawn = routes.map(({ likely: [a, b], price, dearest }) => routeValue(betaDraw(a, b, draw), price, dearest));
  const first = routes[drawn.indexOf(Math.max(...drawn))];
  return byMean(routes, first);
}

/**
 * The order for a message to somebody who asks again: by what is expected, without chance, since nothing is learned from
 * it. Who asks again has failed once, which may be the person's doing; counted, it would speak against whoever is second.
 */
export function expectedOrder(candidates: readonly Candidate[]): string[] {
  return byMean(routesOf(candidates));
}

interface MeasuredRoute {
  readonly provider: string;
  /** The parameters of the beta distribution of its rate. */
  readonly likely: readonly [a: number, b: number];
  readonly price: number;
  readonly dearest: number;
}

function routesOf(candidates: readonly Candidate[]): MeasuredRoute[] {
  const dearest = Math.max(0, ...candidates.map(({ price }) => price ?? 0));
  return candidates.map(({ provider, outcomes, price = dearest }) => {
    const { completed, sent } = sinceChange(outcomes);
    return { provider, likely: [1 + completed, 1 + sent - completed], price, dearest };
  });
}

/** Best mean first, after the one that is first anyhow; equals stay in the order that was given. */
function byMean(routes: readonly MeasuredRoute[], first?: MeasuredRoute): string[] {
  return routes
    .map((route) => ({ route, mean: route === first ? Number.POSITIVE_INFINITY : meanValue(route) }))
    .sort((one, other) => other.mean - one.mean)
    .map(({ route }) => route.provider);
}

function meanValue({ likely: [a, b], price, dearest }: MeasuredRoute): number {
  return routeValue(a / (a + b), price, dearest);
}

/** What a message is worth at this rate of completion and this price, in completions. */
export function routeValue(rate: number, price: number, dearest: number): number {
  return dearest > 0 ? rate - (PRICE_WEIGHT * price) / dearest : rate;
}

/**
 * The outcomes since the provider last changed visibly, counted. A provider that was good for hundreds of messages and
 * dies would live on its past for a hundred more; so where the outcomes are e^9 times likelier to come from two rates,
 * one before and one after some point, than from one rate, only those after the likeliest such point count (a
 * generalized likelihood ratio). After 0.9 that takes five messages without completion.
 */
export function sinceChange(outcomes: readonly boolean[]): { readonly completed: number; readonly sent: number } {
  const sent = outcomes.length;
  let completed = 0;
  for (const outcome of outcomes) if (outcome) completed += 1;
  const one = likelihood(completed, sent);
  let newer = { completed, sent };
  let best = CHANGE;
  let before = 0;
  for (let at = 1; at < sent; at += 1) {
    if (outcomes[at - 1]) before += 1;
    // Within a row of equal outcomes the likelihood is convex in the point, so the likeliest one is at an end of a row.
    if (outcomes[at - 1] === outcomes[at]) continue;
    const two = likelihood(before, at) + likelihood(completed - before, sent - at);
    if (two - one > best) {
      best = two - one;
      newer = { completed: completed - before, sent: sent - at };
    }
  }
  return newer;
}

const CHANGE = 9;

/** The logarithm of how likely the outcomes are at the rate that makes them likeliest. */
function likelihood(completed: number, sent: number): number {
  return xlogx(completed) + xlogx(sent - completed) - xlogx(sent);
}

const known = new Float64Array(measuredWindow + 1).map((_, x) => (x === 0 ? 0 : x * Math.log(x)));

function xlogx(x: number): number {
  return known[x] ?? x * Math.log(x);
}
