import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { clientArguments } from '../audit/store.ts';
import { Json } from '../db/database.ts';
import type { FinishedDelivery } from '../deliveries/queue-snapshot.ts';
import type { Client } from '../http/client.ts';
import { type InviteNeeds, type SignUpInvite, signUpArguments } from '../invites/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { maskIp } from '../limits/client-ip.ts';
import type { Credential } from '../sessions/session.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import type { DeviceTrust } from './challenge.ts';

/** The dependencies of opening a session by a code. */
export interface SignInNeeds extends InviteNeeds {
  /** The maximum of sessions that a person has. */
  readonly sessionsMax: number;
}

/** The account that signed in, and the latest expiry of its session. */
export interface SignedInRow {
  readonly account_id: string;
  readonly created: boolean;
  /** Whether a new person redeemed their invite code. */
  readonly invited: boolean;
  readonly expires_at: Date;
  /** The hash of the device, which is trusted from now on. */
  readonly device_hash: Buffer;
  /** The messages that the sign-in finished. */
  readonly finished: readonly FinishedDelivery[] | null;
  /** Whether a standby may still have a session that the sign-in ended. */
  readonly on_standbys: boolean;
  readonly events: RecordedEvent[] | null;
  /** Whether the account is blocked, so that no session was opened. */
  readonly is_blocked: boolean | null;
}

/** The challenge whose code was right, and how its guess was counted. */
export interface UsedChallenge {
  readonly id: string;
  readonly deviceTrust: DeviceTrust;
  /** The hash under which it is stored. */
  readonly asker: Buffer;
  readonly isOfNetwork: boolean;
  readonly isTestNumber: boolean;
  readonly phoneNumber: PhoneNumber;
  readonly device: readonly DeviceToken[];
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
 * Uses up a challenge and takes back its right guess, so that no later response reveals it; creates a new person with
 * an invite of their own, and opens a session, all or nothing; see `vouch.sign_in`. Undefined if the challenge has been
 * used or has ended meanwhile.
 */
export async function signIn(
  needs: SignInNeeds,
  challenge: UsedChallenge,
  /** Called for each try, since a unique value may be taken. */
  generate: () => FreshValues,
  invite: SignUpInvite | undefined,
  client: Client,
  previous: Credential | undefined,
): Promise<SignedInRow | undefined> {
  const [row] = await needs.db.call<SignedInRow | (SignedInRow & { account_id: null })>('sign_in', () => {
    const generated = generate();
    return {
      phone_number: challenge.phoneNumber,
      device_trust: challenge.deviceTrust,
      asker: challenge.asker,
      challenge_id: challenge.id,
      is_of_network: challenge.isOfNetwork,
      is_test: challenge.isTestNumber,
      account_id: generated.accountId,
      own_codes: generated.inviteCodes,
      invite: invite && new Json(signUpArguments(needs.keys, challenge.phoneNumber, invite)),
      devices: [generated.device, ...challenge.device].map(({ secretHash }) => secretHash),
      session_id: generated.session.id,
      secret_hash: generated.session.secretHash,
      life_seconds: needs.sessionLife.lifetimeSeconds,
      sessions_max: needs.sessionsMax,
      ...clientArguments(client),
      address: maskIp(client.ip),
      previous_account: previous?.accountId,
      previous_hash: previous?.secretHash,
    };
  });
  if (row === undefined || row.account_id === null) return undefined;
  logEvents(needs.log, row.events, client);
  if (row.on_standbys) await needs.db.standbys.waitForReplay();
  return row;
}
