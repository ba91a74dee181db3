import { derive, hmac, type SecretKeys, sameBytes } from '../kit/secret.ts';

/** The lifetime of an invite that a link left in a browser: a week, so that no stranger gets a number a month later. */
export const rememberedInviteSeconds = 7 * 86_400;

/** The invite of a working link that was opened, until somebody signs up with it or declines it. */
export interface RememberedInvite {
  readonly code: string;
  /** By the clock of the database. */
  readonly openedAt: Date;
  /** The text in the browser: code, time and an HMAC-SHA-256 over both, truncated to 128 bits. */
  readonly text: string;
}

const pattern = /^([0-9A-Za-z]{6,9})-(\d{1,12})-([0-9a-f]{32})$/;

/**
 * Signs an invite for the browser. The signature protects the time. It also keeps pages from revealing whether a code
 * exists, except to a browser that opened its link, where the rate limit of attempts applies.
 */
export function rememberInvite(keys: SecretKeys, code: string, openedAt: Date): RememberedInvite {
  const seconds = Math.floor(openedAt.getTime() / 1000);
  const text = `${code}-${seconds}-${mac(keys.current.key, code, seconds).toString('hex')}`;
  return { code, openedAt: new Date(seconds * 1000), text };
}

/** Parses the text of a browser; undefined without our signature. The database decides whether it has expired. */
export function parseRememberedInvite(keys: SecretKeys, text: string | undefined): RememberedInvite | undefined {
  const [match, code = '', seconds = '', signature = ''] = pattern.exec(text ?? '') ?? [];
  if (match === undefined) return undefined;
  const actual = Buffer.from(signature, 'hex');
  if (!keys.all.some(({ key }) => sameBytes(actual, mac(key, code, Number(seconds))))) return undefined;
  return { code, openedAt: new Date(Number(seconds) * 1000), text: match };
}

function mac(key: Parameters<typeof derive>[0], code: string, seconds: number): Buffer {
  return hmac(derive(key, 'invite link'), `${code} ${seconds}`).subarray(0, 16);
}
