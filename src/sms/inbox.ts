import type { PhoneNumber } from '../kit/phone-number.ts';
/** A message in the development inbox. */
export interface InboxMessage {
  /** E.164. */
  readonly to: PhoneNumber;
  readonly text: string;
  readonly code: string;
  readonly sentAt: Date;
}

/** The last messages, in memory, for a developer. Production has no inbox (`config.ts` refuses it). */
export interface Inbox {
  /** All messages that any process has taken so far, newest first; only those to one number if it is given. */
  messages(to?: string): Promise<InboxMessage[]>;
  /** Takes a message that is being sent. */
  add(message: InboxMessage): void;
}

const maxMessages = 1000;

/** Creates an empty inbox in the memory of this process. */
export function createInbox(): Inbox {
  const messages: InboxMessage[] = [];
  return {
    add(message) {
      messages.unshift(message);
      messages.length = Math.min(messages.length, maxMessages);
    },
    messages: async (to) => messages.filter((message) => to === undefined || message.to === to),
  };
}
