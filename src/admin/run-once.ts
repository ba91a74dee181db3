import { hash } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { inTransaction } from '../db/transaction.ts';
import { random } from '../kit/random.ts';
import type { AdminResult } from './result.ts';
import { openResult, sealResult } from './sealed-result.ts';
import { type Attempt, claimRequest, finishRequest, holdRequest, releaseRequest } from './store.ts';

/** The identity of a write: the API key, the idempotency key, and all that makes it another request. */
export interface WriteIdentity {
  readonly apiKeyId: string;
  readonly idempotencyKey: string;
  readonly request: unknown;
}

/** Refusals that say nothing about the act, so that the same key may be used again. */
const passing = new Set<string>(['scope_missing', 'request_in_progress']);

/**
 * Runs an act once for each idempotency key, however often and by however many processes it is requested at the same
 * time. The act and its result are one transaction: after a crash both are there, and a retry gets the result, or
 * neither is, and a retry runs the act when the lease of the dead attempt has ended.
 */
export async function runOnce(
  db: Database,
  { apiKeyId, idempotencyKey, request }: WriteIdentity,
  act: (db: Database) => Promise<AdminResult>,
): Promise<AdminResult> {
  const attempt: Attempt = { key: `${apiKeyId}:${sha256(idempotencyKey).toString('hex')}`, id: random.id() };
  // the idempotency key is in the fingerprint as a salt: the data of a request may be personal
  const fingerprint = sha256(JSON.stringify([idempotencyKey, request]));
  const claim = await claimRequest(db, attempt, fingerprint);
  if (claim.outcome === 'finished') return openResult(claim.result, idempotencyKey, attempt.key);
  if (claim.outcome === 'other_request') return { ok: false, code: 'idempotency_key_reused' };
  if (claim.outcome === 'running') return running;
  try {
    const result = await inTransaction(db, (transaction) => actAndRecord(transaction, attempt, idempotencyKey, act));
    if (!isKept(result)) await releaseRequest(db, attempt);
    return result;
  } catch (error) {
    // a claim that is not released ends with its lease
    await releaseRequest(db, attempt).catch(() => {});
    throw error;
  }
}

const running: AdminResult = { ok: false, code: 'request_in_progress', retryInSeconds: 1 };

async function actAndRecord(
  db: Database,
  attempt: Attempt,
  idempotencyKey: string,
  act: (db: Database) => Promise<AdminResult>,
): Promise<AdminResult> {
  if (!(await holdRequest(db, attempt))) return running;
  const result = await act(db);
  if (isKept(result)) await finishRequest(db, attempt, sealResult(result, idempotencyKey, attempt.key));
  // the same values as a repetition reads, such as texts instead of dates
  return JSON.parse(JSON.stringify(result));
}

function isKept(result: AdminResult): boolean {
  return result.ok || !passing.has(result.code);
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
