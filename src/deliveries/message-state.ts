import type { Database } from '../db/database.ts';

/** What the person who asked for a message may know of it: `sent` where nobody knows of a failure. */
export type MessageState = 'sending' | 'sent' | 'failed';

/**
 * The time, and how a message and its fallbacks do; null for a message that is not known. A message whose code was used
 * counts as sent, however it ended: the answer shows nobody that the code was used.
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
        and last.phone_number = first.phone_number and last.asked_at = first.asked_at
      where first.id = ${id ?? null}::uuid order by last.attempt desc limit 1) as state`,
  );
  return row!;
}
