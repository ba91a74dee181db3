import type { FailureCause, MessageState } from '../deliveries/message-state.ts';
import type { Language } from '../kit/language.ts';
import type { Channel } from '../sms/provider.ts';
import type { pageMessages } from './page-messages.ts';

/** The props of the code page. */
export interface CodeProps {
  language: Language;
  /** The pending sign-in as `formatPending` writes it, a field of each form. */
  pending: string;
  /** In international form. */
  phone: string;
  /** The channel of the code, and that of a repeated request. */
  channel: Channel;
  nextChannel: Channel;
  /** The channels that a person can choose instead of that one. */
  otherChannels: readonly Channel[];
  /** The state of the message, and the id by which the page polls it; null if another browser requested it. */
  state: MessageState | null;
  deliveryId: string | undefined;
  /** The cause of a failure. */
  cause: FailureCause | null;
  /** The number of digits; null if it is unknown. */
  codeLength: number | null;
  /** The earliest time for another message, by the server's clock; null if that is now. */
  resendAt: Date | null;
  /** The same in seconds from now, for a client whose clock is wrong. */
  resendInSeconds: number;
  /** 0 if the code has expired, null if its expiry is unknown. */
  expiresInSeconds: number | null;
  /** The invite that a new person redeems with this code, and a sentence on what the inviter sees. */
  invite: { code: string; sees: string } | undefined;
  error?: string | undefined;
  /** The reason for which the message was not sent again. */
  resendError?: string | undefined;
  /** The submitted text, unchanged. */
  value?: string | undefined;
  notice?: keyof typeof pageMessages.en.notices | undefined;
  /** The name of the app that waits for the sign-in. */
  waitingApp?: string | undefined;
  /** The message, in development only. */
  devMessage?: { text: string; code: string } | undefined;
}
