import type { Gateway, Message } from './gateway.ts';

/** A message that the development inbox shows. */
export interface InboxMessage extends Message {
  readonly sentAt: Date;
}

/** The last messages, kept in memory for a developer's eyes. */
export interface Inbox {
  /** Newest first; only those to one number where it is given. */
  messages(to?: string): InboxMessage[];
  /** Takes one that another process has sent. */
  take(message: InboxMessage): void;
}

const kept = 1000;

/** An empty one. */
export function openInbox(): Inbox {
  const messages: InboxMessage[] = [];
  return {
    take(message) {
      messages.unshift(message);
      messages.length = Math.min(messages.length, kept);
    },
    messages: (to) => messages.filter((message) => to === undefined || message.to === to),
  };
}

/**
 * Puts an inbox before a gateway: what is sent can be read here too, and `tell` hears of it. Production has none
 * (`config.ts` refuses it).
 */
export function withInbox(gateway: Gateway, tell?: (message: InboxMessage) => void): Gateway & Inbox {
  const inbox = openInbox();
  return {
    ...inbox,
    async send(message, signal) {
      const sent = { ...message, sentAt: new Date() };
      inbox.take(sent);
      tell?.(sent);
      await gateway.send(message, signal);
    },
  };
}
