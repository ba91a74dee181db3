import { hash } from 'node:crypto';
import { random } from '../kit/random.ts';

/** The secret of an operator's session or of a link: 256 unpredictable bits, and no session of the pages. */
export interface OperatorToken {
  readonly token: string;
  /** Its SHA-256, which needs no salt because the secret has 256 bits. */
  readonly secretHash: Buffer;
}

/** The last character has two unused bits, which would make four spellings of one token. */
const pattern = /^voucho_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** Generates a token. */
export function newOperatorToken(): OperatorToken {
  const token = `voucho_${random.bytes(32).toString('base64url')}`;
  return { token, secretHash: hashToken(token) };
}

/** The hash of a token; undefined if the text has another form, so that it costs no statement. */
export function hashOfOperatorToken(text: string | undefined): Buffer | undefined {
  return text !== undefined && pattern.test(text) ? hashToken(text) : undefined;
}

function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
