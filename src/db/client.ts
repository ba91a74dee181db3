import postgres, { type Sql } from 'postgres';
import type { Address } from './address.ts';
import { nameOf, type Place } from './place.ts';
import { startSettings } from './session-settings.ts';

/**
 * What stands between us and the server. A pooler in transaction mode gives each transaction any of its connections, so
 * nothing may be left on one: neither a statement with a name nor a setting.
 */
export type Pooler = 'none' | 'transaction';

/** A client whose connections come from `socket`, each to `place`; it connects when it is first used. */
export function clientOf(
  address: Address,
  own: {
    socket: () => unknown;
    place: () => Place;
    max: number;
    pooler: Pooler;
    /** Whether statements are prepared once on each connection; not through a pooler. */
    prepare: boolean;
    onclose?: () => void;
  },
): Sql {
  const { place, pooler, ...passed } = own;
  const [first] = address.places;
  const options = {
    ...passed,
    // Only for messages: `socket` connects. With several names the client would swallow faults and try for ever.
    host: [first && 'host' in first ? first.host : nameOf(first!)],
    port: [first && 'port' in first ? first.port : 5432],
    user: address.user,
    pass: () => address.passwordFor(place()),
    database: address.database,
    // `socket` does what these ask for.
    ssl: false,
    keep_alive: 0,
    backoff: () => 0,
    connect_timeout: (address.connectTimeoutMs || 5000) / 1000,
    max_lifetime: null,
    // It would ask for the types of arrays on each new connection, and end the process where that one is lost meanwhile.
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: address.applicationName,
      ...(address.options === undefined ? {} : { options: address.options }),
      ...startSettings(pooler),
    },
    prepare: own.prepare && pooler === 'none',
  };
  return withoutPgVariables(() => postgres(options as object));
}

/** The client (postgres 3.4) takes what it is not told from PGHOST, PGPASSWORD, PGTARGETSESSIONATTRS, PGDEBUG and others. */
function withoutPgVariables<T>(make: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('PG'));
  for (const [name] of hidden) delete process.env[name];
  try {
    return make();
  } finally {
    Object.assign(process.env, Object.fromEntries(hidden));
  }
}
