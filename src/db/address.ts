import { CannotStart } from './start-error.ts';

/** Where one server listens. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/** What a `DATABASE_URL` says. */
export interface Address {
  /** The servers to try; the one that takes writes is used. */
  readonly places: readonly Place[];
  /** The same with one host, for the client `postgres` to take user, password, database and the other parameters from. */
  readonly url: string;
  /** Without the password, for people and logs. */
  readonly masked: string;
}

/**
 * Reads a connection URI as libpq does: several hosts, IPv6 in brackets, `?host=/folder` for a Unix socket (PostgreSQL
 * manual, 32.1.1.2). `target_session_attrs` is always `read-write`. Throws `CannotStart` without repeating a password.
 */
export function addressOf(databaseUrl: string): Address {
  const [, scheme, credentials = '', hosts = '', rest = ''] = form.exec(databaseUrl) ?? [];
  if (!scheme) throw new CannotStart('DATABASE_URL has to look like postgres://user:password@host:5432/name');
  const url = parsed(`${scheme}${credentials}localhost${rest}`);
  const listed = url.searchParams.get('host') ?? decodeURIComponent(hosts);
  const port = url.searchParams.get('port') ?? '5432';
  for (const name of ['host', 'port', 'target_session_attrs']) url.searchParams.delete(name);
  const places = (listed || 'localhost').split(',').map((host) => placeOf(host, Number(port)));
  return { places, url: url.href, masked: `${scheme}${url.username}@${listed || 'localhost'}${url.pathname}` };
}

/** How a place is called in a log. */
export function nameOf(place: Place): string {
  return 'path' in place ? place.path : `${place.host}:${place.port}`;
}

const form = /^(postgres(?:ql)?:\/\/)([^/?]*@)?([^/?@]*)((?:\/|\?|$).*)$/s;

function parsed(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new CannotStart('DATABASE_URL is not a URL: special characters of the password have to be percent-encoded');
  }
}

function placeOf(host: string, port: number): Place {
  if (host.startsWith('/')) return { path: `${host}/.s.PGSQL.${port}` };
  const [, bracketed, name, own] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(host) ?? [];
  const found = bracketed ?? name;
  if (!found) throw new CannotStart('DATABASE_URL names a host that is no host name');
  return { host: found, port: Number(own ?? port) };
}
