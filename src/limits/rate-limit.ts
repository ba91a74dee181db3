import { networkKeys } from './client-ip.ts';

/** A rate limit: `quota` in a window of time, all at once if need be. */
export interface RateLimit {
  /** The name of the policy in `RateLimit-Policy`. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

/** Whole seconds until a retry may succeed: at least 1, rounded up so that it is never too early. */
export function retryAfter(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}

/** A bucket of a rate limit: its key, and its size. */
export interface Bucket {
  readonly key: string;
  readonly limit: RateLimit;
}

/** The factors for the networks around a /64: one customer may hold a /56 or a /48, but so may many. */
const networkFactors = [
  { suffix: '', times: 1 },
  { suffix: '_56', times: 3 },
  { suffix: '_48', times: 10 },
] as const;

/** The end of the name of a network's limit: the /64 and IPv4 have the name of the rule itself. */
export type NetworkSuffix = (typeof networkFactors)[number]['suffix'];

/**
 * The buckets of a client's networks, narrowest first: one for IPv4; for IPv6 the /64, and larger ones for /56 and /48.
 */
export function networkBuckets(kind: string, clientIp: string, limit: RateLimit): readonly Bucket[] {
  const networks = networkKeys(clientIp);
  return networkFactors.slice(0, networks.length).map(({ suffix, times }, index) => ({
    key: `${kind}:${networks[index]}`,
    limit: { ...limit, name: `${limit.name}${suffix}`, quota: limit.quota * times },
  }));
}
