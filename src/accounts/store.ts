import type { Database, Fragment } from '../db/database.ts';

/** A common table expression: erases the account of the one row of `live (account_id)`, its sessions with it. */
export function eraseAccount({ sql }: Database): Fragment {
  return sql`erased as (delete from account using live where account.id = live.account_id returning account.id)`;
}

/** New values of an account: undefined leaves a column as it is, null clears it. */
export interface AccountChanges {
  readonly username?: string | null;
  readonly first_name?: string | null;
  readonly last_name?: string | null;
  readonly email?: string | null;
}

/** The unique forms of a new user name and a new e-mail address. */
export interface AccountKeys {
  readonly username: { readonly small: string; readonly capital: string; readonly written: string } | null;
  readonly email: string | null;
}

/**
 * A common table expression: `taken` has one row for the one row of `live (account_id)`, whose `code` is
 * `username_taken` or `email_taken` if another account has a key already, else null. So a common refusal does not
 * depend on a failing constraint.
 */
export function findTaken({ sql }: Database, { username, email }: AccountKeys): Fragment {
  return sql`taken as (
    select case
      when exists (select from account a where a.id <> live.account_id and (
        a.username_key_small = ${username?.small ?? null} or a.username_key_capital = ${username?.capital ?? null}
        or a.username_key_written = ${username?.written ?? null})) then 'username_taken'
      when exists (select from account a where a.id <> live.account_id and a.email_key = ${email}) then 'email_taken'
    end as code from live)`;
}

/**
 * A common table expression: changes the account of the one row of `live (account_id)` if the condition holds, and is
 * that account afterwards, as `person`. Fails with 23505 if another transaction takes a key at the same moment.
 */
export function changeAccount(
  { sql }: Database,
  changes: AccountChanges,
  { username, email }: AccountKeys,
  condition: Fragment,
): Fragment {
  const newValue = (given: unknown, value: string | null | undefined, column: string) =>
    sql`case when ${given !== undefined}::boolean then ${value ?? null}::text else ${sql(`account.${column}`)} end`;
  return sql`person as (
    update account set
      username = ${newValue(changes.username, changes.username, 'username')},
      username_key_small = ${newValue(changes.username, username?.small, 'username_key_small')},
      username_key_capital = ${newValue(changes.username, username?.capital, 'username_key_capital')},
      username_key_written = ${newValue(changes.username, username?.written, 'username_key_written')},
      first_name = ${newValue(changes.first_name, changes.first_name, 'first_name')},
      last_name = ${newValue(changes.last_name, changes.last_name, 'last_name')},
      email = ${newValue(changes.email, changes.email, 'email')},
      email_key = ${newValue(changes.email, email, 'email_key')}
    from live where account.id = live.account_id and ${condition}
    returning account.*)`;
}
