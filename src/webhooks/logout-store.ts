import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';

/** A notice for an app that a session has ended. */
export interface LogoutNotice {
  /** The id of the session. */
  readonly id: string;
  readonly account_id: string;
  readonly client_id: string;
  /** The id by which the app knows the session. */
  readonly sid: string;
  readonly retries: number;
}

/** Leases due notices, of apps that are not busy. */
export function claimLogouts(db: Database, max: number, busy: readonly string[], leaseSeconds: number) {
  return db.call<LogoutNotice>('claim_logouts', { max, busy, lease_seconds: leaseSeconds });
}

/** Lets a notice wait for its next attempt. */
export async function retryLogout(db: Database, id: string, retrySeconds: number): Promise<void> {
  await db.call('retry_logout', { id, retry_seconds: retrySeconds });
}

/** Deletes a notice: it was delivered, or no attempt follows. */
export async function deleteLogout(db: Database, id: string): Promise<void> {
  await db.call('delete_logout_notice', { id });
}

/** Deletes a batch of the notices of sessions that expired by themselves, from the time `from` on. */
export function deleteExpiredLogouts(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_expired_logouts', { from });
}
