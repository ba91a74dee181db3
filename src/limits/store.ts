import { type Bite, bite } from '../db/bite.ts';
import type { Database, Fragment } from '../db/database.ts';
import type { Allowance, Bucket } from './allowance.ts';

/**
 * A common table expression that spends one of an allowance by a leaky bucket (GCRA, ITU-T I.371), and is empty where none is left.
 * `when` is a condition that has to hold for it to be spent at all. Holds under any parallelism: the row is the lock.
 */
export function spend(db: Database, as: string, key: string, limit: Allowance, when: Fragment): Fragment {
  const { sql } = db;
  const cost = sql`${limit.windowSeconds / limit.quota}::float8 * interval '1 second'`;
  const window = sql`${limit.windowSeconds}::float8 * interval '1 second'`;
  return sql`${sql(as)} as (
    insert into allowance (key, full_at) select ${key}, ${db.now()} + ${cost} where ${when}
    on conflict (key) do update set full_at = greatest(allowance.full_at, ${db.now()}) + ${cost}
      where greatest(allowance.full_at, ${db.now()}) + ${cost} <= ${db.now()} + ${window}
    returning full_at)`;
}

/**
 * Common table expressions that spend one of each of several buckets of one window: `as` has its one row only where each
 * had one left. Where one is known to be empty, nothing is spent; rows are locked in the order of their keys. `waits`
 * has one row, the bucket that opens last: `allowance_name`, and in `allowance_wait` the seconds until then, 0 for none.
 */
export function spendEach(
  db: Database,
  as: string,
  waits: string,
  buckets: readonly Bucket[],
  when: Fragment,
): Fragment {
  const { sql, now } = db;
  const [
    {
      limit: { windowSeconds },
    },
  ] = buckets as readonly [Bucket];
  const window = sql`${windowSeconds}::float8 * interval '1 second'`;
  const told = buckets.map(({ key, limit }) => ({ key, name: limit.name, cost: limit.windowSeconds / limit.quota }));
  return sql`bucket as (select b.key, b.name, b.cost * interval '1 second' as cost, a.full_at
      from json_to_recordset(${JSON.stringify(told)}::text::json) as b (key text, name text, cost float8)
      left join allowance a using (key)),
    ${sql(waits)} as (select name as allowance_name,
        greatest(0, extract(epoch from full_at + cost - ${now()} - ${window}))::float8 as allowance_wait
      from bucket order by allowance_wait desc nulls last, key limit 1),
    spent as (
      insert into allowance (key, full_at) select key, ${now()} + cost from bucket
        where ${when} and not exists (select from ${sql(waits)} where allowance_wait > 0) order by key
      on conflict (key) do update set full_at = greatest(allowance.full_at, ${now()}) + (excluded.full_at - ${now()})
        where greatest(allowance.full_at, ${now()}) + (excluded.full_at - ${now()}) <= ${now()} + ${window}
      returning key),
    ${sql(as)} as (select count(*) from spent having count(*) = ${buckets.length}::int)`;
}

/**
 * A common table expression for a rule that counts some outcomes only: one row for each key that has one left, of which
 * one is spent where `counts` holds. The row of each key is locked either way, so requests at the same moment see what
 * those before them spent, whatever the outcome of each.
 */
export function spendWhere(
  db: Database,
  as: string,
  keys: readonly string[],
  limit: Allowance,
  { counts, when }: { counts: Fragment; when: Fragment },
): Fragment {
  const { sql } = db;
  const cost = sql`${limit.windowSeconds / limit.quota}::float8 * interval '1 second'`;
  const spent = sql`case when ${counts} then ${cost} else interval '0' end`;
  return sql`${sql(as)} as (
    insert into allowance (key, full_at) select key, ${db.now()} + ${spent}
      from unnest(string_to_array(${keys.join()}, ',')) as k (key) where ${when} order by key
    on conflict (key) do update set full_at = greatest(allowance.full_at, ${db.now()}) + ${spent}
      where greatest(allowance.full_at, ${db.now()}) + ${cost} <= ${db.now()} + ${limit.windowSeconds}::float8 * interval '1 second'
    returning key)`;
}

/** An expression: seconds until an allowance has one left again, by the statement's snapshot; 0 where it has. */
export function waitFor(db: Database, key: string, limit: Allowance): Fragment {
  const { sql } = db;
  return sql`coalesce((select greatest(0, extract(epoch from full_at - ${db.now()})::float8
    - ${limit.windowSeconds - limit.windowSeconds / limit.quota}::float8) from allowance where key = ${key}), 0)`;
}

/** Removes some of the buckets that are full again, from this time on. */
export function sweepAllowances(db: Database, from: Date): Promise<Bite> {
  const { sql } = db;
  const over = sql`select ctid from allowance where full_at >= ${from} and full_at < ${db.now()} order by full_at`;
  return bite(db, (some) => sql`delete from allowance where ctid = any(${some(over)}) returning full_at as ended_at`);
}

/** A refusal of the same place is written this often at most, whatever is asked. */
const refusedEverySeconds = 1;
/** Days for which it is kept that a limit refused somebody. */
const refusalDays = 7;

/**
 * A common table expression: notes that a rule refused a number, or nothing where the expression `rule` is null. The
 * rules of addresses and of the day have a hundred places a network, by the last two digits of the number, and a newer
 * number takes the place over; every other rule has one place a number. Who floods a place makes one row be written once a second.
 */
export function noteRefusal(db: Database, phoneNumber: string, network: string | undefined, rule: Fragment): Fragment {
  const { sql, now } = db;
  const ago = sql`${now()} - ${refusedEverySeconds}::float8 * interval '1 second'`;
  return sql`refused as (
    insert into refusal as r (place, phone_number, rule, times, first_at, last_at)
    select n.place, ${phoneNumber}, n.rule, 1, ${now()}, ${now()}
    from (select o.rule, case when o.rule like 'address%' or o.rule = 'daily_max' then ${`address:${network}:${phoneNumber.slice(-2)}`}
      else ${`number:${phoneNumber}:`} || o.rule end as place from (select ${rule} as rule) o) n
    where n.rule is not null and not exists (select from refusal l where l.place = n.place and l.last_at > ${ago})
    on conflict (place) do update set phone_number = excluded.phone_number, rule = excluded.rule, last_at = excluded.last_at,
      times = case when r.phone_number = excluded.phone_number then r.times + 1 else 1 end,
      first_at = case when r.phone_number = excluded.phone_number then r.first_at else excluded.first_at end
    where r.last_at <= ${ago})`;
}

/** A common table expression: what was refused to the number of the one row of `live (account_id)` is forgotten. */
export function forgetRefusals({ sql }: Database): Fragment {
  return sql`unrefused as (delete from refusal
    where phone_number = (select a.phone_number from account a join live on a.id = live.account_id))`;
}

/** Removes some of the refusals that are over for a week, from those of this time on. */
export function sweepRefusals(db: Database, from: Date): Promise<Bite> {
  const { sql } = db;
  const over = sql`select ctid from refusal where last_at >= ${from}
    and last_at < ${db.now()} - ${refusalDays}::float8 * interval '1 day' order by last_at`;
  return bite(db, (some) => sql`delete from refusal where ctid = any(${some(over)}) returning last_at as ended_at`);
}
