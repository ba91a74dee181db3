import type { Database } from '../db/database.ts';
import { present } from '../kit/present.ts';

/** The state of a message for the person who asked for it: `sent` unless a failure is known. */
export type MessageState = 'sending' | 'sent' | 'failed';

/**
 * The time, and the state of a message with its fallbacks; null for an unknown message. A message whose code was used
 * counts as sent, however it ended, so that the response does not reveal the use.
 */
export async function messageState(
  { sql, now, run }: Database,
  id: string | undefined,
): Promise<{ readonly now: Date; readonly state: MessageState | null }> {
  const [row] = await run(
    () => sql<{ now: Date; state: MessageState | null }[]>`select ${now()} as now, (
      select case when last.completed_at is not null or last.state in ('accepted', 'delivered', 'unknown') then 'sent'
          when last.state = 'failed' or last.useful_until <= ${now()} then 'failed'
          when last.state = 'dropped' then 'sent' else 'sending' end
      from delivery first join delivery last on last.challenge_id = first.challenge_id
        and last.phone_number = first.phone_number and last.requested_at = first.requested_at
      where first.id = ${id ?? null}::uuid order by last.attempt desc limit 1) as state`,
  );
  return present(row, 'the state of a message');
}
