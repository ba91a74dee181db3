import { insertAccount } from '../accounts/store.ts';
import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { recordedEvents } from '../audit/store.ts';
import type { FinishedDelivery } from '../deliveries/queue-snapshot.ts';
import { completeDeliveries, completedDeliveries } from '../deliveries/store.ts';
import type { Client } from '../http/client.ts';
import { createInvite, type InviteNeeds, type SignUpInvite } from '../invites/store.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { trustDevice } from '../sessions/device-store.ts';
import type { Credential } from '../sessions/session.ts';
import { endPrevious, openSession } from '../sessions/store.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import type { DeviceTrust } from './challenge.ts';
import { recordSignIn } from './events.ts';

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
  readonly events: RecordedEvent[] | null;
}

/** The random values of a sign-in: of a new account, of its invite, and of the session. */
export interface FreshValues {
  readonly accountId: string;
  readonly inviteCode: string;
  readonly device: DeviceToken;
  readonly session: { readonly id: string; readonly secretHash: Buffer };
}

/**
 * Uses up a challenge and takes back its right guess, so that no later response reveals it; creates a new person with
 * an invite of their own, and opens a session: one statement, all or nothing. Undefined if the challenge has been used
 * or has ended meanwhile.
 */
export async function signIn(
  needs: InviteNeeds,
  challenge: { id: string; deviceTrust: DeviceTrust; phoneNumber: PhoneNumber; device: readonly DeviceToken[] },
  /** Called for each try, since a unique value may be taken. */
  generate: () => FreshValues,
  invite: SignUpInvite | undefined,
  client: Client,
  previous: Credential | undefined,
): Promise<SignedInRow | undefined> {
  const { db } = needs;
  const { sql } = db;
  const [row] = await db.run(
    () => {
      const generated = generate();
      return sql<SignedInRow[]>`with
      used as (
        update challenge set used_at = ${db.now()}, guesses = guesses - 1, guessed_at = guessed_at[2:]
        where phone_number = ${challenge.phoneNumber} and device_trust = ${challenge.deviceTrust} and id = ${challenge.id}::uuid
          and used_at is null and expires_at > ${db.now()}
        returning 1
      ),
      known as (select id from account where phone_number = ${challenge.phoneNumber} and exists (select from used) for key share),
      newcomer as (select ${generated.accountId}::uuid as id from used where not exists (select from known)),
      ${createInvite(needs, { ownCode: generated.inviteCode, phoneNumber: challenge.phoneNumber, invite })},
      ${insertAccount(db, challenge.phoneNumber)},
      ${completeDeliveries(db, challenge.phoneNumber, challenge.id)},
      person as (select id, false as created from known union all select id, true from newcomer),
      ${trustDevice(db, challenge.device, generated.device)},
      ${openSession(needs, generated.session, client)},
      ${endPrevious(db, previous)},
      ${recordSignIn(db, client, challenge.phoneNumber)}
      select person.id as account_id, person.created, exists (select from inviter) as invited, opened.expires_at,
        device.secret_hash as device_hash,
        ${completedDeliveries(db)} as finished, ${recordedEvents(db)} as events from person, opened, device`;
    },
    { retryOnConflict: true },
  );
  if (row) logEvents(needs.log, row.events, client);
  return row;
}
