import { editDistance } from '../kit/edit-distance.ts';
import type { Conninfo } from './conninfo.ts';
import { StartupError } from './startup-error.ts';

/** The parameters of libpq (PostgreSQL manual, 32.1.2) that are used. */
const usedParameters = [
  'host',
  'hostaddr',
  'port',
  'dbname',
  'user',
  'password',
  'passfile',
  'connect_timeout',
  'options',
  'application_name',
  'fallback_application_name',
  'keepalives',
  'keepalives_idle',
  'sslmode',
  'sslnegotiation',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcertmode',
  'sslrootcert',
  'sslcrl',
  'sslsni',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  'target_session_attrs',
] as const;

/** The name of a used parameter. */
export type UsedParameter = (typeof usedParameters)[number];

/** Parameters of libpq without an effect here: about other ways of authentication, or about fixed behaviour. */
const ignoredParameters = [
  'client_encoding',
  'gssdelegation',
  'gsslib',
  'keepalives_count',
  'keepalives_interval',
  'krbsrvname',
  'load_balance_hosts',
  'max_protocol_version',
  'requiressl',
  'sslcompression',
  'sslkeylogfile',
  'tcp_user_timeout',
];

/** Parameters of libpq that are ignored if they only state a preference, and refused if they require something. */
const refusedIf: Readonly<Record<string, RegExp>> = {
  gssencmode: /^require$/,
  min_protocol_version: /^(?!3\.0$)/,
};

/** Parameters that would otherwise give a less safe or a different connection; and what to do instead. */
const unsupported: Readonly<Record<string, string>> = {
  oauth_client_id: 'OAuth is not supported: use a password or a client certificate',
  oauth_client_secret: 'OAuth is not supported: use a password or a client certificate',
  oauth_issuer: 'OAuth is not supported: use a password or a client certificate',
  oauth_scope: 'OAuth is not supported: use a password or a client certificate',
  replication: 'it is for replication only',
  require_auth: 'the method is chosen by pg_hba.conf of the server',
  requirepeer: 'the owner of a socket is not checked: its folder has to be writable by that owner only',
  scram_client_key: 'give the password instead',
  scram_server_key: 'give the password instead',
  service: 'write the parameters of the service into DATABASE_URL',
  servicefile: 'write the parameters of the service into DATABASE_URL',
  sslcrldir: 'give one file as sslcrl',
};

/** Parameters of other programs in such a URL; and what to do instead. */
const foreign: Readonly<Record<string, string>> = {
  connection_limit: 'set DATABASE_POOL',
  currentSchema: 'write options=-csearch_path%3Dname',
  max: 'set DATABASE_POOL',
  pgbouncer: 'set DATABASE_POOLER=transaction',
  pool: 'set DATABASE_POOL',
  pool_max_conns: 'set DATABASE_POOL',
  pool_size: 'set DATABASE_POOL',
  schema: 'write options=-csearch_path%3Dname',
  search_path: 'write options=-csearch_path%3Dname',
  ssl: 'write sslmode=require',
  sslaccept: 'write sslmode=require or sslmode=verify-full',
  statement_timeout: 'it is always 8 s',
  uselibpqcompat: 'sslmode is always as libpq has it',
};

const known = [
  ...usedParameters,
  ...ignoredParameters,
  ...Object.keys(refusedIf),
  'channel_binding',
  ...Object.keys(unsupported),
];

/** Throws `StartupError` for a parameter that is unknown, misspelt, or requires something unsupported. */
export function checkParameters(conninfo: Conninfo): void {
  for (const [name, value] of conninfo) {
    const fix = unsupported[name] ?? foreign[name];
    if (fix) throw new StartupError(`DATABASE_URL: ${name} is not supported: ${fix}`);
    if (!known.includes(name))
      throw new StartupError(`DATABASE_URL: ${shortened(name)} is unknown; the nearest name is ${nearest(name)}`);
    if (refusedIf[name]?.test(value))
      throw new StartupError(`DATABASE_URL: ${name}=${shortened(value)} is not supported: leave ${name} out`);
  }
}

function nearest(name: string): string {
  const distance = (candidate: string) => editDistance(name.toLowerCase(), candidate);
  return known.reduce((best, candidate) => (distance(candidate) < distance(best) ? candidate : best));
}

/** Shortens an unknown name, since it may be a part of a password. */
function shortened(text: string): string {
  return /^[\w.-]{1,32}$/.test(text) ? text : 'a parameter';
}
