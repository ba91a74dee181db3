import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { errorMessage } from '../kit/caught.ts';
import { type Conninfo, parseConninfo } from './conninfo.ts';
import { type Host, hostLabel } from './host.ts';
import { checkParameters, type UsedParameter } from './parameters.ts';
import { findPassword } from './passfile.ts';
import { StartupError } from './startup-error.ts';
import { parseTls, type TlsOptions } from './tls-options.ts';

/** The parsed form of a `DATABASE_URL`. */
export interface ConnectionParams {
  /** The servers to try; the server that accepts writes is used. */
  readonly hosts: readonly Host[];
  readonly user: string;
  /** The password for each host, since a password file may hold several. */
  readonly passwordFor: (host: Host) => string;
  readonly database: string;
  /** The startup parameter `options`, as `-c search_path=app`. */
  readonly options: string | undefined;
  readonly applicationName: string;
  readonly tls: TlsOptions;
  readonly connectTimeoutMs: number;
  /** Seconds of silence before the first TCP keepalive probe; 0 turns keepalive off. */
  readonly keepAliveSeconds: number;
  /** Parameters that ask for more safety than the client has; logged once at startup. */
  readonly warnings: readonly string[];
  /** A URI without parameters, the first of several hosts replaced by `localhost`. */
  readonly url: string;
  /** The connection string without its password, for people and logs. */
  readonly masked: string;
}

/**
 * Parses a connection string as libpq does, with its parameters (PostgreSQL manual, 32.1). `target_session_attrs` is
 * always `read-write`. The environment is not read. Throws `StartupError`, which never contains the password.
 */
export function parseConnectionString(databaseUrl: string): ConnectionParams {
  const conninfo = parseConninfo(databaseUrl);
  checkParameters(conninfo);
  const get = (name: UsedParameter) => conninfo.get(name) || undefined;
  const servers = parseHosts(conninfo);
  const user = get('user') ?? systemUser();
  const database = get('dbname') ?? user;
  refuseStandby(get('target_session_attrs'));
  const password = get('password');
  const passfile = get('passfile');
  const passwords = new Map(
    servers.map((host) => [host, password ?? (passfile && findPassword(passfile, { host, user, database })) ?? '']),
  );
  const hosts = servers.map((host) => ('path' in host ? host.path.replace(/\/\.s\.PGSQL\.\d+$/, '') : hostLabel(host)));
  const encoded = encodeURIComponent(user) + (password === undefined ? '' : `:${encodeURIComponent(password)}`);
  return {
    hosts: servers,
    user,
    passwordFor: (host) => passwords.get(host) ?? '',
    database,
    options: get('options'),
    applicationName: get('application_name') ?? get('fallback_application_name') ?? 'vouch',
    tls: parseTls(get, (name, path) => readFileOf(name, path)),
    connectTimeoutMs: 1000 * wholeNumber(conninfo, 'connect_timeout', 0),
    keepAliveSeconds: get('keepalives') === '0' ? 0 : wholeNumber(conninfo, 'keepalives_idle', 60) || 60,
    warnings: warningsOf(conninfo),
    url: `postgres://${encoded}@localhost/${encodeURIComponent(database)}`,
    masked: `postgres://${encodeURIComponent(user)}@${hosts.join()}/${database}`,
  };
}

/**
 * Pairs hosts with ports as libpq does: each list has an entry for each host, except that a single port holds for all.
 */
function parseHosts(conninfo: Conninfo): Host[] {
  const list = (name: UsedParameter) =>
    conninfo
      .get(name)
      ?.split(',')
      .map((entry) => entry.trim()) ?? [];
  const [hosts, ips, ports] = [list('host'), list('hostaddr'), list('port')];
  const count = Math.max(hosts.length, ips.length, 1);
  const isShort = (entries: string[]) => entries.length > 0 && entries.length !== count;
  if (isShort(hosts) || isShort(ips) || (ports.length !== 1 && isShort(ports))) {
    throw new StartupError(
      `DATABASE_URL names ${hosts.length} hosts, ${ips.length} of hostaddr and ${ports.length} ports`,
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const [ip, port] = [ips[index] || undefined, parsePort(ports[ports.length === 1 ? 0 : index] ?? '')];
    const host = hosts[index] || ip || 'localhost';
    // An abstract socket of Linux starts with a zero byte.
    if (host.startsWith('@')) return { path: `\0${host.slice(1)}/.s.PGSQL.${port}` };
    if (host.startsWith('/')) return { path: `${host}/.s.PGSQL.${port}` };
    if (/[\s/?#@[\]]/.test(host)) throw new StartupError('DATABASE_URL names a host that is no host name');
    return { host, port, ip };
  });
}

function parsePort(text: string): number {
  const port = text === '' ? 5432 : Number(text);
  if (!/^\d{0,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new StartupError('DATABASE_URL names a port that is none: a whole number from 1 to 65535 is needed');
  }
  return port;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new StartupError(
      'DATABASE_URL names no user, and the user of this process has no name: write postgres://user@…',
    );
  }
}

/** Refuses the other values, which require or prefer a standby that accepts no writes. */
function refuseStandby(attributes: string | undefined): void {
  if (attributes === undefined || ['any', 'read-write', 'primary'].includes(attributes)) return;
  throw new StartupError(`DATABASE_URL: target_session_attrs has to be read-write: Vouch writes`);
}

function wholeNumber(conninfo: Conninfo, name: UsedParameter, fallback: number): number {
  const text = conninfo.get(name);
  if (!text) return fallback;
  if (!/^-?\d{1,6}$/.test(text)) throw new StartupError(`DATABASE_URL: ${name} has to be a whole number of seconds`);
  return Math.max(0, Number(text));
}

function readFileOf(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new StartupError(`DATABASE_URL: ${name} names a file that cannot be read: ${errorMessage(error)}`);
  }
}

function warningsOf(conninfo: Conninfo): string[] {
  if (conninfo.get('channel_binding') !== 'require' || conninfo.get('sslmode') === 'verify-full') return [];
  return ['channel_binding is not supported and left out; sslmode=verify-full tells a false server as well'];
}
