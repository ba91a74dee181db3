import type { Random } from './beta-distribution.ts';

/** Matured messages that a provider accepted, and the number of completed sign-ins among them. */
export interface Rate {
  readonly sent: number;
  readonly completed: number;
}

/**
 * Whether a provider that accepts messages seems not to deliver them, from completions alone.
 *
 * Two hypotheses about its newest n outcomes are compared, for every n: that people complete at `baselineRate`, p, and
 * that hardly any message arrives, so that 0.05 do. A message without completion makes the second ln(0.95 / (1 - p))
 * likelier, a completion ln(p / 0.05) less likely. If the sum reaches ln 10,000, the provider is suspected. For a
 * provider whose people complete at p or more, the chance that any n reaches it, at any one moment, is at most 1 in
 * 10,000 (Ville's inequality: the likelihood ratio is a martingale of mean 1). A provider that delivers nothing is
 * suspected after `failuresToSuspect` matured messages: 11 at 0.6 and above, 15 at 0.5, 20 at 0.4.
 *
 * It looks back twice as far as that, so that a few completions end the suspicion: three of the newest 22.
 *
 * @param outcomes of its matured messages, oldest first: whether a sign-in was completed
 * @param baselines its own outcomes before the newest ones, and those of the other providers. The best of them counts:
 * its own fade while it gets no messages, and the others' come from few people while it does
 */
export function isSilentlyFailing(outcomes: readonly boolean[], baselines: readonly Rate[]): boolean {
  const after = failuresToSuspect(baselines);
  if (after === undefined) return false;
  const baseline = baselineRate(baselines);
  let sum = 0;
  for (const completed of outcomes.slice(-2 * after).reverse()) {
    sum += completed ? Math.log(DEAD_RATE / baseline) : Math.log((1 - DEAD_RATE) / (1 - baseline));
    if (sum >= ALARM) return true;
  }
  return false;
}

/**
 * The matured messages in a row without completion that bring a provider under suspicion; undefined: no number does.
 */
export function failuresToSuspect(baselines: readonly Rate[]): number | undefined {
  const baseline = baselineRate(baselines);
  return baseline < MIN_BASELINE ? undefined : Math.ceil(ALARM / Math.log((1 - DEAD_RATE) / (1 - baseline)));
}

/**
 * A lower bound of the usual completion rate: that of the best baseline by Wilson, with two standard deviations. It is
 * 0.5 if no baseline has 20 outcomes, and never more than 0.6, so that a provider that fell from 0.9 to 0.6 does not
 * count as dead.
 */
export function baselineRate(baselines: readonly Rate[]): number {
  const lowerBounds = baselines.filter(({ sent }) => sent >= 20).map(lowerBound);
  return lowerBounds.length === 0 ? UNKNOWN_RATE : Math.min(MAX_BASELINE, Math.max(...lowerBounds));
}

/**
 * Moves suspected providers to the end. If all are suspected, something else is broken and the order stays. With a
 * source of randomness, as for first messages, it also stays once in a hundred times: otherwise nobody would see that a
 * provider delivers again. A person whose message is lost that way asks again and gets the trusted provider.
 */
export function trustedFirst<Provider>(
  order: readonly Provider[],
  isSuspected: (provider: Provider) => boolean,
  random?: Random,
): Provider[] {
  if (random && random() < PROBE_SHARE) return [...order];
  return moveToEnd(order, isSuspected);
}

function moveToEnd<Provider>(order: readonly Provider[], isLast: (provider: Provider) => boolean): Provider[] {
  const last = new Set(order.filter(isLast));
  return [...order.filter((provider) => !last.has(provider)), ...last];
}

function lowerBound({ sent, completed }: Rate): number {
  const rate = completed / sent;
  const halfWidth = 2 * Math.sqrt((rate * (1 - rate)) / sent + 1 / sent ** 2);
  return (rate + 2 / sent - halfWidth) / (1 + 4 / sent);
}

const ALARM = Math.log(10_000);
const DEAD_RATE = 0.05;
const UNKNOWN_RATE = 0.5;
const MAX_BASELINE = 0.6;
/** Below this usual rate, completions say nothing about a provider. */
const MIN_BASELINE = 0.2;
const PROBE_SHARE = 1 / 100;
