import postgres, { type Sql } from 'postgres';
import type { Address } from './address.ts';
import { limits, privateParameters } from './session-settings.ts';

/**
 * What stands between us and the server. A pooler in transaction mode gives each transaction any of its connections, so
 * nothing may be left on one: neither a statement with a name nor a setting.
 */
export type Pooler = 'none' | 'transaction';

/** A client whose connections come from `socket`; it connects when it is first used. */
export function clientOf(
  address: Address,
  own: { socket: () => unknown; max: number; pooler: Pooler; onclose?: () => void },
): Sql {
  const [place] = address.places;
  const options = {
    ...own,
    // Only for messages: `socket` connects. With several names the client would swallow faults and try for ever.
    host: [place && 'host' in place ? place.host : 'localhost'],
    port: [place && 'port' in place ? place.port : 5432],
    backoff: () => 0,
    connect_timeout: 5,
    max_lifetime: null,
    // It would ask for the types of arrays on each new connection, and end the process where that one is lost meanwhile.
    fetch_types: false,
    onnotice: () => {},
    connection:
      own.pooler === 'none' ? { ...limits, ...privateParameters } : { application_name: limits.application_name },
    prepare: own.pooler === 'none',
  };
  return postgres(address.url, options as object);
}
