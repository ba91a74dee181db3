import type { Channel, SendError } from '../sms/provider.ts';
import { type Failed, subjectOf } from '../sms/send-error.ts';

/** So many failures in a row open it. */
export const failuresToOpen = 3;
/** For how long it is left alone at first; each time in a row twice as long, up to five minutes. */
export const restSeconds = 10;
/** The longest rest. */
export const longestRestSeconds = 300;

/** What is remembered of a provider that failed lately. */
export interface Breaker {
  readonly provider: string;
  readonly failures: number;
  /** `open`: left alone. `half-open`: one message may try. `closed`: it failed, but not often enough. */
  readonly state: 'closed' | 'open' | 'half-open';
  readonly why: string;
}

/** Whether an error moves a circuit breaker: not where it is about the number, which a stranger can choose. */
export function movesBreaker(failed: Failed): boolean {
  return subjectOf(failed) !== 'number';
}

/**
 * Whether the next route may be tried: nothing has been sent, and it was not the number; save that a number which is not
 * on a messenger may well get an SMS.
 */
export function mayGoOn(error: SendError, channel: Channel): boolean {
  return error === 'rejected' ? channel !== 'sms' : error !== 'unknown';
}
