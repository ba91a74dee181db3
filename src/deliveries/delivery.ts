import type { Language } from '../kit/language.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import type { Route } from '../routing/routes.ts';
import type { Channel, Message, SendError, Sent } from '../sms/provider.ts';

/** The state of an attempt to send a message; `migrations/0001_sign_in_with_invites.sql` describes the transitions. */
export type DeliveryState = 'waiting' | 'sending' | 'accepted' | 'delivered' | 'failed' | 'unknown' | 'dropped';

/** The data from which a message is composed, with its challenge. */
export interface OutgoingMessage {
  readonly id: string;
  readonly attempt: number;
  readonly challengeId: string;
  readonly keyId: string;
  readonly codeLength: number;
  /** E.164. */
  readonly phoneNumber: PhoneNumber;
  readonly country: string;
  readonly language: Language;
  /** The seconds for which sending is useful. */
  readonly expiresIn: number;
  /** The providers already tried for the same challenge, oldest first. */
  readonly tried: readonly string[];
  /** The channel that the person chose, if any. A process that takes the message over does not know it. */
  readonly chosen?: Channel | undefined;
  /** Whether it was taken over from another process: it is late, and goes before those that wait. */
  readonly isOverdue?: boolean;
}

/** The record of a requested message. */
export interface NewDelivery {
  /** Random, and the id of a new challenge: the record gets an id with these bits and the time of the database. */
  readonly id: string;
  readonly phoneNumber: PhoneNumber;
  readonly country: string;
  readonly prefix: string;
  readonly language: Language;
  readonly provider: string;
  readonly channel: Channel;
  /** A keyed hash of the client network, if that is known. */
  readonly clientNetwork: string | undefined;
  /** The reason for which the message is not sent at all, if there is one. */
  readonly dropped: string | undefined;
}

/** An attempt that is about to start. */
export interface Attempt {
  readonly id: string;
  readonly phoneNumber: PhoneNumber;
  readonly provider: string;
  readonly channel: Channel;
  readonly segments: number;
  readonly price: bigint | undefined;
  readonly currency: string | undefined;
}

/** Room at a provider for a message that is being recorded. */
export interface Reservation {
  /** The attempt to begin with the record. */
  readonly attempt: Attempt;
  readonly content: Pick<Message, 'code' | 'text'>;
  /** The routes in their order, which the attempt is the first of. */
  readonly routes: readonly Route[];
  /** Gives the room back, if it has not been. */
  release(isUnused: boolean): void;
}

/** The outcome of an attempt at a provider. */
export type Outcome =
  | { readonly state: 'accepted'; readonly reference: string | undefined; readonly segments: number | undefined }
  | { readonly state: 'failed' | 'unknown'; readonly error: SendError; readonly reason: string };

/** The outcome that the response of a provider says. */
export function outcomeOf(sent: Sent): Outcome {
  if (sent.ok) return { state: 'accepted', reference: sent.reference, segments: sent.segments };
  const { error, reason } = sent;
  return { state: error === 'unknown' ? 'unknown' : 'failed', error, reason };
}

/**
 * The lease of a waiting message: after it the process that was to send it counts as dead, and another may take over.
 */
export const leaseSeconds = 3;
/** The timeout of a request for all providers together. */
export const sendTimeoutMs = 8000;
/**
 * A message that is `sending` for longer was abandoned by a dead process; the timeout and some time for the database
 * fit in.
 */
export const sendingLeaseSeconds = 15;
/** With less time left, a code is not sent any more, since it would arrive after its expiry. */
export const minUsefulSeconds = 30;

/** The least id of a message that was requested at a moment or later: `vouch.least_id`. */
export function leastId(at: Date): string {
  const time = Math.max(0, at.getTime()).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/** The country code and the first three digits after it: the prefix by which SMS pumping fraud chooses numbers. */
export function prefixOf(phoneNumber: string, callingCode: string): string {
  return phoneNumber.slice(0, 1 + callingCode.length + 3);
}

/** The channel of this message, and that of the next one if the person asks again. */
export interface ChosenChannels {
  readonly channel: Channel;
  readonly next: Channel;
}
