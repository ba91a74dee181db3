import { hash } from 'node:crypto';
import type { Database } from '../db/database.ts';
import { inTransaction } from '../db/transaction.ts';
import { random } from '../kit/random.ts';
import type { AdminResult } from './result.ts';
import { openResult, sealResult } from './sealed-result.ts';
import {
  type Attempt,
  claimRequest,
  extendRequest,
  finishRequest,
  holdRequest,
  leaseSeconds,
  releaseRequest,
} from './store.ts';

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
  const claimed = await claim(db, { apiKeyId, idempotencyKey, request });
  if (!('attempt' in claimed)) return claimed;
  const { attempt } = claimed;
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

/**
 * Runs an act that takes longer than a transaction may, and that may be repeated: each of its steps commits by itself, and
 * a repetition finds what is done already. The result is recorded at the end. After a crash a retry runs the act again
 * when the lease of the dead attempt has ended.
 */
export async function runLong(
  db: Database,
  identity: WriteIdentity,
  act: () => Promise<AdminResult>,
): Promise<AdminResult> {
  const claimed = await claim(db, identity);
  if (!('attempt' in claimed)) return claimed;
  const { attempt } = claimed;
  const extend = () => void extendRequest(db, attempt).catch(() => {});
  const timer = setInterval(extend, (leaseSeconds * 1000) / 3).unref();
  try {
    const result = await act();
    if (isKept(result)) await finishRequest(db, attempt, sealResult(result, identity.idempotencyKey, attempt.key));
    else await releaseRequest(db, attempt);
    return result;
  } catch (error) {
    await releaseRequest(db, attempt).catch(() => {});
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Claims a write for a new attempt, or returns the result that there is already. */
async function claim(
  db: Database,
  { apiKeyId, idempotencyKey, request }: WriteIdentity,
): Promise<{ readonly attempt: Attempt } | AdminResult> {
  const attempt: Attempt = { key: `${apiKeyId}:${sha256(idempotencyKey).toString('hex')}`, id: random.id() };
  // the idempotency key is in the fingerprint as a salt: the data of a request may be personal
  const fingerprint = sha256(JSON.stringify([idempotencyKey, request]));
  const found = await claimRequest(db, attempt, fingerprint);
  if (found.outcome === 'finished') return openResult(found.result, idempotencyKey, attempt.key);
  if (found.outcome === 'other_request') return { ok: false, code: 'idempotency_key_reused' };
  if (found.outcome === 'running') return running;
  return { attempt };
}

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
  if (result.ok) return true;
  // a request that has to wait is sent again with the same key
  return !passing.has(result.code) && !(result.code === 'verification_refused' && 'retryInSeconds' in result.refusal);
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
