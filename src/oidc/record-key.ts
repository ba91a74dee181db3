import { hash, hkdfSync } from 'node:crypto';
import { open, seal } from '../kit/seal.ts';
import { derive, hmac, type SecretKey, type SecretKeys, sameBytes } from '../kit/secret.ts';

/** The key of a record: its kind, and the SHA-256 of its id, which may be a token. */
export function recordKey(kind: string, id: string): string {
  return `${kind}:${hash('sha256', id, 'base64url')}`;
}

/** The hash of the session of a grant. No token has a secret with this hash: a secret has 32 bytes, which this text has not. */
export function grantSessionHash(grantKey: string): Buffer {
  return hash('sha256', `session of ${grantKey}`, 'buffer');
}

/** Encrypts a text by a key that follows from an id alone, so that the database cannot open it. */
export function sealByToken(id: string, purpose: string, text: string): Buffer {
  return seal(keyOf(id, purpose), text);
}

/** Decrypts such a text; throws if it is of another id. */
export function openByToken(id: string, purpose: string, sealed: Uint8Array): string {
  return open(keyOf(id, purpose), sealed);
}

function keyOf(id: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', id, '', purpose, 32));
}

/** An id by which this product names a record whose own id it does not know. The signature keeps clients from using a key. */
export function internalId({ current }: SecretKeys, key: string): string {
  return `~${key}~${signature(current, key)}`;
}

/** The key in such an id; undefined for any other id. */
export function internalKey({ all }: SecretKeys, id: string): string | undefined {
  const [start, key = '', mac = ''] = id.split('~');
  if (start !== '' || mac === '') return undefined;
  return all.some((one) => sameBytes(Buffer.from(mac), Buffer.from(signature(one, key)))) ? key : undefined;
}

function signature({ key }: SecretKey, text: string): string {
  return hmac(derive(key, 'id of a record'), text).toString('base64url');
}
