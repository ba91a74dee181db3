import type { AccountChanges, AccountKeys } from '../accounts/account.ts';
import type { ActArguments, RecordedAct } from '../audit/act.ts';
import { type Database, Json } from '../db/database.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { onlyRow } from '../kit/present.ts';

/** The author and the target of an act, as its row has them. */
export interface ActOn {
  readonly actor: ActArguments;
  readonly target: string;
}

/** Forgets what keeps a number from a code now; see `vouch.let_number_try`. */
export async function letNumberTry(db: Database, phoneNumber: PhoneNumber, { actor, target }: ActOn) {
  const rows = await db.call<{ was_locked: boolean; had_limits: boolean; act: RecordedAct }>('let_number_try', {
    phone_number: phoneNumber,
    ...actor,
    target,
  });
  return onlyRow(rows);
}

/** Ends the sessions of a person; see `vouch.end_person_sessions`. */
export async function endSessionsOf(
  db: Database,
  phoneNumber: PhoneNumber,
  accountId: string,
  { actor, target }: ActOn,
) {
  const rows = await db.call<{ ended: number; on_standbys: boolean; act: RecordedAct }>('end_person_sessions', {
    phone_number: phoneNumber,
    account_id: accountId,
    ...actor,
    target,
  });
  return onlyRow(rows);
}

/** Changes the profile of a person; see `vouch.change_person`. */
export async function changeProfileOf(
  db: Database,
  accountId: string,
  { changes, keys }: { readonly changes: AccountChanges; readonly keys: AccountKeys },
  { actor, target }: ActOn,
) {
  const { username } = keys;
  const rows = await db.call<{
    is_known: boolean;
    taken: 'username_taken' | 'email_taken' | null;
    act: RecordedAct | null;
  }>('change_person', {
    account_id: accountId,
    changes: new Json(changes),
    name_keys: username ? [username.small, username.capital, username.written] : undefined,
    email_key: keys.email,
    ...actor,
    target,
  });
  return onlyRow(rows);
}

/** The outcome of an erasure: how many rows it removed. */
export interface ErasedRow {
  readonly erased: boolean;
  readonly sessions: number;
  readonly devices: number;
  readonly messages: number;
  readonly invited: number;
  readonly on_standbys: boolean;
  readonly act: RecordedAct;
}

/** Erases a person; see `vouch.erase_person`. */
export async function eraseRecordsOf(
  db: Database,
  accountId: string,
  { pairKey, keepDays }: { readonly pairKey: Buffer; readonly keepDays: number },
  { actor, target }: ActOn,
): Promise<ErasedRow> {
  const rows = await db.call<ErasedRow>('erase_person', {
    account_id: accountId,
    pair_key: pairKey,
    keep_days: keepDays,
    ...actor,
    target,
  });
  return onlyRow(rows);
}

/** Closes or opens an invite code; see `vouch.stop_invite`. */
export async function stopInviteOf(db: Database, accountId: string, isStopped: boolean, { actor, target }: ActOn) {
  const rows = await db.call<{ changed: boolean; act: RecordedAct | null }>('stop_invite', {
    account_id: accountId,
    is_stopped: isStopped,
    ...actor,
    target,
  });
  return onlyRow(rows);
}
