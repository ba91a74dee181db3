import type { NetworkSuffix, RateLimit } from './rate-limit.ts';

/**
 * Guesses of one client network that belong to no challenge: generous, since a carrier puts thousands of people behind one
 * (RFC 6888). An asker has the guesses of the own challenge, whatever others of the network do.
 */
export const networkGuesses = { name: 'guess', quota: 1000, windowSeconds: 3600 } as const satisfies RateLimit;

/** Wrong guesses at the code of one of `TEST_NUMBERS`, which never changes. */
export const testNumberGuesses = { name: 'test_guess', quota: 20, windowSeconds: 86_400 } as const satisfies RateLimit;

/** Wrong guesses in a row at a number, after which strangers get no more codes (NIST SP 800-63B-4, 3.2.2). */
export const maxFailures = 100;

/**
 * Messages: a growing pause for the asker (30, 60, then 120 s, by the asker's messages of the last hour), and two windows
 * that all askers of a number share.
 */
export const numberSends = {
  pauses: [30, 60, 120],
  pause: { name: 'pause', quota: 1, windowSeconds: 30 },
  hour: { name: 'hour', quota: 5, windowSeconds: 3600 },
  day: { name: 'day', quota: 10, windowSeconds: 86_400 },
} as const;

/**
 * Requests for one of `TEST_NUMBERS`, to which nothing is sent: all at once if need be, and without any other limit.
 */
export const testNumberSends = { name: 'test_number', quota: 100, windowSeconds: 3600 } as const satisfies RateLimit;

/**
 * Messages that one client network requests: generous, since a carrier puts thousands of people behind one (RFC 6888).
 */
export function networkMessages(perHour: number) {
  return { name: 'network_messages', quota: perHour, windowSeconds: 3600 } as const satisfies RateLimit;
}

/**
 * The limit of new user names and e-mail addresses that are refused because they are taken: for one account, and for
 * one client network. Each refusal reveals that a person has an account here.
 */
export const profileConflicts = { name: 'profile', quota: 20, windowSeconds: 3600 } as const satisfies RateLimit;

/** The limit of unknown invite codes for one number, against enumeration of codes. */
export const redeemAttempts = { name: 'redeem', quota: 100, windowSeconds: 3600 } as const satisfies RateLimit;

/** The same for one client network, for signing up, redeeming and opening links. */
export const inviteCodeAttempts = { name: 'invite_code', quota: 100, windowSeconds: 3600 } as const satisfies RateLimit;

/**
 * Requests of apps to sign a person in, from one client network without a session: each writes a row. Generous, since a carrier
 * puts thousands of people behind one address.
 */
export const authorizationRequests = {
  name: 'authorization',
  quota: 600,
  windowSeconds: 3600,
} as const satisfies RateLimit;

/** Requests of an app with the same `auth_session`. */
export const authSessionRequests = {
  name: 'auth_session',
  quota: 60,
  windowSeconds: 3600,
} as const satisfies RateLimit;

/** The rules that can refuse a message or a guess, as the table `refusal` names them. */
export type RefusingRule =
  | (typeof numberSends)['pause' | 'hour' | 'day']['name']
  | (typeof testNumberSends)['name']
  | (typeof testNumberGuesses)['name']
  | `${(typeof networkGuesses)['name']}${NetworkSuffix}`
  | `${ReturnType<typeof networkMessages>['name']}${NetworkSuffix}`
  | 'daily_max'
  | 'guesses_of_day'
  | 'locked'
  | `blocked_${'number' | 'prefix' | 'country' | 'network'}`;

/** The rate limits of a route, for its configuration: a response 429 names one of them. */
export function limitedBy(...limits: readonly RateLimit[]): { readonly limits: readonly string[] } {
  return { limits: limits.map(({ name }) => name) };
}
