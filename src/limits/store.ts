import type { Database, Fragment } from '../db/database.ts';
import { type DeletedBatch, deleteBatch } from '../db/delete-batch.ts';
import { firstOf } from '../kit/present.ts';
import type { Bucket } from './rate-limit.ts';

/** A bucket of a rate limit whose key may be an expression, if only a row knows it. */
export interface KeyedBucket extends Omit<Bucket, 'key'> {
  readonly key: string | Fragment;
}

/** The buckets and the condition under which one unit is consumed. */
export interface Consumption {
  readonly buckets: readonly KeyedBucket[];
  readonly when: Fragment;
  /** Whether this outcome costs a unit, for a rule that counts only some outcomes; by default it does. */
  readonly counts?: Fragment;
}

/**
 * Common table expressions that consume one unit of each of several leaky buckets (GCRA, ITU-T I.371): `as` has its one
 * row only if each had a unit left. If a bucket is known to be empty, nothing is consumed. Each row is locked, in the
 * order of the keys, even if the outcome costs nothing, so that concurrent requests see the consumption of those before
 * them. `waits` has one row, the bucket that opens last: `limit_name`, and in `limit_wait` the seconds until
 * then, 0 for none.
 */
export function consume(db: Database, as: string, waits: string, { buckets, when, counts }: Consumption): Fragment {
  const { sql, now } = db;
  const rows = buckets
    .map(({ key, limit: { name, quota, windowSeconds } }, at) => {
      return sql`(${at}::int, ${key}::text, ${name}::text, ${windowSeconds / quota}::float8, ${windowSeconds}::float8)`;
    })
    .reduce((before, next) => sql`${before}, ${next}`);
  const cost = counts ? sql`case when ${counts} then cost else interval '0' end` : sql`cost`;
  const full = sql`greatest(rate_limit.tat, ${now()})`;
  return sql`bucket as (
      select b.at, b.key, b.name, b.cost * interval '1 second' as cost, b.seconds * interval '1 second' as length, a.tat
      from (values ${rows}) as b (at, key, name, cost, seconds) left join rate_limit a using (key)),
    ${sql(waits)} as (select name as limit_name,
        greatest(0, extract(epoch from tat + cost - ${now()} - length))::float8 as limit_wait
      from bucket order by limit_wait desc nulls last, at limit 1),
    spent as (
      insert into rate_limit (key, tat) select key, ${now()} + ${cost} from bucket
        where ${when} and not exists (select from ${sql(waits)} where limit_wait > 0) order by key
      on conflict (key) do update set tat = ${full} + (excluded.tat - ${now()})
        where (select ${full} + b.cost <= ${now()} + b.length from bucket b where b.key = rate_limit.key)
      returning key),
    ${sql(as)} as (select count(*) from spent having count(*) = ${buckets.length}::int)`;
}

/** The arguments by which a function takes buckets, whose windows are the same. */
export function bucketArguments(buckets: readonly Bucket[]) {
  return {
    keys: buckets.map(({ key }) => key),
    names: buckets.map(({ limit }) => limit.name),
    quotas: buckets.map(({ limit }) => limit.quota),
    window: firstOf(buckets).limit.windowSeconds,
  };
}

/** Deletes a batch of the buckets that are full again, from the time `from` on. */
export function deleteFullBuckets(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const over = sql`select ctid from rate_limit where tat >= ${from} and tat < ${db.now()} order by tat`;
  return deleteBatch(
    db,
    (some) => sql`delete from rate_limit where ctid = any(${some(over)}) returning tat as ended_at`,
  );
}

/** The retention of refusals in days. */
const refusalDays = 7;

/** A common table expression: deletes the refusals of the number of the one row of `live (account_id)`. */
export function deleteRefusals({ sql }: Database): Fragment {
  return sql`unrefused as (delete from refusal
    where phone_number = (select a.phone_number from account a join live on a.id = live.account_id))`;
}

/** Deletes a batch of the refusals that ended a week ago, from the time `from` on. */
export function deleteOldRefusals(db: Database, from: Date): Promise<DeletedBatch> {
  const { sql } = db;
  const over = sql`select ctid from refusal where last_at >= ${from}
    and last_at < ${db.now()} - ${refusalDays}::float8 * interval '1 day' order by last_at`;
  return deleteBatch(
    db,
    (some) => sql`delete from refusal where ctid = any(${some(over)}) returning last_at as ended_at`,
  );
}
