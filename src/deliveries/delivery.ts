import type { Language } from '../kit/language.ts';
import type { Channel, SendError } from '../sms/provider.ts';

/** What becomes of a try to send a message; `migrations/0002_deliveries.sql` says how one follows another. */
export type DeliveryState = 'waiting' | 'sending' | 'accepted' | 'delivered' | 'failed' | 'unknown' | 'dropped';

/** What has to be known to make a message from its challenge. */
export interface Ordered {
  readonly id: string;
  readonly attempt: number;
  readonly challengeId: string;
  readonly keyId: string;
  readonly codeLength: number;
  /** E.164. */
  readonly phoneNumber: string;
  readonly country: string;
  readonly language: Language;
  /** Seconds for which it is worth sending. */
  readonly expiresIn: number;
  /** Who was tried before for the same challenge, oldest first. */
  readonly tried: readonly string[];
}

/** What is recorded of a message that is asked for. */
export interface Planned {
  readonly id: string;
  readonly phoneNumber: string;
  readonly country: string;
  readonly prefix: string;
  readonly language: Language;
  readonly provider: string;
  readonly channel: Channel;
  /** A keyed hash of the network that asked, where that is known. */
  readonly clientNetwork: string | undefined;
  /** Why it is not to be sent at all, where it is not. */
  readonly dropped: string | undefined;
}

/** How it ended at a provider. */
export type Outcome =
  | { readonly state: 'accepted'; readonly reference: string | undefined; readonly segments: number | undefined }
  | { readonly state: 'failed' | 'unknown'; readonly error: SendError; readonly why: string };

/** Asked this long ago and not begun, it is another process's to begin: the one that was asked has died. */
export const leaseSeconds = 3;
/** One request's patience with all providers together. */
export const patienceMs = 8000;
/** What has been sending for longer than its patience, with some to spare for the database, has been left by a dead process. */
export const sendingSeconds = 15;
/** With less than this left, a code is not sent any more: it would arrive when it has ended. */
export const usefulLeastSeconds = 30;

/** The country code and the first three digits after it: what those who pump traffic choose numbers by. */
export function prefixOf(phoneNumber: string, callingCode: string): string {
  return phoneNumber.slice(0, 1 + callingCode.length + 3);
}

/** How a message reaches a person this time, and how the next one would where they ask again. */
export interface Reached {
  readonly channel: Channel;
  readonly next: Channel;
}
