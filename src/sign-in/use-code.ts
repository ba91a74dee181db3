import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { type CallInput, Json } from '../db/database.ts';
import type { Client } from '../http/client.ts';
import { type InviteNeeds, type SignUpInvite, signUpArguments } from '../invites/store.ts';
import { onlyRow } from '../kit/present.ts';
import { maskIp } from '../limits/client-ip.ts';
import type { Credential } from '../sessions/session.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import { type Guess, type GuessRow, guessArguments } from './store.ts';

/** The dependencies of opening a session by a code. */
export interface SignInNeeds extends InviteNeeds {
  /** The maximum of sessions that a person has. */
  readonly sessionsMax: number;
}

/** A guess, and the account that it signed in if it was right, with the latest expiry of its session. */
export interface SignInRow extends GuessRow {
  readonly account_id: string;
  readonly created: boolean;
  /** Whether a new person redeemed their invite code. */
  readonly invited: boolean;
  readonly expires_at: Date;
  /** The hash of the device, which is trusted from now on. */
  readonly device_hash: Buffer;
  /** Whether a standby may still have a session that the sign-in ended. */
  readonly on_standbys: boolean | null;
  readonly events: RecordedEvent[] | null;
  /** Whether the account is blocked, so that no session was opened. */
  readonly is_blocked: boolean | null;
}

/** The random values of a sign-in: of a new account, of its invite, and of the session. */
export interface FreshValues {
  readonly accountId: string;
  /** Candidates of rising length: the first that is free becomes the code of a new account. */
  readonly inviteCodes: readonly string[];
  readonly device: DeviceToken;
  readonly session: { readonly id: string; readonly secretHash: Buffer };
}

/**
 * Judges a guess. A right one uses the code up, creates a new person with an invite of their own, and opens a session, all
 * or nothing; see `vouch.sign_in`.
 */
export async function signIn(
  needs: SignInNeeds,
  guess: Guess,
  /** Called for each try, since a unique value may be taken. */
  generate: () => FreshValues,
  invite: SignUpInvite | undefined,
  previous: Credential | undefined,
): Promise<SignInRow> {
  return runSignIn(needs, 'sign_in', guess, () => signInArguments(needs, guess, generate(), invite, previous));
}

/** Calls a function that signs in; the caller may choose one that does more in the same transaction. */
export async function runSignIn(
  needs: SignInNeeds,
  name: string,
  { client }: Guess,
  input: () => CallInput,
): Promise<SignInRow> {
  const row = onlyRow(await needs.db.call<SignInRow>(name, input));
  logEvents(needs.log, row.events, client);
  if (row.on_standbys) await needs.db.standbys.waitForReplay();
  return row;
}

/** The arguments of `vouch.sign_in`. */
export function signInArguments(
  needs: SignInNeeds,
  guess: Guess,
  generated: FreshValues,
  invite: SignUpInvite | undefined,
  previous: Credential | undefined,
) {
  return {
    ...guessArguments(guess, generated.device),
    account_id: generated.accountId,
    own_codes: generated.inviteCodes,
    invite: invite && new Json(signUpArguments(needs.keys, guess.phoneNumber, invite)),
    session: new Json(sessionArgument(needs, generated.session, guess.client, previous)),
  };
}

/** The session of a sign-in, and the one that it ends, as `vouch.open_session` takes them. */
function sessionArgument(
  { sessionLife, sessionsMax }: SignInNeeds,
  { id, secretHash }: FreshValues['session'],
  client: Client,
  previous: Credential | undefined,
) {
  return {
    id,
    secretHash: secretHash.toString('hex'),
    lifeSeconds: sessionLife.lifetimeSeconds,
    max: sessionsMax,
    address: maskIp(client.ip),
    previousAccount: previous?.accountId,
    previousHash: previous?.secretHash.toString('hex'),
  };
}
