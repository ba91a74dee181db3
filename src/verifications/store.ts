import { logEvents, type RecordedEvent } from '../audit/event.ts';
import type { AuditNeeds } from '../audit/store.ts';
import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import type { PhoneNumber } from '../kit/phone-number.ts';
import { onlyRow } from '../kit/present.ts';
import { type Guess, type GuessRow, guessArguments } from '../sign-in/store.ts';
import type { Verification } from './verification.ts';

/** The time for which the state of a verification can be read. */
export const keepHours = 24;

/** Records a message of a verification, which is new unless its challenge goes on. */
export async function recordVerification(
  db: Database,
  input: { id: string; apiKeyId: string; phoneNumber: PhoneNumber; channel: string; expiresAt: Date },
): Promise<void> {
  await db.call('insert_verification', {
    id: input.id,
    api_key_id: input.apiKeyId,
    phone_number: input.phoneNumber,
    channel: input.channel,
    expires_at: input.expiresAt,
  });
}

/** A verification of an API key; undefined if there is none with this id, or it belongs to another key. */
export async function readVerification(db: Database, id: string, apiKeyId: string): Promise<Verification | undefined> {
  const [row] = await db.call<Verification & { [column: string]: unknown }>('find_verification', {
    id,
    api_key_id: apiKeyId,
  });
  return row;
}

/** The open challenge of one of several askers. */
export interface OwnChallenge {
  readonly id: string;
  readonly asker: Uint8Array;
  /** Whether no guess is left. */
  readonly is_used_up: boolean;
}

/** The open challenge of a number for one of these askers; undefined without one. */
export async function findOwnChallenge(
  db: Database,
  phoneNumber: string,
  askers: readonly Buffer[],
): Promise<OwnChallenge | undefined> {
  const [row] = await db.call<OwnChallenge & { [column: string]: unknown }>('open_challenge_of', {
    phone_number: phoneNumber,
    askers,
  });
  return row;
}

/** A guess, and whether it approved its verification. */
export interface ApprovalRow extends GuessRow {
  readonly is_approved: boolean | null;
  readonly events: RecordedEvent[] | null;
}

/** Judges a guess. A right one approves its verification; see `vouch.approve_verification`. */
export async function approve(
  { db, log }: AuditNeeds,
  guess: Guess,
  { id, apiKeyId }: { readonly id: string; readonly apiKeyId: string },
): Promise<ApprovalRow> {
  const rows = await db.call<ApprovalRow>('approve_verification', {
    ...guessArguments(guess),
    id,
    api_key_id: apiKeyId,
  });
  const row = onlyRow(rows);
  logEvents(log, row.events, guess.client);
  return row;
}

/** Cancels a verification and ends its code; false if it has been approved or canceled. */
export async function cancel(
  db: Database,
  { id, phone_number }: Verification,
  askers: readonly Buffer[],
): Promise<boolean> {
  const input = { phone_number, askers, challenge_id: id };
  return onlyRow(await db.call<{ cancel_verification: boolean }>('cancel_verification', input)).cancel_verification;
}

/** Deletes a batch of the verifications that are older than a day, from the time `from` on. */
export function deleteOldVerifications(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_verifications', { from, keep_hours: keepHours });
}
