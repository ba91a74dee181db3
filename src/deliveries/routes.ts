import type { Channel, RouteRule } from '../sms/provider.ts';

/** A way to a person: who carries the message, and how it arrives. */
export interface Route {
  readonly provider: string;
  readonly channel: Channel;
}

/** The routes to a country, the operator's order. */
export function routesTo(
  country: string,
  rules: readonly RouteRule[],
  channelOf: (provider: string) => Channel,
): Route[] {
  const rule = rules.find((one) => one.country === country) ?? rules.find((one) => one.country === '*');
  return (rule?.providers ?? []).map((provider) => ({ provider, channel: channelOf(provider) }));
}

/**
 * The routes in the order for this time: what has not been tried for the challenge comes first, and what was tried
 * longest ago before what was tried last, so that asking again takes the next route and then the next channel. What is
 * left alone for now comes last: it is tried where there is nothing else, because a person waits.
 */
export function inTurn(
  routes: readonly Route[],
  tried: readonly string[],
  isLeftAlone: (provider: string) => boolean,
): Route[] {
  const rank = ({ provider }: Route) => (isLeftAlone(provider) ? 1e6 : 0) + tried.lastIndexOf(provider) + 1;
  return routes
    .map((route) => ({ route, rank: rank(route) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ route }) => route);
}

/** Those of the first one's channel, and SMS after those of a messenger, which the person may not have. */
export function ofOneChannel(turn: readonly Route[]): Route[] {
  const channel = turn[0]?.channel;
  const fallback = channel === 'sms' ? [] : turn.filter((one) => one.channel === 'sms');
  return [...turn.filter((one) => one.channel === channel), ...fallback];
}
