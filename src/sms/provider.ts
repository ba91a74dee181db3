import type { Language } from '../kit/language.ts';

/** How a message reaches a person. */
export type Channel = 'sms' | 'telegram' | 'whatsapp';

/** The providers of a country, or of all others (`*`), in the order in which they are tried. */
export interface RouteRule {
  readonly country: string;
  readonly providers: readonly string[];
}

/** One message on its way to a person, for one try at one provider. */
export interface Message {
  /** The id of this try, a UUID: new for each, so a provider may take it as the key of idempotency. */
  readonly id: string;
  /** E.164. */
  readonly to: string;
  /** The code alone, for providers that put it into a text of their own. */
  readonly code: string;
  /** The whole text. */
  readonly text: string;
  readonly language: Language;
  /** Seconds until the code is of no use any more. */
  readonly expiresIn: number;
}

/**
 * What went wrong, so far as it decides what comes next: `rejected` is this number or this text, and no other provider
 * is tried; `refused` is our account there (password, balance, a sender that is not allowed), `throttled` our speed and
 * `unavailable` the provider itself: nothing has been sent, and the next one is tried; `unknown` may have been sent.
 */
export type SendError = 'rejected' | 'refused' | 'throttled' | 'unavailable' | 'unknown';

/**
 * Whom an error concerns: this number or this text, which anybody can choose; our account at the provider; or the
 * provider. A circuit breaker is moved by the last two alone, or a stranger could open it.
 */
export type ErrorSubject = 'number' | 'account' | 'provider';

/** What a provider said of a message: its reference there, or the error and a sentence without number, code or secret. */
export type Sent =
  | { readonly ok: true; readonly reference?: string | undefined; readonly segments?: number | undefined }
  | { readonly ok: false; readonly error: SendError; readonly about?: ErrorSubject; readonly why: string };

/** What a provider tells later about a message that it accepted. */
export interface Receipt {
  /** What `send` returned. */
  readonly reference: string;
  readonly state: 'delivered' | 'failed';
  /** The provider's word or number for it. */
  readonly why?: string | undefined;
}

/** A call of a provider to us, as it came over the wire. */
export interface CallbackCall {
  readonly method: string;
  /** As the provider sees it: with our public origin, path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * What came of a callback: receipts, of which one may be none that we know, and what the provider wants to hear; or that
 * nothing shows it is the provider who called.
 */
export type CallbackAnswer =
  | { readonly ok: true; readonly receipts: readonly Receipt[]; readonly answer?: string | undefined }
  | { readonly ok: false; readonly error: 'unauthenticated' | 'malformed' };

/** Whoever carries messages, one file each, all held to one contract (`test/provider-contract.ts`). */
export interface Provider {
  readonly name: string;
  readonly channel: Channel;
  /**
   * Resolves when the provider has answered, or at the latest when `signal` aborts, and never throws: what is on the
   * wire by then is `unknown`. It sends at most once.
   */
  send(message: Message, signal: AbortSignal): Promise<Sent>;
  /** How many messages a text is, where that depends on the provider's settings. */
  segmentsOf?(text: string): number;
  /** Reads a call to `/callbacks/<name>`; where there is none, the provider has no receipts or tells them another way. */
  callback?(call: CallbackCall): CallbackAnswer;
  /** Tells from now on of receipts that come over a connection of the provider's own. */
  onReceipt?(listener: (receipt: Receipt) => void): void;
  /** Ends its connections. */
  close(): Promise<void>;
}
