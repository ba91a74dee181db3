import { hash } from 'node:crypto';
import { random } from '../kit/random.ts';

/** The maximum of tokens in a browser, one for each number that signed in there lately. */
const maxTokens = 5;
const pattern = /^vouchd_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** A token that proves an earlier sign-in on a device, and its hash in the database. */
export interface DeviceToken {
  readonly token: string;
  readonly secretHash: Buffer;
}

/**
 * A new token of a trusted device: 256 unpredictable bits. It signs nobody in. An attacker who uses up the limits of a
 * number from elsewhere does not lock out a device that presents one (OWASP ASVS 6.1.1).
 */
export function newDeviceToken(): DeviceToken {
  return deviceToken(`vouchd_${random.bytes(32).toString('base64url')}`);
}

/**
 * Parses the tokens in a cookie or in the header `Device-Token`: several are joined by a full stop, the newest first.
 */
export function parseDeviceTokens(text: string | undefined): readonly DeviceToken[] {
  const tokens = (text ?? '').slice(0, 1000).split('.', maxTokens);
  return tokens.filter((token) => pattern.test(token)).map(deviceToken);
}

/** The tokens for the browser after a sign-in: the one of this sign-in first, then its others. */
export function keepDeviceTokens(text: string | undefined, current: string): string {
  const previous = parseDeviceTokens(text).filter(({ token }) => token !== current);
  return [current, ...previous.map(({ token }) => token)].slice(0, maxTokens).join('.');
}

function deviceToken(token: string): DeviceToken {
  return { token, secretHash: hash('sha256', token, 'buffer') };
}
