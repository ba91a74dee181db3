import { derive, hmac, type SecretKeys, sameBytes, truncate } from '../kit/secret.ts';
import type { Lane } from './challenge.ts';

/** A challenge as far as its code depends on it. */
export interface CodedChallenge {
  readonly id: string;
  readonly key_id: string;
  readonly code_length: number;
}

/**
 * The code of a challenge: HMAC-SHA-256 of its random id and the number under the key that it was opened with,
 * truncated as in RFC 4226. So it is nowhere stored, and is the same however often it is asked for. Undefined where
 * that key has been withdrawn.
 */
export function codeFor(keys: SecretKeys, challenge: CodedChallenge, phoneNumber: string): string | undefined {
  const key = keys.byId(challenge.key_id);
  return key && truncate(hmac(derive(key, 'code'), `${challenge.id} ${phoneNumber}`), challenge.code_length);
}

/** Whether a guess is the code, compared in constant time. */
export function isCode(guess: string, code: string | undefined): boolean {
  return code !== undefined && sameBytes(Buffer.from(guess), Buffer.from(code));
}

const deviceLifeSeconds = 365 * 86_400;
const devicePattern = /^vouchd_[A-Za-z0-9_-]{54}$/;

/**
 * A token that a device keeps once it has signed in with a number: whoever uses up the limits of that number from
 * elsewhere does not lock its owner out (OWASP ASVS 6.1.1). It signs nobody in, and holds neither number nor account.
 */
export function deviceTokenFor(keys: SecretKeys, phoneNumber: string, now: Date): string {
  const issued = Buffer.alloc(8);
  issued.writeBigUInt64BE(BigInt(Math.floor(now.getTime() / 1000)));
  return `vouchd_${Buffer.concat([issued, deviceMac(keys.current.key, phoneNumber, issued)]).toString('base64url')}`;
}

/** The lane of a request: that of a known device where it shows a token made for this very number within a year. */
export function laneOf(keys: SecretKeys, phoneNumber: string, deviceToken: string | undefined, now: Date): Lane {
  if (!deviceToken || !devicePattern.test(deviceToken)) return 'anyone';
  const bytes = Buffer.from(deviceToken.slice('vouchd_'.length), 'base64url');
  const issued = bytes.subarray(0, 8);
  if (Number(issued.readBigUInt64BE()) + deviceLifeSeconds < now.getTime() / 1000) return 'anyone';
  const mac = bytes.subarray(8);
  return keys.all.some(({ key }) => sameBytes(mac, deviceMac(key, phoneNumber, issued))) ? 'known_device' : 'anyone';
}

function deviceMac(key: Parameters<typeof derive>[0], phoneNumber: string, issued: Buffer): Buffer {
  return hmac(derive(key, 'device'), `${issued.toString('hex')} ${phoneNumber}`);
}
