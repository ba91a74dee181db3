import type { Database } from '../db/database.ts';
import type { QueueSnapshot } from '../metrics/exposition.ts';
import type { MessageLabels, Metrics } from '../metrics/metrics.ts';

/** Reads the queue and the failing providers in one statement, by the index of leases. */
export async function readQueueSnapshot({ sql, now, run }: Database): Promise<QueueSnapshot> {
  const rows = await run(
    () => sql<{ provider: string; state: string; messages: number }[]>`
      select provider, state, count(*)::int as messages from delivery where leased_until is not null group by provider, state
      union all
      select provider, case when open_until > ${now()} then 'left alone' else 'failing' end, failures from breaker`,
  );
  const queue: QueueSnapshot['queue'][number][] = [];
  const failing: QueueSnapshot['failing'][number][] = [];
  for (const { provider, state, messages } of rows) {
    if (state === 'waiting' || state === 'sending') queue.push({ provider, state, messages });
    else failing.push({ provider, isOpen: state === 'left alone' });
  }
  return { queue, failing };
}

/** A finished message, as the statement that ended it returns it. */
export interface FinishedDelivery extends MessageLabels {
  readonly end: 'completed' | 'unknown' | 'dropped';
  /** From the attempt to the completion. */
  readonly seconds: number | null;
}

/** Counts finished messages. */
export function countFinished(metrics: Metrics, finished: readonly FinishedDelivery[]): void {
  for (const delivery of finished) {
    if (delivery.end === 'completed') metrics.completed(delivery, delivery.seconds);
    else metrics.delivered(delivery, delivery.end);
  }
}
