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

/**
 * New user names and e-mail addresses that are refused because somebody has them: for one account, and for one client
 * network. Each such answer tells that a person is here.
 */
export const profileConflicts: Allowance = { name: 'profile', quota: 20, windowSeconds: 3600 };

/** Invite codes that one account may try, so that nobody finds out codes by trying them all. */
export const redeemAttempts: Allowance = { name: 'redeem', quota: 100, windowSeconds: 3600 };
