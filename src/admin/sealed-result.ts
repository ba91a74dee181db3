import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { random } from '../kit/random.ts';
import type { AdminResult } from './result.ts';

const ivBytes = 12;
const tagBytes = 16;

/**
 * Encrypts a result (AES-256-GCM) by a key that follows from the idempotency key (HKDF-SHA-256, RFC 5869). The database
 * has the hash of that key alone, so that a copy of it tells no result.
 */
export function sealResult(result: AdminResult, idempotencyKey: string, context: string): Buffer {
  const iv = random.bytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', keyOf(idempotencyKey, context), iv);
  const text = Buffer.concat([cipher.update(JSON.stringify(result), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

/** Decrypts what `sealResult` has made of a result, under the same idempotency key and context. */
export function openResult(sealed: Uint8Array, idempotencyKey: string, context: string): AdminResult {
  const [iv, rest] = [sealed.subarray(0, ivBytes), sealed.subarray(ivBytes)];
  const decipher = createDecipheriv('aes-256-gcm', keyOf(idempotencyKey, context), iv);
  decipher.setAuthTag(rest.subarray(0, tagBytes));
  const text = Buffer.concat([decipher.update(rest.subarray(tagBytes)), decipher.final()]);
  return JSON.parse(text.toString('utf8'));
}

function keyOf(idempotencyKey: string, context: string): Buffer {
  return Buffer.from(hkdfSync('sha256', idempotencyKey, context, 'idempotent result', 32));
}
