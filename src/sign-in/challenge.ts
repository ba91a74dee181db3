import type { BlockKind } from '../blocks/block.ts';
import { latinDigits } from '../kit/digits.ts';
import { type RateLimit, retryAfter } from '../limits/rate-limit.ts';
import { numberSends, testNumberSends } from '../limits/rules.ts';
import type { BlockedRequest } from './refusal-by-block.ts';

/** The lifetime of a code: ten minutes (NIST SP 800-63B, out-of-band authenticators). */
export const codeLifeSeconds = 600;

/** With less time left, a repeated request opens a new challenge instead of sending a code that soon expires. */
export const minReuseSeconds = 120;

/**
 * The device trust of a request for a number's code: anyone, or a device that has signed in with this number before.
 */
export type DeviceTrust = 'unknown_device' | 'known_device';

/** The lengths that a code can have. */
const codeLengths = [4, 5, 6, 7, 8] as const;

/**
 * The codes that a guess can be read as, one of each length at most: typed with spaces or dashes, in any script's digits,
 * or within the whole pasted message. A JSON number has lost its leading zeros.
 */
export function codesIn(input: string | number): string[] {
  return codeLengths.map((length) => parseCode(input, length)).filter((code) => code !== undefined);
}

/** The code of this length in a guess; undefined if there is none. */
export function parseCode(input: string | number, codeLength: number): string | undefined {
  if (typeof input === 'number') {
    const digits = String(input);
    return /^\d+$/.test(digits) && digits.length <= codeLength ? digits.padStart(codeLength, '0') : undefined;
  }
  if (input.length > 1000) return undefined;
  const text = latinDigits(input);
  const withoutSeparators = text.replace(/[\s\p{Pd}\p{Cf}]/gu, '');
  if (/^\d+$/.test(withoutSeparators)) return withoutSeparators.length === codeLength ? withoutSeparators : undefined;
  const bySuffix = new RegExp(`#(\\d{${codeLength}})(?!\\d)`).exec(text);
  const first = new RegExp(`(?<!\\d)(\\d{${codeLength}})(?!\\d)`).exec(text);
  return bySuffix?.[1] ?? first?.[1];
}

/** The reason for which no code was sent. */
export type RequestRefusal = { readonly ok: false } & (
  | { readonly code: 'too_many_messages'; readonly retryInSeconds: number; readonly limit: RateLimit }
  | { readonly code: 'sending_busy'; readonly retryInSeconds: number }
  | { readonly code: 'daily_max'; readonly retryInSeconds: number }
  | { readonly code: 'number_locked' }
  | BlockedRequest
);

/** The seconds until each rate limit allows another message; null or negative if it does now. */
export interface SendWaits {
  /** Whether strangers get no more codes for the number. */
  readonly is_locked?: boolean;
  readonly pause_wait: number | null;
  readonly hour_wait: number | null;
  readonly day_wait: number | null;
  /**
   * The rate limit of the client's networks, or of the test number, that opens last: the seconds until then, and its
   * name.
   */
  readonly limit_wait: number | null;
  readonly limit_name?: string;
  /** The maximum of the day that is reached, if any, and the seconds until the next day. */
  readonly daily_scope?: string | null;
  readonly daily_wait?: number;
  /** The kind of the block that refuses the request, if one does. */
  readonly blocked_by?: BlockKind | null;
}

/** Returns the refusal by the daily maximum, but only if no rate limit of the client refuses the request. */
export function explainDailyMax(waits: SendWaits): Extract<RequestRefusal, { code: 'daily_max' }> | undefined {
  const ownWaits = [waits.pause_wait, waits.hour_wait, waits.day_wait, waits.limit_wait];
  if (!waits.daily_scope || ownWaits.some((wait) => wait !== null && wait > 0)) return undefined;
  return { ok: false, code: 'daily_max', retryInSeconds: retryAfter(waits.daily_wait ?? 0) };
}

/** Returns the reason for an unsent message: the rate limit with the longest wait. */
export function explainSendRefusal(
  waits: SendWaits,
  clientLimit: RateLimit,
): Extract<RequestRefusal, { code: 'too_many_messages' }> {
  const pauseWait = Math.max(0, waits.pause_wait ?? 0);
  const pause = numberSends.pauses.find((seconds) => pauseWait <= seconds) ?? numberSends.pause.windowSeconds;
  const limits = [
    { limit: { ...numberSends.pause, windowSeconds: pause }, wait: pauseWait },
    { limit: numberSends.hour, wait: waits.hour_wait ?? 0 },
    { limit: numberSends.day, wait: waits.day_wait ?? 0 },
    { limit: clientLimit, wait: waits.limit_wait ?? 0 },
  ];
  const longest = limits.reduce((a, b) => (b.wait > a.wait ? b : a));
  // the snapshot does not have the row of a concurrent request that won: its pause has just started
  const wait = longest.wait > 0 ? longest.wait : numberSends.pause.windowSeconds;
  return { ok: false, code: 'too_many_messages', limit: longest.limit, retryInSeconds: retryAfter(wait) };
}

/**
 * Returns the reason for a refused test number: its one rate limit or, if it lost to a concurrent request, the next unit.
 */
export function explainTestRefusal(waits: SendWaits): ReturnType<typeof explainSendRefusal> {
  const { quota, windowSeconds } = testNumberSends;
  const wait = waits.limit_wait || windowSeconds / quota;
  return { ok: false, code: 'too_many_messages', limit: testNumberSends, retryInSeconds: retryAfter(wait) };
}

/** The reason for which a code did not sign anyone in. */
export type VerifyRefusal = { readonly ok: false } & (
  | { readonly code: 'wrong_code'; readonly guessesLeft: number | undefined }
  | { readonly code: 'too_many_guesses'; readonly retryInSeconds: number; readonly limit: RateLimit }
  | { readonly code: 'account_blocked' }
  | BlockedRequest
);

/** The remaining guesses, told only when few are left. */
export function guessesTold(left: number): number | undefined {
  return left <= 3 ? left : undefined;
}
