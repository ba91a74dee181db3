import { derive, hmac, type SecretKeys, sameBytes, truncate } from '../kit/secret.ts';

/** The fields of a challenge that its code depends on. */
export interface CodedChallenge {
  readonly id: string;
  readonly key_id: string;
  readonly code_length: number;
}

/**
 * The code of a challenge: HMAC-SHA-256 of its random id and the number under the key that it was opened with,
 * truncated as in RFC 4226. So it is never stored, and is the same for every request. Undefined if that key has been
 * withdrawn.
 */
export function codeFor(keys: SecretKeys, challenge: CodedChallenge, phoneNumber: string): string | undefined {
  const key = keys.byId(challenge.key_id);
  return key && truncate(hmac(derive(key, 'code'), `${challenge.id} ${phoneNumber}`), challenge.code_length);
}

/** Compares a guess with the code in constant time. */
export function isCode(guess: string, code: string | undefined): boolean {
  return code !== undefined && sameBytes(Buffer.from(guess), Buffer.from(code));
}
