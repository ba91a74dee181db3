import type { Database } from '../db/database.ts';
import { onlyRow } from '../kit/present.ts';
import type { WebhookQueue } from '../metrics/exposition.ts';

/** The bound of the count of waiting events, so that a scrape costs milliseconds, however long the queue is. */
const maxCounted = 100_000;

/** Reads how many events wait, and how many endpoints work, fail or are disabled. */
export async function readWebhookQueue({ sql, run }: Database): Promise<WebhookQueue> {
  const rows = await run(
    () => sql<WebhookQueue[]>`select
        (select count(*)::int from (select from webhook_delivery d where d.next_at is not null limit ${maxCounted}) w)
          as waiting,
        count(*) filter (where e.disabled_at is null and e.failing_since is null)::int as working,
        count(*) filter (where e.disabled_at is null and e.failing_since is not null)::int as failing,
        count(*) filter (where e.disabled_at is not null)::int as disabled
      from webhook_endpoint e`,
  );
  return onlyRow(rows);
}
