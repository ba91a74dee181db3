import { logEvents, type RecordedEvent } from '../audit/event.ts';
import type { AuditNeeds } from '../audit/store.ts';
import { onlyRow } from '../kit/present.ts';
import { maskIp } from '../limits/client-ip.ts';
import type { Role } from '../operators/act.ts';
import type { DeviceToken } from '../sessions/trusted-device.ts';
import { type Guess, type GuessRow, guessArguments } from '../sign-in/store.ts';

/** A guess at the console; the role is null if the number belongs to no operator. */
export interface OperatorSignInRow extends GuessRow {
  readonly role: Role | null;
  /** The hash of the device, which is trusted from now on; null without a role. */
  readonly device_hash: Buffer | null;
  readonly events: RecordedEvent[] | null;
}

/** Judges a guess. A right one opens the session of an operator or is noted in it; see `vouch.sign_operator_in`. */
export async function useOperatorCode(
  { db, log }: AuditNeeds,
  guess: Guess,
  session: { readonly secretHash: Buffer; readonly confirms: boolean },
  device: DeviceToken,
): Promise<OperatorSignInRow> {
  const rows = await db.call<OperatorSignInRow>('sign_operator_in', {
    ...guessArguments(guess, device),
    key: 'operators',
    secret_hash: session.secretHash,
    confirms: session.confirms,
    address: maskIp(guess.client.ip),
  });
  const row = onlyRow(rows);
  logEvents(log, row.events, guess.client);
  return row;
}
