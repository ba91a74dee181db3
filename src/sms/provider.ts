import type { Language } from '../kit/language.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';

/** The channel of a message. */
export type Channel = 'sms' | 'telegram' | 'whatsapp';

/** The providers of a country, or of all others (`*`), in the order in which they are tried. */
export interface RouteRule {
  readonly country: string;
  readonly providers: readonly string[];
}

/** A message to a person, for one attempt at one provider. */
export interface Message {
  /** The id of this attempt, a UUID, which a provider may use as idempotency key. */
  readonly id: string;
  /** E.164. */
  readonly to: PhoneNumber;
  /** The code alone, for providers with a text of their own. */
  readonly code: string;
  /** The whole text. */
  readonly text: string;
  readonly language: Language;
  /** Seconds until the code is useless. */
  readonly expiresIn: number;
}

/**
 * The class of an error, which decides the next step. `rejected` is about this number or this text, and no other
 * provider is tried. `refused` is about our provider account (password, balance, a sender that is not allowed),
 * `throttled` about our rate and `unavailable` about the provider itself: nothing has been sent, and the next one is
 * tried. `unknown` may have been sent.
 */
export type SendError = 'rejected' | 'refused' | 'throttled' | 'unavailable' | 'unknown';

/**
 * The subject of an error: this number or this text, which anybody can choose; our provider account; or the
 * provider. Only the last two count for a circuit breaker, otherwise a stranger could open it.
 */
export type ErrorSubject = 'number' | 'account' | 'provider';

/**
 * The result of sending a message: its reference at the provider, or the error and a sentence without number, code or
 * secret.
 */
export type Sent =
  | { readonly ok: true; readonly reference?: string | undefined; readonly segments?: number | undefined }
  | { readonly ok: false; readonly error: SendError; readonly about?: ErrorSubject; readonly reason: string };

/** A delivery receipt of a provider for a message that it accepted. */
export interface Receipt {
  /** The reference that `send` returned. */
  readonly reference: string;
  readonly state: 'delivered' | 'failed';
  /** The provider's word or code for the state. */
  readonly reason?: string | undefined;
}

/** A callback request of a provider, as received. */
export interface CallbackRequest {
  readonly method: string;
  /** The URL as the provider sees it: our public origin, path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * The result of a callback: receipts, possibly of unknown messages, and the response that the provider expects; or an
 * error, if nothing proves that the provider sent it.
 */
export type CallbackResult =
  | { readonly ok: true; readonly receipts: readonly Receipt[]; readonly answer?: string | undefined }
  | { readonly ok: false; readonly error: 'unauthenticated' | 'malformed' };

/** A carrier of messages. Each has one file, and all have one contract (`test/support/provider-contract.ts`). */
export interface Provider {
  readonly name: string;
  readonly channel: Channel;
  /**
   * Resolves when the provider has answered, or at the latest when `signal` aborts, and never throws: a message on the
   * wire by then is `unknown`. It sends at most once.
   */
  send(message: Message, signal: AbortSignal): Promise<Sent>;
  /** The number of segments of a text, if it depends on the provider's settings. */
  segmentsOf?(text: string): number;
  /** Parses a request to `/callbacks/<name>`; without it, the provider has no receipts or reports them another way. */
  callback?(call: CallbackRequest): CallbackResult;
  /** Reports receipts that come over a connection of the provider, from now on. */
  onReceipt?(listener: (receipt: Receipt) => void): void;
  /** Closes its connections. */
  close(): Promise<void>;
}
