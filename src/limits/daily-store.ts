import type { Database, Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { type DailyCounter, minDailyMessages } from './daily.ts';

/** The days of the median in the default maximum. */
const medianDays = 14;
const shardsAtMost = 32;
const inShardAtLeast = 250;

/**
 * Common table expressions for the statement that allows a message. `daily_pick` has a shard with room for each
 * counter, and `daily_full` the scope of a counter without one; both are as of the statement's snapshot. A trusted
 * request may go on until twice the maximum. `countDaily` then checks the latest version of the rows when it adds.
 */
export function pickDaily({ sql, now }: Database, counters: readonly DailyCounter[], isTrusted: Fragment): Fragment {
  const needsDefault = counters.some(({ max }) => max === null);
  return sql`today as (select (${now()} at time zone 'utc')::date as day),
    daily_known as (select amount as messages from daily_count
      where ${needsDefault}::boolean and day = (select day from today) and scope = 'default'),
    daily_median as (select ${medianOf({ sql })} as messages
      where ${needsDefault}::boolean and not exists (select from daily_known)),
    daily_kept as (insert into daily_count (day, scope, shard, amount) select day, 'default', 0, messages
      from today, daily_median on conflict do nothing),
    daily_counter as (select c.scope, c.cost, c."typicalCost",
        coalesce(c.max, (select messages from daily_known), (select messages from daily_median)) as max
      from json_to_recordset(${JSON.stringify(counters)}::text::json) as c (scope text, max bigint, cost bigint, "typicalCost" bigint)),
    daily_shard as (select c.scope, c.cost, s.shard, coalesce(d.amount, 0) as amount,
        (c.max / n.shards + (s.shard < c.max % n.shards)::int) * case when ${isTrusted} then 2 else 1 end as quota
      from daily_counter c
      cross join lateral (select least(${shardsAtMost}::int, greatest(1, c.max / (${inShardAtLeast}::int * c."typicalCost"))) as shards) n
      cross join lateral generate_series(0, n.shards - 1) as s (shard)
      left join daily_count d on d.day = (select day from today) and d.scope = c.scope and d.shard = s.shard),
    daily_pick as (select distinct on (scope) scope, shard, cost, quota from daily_shard
      where amount + cost <= quota order by scope, random()),
    daily_full as (select scope from daily_counter where scope not in (select scope from daily_pick) order by scope limit 1)`;
}

/** An expression: the default maximum of today, from the messages of the preceding days. */
function medianOf({ sql }: Pick<Database, 'sql'>): Fragment {
  return sql`(select greatest(${minDailyMessages}::int, ceil(10 * percentile_cont(0.5) within group (order by d.messages)))::bigint
    from (select coalesce(sum(c.amount), 0)::float8 as messages from generate_series(1, ${medianDays}::int) as ago (days)
      left join daily_count c on c.day = (select day from today) - ago.days and c.scope = 'messages:*' group by ago.days) d)`;
}

/**
 * Common table expressions: adds the message of `allowed`, if there is one, to the picked counters; `passed` has its
 * one row only if each had room. Rows are locked in the order of their scopes.
 */
export function countDaily({ sql }: Database, counters: readonly DailyCounter[], allowed: string): Fragment {
  return sql`daily_counted as (
      insert into daily_count (day, scope, shard, amount) select day, scope, shard, cost from today, daily_pick
        where exists (select from ${sql(allowed)}) order by scope
      on conflict (day, scope, shard) do update set amount = daily_count.amount + excluded.amount
        where daily_count.amount + excluded.amount <= (select quota from daily_pick p where p.scope = daily_count.scope)
      returning scope),
    passed as (select from ${sql(allowed)} where (select count(*) from daily_counted) = ${counters.length}::int),
    daily_refusal as (select scope from daily_full union all
      select scope from daily_pick where exists (select from ${sql(allowed)}) and scope not in (select scope from daily_counted)
      limit 1)`;
}

/** Columns: the scope whose maximum refused a message, if one did, and the seconds until the next UTC day. */
export function dailyRefusal({ sql, now }: Database): Fragment {
  return sql`(select scope from daily_refusal) as daily_scope,
    extract(epoch from ((select day from today) + 1)::timestamp at time zone 'utc' - ${now()})::float8 as daily_wait`;
}

/** A counter of today, for operators and metrics; `max` is null if no maximum is known. */
export interface DailyCount {
  readonly scope: string;
  readonly amount: number;
}

/** The counters of today, and the default maximum if it has been computed. */
export async function readDailyCounts(db: Database): Promise<{ counts: DailyCount[]; defaultMax: number | undefined }> {
  const { sql, now } = db;
  const rows = await db.run(
    () => sql<DailyCount[]>`select scope, sum(amount)::float8 as amount from daily_count
        where day = (${now()} at time zone 'utc')::date group by scope order by scope`,
  );
  return {
    counts: rows.filter(({ scope }) => scope !== 'default'),
    defaultMax: rows.find(({ scope }) => scope === 'default')?.amount,
  };
}

/** Deletes a batch of the counters of days that no maximum needs any more, from the day `from` on. */
export function deleteOldCounts(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql, now } = db;
  const over = sql`select ctid from daily_count where day >= (${from}::timestamptz at time zone 'utc')::date
    and day < (${now()} at time zone 'utc')::date - ${medianDays + 1}::int order by day`;
  return deleteBatch(
    db,
    (some) =>
      sql`delete from daily_count where ctid = any(${some(over)}) returning day::timestamp at time zone 'utc' as ended_at`,
  );
}
