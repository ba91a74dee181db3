import type { Gateway, Message } from './gateway.ts';

/** A message that the development inbox shows. */
export interface InboxMessage extends Message {
  readonly sentAt: Date;
}

/** The last messages of this process, kept in memory for a developer's eyes. */
export interface Inbox {
  /** Newest first; only those to one number where it is given. */
  messages(to?: string): InboxMessage[];
}

const kept = 1000;

/** Puts an inbox before a gateway: what is sent can be read here too. Production has none (`config.ts` refuses it). */
export function withInbox(gateway: Gateway): Gateway & Inbox {
  const messages: InboxMessage[] = [];
  return {
    async send(message, signal) {
      messages.unshift({ ...message, sentAt: new Date() });
      messages.length = Math.min(messages.length, kept);
      await gateway.send(message, signal);
    },
    messages: (to) => messages.filter((message) => to === undefined || message.to === to),
  };
}
