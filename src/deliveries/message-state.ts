import type { Database } from '../db/database.ts';
import { present } from '../kit/present.ts';

/** The state of a message for the person who asked for it: `sent` unless a failure is known. */
export type MessageState = 'sending' | 'sent' | 'failed';

/**
 * The time, and the state of a message with its fallbacks; null for an unknown message. A message whose code was used
 * counts as sent, however it ended, so that the response does not reveal the use.
 */
export async function messageState(
  db: Database,
  id: string | undefined,
): Promise<{ readonly now: Date; readonly state: MessageState | null }> {
  const [row] = await db.call<{ now: Date; state: MessageState | null }>('message_state', { id });
  return present(row, 'the state of a message');
}
