import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { maskedNumber, recordEvents, recordedEvents } from '../audit/store.ts';
import type { Database, Fragment } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { present } from '../kit/present.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { bucketArguments, consume, type KeyedBucket } from '../limits/store.ts';
import type { Caller, Credential } from '../sessions/session.ts';
import { liveSession, type SessionNeeds } from '../sessions/store.ts';
import { networkAttempts, numberAttempts, numberBucket } from './attempts.ts';
import { countIncrement, pairKeys } from './counted-invite.ts';
import type { RedeemRow } from './invite.ts';
import { type RememberedInvite, rememberedInviteSeconds } from './remembered-invite.ts';

/** The dependencies of looking up and redeeming codes. */
export interface InviteNeeds extends SessionNeeds {
  readonly keys: SecretKeys;
}

/**
 * Redeems a code for the owner of the credential, in one statement. A person who redeems is the root of a tree, so a
 * circle would close only if that person is also the root of the inviter. The rows of the person, the inviter and, if
 * the person has invited anyone, the inviter's root are locked in the order of their ids, and PostgreSQL checks each
 * again in its latest version: the person has redeemed nothing, the inviter is not erased, the root is still a root. If
 * a check fails, nothing is written and the caller retries with the new state of the tree.
 */
export async function redeemInvite(needs: InviteNeeds, caller: Caller, code: string): Promise<RedeemRow> {
  const { db, keys } = needs;
  const { sql } = db;
  const buckets = numberAttempts(db, keys, {
    phoneNumber: sql`(select phone_number from me)`,
    clientIp: caller.client.ip,
  });
  const unredeemed = sql`exists (select from me where inviter_id is null)`;
  const [facts] = await db.run(
    () => sql<(RedeemRow & { events: RecordedEvent[] | null })[]>`with recursive ${liveSession(needs, caller)},
      me as (select i.*, a.phone_number from live join invite i using (account_id) join account a on a.id = i.account_id),
      target as (select account_id from invite where code = ${code} and closed_at is null),
      ${consume(db, 'attempt', 'attempt_waits', { buckets, when: unredeemed, counts: sql`not exists (select from target)` })},
      inviter as (select account_id from target where exists (select from attempt)),
      ancestor as (
        select i.account_id, i.inviter_id from inviter join invite i using (account_id), me where me.invited_count > 0
        union all
        select above.account_id, above.inviter_id from ancestor join invite above on above.account_id = ancestor.inviter_id
      ),
      root as (select account_id from ancestor where inviter_id is null),
      locked as (
        select i.account_id from invite i, me, inviter left join root on true
        where i.account_id in (me.account_id, inviter.account_id, root.account_id)
          and me.inviter_id is null and me.account_id <> inviter.account_id
          and root.account_id is distinct from me.account_id
          and (i.account_id <> me.account_id
            or (i.inviter_id is null and i.closed_at is null and (i.invited_count = 0 or root.account_id is not null)))
          and (i.account_id <> inviter.account_id or i.closed_at is null)
          and (root.account_id is null or i.account_id <> root.account_id or i.inviter_id is null)
        order by i.account_id
        for no key update of i
      ),
      redeemed as (
        update invite set inviter_id = inviter.account_id, redeemed_at = ${db.now()} from me, inviter
        where invite.account_id = me.account_id and invite.inviter_id is null and (select count(*) from locked) =
          (select count(*) from (select account_id from me union select account_id from inviter union select account_id from root) needed)
        returning invite.account_id
      ),
      counted as (
        update invite set invited_count = invite.invited_count + ${countIncrement(db, keys, sql`me.phone_number`, sql`invite.account_id`)}
        from me where invite.account_id = (select account_id from inviter) and exists (select from redeemed)
      ),
      ${recordEvents(db, caller.client, redemptionEvents(db))}
      select exists (select from live) as alive, me.code as own_code, earlier.code as present_code,
        exists (select from inviter) as found, exists (select from root where root.account_id = me.account_id) as circle,
        exists (select from redeemed) as redeemed, exists (select from attempt) as allowed, attempt_waits.*,
        ${recordedEvents(db)} as events
      from attempt_waits left join me on true left join invite earlier on earlier.account_id = me.inviter_id`,
  );
  const { events, ...found } = present(facts, 'the outcome');
  logEvents(needs.log, events, caller.client);
  return found;
}

/** The event of a redemption, or of an unknown code; the details have the account id of the inviter. */
function redemptionEvents(db: Database): Fragment {
  const number = maskedNumber(db, db.sql`me.phone_number`);
  return db.sql`select 'invite_redeemed', 'succeeded', me.account_id, ${number}, 'inviter ' || inviter.account_id from me, inviter, redeemed
    union all select 'invite_redeemed', 'refused', me.account_id, ${number}, 'a code that nobody has' from me, attempt
      where not exists (select from target)`;
}

/** The result of looking up the invite of a link; the last five fields are about the live session of the caller. */
export interface LinkRow {
  readonly now: Date;
  /** Whether the rate limit allows the lookup, and the seconds until it does. */
  readonly allowed: boolean;
  readonly limit_wait: number;
  readonly found: boolean;
  readonly alive: boolean;
  readonly own_code: string | null;
  readonly redeemed_code: string | null;
  readonly circle: boolean;
}

