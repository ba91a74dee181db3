import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Client } from '../http/client.ts';
import { random } from '../kit/random.ts';
import { uuidBytes, uuidOf } from '../kit/uuid.ts';

const prefix = 'vouch_';
const idBytes = 16;
const secretBytes = 32;
const checksumBytes = 4;
/** The last character has four unused bits, which would make sixteen spellings of one token. */
const tokenPattern = /^vouch_[A-Za-z0-9_-]{69}[AQgw]$/;

/** The lifetime of a session in seconds: without use, and in total. */
export interface SessionLife {
  readonly idleSeconds: number;
  readonly lifetimeSeconds: number;
}

/** The claims of a session token: the account id, and the SHA-256 that finds its row. */
export interface Credential {
  readonly accountId: string;
  readonly secretHash: Buffer;
}

/** A credential, and the client that presented it. */
export interface Caller extends Credential {
  readonly client: Client;
}

/** The secret of a new session: 256 unpredictable bits. */
export function newSecret(): Buffer {
  return random.bytes(secretBytes);
}

/** The stored hash of a session's secret: SHA-256, which needs no salt because the secret has 256 bits. */
export function hashSecret(secret: Buffer): Buffer {
  return hash('sha256', secret, 'buffer');
}

/**
 * The token of a session: `vouch_`, then base64url of the account id, the secret and the CRC-32 of both. The prefix and
 * the checksum let scanners find a leaked token; the account id lets a lookup go to one shard.
 */
export function formatToken(accountId: string, secret: Buffer): string {
  const body = Buffer.concat([uuidBytes(accountId), secret]);
  return prefix + Buffer.concat([body, checksumOf(body)]).toString('base64url');
}

/** Parses a token; undefined if its form or its checksum is wrong, so that no such token costs a statement. */
export function parseToken(token: string): Credential | undefined {
  if (!tokenPattern.test(token)) return undefined;
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url');
  const body = bytes.subarray(0, idBytes + secretBytes);
  if (!checksumOf(body).equals(bytes.subarray(body.length))) return undefined;
  return { accountId: uuidOf(body.subarray(0, idBytes)), secretHash: hashSecret(body.subarray(idBytes)) };
}

/** Whether a text may be the id of a session: a UUID. */
export function isSessionId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function checksumOf(body: Buffer): Buffer {
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32BE(crc32(body));
  return checksum;
}
