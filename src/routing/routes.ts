import type { Channel, RouteRule } from '../sms/provider.ts';

/** A route to a person: the provider, and the channel. */
export interface Route {
  readonly provider: string;
  readonly channel: Channel;
}

/** The routes to a country in the operator's order. */
export function routesTo(
  country: string,
  rules: readonly RouteRule[],
  channelOf: (provider: string) => Channel,
): Route[] {
  const rule = rules.find((one) => one.country === country) ?? rules.find((one) => one.country === '*');
  return (rule?.providers ?? []).map((provider) => ({ provider, channel: channelOf(provider) }));
}

/**
 * Orders the routes for this request: untried providers first, then those tried longest ago, so that a repeated request
 * takes the next route and then the next channel. Providers with an open breaker come last; they are tried if there is
 * nothing else, because a person waits.
 */
export function untriedFirst(
  routes: readonly Route[],
  tried: readonly string[],
  isOpen: (provider: string) => boolean,
): Route[] {
  const rank = ({ provider }: Route) => (isOpen(provider) ? 1e6 : 0) + tried.lastIndexOf(provider) + 1;
  return routes
    .map((route) => ({ route, rank: rank(route) }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ route }) => route);
}

/** The routes of the first one's channel. SMS follows a messenger, since the person may not have that. */
export function channelRoutes(routes: readonly Route[]): Route[] {
  const channel = routes[0]?.channel;
  const fallback = channel === 'sms' ? [] : routes.filter((one) => one.channel === 'sms');
  return [...routes.filter((one) => one.channel === channel), ...fallback];
}
