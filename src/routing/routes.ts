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
  const rule =
    rules.find((candidate) => candidate.country === country) ?? rules.find((candidate) => candidate.country === '*');
  return (rule?.providers ?? []).map((provider) => ({ provider, channel: channelOf(provider) }));
}

/** The same routes with those of one channel before the others; the order within each stays. */
export function withChannelFirst(routes: readonly Route[], channel: Channel | undefined): Route[] {
  return routes.toSorted((a, b) => Number(b.channel === channel) - Number(a.channel === channel));
}

/** The routes of the first one's channel. SMS follows a messenger, since the person may not have that. */
export function channelRoutes(routes: readonly Route[]): Route[] {
  const channel = routes[0]?.channel;
  const fallback = channel === 'sms' ? [] : routes.filter((route) => route.channel === 'sms');
  return [...routes.filter((route) => route.channel === channel), ...fallback];
}
