import type { Database } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import type { Receipt } from '../sms/provider.ts';

/** The news of a receipt, and the seconds since the attempt. */
export interface ReceiptUpdate {
  readonly state: 'delivered' | 'failed';
  readonly seconds: number | null;
}

/**
 * Records receipts, each of which may come twice, late, in any order, or before its reference is known. `delivered` is
 * never taken back. Returns the news.
 */
export function recordReceipts(db: Database, provider: string, receipts: readonly Receipt[]): Promise<ReceiptUpdate[]> {
  return db.call('record_receipts', {
    references: receipts.map(({ reference }) => reference),
    provider,
    states: receipts.map(({ state }) => state),
    reasons: receipts.map(({ reason }) => reason),
  });
}

/** Deletes a batch of the references that no receipt is applied to any more, from the time `from` on. */
export function deleteOldReferences(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_references', { from });
}

/** Applies the receipts of a provider that came before their references, and deletes unmatched ones after an hour. */
export function recordEarlyReceipts(db: Database, provider: string): Promise<ReceiptUpdate[]> {
  return db.call('apply_early_receipts', { provider });
}
