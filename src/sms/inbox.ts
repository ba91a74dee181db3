/** A message that the development inbox shows. */
export interface InboxMessage {
  /** E.164. */
  readonly to: string;
  readonly text: string;
  readonly code: string;
  readonly sentAt: Date;
}

/** The last messages, kept in memory for a developer's eyes. Production has none (`config.ts` refuses it). */
export interface Inbox {
  /** All that any process took before it was asked, newest first; only those to one number where it is given. */
  messages(to?: string): Promise<InboxMessage[]>;
  /** Takes one that is being sent. */
  take(message: InboxMessage): void;
}

const kept = 1000;

/** An empty one, in this process's memory. */
export function openInbox(): Inbox {
  const messages: InboxMessage[] = [];
  return {
    take(message) {
      messages.unshift(message);
      messages.length = Math.min(messages.length, kept);
    },
    messages: async (to) => messages.filter((message) => to === undefined || message.to === to),
  };
}
