import { type Random, sampleBeta } from './beta-distribution.ts';

/** The observations of one provider in one country. */
export interface Candidate {
  readonly provider: string;
  /**
   * The outcomes of matured first messages that the provider accepted, oldest first: true if a sign-in was completed.
   * The list is the provider's part of the country's newest `outcomeWindow` such messages over all providers.
   */
  readonly outcomes: readonly boolean[];
  /** The price of a message, in millionths of any currency, the same for all candidates; undefined if unknown. */
  readonly price?: number | undefined;
}

/**
 * The number of matured first messages of a country that count, over all providers together. It is the memory: older
 * outcomes are forgotten, so an abandoned provider is tried again after about as many messages.
 */
export const outcomeWindow = 500;

/**
 * The weight of the price: a completed sign-in is worth 1 / PRICE_WEIGHT messages at the highest price of a candidate.
 * With 0.1, a provider at half the price may complete 5 of 100 fewer, a free one 10 fewer. As a share of the highest
 * price it needs no currency and no setting. It is linear, since money is: a message earns `completion × worth` and
 * costs its price. The alternative, cost per completion, would choose a provider at a tenth of the price that loses
 * half of all people.
 */
export const PRICE_WEIGHT = 0.1;

/**
 * Orders the candidates for a first message by Thompson sampling. The completion rate of each provider is drawn from
 * its posterior, Beta(1 + completed, 1 + not completed); the best draw after the price comes first. So a provider is
 * tried in proportion to the chance that it is the best one: often while little is known, seldom once others are known
 * to be better, and never if even a rate of 1 would not be worth its price. An unknown price counts as the highest. The
 * others follow as in `expectedOrder`.
 */
export function sampledOrder(candidates: readonly Candidate[], random: Random): string[] {
  const routes = rateRoutes(candidates);
  const samples = routes.map(({ posterior: [a, b], price, maxPrice }) =>
    routeValue(sampleBeta(a, b, random), price, maxPrice),
  );
  const first = routes[samples.indexOf(Math.max(...samples))];
  return byMean(routes, first);
}

/**
 * Orders the candidates for a repeated request by the expected value, without randomness, since nothing is learned from
 * it. A repeated request follows a failure that may be the person's fault; if it counted, it would speak against the
 * second provider.
 */
export function expectedOrder(candidates: readonly Candidate[]): string[] {
  return byMean(rateRoutes(candidates));
}

interface RatedRoute {
  readonly provider: string;
  /** The parameters of the posterior of its rate. */
  readonly posterior: readonly [a: number, b: number];
  readonly price: number;
  readonly maxPrice: number;
}

function rateRoutes(candidates: readonly Candidate[]): RatedRoute[] {
  const maxPrice = Math.max(0, ...candidates.map(({ price }) => price ?? 0));
  return candidates.map(({ provider, outcomes, price = maxPrice }) => {
    const { completed, sent } = sinceLastChange(outcomes);
    return { provider, posterior: [1 + completed, 1 + sent - completed], price, maxPrice };
  });
}

/** Sorts by the mean, best first, after `first` if given; equals keep their order. */
function byMean(routes: readonly RatedRoute[], first?: RatedRoute): string[] {
  return routes
    .map((route) => ({ route, mean: route === first ? Number.POSITIVE_INFINITY : meanValue(route) }))
    .sort((a, b) => b.mean - a.mean)
    .map(({ route }) => route.provider);
}

function meanValue({ posterior: [a, b], price, maxPrice }: RatedRoute): number {
  return routeValue(a / (a + b), price, maxPrice);
}

/** The value of a message at this completion rate and this price, in completions. */
export function routeValue(rate: number, price: number, maxPrice: number): number {
  return maxPrice > 0 ? rate - (PRICE_WEIGHT * price) / maxPrice : rate;
}

/**
 * Counts the outcomes since the last visible change of the provider. Without it, a provider that was good for hundreds
 * of messages and then fails would stay first for a hundred more. If two rates, before and after some point, are e^9
 * times likelier than one rate, only the outcomes after the likeliest such point count (a generalized likelihood
 * ratio). After a rate of 0.9 that takes five messages without completion.
 */
export function sinceLastChange(outcomes: readonly boolean[]): { readonly completed: number; readonly sent: number } {
  const sent = outcomes.length;
  let completed = 0;
  for (const outcome of outcomes) if (outcome) completed += 1;
  const oneRate = likelihood(completed, sent);
  let newer = { completed, sent };
  let best = changeThreshold;
  let before = 0;
  for (let split = 1; split < sent; split += 1) {
    if (outcomes[split - 1]) before += 1;
    // Within a run of equal outcomes the likelihood is convex in the point, so the likeliest point is at an end of a
    // run.
    if (outcomes[split - 1] === outcomes[split]) continue;
    const twoRates = likelihood(before, split) + likelihood(completed - before, sent - split);
    if (twoRates - oneRate > best) {
      best = twoRates - oneRate;
      newer = { completed: completed - before, sent: sent - split };
    }
  }
  return newer;
}

const changeThreshold = 9;

/** The logarithm of the maximum likelihood of the outcomes. */
function likelihood(completed: number, sent: number): number {
  return xlogx(completed) + xlogx(sent - completed) - xlogx(sent);
}

const logTable = new Float64Array(outcomeWindow + 1).map((_, x) => (x === 0 ? 0 : x * Math.log(x)));

function xlogx(x: number): number {
  return logTable[x] ?? x * Math.log(x);
}
