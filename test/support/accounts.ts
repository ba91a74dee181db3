/**
 * The statement that makes accounts with their invites and reservations, of a query of `id`, `phone_number`, `code` and
 * `created_at`. Rows with a code that somebody has are left out. With an inviter, given as the SQL of a code, all of them
 * are guests since they were created.
 */
export function insertingAccounts(rows: string, inviter = 'null'): string {
  return `with given as materialized (${rows}),
    codes as (insert into invite_code (account_id, code) select id, code from given on conflict do nothing returning account_id),
    kept as (select given.* from given join codes on account_id = id),
    owner as (select account_id, code from invite_code where code = (${inviter})),
    numbers as (insert into number_account (phone_number, account_id) select phone_number, id from kept),
    invites as (insert into invite (account_id, code, inviter_id, redeemed_code, redeemed_at)
      select id, kept.code, owner.account_id, owner.code, case when owner.code is not null then created_at end
      from kept left join owner on true returning account_id),
    guests as (insert into guest (inviter_id, account_id, redeemed_at, phone_number)
      select account_id, id, created_at, phone_number from kept cross join owner),
    counted as (update invite i set invited_count = i.invited_count + (select count(*) from kept)
      from owner where i.account_id = owner.account_id)
    insert into account (id, phone_number, created_at) select id, phone_number, created_at
      from kept join invites on account_id = id`;
}
