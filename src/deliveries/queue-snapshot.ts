import type { Database } from '../db/database.ts';
import type { QueueSnapshot } from '../metrics/exposition.ts';
import type { MessageLabels, Metrics } from '../metrics/metrics.ts';

/** Reads the queue and the failing providers. */
export async function readQueueSnapshot(db: Database): Promise<QueueSnapshot> {
  const { sql, now, run } = db;
  const [queue, breakers] = await Promise.all([
    db.call<QueueSnapshot['queue'][number]>('queued_messages', { max: maxQueues }),
    run(
      () => sql<{ provider: string; is_open: boolean }[]>`
        select provider, coalesce(open_until > ${now()}, false) as is_open from breaker`,
    ),
  ]);
  return { queue, failing: breakers.map(({ provider, is_open: isOpen }) => ({ provider, isOpen })) };
}

/** Two states of each provider are far fewer. */
const maxQueues = 1000;

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
