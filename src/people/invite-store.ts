import type { Database } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';

/** A person in an invite tree. The number is null if the account is erased. */
export interface InviteRow {
  readonly account_id: string;
  readonly phone_number: PhoneNumber | null;
  readonly code: string;
  readonly inviter_id: string | null;
  readonly redeemed_at: Date | null;
  readonly invited_count: number;
  readonly stopped_at: Date | null;
}

/** The inviters above an account, nearest first, at most `maxDepth`: each is found by its primary key. */
export function findInviters({ sql, run }: Database, accountId: string, maxDepth: number): Promise<InviteRow[]> {
  return run(
    () => sql<InviteRow[]>`with recursive above (account_id, depth) as (
        select i.inviter_id, 1 from invite i where i.account_id = ${accountId}::uuid
        union all
        select i.inviter_id, a.depth + 1 from above a join invite i on i.account_id = a.account_id
          where a.depth < ${maxDepth})
      select i.account_id, p.phone_number, i.code, i.inviter_id, i.redeemed_at, i.invited_count, i.stopped_at
      from above o join invite i on i.account_id = o.account_id left join account p on p.id = i.account_id
      order by o.depth`,
  );
}

/** The people whom accounts have invited, newest first, at most `max` of each. */
export function findInvited(
  { sql, run }: Database,
  accountIds: readonly string[],
  max: number,
): Promise<(InviteRow & { readonly inviter_id: string })[]> {
  return run(
    () => sql<(InviteRow & { readonly inviter_id: string })[]>`
      select g.account_id, g.phone_number, i.code, g.inviter_id, g.redeemed_at, i.invited_count, i.stopped_at
      from unnest(${`{${accountIds.join()}}`}::uuid[]) o (id)
      cross join lateral (select * from guest u where u.inviter_id = o.id
        order by u.redeemed_at desc, u.account_id desc limit ${max}) g
      join invite i on i.account_id = g.account_id order by g.redeemed_at desc, g.account_id desc`,
  );
}

/** The accounts that have invited the most people, with those who are not erased. */
export function findMostActive({ sql, run }: Database, max: number): Promise<InviteRow[]> {
  return run(
    () => sql<InviteRow[]>`select i.account_id, p.phone_number, i.code, i.inviter_id, i.redeemed_at, i.invited_count,
        i.stopped_at
      from invite i left join account p on p.id = i.account_id
      where i.invited_count > 0 order by i.invited_count desc, i.account_id desc limit ${max}`,
  );
}
