import { onlyRow } from '../kit/present.ts';
import type { SessionNeeds } from '../sessions/store.ts';

/** The beginning of an exchange; see `vouch.exchange_oidc_token`. */
export interface ExchangeRow {
  readonly outcome: 'begun' | 'busy' | 'sealed' | 'used' | 'unknown';
  readonly sealed: Uint8Array | null;
}

/** Begins an exchange of a refresh token. */
export async function exchangeToken(
  { db, sessionLife }: SessionNeeds,
  key: string,
  attempt: string,
): Promise<ExchangeRow> {
  const input = { key, attempt, idle_seconds: sessionLife.idleSeconds };
  return onlyRow(await db.call<ExchangeRow>('exchange_oidc_token', input));
}

/** Keeps the response of an exchange; false if another attempt has begun or finished since. */
export async function finishExchangeRow(
  { db }: SessionNeeds,
  exchange: { key: string; attempt: string; sealed: Buffer; successorKey: string },
): Promise<boolean> {
  const { key, attempt, sealed, successorKey } = exchange;
  const input = { key, attempt, sealed, successor_key: successorKey };
  const rows = await db.call<{ finish_oidc_exchange: boolean }>('finish_oidc_exchange', input);
  return onlyRow(rows).finish_oidc_exchange;
}
