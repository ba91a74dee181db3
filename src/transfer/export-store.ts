import type { PendingQuery, Row, TransactionSql } from 'postgres';
import type { Database } from '../db/database.ts';
import { leastId } from '../deliveries/delivery.ts';
import type { ExportList } from './list.ts';

/** The period of messages and events; users are all exported. */
export interface ExportPeriod {
  readonly since: Date;
  readonly until: Date;
}

/** The rows that one round trip brings. */
const batchSize = 1000;

/**
 * Hands over all rows of lists as they were at one moment, in batches, one list after the other: one transaction with one
 * snapshot, which locks no row. Memory holds one batch. Until it ends, PostgreSQL keeps the row versions of that moment.
 */
export async function readLists(
  db: Database,
  lists: readonly ExportList[],
  period: ExportPeriod,
  each: (list: ExportList, rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  await db.apart((sql) =>
    sql.begin('isolation level repeatable read read only', async (tx) => {
      // the first row of a join may take long, and so may the reader of the stream
      await tx`set local statement_timeout = 0`;
      await tx`set local idle_in_transaction_session_timeout = 0`;
      for (const list of lists)
        for await (const rows of queries[list](tx, period).cursor(batchSize)) await each(list, rows);
    }),
  );
}

const queries: Readonly<Record<ExportList, (tx: TransactionSql, period: ExportPeriod) => PendingQuery<Row[]>>> = {
  users: (tx) => tx`select a.id, a.external_id, a.phone_number, n.unproven_since is null as number_proven, a.username,
      a.first_name, a.last_name, a.email, i.code as invite_code, i.redeemed_code, i.redeemed_at, i.inviter_id,
      i.invited_count, a.created_at, exists (select from block b where b.key = 'account:' || a.id
        and (b.ends_at is null or b.ends_at > now())) as blocked
    from account a join invite i on i.account_id = a.id join number_account n on n.phone_number = a.phone_number`,
  messages: (
    tx,
    { since, until },
  ) => tx`select id, attempt, challenge_id, nullif(phone_number, '') as phone_number, country,
      language, state, channel, provider, segments, price, currency, requested_at, sent_at, accepted_at, delivered_at,
      failed_at, completed_at, is_repeat, error, reason, reference
    from delivery where id >= ${leastId(since)}::uuid and id < ${leastId(until)}::uuid`,
  audit: (tx, { since, until }) => tx`select * from audit_event where at >= ${since} and at < ${until}`,
};
