import { errorCode, errorMessage } from '../kit/caught.ts';
import type { ConnectionParams } from './connection-string.ts';
import type { Host } from './host.ts';

/** Whether to encrypt the first attempt, and a second one, as libpq does (PostgreSQL manual, 32.19.3). */
export function encryptionAttempts({ tls }: ConnectionParams, host: Host): boolean[] {
  if ('path' in host || tls.mode === 'disable') return [false];
  if (tls.mode === 'allow') return [false, true];
  return tls.mode === 'prefer' ? [true, false] : [true];
}

/** Whether `pg_hba.conf` has no line for this kind of connection, or a TLS handshake failed. */
export function isAboutEncryption(error: unknown): boolean {
  const [code, message] = [errorCode(error), errorMessage(error)];
  return (
    code === '28000' ||
    /\b(SSL|TLS|encryption|insecure)\b/i.test(String(message)) ||
    /^(ERR_SSL|ERR_TLS|EPROTO)/.test(String(code))
  );
}
