import { type AccountChanges, type AccountKeys, changeAccount, eraseAccount, findTaken } from '../accounts/store.ts';
import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { maskedNumber, recordEvents, recordedEvents } from '../audit/store.ts';
import type { Database, Fragment } from '../db/database.ts';
import { anonymizeDeliveries } from '../deliveries/store.ts';
import { keepCountedInvite } from '../invites/counted-invite.ts';
import { type Cursor, closeInvite, type InvitedRow, type InviteNeeds, invitedBy } from '../invites/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { present } from '../kit/present.ts';
import { clientIpKey } from '../limits/client-ip.ts';
import { profileConflicts } from '../limits/rules.ts';
import { consume, deleteRefusals } from '../limits/store.ts';
import type { Caller, Credential } from '../sessions/session.ts';
import { isLiveSql, liveSession, liveSessions, type SessionNeeds } from '../sessions/store.ts';
import type { EraseRefusal } from './profile.ts';

/** A profile as the database has it; `invited` has one more row than a page if there are more. */
export interface ProfileRow {
  readonly id: string;
  readonly phone_number: PhoneNumber;
  readonly username: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly own_code: string;
  readonly redeemed_code: string | null;
  readonly invited_count: number;
  readonly invited: InvitedRow[];
}

/** The page size of the invited people. */
export const invitedPage = 100;

/** The profile of the owner of the credential; undefined without a live session. */
export async function findProfile(
  needs: SessionNeeds,
  credential: Credential,
  cursor?: Cursor,
): Promise<ProfileRow | undefined> {
  const [row] = await findProfiles(needs, [credential], cursor);
  return row;
}

/**
 * The profiles of many credentials, each at the index of its credential; undefined there without a live session. All in
 * one statement, since most of the cost of a read is the round trip to the database.
 */
export async function findProfiles(
  needs: SessionNeeds,
  credentials: readonly Credential[],
  cursor?: Cursor,
): Promise<(ProfileRow | undefined)[]> {
  const { sql } = needs.db;
  const rows = await needs.db.run(
    () => sql<(ProfileRow & { ordinal: number })[]>`with ${liveSessions(needs, credentials)},
      person as (select a.*, live.ordinal from live join account a on a.id = live.account_id)
      ${profileColumns(needs, cursor, sql`, p.ordinal`)}`,
  );
  const byOrdinal = new Map(rows.map(({ ordinal, ...row }) => [ordinal, row]));
  return credentials.map((_, at) => byOrdinal.get(at + 1));
}

/** The outcome of a change: the new profile, or the reason that nothing changed. */
export type ChangeOutcome =
  | { readonly row: ProfileRow }
  | { readonly taken: 'username_taken' | 'email_taken' }
  | { readonly wait: number };

/**
 * Changes the profile of the owner of the credential; undefined without a live session. A refusal because a user name
 * or an e-mail address is taken counts against the rate limits of the account and the client network before it is
 * returned; with none left, the reason is not revealed.
 */
export async function changeProfile(
  needs: SessionNeeds,
  caller: Caller,
  { changes, keys }: { changes: AccountChanges; keys: AccountKeys },
): Promise<ChangeOutcome | undefined> {
  const { db } = needs;
  const { sql } = db;
  const owners = [caller.accountId, clientIpKey(caller.client.ip)];
  const buckets = owners.map((owner) => ({ key: `profile:${owner}`, limit: profileConflicts }));
  const claims = sql`${keys.username !== null || keys.email !== null}::boolean`;
  const conflict = sql`exists (select from taken where code is not null)`;
  const [found] = await db.run(
    () => sql<((ProfileRow | { id: null }) & ChangedRow)[]>`with
      ${liveSession(needs, caller)}, ${findTaken(db, keys)},
      ${consume(db, 'tried', 'tried_waits', { buckets, when: sql`${claims} and exists (select from live)`, counts: conflict })},
      told as (select not ${claims} or exists (select from tried) as allowed),
      ${changeAccount(db, changes, keys, sql`(select allowed from told) and not ${conflict}`)},
      ${recordEvents(db, caller.client, changeEvents(db, Object.keys(changes)))}
      select profile.*, case when told.allowed then taken.code end as taken, case when told.allowed then 0 else
        greatest(1, (select limit_wait from tried_waits)) end as wait,
        ${recordedEvents(db)} as events
      from taken cross join told left join (${profileColumns(needs, undefined)}) profile on true`,
    { retryOnConflict: true },
  );
  if (found === undefined) return undefined;
  const { taken, wait, events, ...row } = found;
  logEvents(needs.log, events, caller.client);
  if (wait > 0) return { wait };
  if (taken) return { taken };
  // the account was erased between the check of the session and the change
  return row.id === null ? undefined : { row: row as ProfileRow };
}

