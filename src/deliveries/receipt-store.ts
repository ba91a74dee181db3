import type { Database, Fragment } from '../db/database.ts';
import type { Receipt } from '../sms/provider.ts';

/** The news of a receipt, and the seconds since the attempt. */
export interface ReceiptUpdate {
  readonly state: 'delivered' | 'failed';
  readonly seconds: number | null;
}

/**
 * Records receipts, each of which may come twice, late, in any order, or before its reference is known. `delivered` is
 * never taken back. Returns the news.
 */
export async function recordReceipts(
  db: Database,
  provider: string,
  receipts: readonly Receipt[],
): Promise<ReceiptUpdate[]> {
  const { sql, now } = db;
  return db.run(
    () => sql<
      ReceiptUpdate[]
    >`with told as (select distinct reference, state, reason from json_to_recordset(${JSON.stringify(receipts)}::text::json)
        as t (reference text, state text, reason text)), ${applyReceipts(db, provider)},
      early as (insert into early_receipt (provider, reference, state, reason, received_at)
        select distinct on (reference, state) ${provider}, reference, state, reason, ${now()} from told
        where not exists (select from delivery d where d.provider = ${provider} and d.reference = told.reference)
        on conflict do nothing)
      select state, seconds from applied where is_new`,
  );
}

/** Applies the receipts of a provider that came before their references, and deletes unmatched ones after an hour. */
export async function recordEarlyReceipts(db: Database, provider: string): Promise<ReceiptUpdate[]> {
  const { sql, now } = db;
  return db.run(
    () => sql<ReceiptUpdate[]>`with told as (delete from early_receipt e where e.provider = ${provider}
        and (e.received_at < ${now()} - interval '1 hour'
          or exists (select from delivery d where d.provider = e.provider and d.reference = e.reference))
        returning reference, state, reason), ${applyReceipts(db, provider)} select state, seconds from applied where is_new`,
  );
}

function applyReceipts({ sql, now }: Database, provider: string): Fragment {
  return sql`applied as (
    update delivery d set leased_until = null,
      state = case when 'delivered' = any(t.states) or d.state = 'delivered' then 'delivered' else 'failed' end,
      delivered_at = case when 'delivered' = any(t.states) then coalesce(d.delivered_at, ${now()}) else d.delivered_at end,
      failed_at = case when 'delivered' = any(t.states) or d.state = 'delivered' then null else coalesce(d.failed_at, ${now()}) end,
      error = case when 'delivered' = any(t.states) or d.state = 'delivered' then null else 'rejected' end,
      reason = case when 'delivered' = any(t.states) or d.state = 'delivered' then null else left(coalesce(t.reason, 'it did not arrive'), 200) end
    from (select reference, array_agg(state) as states, max(reason) as reason from told group by reference) t
    where d.provider = ${provider} and d.reference = t.reference and d.state <> 'dropped'
    returning d.state, extract(epoch from ${now()} - d.sent_at)::float8 as seconds,
      coalesce(d.delivered_at, d.failed_at) = ${now()} as is_new)`;
}
