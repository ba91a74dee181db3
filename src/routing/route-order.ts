import type { Random } from './beta-distribution.ts';
import { trustedFirst } from './silent-failure.ts';
import { type Candidate, expectedOrder, sampledOrder } from './thompson-sampling.ts';

/** The state on which the order of providers depends. */
export interface OrderState {
  /** `fixed`: the order of the operator; `measured`: by completions and price. */
  readonly routing: 'fixed' | 'measured';
  /** The providers already tried for the same sign-in, oldest first; none for a first message. */
  readonly tried: readonly string[];
  /** Whether a provider seems not to deliver; see `isSilentlyFailing`. */
  readonly isSuspected: (provider: string) => boolean;
  /** Whether the breaker of a provider is open. */
  readonly isOpen: (provider: string) => boolean;
}

/**
 * Orders the providers for a message. A repeated request takes untried providers first, then those tried longest ago.
 * Suspected providers come after trusted ones, except for a first message in `measured` mode, whose order has weighed
 * their outcomes already. Providers with an open breaker come last: they are tried if there is nothing else, because a
 * person waits.
 */
export function orderProviders(
  candidates: readonly Candidate[],
  { routing, tried, isSuspected, isOpen }: OrderState,
  random: Random,
): string[] {
  const isFirst = tried.length === 0;
  const order = untriedFirst(baseOrder(candidates, routing, isFirst ? random : undefined), tried);
  const isWeighed = routing === 'measured' && isFirst;
  const trusted = isWeighed ? order : trustedFirst(order, isSuspected, isFirst ? random : undefined);
  return [...trusted.filter((provider) => !isOpen(provider)), ...trusted.filter(isOpen)];
}

function baseOrder(candidates: readonly Candidate[], routing: OrderState['routing'], random?: Random): string[] {
  if (routing === 'fixed') return candidates.map(({ provider }) => provider);
  return random ? sampledOrder(candidates, random) : expectedOrder(candidates);
}

function untriedFirst(order: readonly string[], tried: readonly string[]): string[] {
  return order.toSorted((a, b) => tried.lastIndexOf(a) - tried.lastIndexOf(b));
}
