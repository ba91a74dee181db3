import { networkKeys } from './address.ts';

/** A rate limit: `quota` in a window of time, all at once if need be. */
export interface Allowance {
  /** The name of the policy in `RateLimit-Policy`. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

/** Whole seconds until a retry may succeed: at least 1, rounded up so that it is never too early. */
export function retryIn(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}

/**
 * The limit of messages for one client IP address: generous, since a carrier puts thousands of people behind one (RFC
 * 6888).
 */
export function addressSends(perHour: number): Allowance {
  return { name: 'address', quota: perHour, windowSeconds: 3600 };
}

/** A bucket of a rate limit: its key, and its size. */
export interface Bucket {
  readonly key: string;
  readonly limit: Allowance;
}

/** The factors for the networks around a /64: one customer may hold a /56 or a /48, but so may many. */
const widerNetworks = [
  { suffix: '', times: 1 },
  { suffix: '_56', times: 3 },
  { suffix: '_48', times: 10 },
] as const;

/**
 * The buckets of a client's networks, narrowest first: one for IPv4; for IPv6 the /64, and larger ones for /56 and /48.
 */
export function networkBuckets(kind: string, clientIp: string, limit: Allowance): readonly Bucket[] {
  return networkKeys(clientIp).map((network, at) => {
    const { suffix, times } = widerNetworks[at]!;
    return {
      key: `${kind}:${network}`,
      limit: { ...limit, name: `${limit.name}${suffix}`, quota: limit.quota * times },
    };
  });
}

/**
 * The limit of new user names and e-mail addresses that are refused because they are taken: for one account, and for
 * one client network. Each refusal reveals that a person has an account here.
 */
export const profileConflicts: Allowance = { name: 'profile', quota: 20, windowSeconds: 3600 };

/** The limit of unknown invite codes for one number, against enumeration of codes. */
export const redeemAttempts: Allowance = { name: 'redeem', quota: 100, windowSeconds: 3600 };

/** The same for one client network, for signing up, redeeming and opening links. */
export const inviteCodeTries: Allowance = { name: 'invite_code', quota: 100, windowSeconds: 3600 };
