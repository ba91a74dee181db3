import { errorCode, errorMessage } from '../kit/caught.ts';
import { isUnknownAuthority } from '../kit/certificate-error.ts';
import { redactError } from '../kit/redact-error.ts';
import type { Pooler } from './client.ts';
import type { ConnectionParams } from './connection-string.ts';
import { type Host, hostLabel } from './host.ts';
import { sessionSettingNames } from './session-settings.ts';
import { StartupError } from './startup-error.ts';
import { isUnavailable } from './unavailable.ts';

/**
 * Returns the error itself if the database may be up a little later, with a fix if a person can help; else a
 * `StartupError` that names the database, the reason and the fix.
 */
export function explainStartupError(error: unknown, params: ConnectionParams, host: Host, pooler: Pooler): unknown {
  if (error instanceof StartupError) return error;
  const safe = redactError(error);
  const [message, code] = [errorMessage(safe), errorCode(safe)];
  if (code === '28000' && message.startsWith('Peer authentication')) {
    return new StartupError(
      `The PostgreSQL at ${params.masked} works for another OS user: run this as the OS user that started it, or as root`,
    );
  }
  const poolerProblem = /unsupported startup parameter/.test(message);
  if (code === '53300') {
    const fix = 'raise max_connections, or lower DATABASE_POOL';
    return Object.assign(new Error(`${message}; if it stays so, ${fix}`), { code });
  }
  if (isUnavailable(error) && !poolerProblem && !isFinalOfPooler(code, message)) return error;
  const advice = poolerProblem ? poolerFix(pooler) : fixFor(code);
  if (typeof code !== 'string') {
    return new StartupError(`${hostLabel(host)} does not answer as PostgreSQL does (${message}); correct DATABASE_URL`);
  }
  return new StartupError(`The database ${params.masked} refuses us: ${message}; ${advice}`);
}

/** PgBouncer has one code for temporary and for permanent errors. */
function isFinalOfPooler(code: string | undefined, message: string): boolean {
  return (
    code === '08P01' &&
    /no such (database|user)|does not exist|authentication failed|SSL required|not allowed/i.test(message)
  );
}

function poolerFix(pooler: Pooler): string {
  const ignoredSettings = ['options', ...sessionSettingNames].join(', ');
  return pooler === 'none'
    ? `a pooler stands before it: set DATABASE_POOLER=transaction, or, in session mode, its ignore_startup_parameters = ${ignoredSettings}`
    : `set ignore_startup_parameters = options of the pooler, or leave options out of DATABASE_URL`;
}

const authority =
  'name the file of its authority: sslrootcert in DATABASE_URL (sslmode=verify-full&sslrootcert=/path), or NODE_EXTRA_CA_CERTS';

function fixFor(code: string | undefined): string {
  if (isUnknownAuthority(code)) return authority;
  return fixes.find(([codes]) => codes.test(String(code)))?.[1] ?? 'correct DATABASE_URL';
}

const fixes: readonly (readonly [codes: RegExp, fix: string])[] = [
  [/^28P01$/, 'correct DATABASE_URL, or the password of the role'],
  [/^28000$/, 'correct DATABASE_URL, or pg_hba.conf of the server'],
  [/^42501$/, 'correct DATABASE_URL, or grant connect on the database to the role'],
  [/^55000$/, 'let the server take connections to it: alter database … allow_connections true'],
  [/^ERR_TLS_NOT_OFFERED$/, 'set ssl = on at the server, or write sslmode=disable in DATABASE_URL'],
  [/^CERT_HAS_EXPIRED$/, 'renew the certificate of the server'],
  [/^ERR_TLS_CERT_ALTNAME/, 'name the server in DATABASE_URL as its certificate does, or write sslmode=verify-ca'],
  [/^E(ACCES|PERM)$/, 'let the user of this process into the folder of the socket'],
];
