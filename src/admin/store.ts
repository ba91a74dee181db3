import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { onlyRow } from '../kit/present.ts';

/** The time for which the result of an idempotent request is kept. */
export const keepHours = 24;

/**
 * The lease of an attempt. It is longer than any transaction lives, which the deadline of a call ends, so that after it
 * the attempt has committed or has left nothing.
 */
export const leaseSeconds = 30;

/** An attempt to run an idempotent request. */
export interface Attempt {
  readonly key: string;
  readonly id: string;
}

/** The outcome of a claim. */
export type Claim =
  | { readonly outcome: 'claimed' | 'running' | 'other_request'; readonly result: null }
  | { readonly outcome: 'finished'; readonly result: Uint8Array };

/** Claims an idempotent request for an attempt. */
export async function claimRequest(db: Database, { key, id }: Attempt, fingerprint: Buffer): Promise<Claim> {
  const input = { key, fingerprint, attempt: id, lease_seconds: leaseSeconds, keep_hours: keepHours };
  return onlyRow(await db.call<Claim>('claim_request', input));
}

/** Locks the claim of an attempt until the end of the transaction; false if another attempt has it by now. */
export async function holdRequest(db: Database, { key, id }: Attempt): Promise<boolean> {
  return onlyRow(await db.call<{ hold_request: boolean }>('hold_request', { key, attempt: id })).hold_request;
}

/** Extends the lease of an attempt; false if another attempt has the claim by now. */
export async function extendRequest(db: Database, { key, id }: Attempt): Promise<boolean> {
  const input = { key, attempt: id, lease_seconds: leaseSeconds };
  return onlyRow(await db.call<{ extend_request: boolean }>('extend_request', input)).extend_request;
}

/** Records the result of a request. */
export async function finishRequest(db: Database, { key }: Attempt, result: Buffer): Promise<void> {
  await db.call('finish_request', { key, result });
}

/** Gives up a claim without a result. */
export async function releaseRequest(db: Database, { key, id }: Attempt): Promise<void> {
  await db.call('release_request', { key, attempt: id });
}

/** Deletes a batch of the requests that are older than a day, from the time `from` on. */
export function deleteOldRequests(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_requests', { from, keep_hours: keepHours });
}
