import { networkKeys } from './address.ts';

/** So many in a window of time, all at once if need be. */
export interface Allowance {
  /** The policy's name in `RateLimit-Policy`. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

/** Whole seconds until the next try has a chance: at least 1, rounded up so that it is never too early. */
export function retryIn(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}

/** Messages that one address may ask for: generous, since a carrier puts thousands of people behind one (RFC 6888). */
export function addressSends(perHour: number): Allowance {
  return { name: 'address', quota: perHour, windowSeconds: 3600 };
}

/** One bucket of an allowance: whose it is, and how much it holds. */
export interface Bucket {
  readonly key: string;
  readonly limit: Allowance;
}

/** How much more than a /64 the networks around it may ask for: one customer may hold a /56 or a /48, and so may many. */
const widerNetworks = [
  { suffix: '', times: 1 },
  { suffix: '_56', times: 3 },
  { suffix: '_48', times: 10 },
] as const;

/** The buckets of a client's networks, narrowest first: one for IPv4; for IPv6 the /64, and larger ones for /56 and /48. */
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
 * New user names and e-mail addresses that are refused because somebody has them: for one account, and for one client
 * network. Each such answer tells that a person is here.
 */
export const profileConflicts: Allowance = { name: 'profile', quota: 20, windowSeconds: 3600 };

/** Invite codes that nobody has, tried by one number, so that nobody finds out codes by trying them all. */
export const redeemAttempts: Allowance = { name: 'redeem', quota: 100, windowSeconds: 3600 };

/** The same from one client network, whoever signs up there, redeems or only opens links. */
export const inviteCodeTries: Allowance = { name: 'invite_code', quota: 100, windowSeconds: 3600 };
