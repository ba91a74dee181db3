import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { clientArguments } from '../audit/store.ts';
import { blockArguments } from '../blocks/block.ts';
import type { Database } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { present } from '../kit/present.ts';
import type { SecretKeys } from '../kit/secret.ts';
import type { Bucket } from '../limits/rate-limit.ts';
import { redeemAttempts } from '../limits/rules.ts';
import { bucketArguments } from '../limits/store.ts';
import type { Caller, Credential } from '../sessions/session.ts';
import { type SessionNeeds, sessionArguments } from '../sessions/store.ts';
import { networkAttempts, numberBucket, numberKey } from './attempts.ts';
import { pairKeys } from './counted-invite.ts';
import type { RedeemRow } from './invite.ts';
import type { RememberedInvite } from './remembered-invite.ts';

/** The dependencies of looking up and redeeming codes. */
export interface InviteNeeds extends SessionNeeds {
  readonly keys: SecretKeys;
}

/**
 * Redeems a code for the owner of the credential; see `vouch.redeem` and `vouch.hang_below`. If the tree changed
 * meanwhile, nothing is written and the caller retries.
 */
export async function redeemInvite(needs: InviteNeeds, caller: Caller, code: string): Promise<RedeemRow> {
  const blocks = blockArguments(caller.client.ip);
  const { keys, ...buckets } = bucketArguments([ofNumber, ...networkAttempts(caller.client.ip)]);
  const [row] = await needs.db.call<RedeemRow & { events: RecordedEvent[] | null }>('redeem', {
    ...sessionArguments(needs, caller),
    code,
    number_key: numberKey(needs.keys),
    keys: keys.slice(1),
    ...buckets,
    pair_keys: pairKeys(needs.keys),
    block_keys: blocks.block_keys,
    address: blocks.client_ip,
    ...clientArguments(caller.client),
  });
  const { events, ...found } = present(row, 'the outcome');
  logEvents(needs.log, events, caller.client);
  if (found.redeemed) await needs.db.standbys.waitForOwnReads();
  return found;
}

/** The bucket of a number whose key only the database can make. */
const ofNumber: Bucket = { key: '', limit: redeemAttempts };

/** The result of looking up the invite of a link; the last five fields are about the live session of the caller. */
export interface LinkRow {
  readonly now: Date;
  /** Whether the rate limit allows the lookup, and the seconds until it does. */
  readonly allowed: boolean;
  readonly limit_wait: number;
  /** The code that was meant, as the database has it; null if nobody has it. */
  readonly code: string | null;
  readonly alive: boolean;
  readonly own_code: string | null;
  readonly redeemed_code: string | null;
  readonly circle: boolean;
}

/** Looks up the invite of a link for a client; see `vouch.open_link`. Nothing but the rate limits is written. */
export async function findInvite(
  needs: SessionNeeds,
  code: string,
  buckets: readonly Bucket[],
  credential: Credential | undefined,
): Promise<LinkRow> {
  const [row] = await needs.db.call<LinkRow>('open_link', {
    code,
    ...bucketArguments(buckets),
    account_id: credential?.accountId,
    secret_hash: credential?.secretHash,
    idle_seconds: needs.sessionLife.idleSeconds,
  });
  return present(row, 'the facts of an invite');
}

/** Whether the invite that a browser remembers still works: its owner exists, and the link was opened within a week. */
export async function isInviteOpen(db: Database, { code, openedAt }: RememberedInvite): Promise<boolean> {
  const [row] = await db.call<{ does_remembered_work: boolean }>('does_remembered_work', { code, opened_at: openedAt });
  return present(row, 'the outcome').does_remembered_work;
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

/** The end of a page of a list; opaque to clients. */
export interface Cursor {
  /** Microseconds since 1970, the precision of PostgreSQL. */
  readonly micros: string;
  readonly accountId: string;
}

/** A person who redeemed a code, as the owner of the code may see them. */
export interface InvitedRow {
  readonly phone_number: PhoneNumber;
  readonly first_name: string | null;
  readonly micros: string;
  readonly account_id: string;
}

/** The arguments by which a function takes a cursor; without one, a page is the first. */
export function cursorArguments(cursor: Cursor | undefined) {
  return { cursor_micros: cursor?.micros, cursor_id: cursor?.accountId };
}

/** The invite of an account as its owner sees it; undefined without a live session. */
export async function findOwnInvite(
  needs: SessionNeeds,
  credential: Credential,
  page?: { cursor: Cursor | undefined; count: number },
): Promise<{ redeemed_code: string | null; invited_count: number; invited: InvitedRow[] } | undefined> {
  const [row] = await needs.db.call<{
    redeemed_code: string | null;
    invited_count: number | null;
    invited: InvitedRow[];
  }>('read_own_invite', {
    ...sessionArguments(needs, credential),
    ...cursorArguments(page?.cursor),
    count: page?.count ?? 0,
  });
  const { invited_count, ...rest } = present(row, 'the outcome');
  return invited_count === null ? undefined : { invited_count, ...rest };
}
