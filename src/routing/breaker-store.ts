import type { Database, Fragment } from '../db/database.ts';
import { present } from '../kit/present.ts';
import { type Breaker, cooldownSeconds, failuresToOpen, maxCooldownSeconds } from './breaker.ts';

/** Reads the breakers of providers that failed lately. */
export async function readBreakers(db: Database): Promise<Breaker[]> {
  return db.run(() => db.sql<Breaker[]>`select ${columns(db)} from breaker b order by provider`);
}

/** Counts a failure, opens the breaker after enough of them in a row, and returns its new state. */
export async function countFailure(db: Database, provider: string, reason: string): Promise<Breaker> {
  const { sql, now } = db;
  const opens = sql`(b.failures + 1 >= ${failuresToOpen}::int and (b.open_until is null or b.open_until <= ${now()}))`;
  const cooldown = sql`least(${maxCooldownSeconds}::float8, ${cooldownSeconds}::float8 * 2 ^ least(b.openings, 10)) * interval '1 second'`;
  const [row] = await db.run(
    () => sql<Breaker[]>`insert into breaker as b (provider, failures, changed_at, reason)
      values (${provider}, 1, ${now()}, ${reason})
      on conflict (provider) do update set failures = least(b.failures + 1, 1000000), reason = excluded.reason,
        changed_at = excluded.changed_at, openings = b.openings + case when ${opens} then 1 else 0 end,
        open_until = case when ${opens} then ${now()} + ${cooldown} else b.open_until end
      returning ${columns(db)}`,
  );
  return present(row, 'the breaker');
}

/** Deletes the breaker of a provider that has recovered. */
export async function resetBreaker(db: Database, provider: string): Promise<void> {
  await db.run(() => db.sql`delete from breaker where provider = ${provider}`);
}

/** Claims the probe of a half-open breaker; a message that loses takes another route. */
export async function claimProbe(db: Database, provider: string): Promise<boolean> {
  const { sql, now } = db;
  const rows = await db.run(
    () => sql`update breaker set open_until = ${now()} + ${cooldownSeconds}::float8 * interval '1 second'
      where provider = ${provider} and open_until <= ${now()} returning 1 as won`,
  );
  return rows.length > 0;
}

/** Releases a probe that was refused for its number and so decided nothing: the next message may probe. */
export async function releaseProbe(db: Database, provider: string): Promise<void> {
  const { sql, now } = db;
  await db.run(
    () => sql`update breaker set open_until = ${now()} where provider = ${provider} and open_until > ${now()}`,
  );
}

function columns({ sql, now }: Database): Fragment {
  return sql`b.provider, b.failures, b.reason,
    case when b.open_until is null then 'closed' when b.open_until > ${now()} then 'open' else 'half-open' end as state`;
}
