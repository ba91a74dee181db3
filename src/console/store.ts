import { logEvents, type RecordedEvent } from '../audit/event.ts';
import { type AuditNeeds, clientArguments } from '../audit/store.ts';
import type { FinishedDelivery } from '../deliveries/queue-snapshot.ts';
import type { Client } from '../http/client.ts';
import { onlyRow } from '../kit/present.ts';
import { maskIp } from '../limits/client-ip.ts';
import type { Role } from '../operators/act.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import type { UsedChallenge } from '../sign-in/use-code.ts';

/** A challenge that was used up at the console; the role is null if the number belongs to no operator. */
export interface OperatorSignInRow {
  readonly is_used: boolean;
  readonly role: Role | null;
  /** The hash of the device, which is trusted from now on; null without a role. */
  readonly device_hash: Buffer | null;
  readonly finished: readonly FinishedDelivery[] | null;
  readonly events: RecordedEvent[] | null;
}

/** Uses a challenge up, and opens the session of an operator or notes a fresh code in it; see `vouch.sign_operator_in`. */
export async function spendChallenge(
  { db, log }: AuditNeeds,
  challenge: UsedChallenge,
  session: { readonly secretHash: Buffer; readonly confirms: boolean },
  device: DeviceToken,
  client: Client,
): Promise<OperatorSignInRow> {
  const rows = await db.call<OperatorSignInRow>('sign_operator_in', {
    phone_number: challenge.phoneNumber,
    device_trust: challenge.deviceTrust,
    asker: challenge.asker,
    challenge_id: challenge.id,
    is_of_network: challenge.isOfNetwork,
    is_test: challenge.isTestNumber,
    devices: [device, ...challenge.device].map(({ secretHash }) => secretHash),
    key: 'operators',
    secret_hash: session.secretHash,
    confirms: session.confirms,
    ...clientArguments(client),
    address: maskIp(client.ip),
  });
  const row = onlyRow(rows);
  logEvents(log, row.events, client);
  return row;
}
