import type { Database } from '../db/database.ts';
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

/** Applies the receipts of a provider that came before their references, and deletes unmatched ones after an hour. */
export function recordEarlyReceipts(db: Database, provider: string): Promise<ReceiptUpdate[]> {
  return db.call('apply_early_receipts', { provider });
}