/**
 * Looks up the invite of a link for a client. An unknown code counts against the rate limits of the client's networks.
 * Their rows are locked before the result is read, so that concurrent requests cannot try more codes than the limits
 * allow. Nothing else is written.
 */
export async function findInvite(
  needs: SessionNeeds,
  code: string,
  buckets: readonly KeyedBucket[],
  credential: Credential | undefined,
): Promise<LinkRow> {
  const { db } = needs;
  const { sql } = db;
  const live = credential ? liveSession(needs, credential) : sql`live as (select null::uuid as account_id where false)`;
  const [facts] = await db.run(
    () => sql<LinkRow[]>`with recursive ${live},
      me as (select i.* from live join invite i using (account_id)),
      target as (select account_id, inviter_id from invite where code = ${code} and closed_at is null),
      ${consume(db, 'attempt', 'attempt_waits', { buckets, when: sql`true`, counts: sql`not exists (select from target)` })},
      ancestor as (
        select target.account_id, target.inviter_id from target, me where me.invited_count > 0
        union all
        select above.account_id, above.inviter_id from ancestor join invite above on above.account_id = ancestor.inviter_id
      )
      select ${db.now()} as now, exists (select from attempt) as allowed,
        limit_wait, exists (select from target) as found, me.account_id is not null as alive, me.code as own_code,
        earlier.code as redeemed_code, exists (select from ancestor a where a.account_id = me.account_id) as circle
      from attempt_waits left join me on true left join invite earlier on earlier.account_id = me.inviter_id`,
  );
  return present(facts, 'the facts of an invite');
}

/** Whether the invite that a browser remembers still works: its owner exists, and the link was opened within a week. */
export async function isInviteOpen(
  { sql, now, run }: Database,
  { code, openedAt }: RememberedInvite,
): Promise<boolean> {
  const [row] = await run(
    () => sql`select from invite where code = ${code} and closed_at is null and ${isRecentSql(sql, now(), openedAt)}`,
  );
  return row !== undefined;
}

function isRecentSql(sql: Database['sql'], now: Fragment, openedAt: Date): Fragment {
  return sql`${openedAt}::timestamptz > ${now} - ${rememberedInviteSeconds}::float8 * interval '1 second'`;
}

/** The invite code of a new person, with the time limit of the code and the client for the rate limit. */
export interface SignUpInvite {
  readonly code: string;
  /** A code that a link left in a browser is valid for a week after this time; any other code now. */
  readonly openedAt: Date | undefined;
  readonly clientIp: string;
}

/** The argument `p_invite` of `vouch.sign_in`: the invite that a new number brought, with the buckets of its tries. */
export function signUpArguments(keys: SecretKeys, phoneNumber: string, { code, openedAt, clientIp }: SignUpInvite) {
  const { window, ...buckets } = bucketArguments([numberBucket(keys, phoneNumber), ...networkAttempts(clientIp)]);
  return {
    code,
    openedAt,
    ...buckets,
    window_seconds: window,
    pair_keys: pairKeys(keys).map((key) => key.toString('hex')),
  };
}

/** A common table expression: closes the invite of the one row of `erased (id)` for redemptions. */
export function closeInvite({ sql, now }: Database): Fragment {
  return sql`closed as (update invite set closed_at = ${now()} where account_id in (select id from erased))`;
}

/** The end of a page of a list; opaque to clients. */
export interface Cursor {
  /** Microseconds since 1970, the precision of PostgreSQL. */
  readonly micros: string;
  readonly accountId: string;
}

/** A person who redeemed a code, as the owner of the code may see them. */
export interface InvitedRow {
  readonly phone_number: PhoneNumber;
  readonly micros: string;
  readonly account_id: string;
}

/**
 * An expression: the people who redeemed the code of an account, newest first, from a cursor on, at most `count`, as a
 * JSON array of `InvitedRow`. Erased accounts are not included.
 */
export function invitedBy({ sql }: Database, inviterId: Fragment, cursor: Cursor | undefined, count: number): Fragment {
  const from = cursor
    ? sql`and (i.redeemed_at, i.account_id) < (timestamptz 'epoch' + ${cursor.micros}::bigint * interval '1 microsecond', ${cursor.accountId}::uuid)`
    : sql``;
  return sql`coalesce((select json_agg(page) from (
    select a.phone_number, (extract(epoch from i.redeemed_at) * 1000000)::bigint::text as micros, i.account_id
    from invite i join account a on a.id = i.account_id
    where i.inviter_id = ${inviterId} ${from}
    order by i.redeemed_at desc, i.account_id desc limit ${count}) page), '[]'::json)`;
}

/** The invite of an account as its owner sees it; undefined without a live session. */
export async function findOwnInvite(
  needs: SessionNeeds,
  credential: Credential,
  page?: { cursor: Cursor | undefined; count: number },
): Promise<{ redeemed_code: string | null; invited_count: number; invited: InvitedRow[] } | undefined> {
  const { sql } = needs.db;
  const invited = page ? invitedBy(needs.db, sql`own.account_id`, page.cursor, page.count) : sql`'[]'::json`;
  const [row] = await needs.db.run(
    () => sql<
      { redeemed_code: string | null; invited_count: number; invited: InvitedRow[] }[]
    >`with ${liveSession(needs, credential)}
      select redeemed.code as redeemed_code, own.invited_count, ${invited} as invited
      from live join invite own using (account_id) left join invite redeemed on redeemed.account_id = own.inviter_id`,
  );
  return row;
}
