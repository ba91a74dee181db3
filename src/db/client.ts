import postgres, { type Sql } from 'postgres';
import { firstOf } from '../kit/present.ts';
import type { ConnectionParams } from './connection-string.ts';
import { type Host, hostLabel } from './host.ts';
import { sessionSettings } from './session-settings.ts';

/**
 * The pooler between us and the server. In transaction mode each transaction may get another connection, so neither a
 * prepared statement nor a setting may outlive a transaction.
 */
export type Pooler = 'none' | 'transaction';

/** The options of a client, beside the parameters of its connections. */
export interface ClientOptions {
  readonly socket: () => unknown;
  readonly host: () => Host;
  readonly max: number;
  readonly pooler: Pooler;
  /** Whether statements are prepared once on each connection; false behind a pooler. */
  readonly prepare: boolean;
  readonly onclose?: () => void;
}

/** A client whose connections come from `socket`, each to `host`; it connects at first use. */
export function createClient(params: ConnectionParams, clientOptions: ClientOptions): Sql {
  const { host, pooler, ...driverOptions } = clientOptions;
  const first = firstOf(params.hosts);
  const options = {
    ...driverOptions,
    // Only for messages: `socket` connects. With several hosts the client would swallow errors and retry for ever.
    host: ['host' in first ? first.host : hostLabel(first)],
    port: ['port' in first ? first.port : 5432],
    user: params.user,
    pass: () => params.passwordFor(host()),
    database: params.database,
    // `socket` implements these.
    ssl: false,
    keep_alive: 0,
    backoff: () => 0,
    connect_timeout: (params.connectTimeoutMs || 5000) / 1000,
    max_lifetime: null,
    // The client would query the array types on each new connection, and end the process if that connection breaks
    // meanwhile.
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: params.applicationName,
      ...(params.options === undefined ? {} : { options: params.options }),
      ...sessionSettings(pooler),
    },
    prepare: clientOptions.prepare && pooler === 'none',
  };
  return withoutPgVariables(() => postgres(options as object));
}

/**
 * Hides PG* variables: the client (postgres 3.4) reads PGHOST, PGPASSWORD, PGTARGETSESSIONATTRS, PGDEBUG and others.
 */
function withoutPgVariables<T>(make: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('PG'));
  for (const [name] of hidden) delete process.env[name];
  try {
    return make();
  } finally {
    Object.assign(process.env, Object.fromEntries(hidden));
  }
}
