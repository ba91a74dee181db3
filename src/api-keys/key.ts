import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { random } from '../kit/random.ts';

const prefix = 'vouch_sk_';
const idBytes = 8;
const secretBytes = 32;
const checksumBytes = 4;
/** Secret and checksum have 36 bytes, which base64url writes in 48 characters without a bit to spare. */
const keyPattern = /^vouch_sk_([0-9a-f]{16})_([A-Za-z0-9_-]{48})$/;

/** The parts of a key that a client presents: its public id, and the SHA-256 of its secret. */
export interface KeyCredential {
  readonly id: string;
  readonly secretHash: Buffer;
}

/** A new public id of a key: 64 unpredictable bits in hexadecimal. */
export function newKeyId(): string {
  return random.bytes(idBytes).toString('hex');
}

/** The secret of a key: 256 unpredictable bits. */
export function newKeySecret(): Buffer {
  return random.bytes(secretBytes);
}

/** The stored hash of a secret: SHA-256, which needs no salt because the secret has 256 bits. */
export function hashKeySecret(secret: Buffer): Buffer {
  return hash('sha256', secret, 'buffer');
}

/**
 * The text of a key: `vouch_sk_`, its id, then base64url of the secret and of the CRC-32 of both. The prefix and the
 * checksum let scanners find a leaked key.
 */
export function formatKey(id: string, secret: Buffer): string {
  return `${prefix}${id}_${Buffer.concat([secret, checksumOf(id, secret)]).toString('base64url')}`;
}

/** Parses a key; undefined if its form or its checksum is wrong, so that no such key costs a statement. */
export function parseKey(text: string): KeyCredential | undefined {
  const [, id = '', rest = ''] = keyPattern.exec(text) ?? [];
  if (id === '') return undefined;
  const bytes = Buffer.from(rest, 'base64url');
  const secret = bytes.subarray(0, secretBytes);
  if (!checksumOf(id, secret).equals(bytes.subarray(secretBytes))) return undefined;
  return { id, secretHash: hashKeySecret(secret) };
}

function checksumOf(id: string, secret: Buffer): Buffer {
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32BE(crc32(secret, crc32(id)));
  return checksum;
}
