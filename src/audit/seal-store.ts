import type { Database, Fragment } from '../db/database.ts';
import { hmacBlocks } from '../db/keyed-hash.ts';
import { isLockTimeout } from '../db/lock-timeout.ts';
import { onlyRow } from '../kit/present.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { type Seal, type SealedMonth, sealKey } from './seal.ts';

/** The arguments of functions that seal events, in batches of at most a thousand. */
export function sealArguments({ current }: SecretKeys) {
  return { max: maxSealed, key_id: current.id, key: hmacBlocks(sealKey(current.key)) };
}

/** The maximum of events that one call seals. */
export const maxSealed = 1000;

/** Seals a batch of events; resolves with their count. */
export async function sealEvents(db: Database, keys: SecretKeys): Promise<number> {
  try {
    return (await db.call('seal_events', sealArguments(keys))).length;
  } catch (error) {
    // writers did not stop soon enough: the next call tries again
    if (isLockTimeout(error)) return 0;
    throw error;
  }
}

/** The months that have a seal or an event, oldest first, each with its newest seal if that is known. */
export async function findMonths({
  sql,
  run,
}: Database): Promise<{ month: string; newest: SealedMonth | undefined }[]> {
  const rows = await run(
    () => sql<(Omit<SealedMonth, 'seals'> & { seals: string | null })[]>`
      select m::text as month, n.seals, n.hash, n.mac
      from (select month from audit_month union select distinct month from audit_seal) known (m)
      left join audit_month n on n.month = m order by 1`,
  );
  return rows.map(({ month, seals, ...newest }) => ({
    month,
    newest: seals === null ? undefined : { month, seals: Number(seals), ...newest },
  }));
}

/** The next seals of a month after the one of a number. */
export async function findSeals({ sql, run }: Database, month: string, after: number, max: number): Promise<Seal[]> {
  const rows = await run(
    () => sql<(Omit<Seal, 'number' | 'ids'> & { number: string; ids: string })[]>`
      select month::text, number, array_to_string(ids, ',') as ids, digests, first_at, last_at, previous, hash, key_id, mac
      from audit_seal where month = ${month}::date and number > ${after} order by number limit ${max}`,
  );
  return rows.map(({ number, ids, ...seal }) => ({ ...seal, number: Number(number), ids: ids.split(',') }));
}

/** The digests of the events between two times, by their ids. */
export async function findDigests(db: Database, from: Date, until: Date): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const end = new Date(until.getTime() + 1);
  for (let after = '0', isLast = false; !isLast; ) {
    const input = { max: maxDigests, from, until: end, after };
    const rows = await db.call<{ id: string; digest: Buffer }>('digests_between', input);
    for (const { id, digest } of rows) found.set(id, digest);
    isLast = rows.length < maxDigests;
    after = rows.at(-1)?.id ?? after;
  }
  return found;
}

const maxDigests = 10_000;

/** The events of a month, and how many of them will be sealed soon; all of them are counted as such in a copied cluster. */
export async function countEvents(
  { sql, run }: Database,
  month: string,
): Promise<{ readonly events: number; readonly waiting: number }> {
  const rows = await run(
    () => sql<{ events: string; waiting: string }[]>`
      select count(*) as events, count(*) filter (where ${isWaiting(sql)}) as waiting
      from audit_event a left join audit_position p on p.name = 'trail' where ${inMonth(sql, month)}`,
  );
  const { events, waiting } = onlyRow(rows);
  return { events: Number(events), waiting: Number(waiting) };
}

/** The ids of events of a month that no seal has although they are old enough. */
export async function findUnsealed({ sql, run }: Database, month: string, max: number): Promise<string[]> {
  const rows = await run(
    () => sql<{ id: string }[]>`
      select a.id from audit_event a left join audit_position p on p.name = 'trail'
      where ${inMonth(sql, month)} and not ${isWaiting(sql)}
        and a.id not in (select unnest(s.ids) from audit_seal s where s.month = ${month}::date)
      order by a.id limit ${max}`,
  );
  return rows.map(({ id }) => id);
}

function isWaiting(sql: Database['sql']): Fragment {
  return sql`coalesce(p.system <> (pg_control_system()).system_identifier::text
    or ((a.xid, a.id) > (p.after_xid, p.after_id) and a.id > p.from_id), true)`;
}

function inMonth(sql: Database['sql'], month: string): Fragment {
  return sql`a.at >= ${month}::date::timestamp at time zone 'utc'
    and a.at < (${month}::date + interval '1 month') at time zone 'utc'`;
}

/** The newest seal of the newest month. */
export async function findNewestSeal({ sql, run }: Database): Promise<SealedMonth | undefined> {
  const [row] = await run(
    () => sql<(Omit<SealedMonth, 'seals'> & { seals: string })[]>`
      select month::text, seals, hash, mac from audit_month order by month desc limit 1`,
  );
  return row && { ...row, seals: Number(row.seals) };
}
