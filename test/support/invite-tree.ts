import type { Sql } from 'postgres';

/** Where invites are no forest, or somebody's count is not the number of those who redeemed their code. */
export async function findInviteTreeViolations(sql: Sql): Promise<string[]> {
  const circles = await sql`with recursive up as (
      select account_id as start, account_id, inviter_id from invite
      union all
      select up.start, above.account_id, above.inviter_id from up join invite above on above.account_id = up.inviter_id
    ) cycle account_id set is_circle using path
    select distinct start from up where is_circle`;
  const wrong = await sql`select account_id from invite own
    where invited_count <> (select count(*) from invite where inviter_id = own.account_id)`;
  const open = await sql`select account_id from invite
    where (closed_at is null) <> exists (select from account where id = invite.account_id)`;
  return [
    ...(circles.length > 0 ? [`${circles.length} people in a circle of invites`] : []),
    ...(wrong.length > 0 ? [`${wrong.length} counts of invites are not true`] : []),
    ...(open.length > 0 ? [`${open.length} places are open without an account, or closed with one`] : []),
  ];
}
