import { hkdfSync } from 'node:crypto';
import { open, seal } from '../kit/seal.ts';
import type { AdminResult } from './result.ts';

/**
 * Encrypts a result by a key that follows from the idempotency key (HKDF-SHA-256, RFC 5869). The database has the hash of
 * that key alone, so that a copy of it tells no result.
 */
export function sealResult(result: AdminResult, idempotencyKey: string, context: string): Buffer {
  return seal(keyOf(idempotencyKey, context), JSON.stringify(result));
}

/** Decrypts what `sealResult` has made of a result, under the same idempotency key and context. */
export function openResult(sealed: Uint8Array, idempotencyKey: string, context: string): AdminResult {
  return JSON.parse(open(keyOf(idempotencyKey, context), sealed));
}

function keyOf(idempotencyKey: string, context: string): Buffer {
  return Buffer.from(hkdfSync('sha256', idempotencyKey, context, 'idempotent result', 32));
}
