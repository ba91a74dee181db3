import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { errorMessage } from '../kit/caught.ts';
import type { UsedParameter } from './parameters.ts';
import { StartupError } from './startup-error.ts';

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** The TLS requirement of a connection, as `sslmode` of libpq (PostgreSQL manual, 32.19). */
export type TlsMode = (typeof modes)[number];

/** The TLS options of a connection. */
export interface TlsOptions {
  readonly mode: TlsMode;
  /** Starts with TLS directly, without `SSLRequest`; from PostgreSQL 17 on. */
  readonly direct: boolean;
  /** Whether the host name is sent in clear text (SNI). */
  readonly sendsName: boolean;
  /** The loaded files, and the TLS versions. */
  readonly context: SecureContextOptions;
}

/**
 * Parses the TLS parameters and loads their files. Without `sslmode`, TLS is used if the server requires it. Without
 * `sslrootcert`, the authorities of Node.js and of `NODE_EXTRA_CA_CERTS` are trusted. Throws `StartupError`.
 */
export function parseTls(
  get: (name: UsedParameter) => string | undefined,
  readFile: (name: string, path: string) => Buffer,
): TlsOptions {
  const [rootcert, cert, key, crl] = [get('sslrootcert'), get('sslcert'), get('sslkey'), get('sslcrl')];
  const isSystem = rootcert === 'system';
  const sslmode = oneOf('sslmode', get('sslmode') ?? (isSystem ? 'verify-full' : 'allow'), modes);
  if (isSystem && sslmode !== 'verify-full') {
    throw new StartupError('DATABASE_URL: sslrootcert=system needs sslmode=verify-full');
  }
  const hasOwnRoot = rootcert !== undefined && !isSystem;
  const direct = oneOf('sslnegotiation', get('sslnegotiation') ?? 'postgres', ['postgres', 'direct']) === 'direct';
  if (direct && !/^(require|verify)/.test(sslmode)) {
    throw new StartupError('DATABASE_URL: sslnegotiation=direct needs sslmode=require, verify-ca or verify-full');
  }
  const withClientCertificate = get('sslcertmode') !== 'disable';
  if (withClientCertificate && (cert === undefined) !== (key === undefined)) {
    throw new StartupError('DATABASE_URL: sslcert and sslkey are needed together: the certificate, and its key');
  }
  const file = (name: UsedParameter, path: string | undefined) =>
    path === undefined ? {} : { [name]: readFile(name, path) };
  const files = {
    ...(hasOwnRoot ? file('sslrootcert', rootcert) : {}),
    ...(withClientCertificate ? { ...file('sslcert', cert), ...file('sslkey', key) } : {}),
    ...file('sslcrl', crl),
  };
  checkCertificates(files.sslrootcert);
  const context: SecureContextOptions = {
    ...(files.sslrootcert ? { ca: files.sslrootcert } : {}),
    ...(files.sslcert ? { cert: files.sslcert, key: files.sslkey, passphrase: get('sslpassword') } : {}),
    ...(files.sslcrl ? { crl: files.sslcrl } : {}),
    minVersion: versionOf('ssl_min_protocol_version', get('ssl_min_protocol_version') ?? 'TLSv1.2'),
    maxVersion: versionOf('ssl_max_protocol_version', get('ssl_max_protocol_version') ?? 'TLSv1.3'),
  };
  checkContext(context);
  // As in libpq: with `sslrootcert`, "require" also checks that one of its authorities issued the certificate.
  const mode = sslmode === 'require' && hasOwnRoot ? 'verify-ca' : sslmode;
  return { mode, direct, sendsName: get('sslsni') !== '0', context };
}

function checkContext(context: SecureContextOptions): void {
  try {
    createSecureContext(context);
  } catch (error) {
    throw new StartupError(
      `DATABASE_URL: a file of sslcert, sslkey, sslrootcert or sslcrl is of no use: ${errorMessage(error)}`,
    );
  }
}

/** Node.js ignores a file of authorities without a certificate. */
function checkCertificates(file: Buffer | undefined): void {
  if (file === undefined) return;
  try {
    new X509Certificate(file);
  } catch {
    throw new StartupError('DATABASE_URL: sslrootcert names a file without a certificate in PEM');
  }
}

function versionOf(name: UsedParameter, text: string): SecureVersion {
  const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  return oneOf(name, text, versions);
}

function oneOf<const T extends string>(name: UsedParameter, text: string, words: readonly T[]): T {
  const value = words.find((word) => word === text);
  if (value === undefined) throw new StartupError(`DATABASE_URL: ${name} has to be one of ${words.join(', ')}`);
  return value;
}