interface ChangedRow {
  readonly taken: 'username_taken' | 'email_taken' | null;
  readonly wait: number;
  readonly events: RecordedEvent[] | null;
}

/**
 * The events of a change of these fields by `person`, or of its refusal. The same fields are recorded once a minute, so
 * that repeated changes cannot flood the trail.
 */
function changeEvents(db: Database, fields: readonly string[]): Fragment {
  const { sql, now } = db;
  const details = fields.join(', ');
  return sql`select 'profile_changed', 'succeeded', p.id, ${maskedNumber(db, sql`p.phone_number`)}, ${details}::text from person p
      where ${details}::text <> '' and not exists (select from audit_event e where e.account_id = p.id
        and e.at > ${now()} - interval '1 minute' and e.event = 'profile_changed' and e.details = ${details})
    union all select 'profile_changed', 'refused', a.id, ${maskedNumber(db, sql`a.phone_number`)}, taken.code
      from taken, told, live join account a on a.id = live.account_id where told.allowed and taken.code is not null`;
}

/**
 * The age of a session in seconds up to which it can erase the account, so that a session left open somewhere cannot.
 */
export const eraseWithinSeconds = 300;

/**
 * Erases the account of the owner of the credential, with all its sessions, by a recent session. Undefined without a live
 * session.
 */
export async function eraseProfile(
  needs: InviteNeeds,
  caller: Caller,
): Promise<{ readonly ok: true } | EraseRefusal | undefined> {
  const { db } = needs;
  const { sql } = db;
  const isRecent = sql`s.created_at > ${db.now()} - ${eraseWithinSeconds}::float8 * interval '1 second'`;
  const [row] = await db.run(
    () => sql<
      { erased: boolean; recent: boolean; alive: boolean; events: RecordedEvent[] | null }[]
    >`with ${liveSession(needs, caller, isRecent)},
      ${anonymizeDeliveries(db)}, ${deleteRefusals(db)}, ${keepCountedInvite(db, needs.keys)}, ${eraseAccount(db)}, ${closeInvite(db)},
      ${recordEvents(
        db,
        caller.client,
        sql`select 'account_erased', 'succeeded', a.id, ${maskedNumber(db, sql`a.phone_number`)}, null
        from erased join account a on a.id = erased.id`,
      )}
      select exists (select from erased) as erased, ${recordedEvents(db)} as events, exists (select from live) as recent,
        exists (select from shown join session s using (account_id, secret_hash) where ${isLiveSql(needs)}) as alive`,
  );
  const { erased, alive, recent, events } = present(row, 'the outcome');
  logEvents(needs.log, events, caller.client);
  if (erased) return { ok: true };
  // a recent session that erased nothing: a concurrent request has erased the account
  return alive && !recent ? { ok: false, code: 'recent_sign_in_required' } : undefined;
}

function profileColumns({ db }: SessionNeeds, cursor: Cursor | undefined, extraColumns?: Fragment): Fragment {
  const { sql } = db;
  return sql`select p.id, p.phone_number, p.username, p.first_name, p.last_name, p.email,
      own.code as own_code, redeemed.code as redeemed_code, own.invited_count,
      case when own.invited_count > 0 then ${invitedBy(db, sql`p.id`, cursor, invitedPage + 1)} else '[]'::json end as invited
      ${extraColumns ?? sql``}
    from person p join invite own on own.account_id = p.id
    left join invite redeemed on redeemed.account_id = own.inviter_id`;
}
