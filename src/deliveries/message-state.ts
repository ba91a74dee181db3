import type { Database } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { present } from '../kit/present.ts';
import type { SendError } from '../sms/provider.ts';

/** The state of a message for the person who asked for it: `sent` unless a failure is known. */
export type MessageState = 'sending' | 'sent' | 'failed';

/** The cause of a failure, as far as a person can act on it: the number, or the service that sends. */
export type FailureCause = 'number' | 'service';

/** The state of a message at a time, and the cause if it failed. */
export interface MessageReport {
  readonly now: Date;
  /** Null for an unknown message. */
  readonly state: MessageState | null;
  readonly cause: FailureCause | null;
}

/**
 * Reports on a message with its fallbacks. A message whose code was used counts as sent, however it ended, so that the
 * response does not reveal the use.
 */
export async function messageState(
  db: Database,
  { phoneNumber, deliveryId }: { readonly phoneNumber: PhoneNumber; readonly deliveryId: string | undefined },
): Promise<MessageReport> {
  const [row] = await db.call<{ now: Date; state: MessageState | null; error: SendError | null }>('message_state', {
    phone_number: phoneNumber,
    id: deliveryId,
  });
  const { now, state, error } = present(row, 'the state of a message');
  const cause = error === 'rejected' ? 'number' : 'service';
  return { now, state, cause: state === 'failed' ? cause : null };
}
