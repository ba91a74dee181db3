import type { Database, Fragment } from '../db/database.ts';

/** A common table expression for the statement that signs a person up: the account of the one row of `newcomer (id)`. */
export function insertAccount({ sql, now }: Database, phoneNumber: string): Fragment {
  return sql`recorded as (
    insert into account (id, phone_number, created_at) select id, ${phoneNumber}, ${now()} from newcomer)`;
}

/** A common table expression: erases the account of the one row of `live (account_id)`, its sessions with it. */
export function eraseAccount({ sql }: Database): Fragment {
  return sql`erased as (delete from account using live where account.id = live.account_id returning account.id)`;
}

/**
 * A common table expression: changes the account of the one row of `live (account_id)` as far as a member is given, and
 * is that account afterwards, as `person`. Fails with 23505 of `username_taken` or `email_taken`.
 */
export function changeAccount(
  { sql }: Database,
  changes: { username?: string | null; first_name?: string | null; last_name?: string | null; email?: string | null },
  keys: { username_key: string | null; email_key: string | null },
): Fragment {
  const either = (given: unknown, value: string | null | undefined, column: string) =>
    sql`case when ${given !== undefined}::boolean then ${value ?? null}::text else ${sql(`account.${column}`)} end`;
  return sql`person as (
    update account set
      username = ${either(changes.username, changes.username, 'username')},
      username_key = ${either(changes.username, keys.username_key, 'username_key')},
      first_name = ${either(changes.first_name, changes.first_name, 'first_name')},
      last_name = ${either(changes.last_name, changes.last_name, 'last_name')},
      email = ${either(changes.email, changes.email, 'email')},
      email_key = ${either(changes.email, keys.email_key, 'email_key')}
    from live where account.id = live.account_id
    returning account.*)`;
}
