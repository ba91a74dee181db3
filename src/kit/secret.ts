import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

/** A server key under its id: the first eight hexadecimal digits of its SHA-256. */
export interface SecretKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys of a deployment: the first one signs, all verify, so that a key can be rotated without signing anyone out. */
export interface SecretKeys {
  readonly current: SecretKey;
  readonly all: readonly SecretKey[];
  byId(id: string): KeyObject | undefined;
}

/** Builds keys from their texts, of which at least one is required; the first one signs. */
export function secretKeys([first, ...previous]: readonly [string, ...string[]]): SecretKeys {
  const current = secretKey(first);
  const all = [current, ...previous.map(secretKey)];
  return { current, all, byId: (id) => all.find((key) => key.id === id)?.key };
}

function secretKey(text: string): SecretKey {
  const id = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return { id, key: createSecretKey(Buffer.from(text)) };
}

const derived = new WeakMap<KeyObject, Map<string, Buffer>>();

/** The 256-bit key for one purpose (HKDF-SHA-256, RFC 5869, without salt): no two purposes ever share a key. */
export function derive(key: KeyObject, purpose: string): Buffer {
  const known = derived.get(key) ?? new Map<string, Buffer>();
  derived.set(key, known);
  const subkey = known.get(purpose) ?? Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
  known.set(purpose, subkey);
  return subkey;
}

/** HMAC-SHA-256 (RFC 2104); a text is taken as UTF-8. */
export function hmac(key: Uint8Array, message: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

/** Decimal digits of an HMAC by the dynamic truncation of RFC 4226, leading zeros kept; `digits` up to 8. */
export function truncate(mac: Buffer, digits: number): string {
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** Compares two byte strings, in a time that depends on their lengths alone. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
