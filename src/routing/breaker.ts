import { type Failed, subjectOf } from '../sms/error-class.ts';
import type { Channel, SendError } from '../sms/provider.ts';

/** The failures in a row that open a breaker. */
export const failuresToOpen = 3;
/** The first cooldown; it doubles each time in a row, up to five minutes. */
export const cooldownSeconds = 10;
/** The longest cooldown. */
export const maxCooldownSeconds = 300;

/** The circuit breaker of a provider that failed lately. */
export interface Breaker {
  readonly provider: string;
  readonly failures: number;
  /** `open`: no message is sent. `half-open`: one message may probe. `closed`: too few failures so far. */
  readonly state: 'closed' | 'open' | 'half-open';
  readonly reason: string;
}

/** Whether an error counts for the circuit breaker. Errors about the number do not, since a stranger can choose it. */
export function countsForBreaker(failed: Failed): boolean {
  return subjectOf(failed) !== 'number';
}

/**
 * Whether the next route may be tried: nothing has been sent, and the error is not about the number. A number without
 * the messenger may still get an SMS.
 */
export function mayFallBack(error: SendError, channel: Channel): boolean {
  return error === 'rejected' ? channel !== 'sms' : error !== 'unknown';
}
