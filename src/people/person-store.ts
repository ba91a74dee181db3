import type { Database, Fragment } from '../db/database.ts';
import type { PageCursor } from '../kit/page-cursor.ts';
import type { ClearPerson } from './person.ts';

/** The keys by which a person can be found; each is looked up by an index. */
export interface PersonKeys {
  readonly ids: readonly string[];
  readonly phoneNumbers: readonly string[];
  /** Keys of `reserved_name`. */
  readonly names: readonly string[];
  readonly codes: readonly string[];
}

/** The people of any of these keys, newest first; at most twenty. */
export function findByKeys(db: Database, { ids, phoneNumbers, names, codes }: PersonKeys): Promise<ClearPerson[]> {
  const { sql } = db;
  const list = (items: readonly string[]) => sql(items.length > 0 ? items : ['']);
  return db.run(
    () => sql<ClearPerson[]>`select ${columns(db)} where a.id in (
        select n.account_id from number_account n where n.phone_number in ${list(phoneNumbers)}
        union select r.account_id from reserved_name r where r.key in ${list(names)}
        union select c.account_id from invite_code c where c.code in ${list(codes.map((code) => code.toUpperCase()))}
        union select l.account_id from legacy_code l where l.folded in ${list(codes.map((code) => code.toUpperCase()))}
        union select o.id from account o where o.id in ${sql(ids.length > 0 ? ids : [nobody])})
      order by a.id desc limit 20`,
  );
}

/** A page of the newest people, with one more than `limit`; the ids of accounts are ordered by time. */
export function findNewest(db: Database, after: PageCursor | 'first', limit: number): Promise<ClearPerson[]> {
  const { sql } = db;
  const older = after === 'first' ? sql`true` : sql`a.id < ${after.id}::uuid`;
  return db.run(() => sql<ClearPerson[]>`select ${columns(db)} where ${older} order by a.id desc limit ${limit + 1}`);
}

/** A person by the id of the account; undefined if it is erased. */
export async function findById(db: Database, id: string): Promise<ClearPerson | undefined> {
  const [row] = await db.run(() => db.sql<ClearPerson[]>`select ${columns(db)} where a.id = ${id}::uuid`);
  return row;
}

const nobody = '00000000-0000-0000-0000-000000000000';

function columns({ sql, now }: Database): Fragment {
  return sql`a.id, a.phone_number, a.username, a.first_name, a.last_name, a.email, a.external_id, a.created_at,
      (extract(epoch from a.created_at) * 1000000)::bigint::text as micros,
      coalesce(n.unproven_since is not null, false) as is_unproven,
      exists (select from block b where b.key in ('account:' || a.id, 'number:' || a.phone_number)
        and (b.ends_at is null or b.ends_at > ${now()})) as is_blocked,
      (select count(*)::int from session s where s.account_id = a.id and s.expires_at > ${now()}) as sessions,
      i.code as invite_code, i.stopped_at as invite_closed_at, i.invited_count, i.inviter_id, i.redeemed_code
    from account a join invite i on i.account_id = a.id left join number_account n on n.phone_number = a.phone_number`;
}
