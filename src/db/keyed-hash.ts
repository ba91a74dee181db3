import type { Database, Fragment } from './database.ts';

const blockBytes = 64;

/**
 * An expression of type `bytea`: HMAC-SHA-256 (RFC 2104) of a message that only a row knows. The key has at most 64 bytes;
 * the statement carries it, so it has to be derived for this purpose, and no log may show parameters.
 */
export function keyedHash({ sql }: Pick<Database, 'sql'>, key: Uint8Array, message: Fragment): Fragment {
  const padded = (pad: number) => Buffer.from(Array.from({ length: blockBytes }, (_, at) => (key[at] ?? 0) ^ pad));
  return sql`sha256(${padded(0x5c)}::bytea || sha256(${padded(0x36)}::bytea || ${message}))`;
}

/**
 * The outer and the inner block of a key of at most 64 bytes, for `vouch.keyed_hash`. They stand for the key, so it has
 * to be derived for this purpose, and no log may show parameters.
 */
export function hmacBlocks(key: Uint8Array): Buffer {
  const padded = (pad: number) => Buffer.from(Array.from({ length: blockBytes }, (_, at) => (key[at] ?? 0) ^ pad));
  return Buffer.concat([padded(0x5c), padded(0x36)]);
}
