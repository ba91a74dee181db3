import { type Bite, bite } from '../db/bite.ts';
import type { Database, Fragment } from '../db/database.ts';
import type { Allowance } from './allowance.ts';

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
