import type { AccountChanges, AccountKeys } from '../accounts/account.ts';
import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { clientArguments, type EventRow } from '../audit/store.ts';
import { Json } from '../db/database.ts';
import { pairKeys } from '../invites/counted-invite.ts';
import { type Cursor, cursorArguments, type InvitedRow, type InviteNeeds } from '../invites/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { firstOf, present } from '../kit/present.ts';
import { clientIpKey } from '../limits/client-ip.ts';
import { profileConflicts } from '../limits/rules.ts';
import { bucketArguments } from '../limits/store.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Caller, Credential } from '../sessions/session.ts';
import { credentialArguments, type SessionNeeds, sessionArguments, touchSessions } from '../sessions/store.ts';
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
  /** The time of the redemption in milliseconds since 1970. */
  readonly redeemed_ms: number | null;
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
  size?: number,
): Promise<ProfileRow | undefined> {
  const [row] = await findProfiles(needs, [credential], cursor, size);
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
  size = invitedPage,
): Promise<(ProfileRow | undefined)[]> {
  const rows = await needs.db.call<FoundRow>('read_profiles', {
    ...credentialArguments(credentials),
    idle_seconds: needs.sessionLife.idleSeconds,
    ...cursorArguments(cursor),
    count: size + 1,
  });
  return inOrder(credentials, rows);
}

/** The dependencies of reading profiles at any server. */
export interface ProfileReadNeeds extends SessionNeeds {
  readonly metrics: Pick<Metrics, 'profilesRead'>;
}

/**
 * The same at a standby, if one is fresh. Sessions that it does not know may have begun a moment ago, and are looked up
 * at the primary, which also records the last use of the others.
 */
export async function findProfilesAnywhere(
  needs: ProfileReadNeeds,
  credentials: readonly Credential[],
): Promise<(ProfileRow | undefined)[]> {
  const rows = await needs.db.standbys.call<FoundRow & { is_touch_due: boolean }>('read_profiles_at_standby', {
    ...credentialArguments(credentials),
    idle_seconds: needs.sessionLife.idleSeconds,
    count: invitedPage + 1,
  });
  const unread = credentials.length - (rows?.length ?? 0);
  if (unread > 0) needs.metrics.profilesRead('primary', unread);
  if (!rows) return findProfiles(needs, credentials);
  needs.metrics.profilesRead('standby', rows.length);
  const due = rows.flatMap(({ ordinal, is_touch_due }) => (is_touch_due && credentials[ordinal - 1]) || []);
  // nobody waits for it: if it fails, the next read does it
  if (due.length > 0) void touchSessions(needs, due).catch(() => {});
  const found = inOrder(credentials, rows);
  const unknown = credentials.filter((_, at) => found[at] === undefined);
  if (unknown.length === 0) return found;
  const others = await findProfiles(needs, unknown);
  return found.map((row) => row ?? others.shift());
}

type FoundRow = ProfileRow & { readonly ordinal: number };

function inOrder(credentials: readonly Credential[], rows: readonly FoundRow[]): (ProfileRow | undefined)[] {
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
  const owners = [caller.accountId, clientIpKey(caller.client.ip)];
  const { username } = keys;
  const [row] = await needs.db.call<ChangedRow>('change_and_read_profile', {
    ...sessionArguments(needs, caller),
    ...bucketArguments(owners.map((owner) => ({ key: `profile:${owner}`, limit: profileConflicts }))),
    changes: new Json(changes),
    name_keys: username ? [username.small, username.capital, username.written] : undefined,
    email_key: keys.email,
    details: Object.keys(changes).join(', '),
    ...clientArguments(caller.client),
    count: invitedPage + 1,
  });
  const { alive, taken, wait, events, profile } = present(row, 'the outcome');
  logEvents(needs.log, events, caller.client);
  if (wait > 0) return { wait };
  if (alive && taken) return { taken };
  if (alive) await needs.db.standbys.waitForOwnReads();
  return alive && profile ? { row: profile } : undefined;
}

interface ChangedRow {
  /** False also if the account was erased between the check of the session and the change. */
  readonly alive: boolean;
  readonly taken: 'username_taken' | 'email_taken' | null;
  readonly wait: number;
  readonly events: RecordedEvent[] | null;
  readonly profile: ProfileRow | null;
}

/**
 * Erases the account of the owner of the credential, with all its sessions, by a recent session. When it resolves, no
 * server lets one of them in. Undefined without a live session.
 */
export async function eraseProfile(
  needs: InviteNeeds,
  caller: Caller,
): Promise<{ readonly ok: true } | EraseRefusal | undefined> {
  const [row] = await needs.db.call<{
    erased: boolean;
    recent: boolean;
    alive: boolean;
    on_standbys: boolean | null;
    events: RecordedEvent[] | null;
  }>('erase_account', {
    ...sessionArguments(needs, caller),
    pair_key: firstOf(pairKeys(needs.keys)),
    ...clientArguments(caller.client),
  });
  const { erased, alive, recent, on_standbys, events } = present(row, 'the outcome');
  logEvents(needs.log, events, caller.client);
  if (on_standbys) await needs.db.standbys.waitForReplay();
  if (erased) return { ok: true };
  // a recent session that erased nothing: a concurrent request has erased the account
  return alive && !recent ? { ok: false, code: 'recent_sign_in_required' } : undefined;
}

/** The data of a person beside the profile and the sessions. Times in the arrays are texts in ISO 8601. */
export interface OwnRecords {
  readonly now: Date;
  readonly created_at: Date;
  readonly messages: readonly MessageRow[];
  readonly events: readonly OwnEventRow[];
  /** The last use of each trusted device. */
  readonly trusted_devices: readonly string[];
}

/** An attempt to send a message, as its recipient sees it. */
export interface MessageRow {
  readonly requested_at: string;
  readonly sent_at: string | null;
  readonly delivered_at: string | null;
  readonly channel: string;
  readonly state: string;
}

/** A security event of the own account. */
export interface OwnEventRow extends Pick<EventRow, 'event' | 'result' | 'client_ip' | 'device' | 'details'> {
  readonly at: string;
}

/** The records of the owner of the credential, at most `maxEvents` of the events; undefined without a live session. */
export async function findOwnRecords(
  needs: SessionNeeds,
  credential: Credential,
  { keepDays, maxEvents }: { keepDays: number; maxEvents: number },
): Promise<OwnRecords | undefined> {
  const [row] = await needs.db.call<{ [K in keyof OwnRecords]: OwnRecords[K] | null }>('read_own_records', {
    ...sessionArguments(needs, credential),
    keep_days: keepDays,
    max_events: maxEvents,
  });
  const { now, created_at, messages, events, trusted_devices } = present(row, 'the outcome');
  return now && created_at && messages && events && trusted_devices
    ? { now, created_at, messages, events, trusted_devices }
    : undefined;
}
