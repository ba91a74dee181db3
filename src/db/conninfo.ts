import { StartupError } from './startup-error.ts';

/** The parameters of a connection string by name, the last of each name; values are decoded. */
export type Conninfo = ReadonlyMap<string, string>;

/**
 * Parses a connection string in either form of libpq (PostgreSQL manual, 32.1.1): a URI, or `host=… dbname=…`. The
 * parts of a URI become the parameters `user`, `password`, `host`, `port` and `dbname`. Throws `StartupError`, which
 * contains no value.
 */
export function parseConninfo(text: string): Conninfo {
  const trimmed = text.trim();
  const [, scheme, rest = ''] = /^([\w+.:-]+):\/\/(.*)$/s.exec(trimmed) ?? [];
  if (scheme === undefined) return parseKeywords(trimmed);
  if (!/^postgres(ql)?$/.test(scheme)) {
    throw new StartupError('DATABASE_URL has to begin with postgres:// or postgresql://');
  }
  if (/\s/.test(rest)) throw new StartupError('DATABASE_URL holds a space: in a password it has to be written %20');
  if (rest === '') throw new StartupError('DATABASE_URL names neither a server nor a database');
  return parseUri(rest);
}

/** Parses as `conninfo_uri_parse_options` of libpq does, without a fragment, and without a plus sign for a space. */
function parseUri(text: string): Conninfo {
  const query = text.indexOf('?', endOfCredentials(text));
  const beforeQuery = query === -1 ? text : text.slice(0, query);
  const [, user, password, hosts = '', database = ''] =
    /^(?:([^:@/]*)(?::([^@/]*))?@)?([^/]*)(?:\/(.*))?$/s.exec(beforeQuery) ?? [];
  if (hosts.includes('@')) {
    throw new StartupError('DATABASE_URL has more than one @: the one in the password has to be written %40');
  }
  const parameters = new Map<string, string>();
  const add = (name: string, encoded: string | undefined) => encoded && parameters.set(name, decode(encoded, name));
  add('user', user);
  add('password', password);
  add('dbname', database);
  const [names, ports] = splitHosts(hosts);
  add('host', names);
  add('port', ports);
  if (query !== -1) {
    for (const pair of text
      .slice(query + 1)
      .split('&')
      .filter(Boolean)) {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) {
        throw new StartupError(
          'DATABASE_URL holds a parameter without a name or without "=": write ?name=value&name=value',
        );
      }
      if (value.includes('='))
        throw new StartupError(`DATABASE_URL: the "=" in the value of ${name} has to be written %3D`);
      addParameter(parameters, decode(name, 'a parameter'), decode(value, 'a parameter'));
    }
  }
  return parameters;
}

function endOfCredentials(text: string): number {
  return /^[^@/]*@/.exec(text)?.[0].length ?? 0;
}

/** Hosts and ports of `[::1]:5433,db-2`, each list separated by commas; without a port anywhere that list is empty. */
function splitHosts(text: string): [hosts: string, ports: string] {
  const listed = text.split(',').map((entry) => {
    const [, bracketed, name, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(entry) ?? [];
    const host = bracketed ?? name;
    if (host === undefined) {
      throw new StartupError(
        'DATABASE_URL names a host that is none: IPv6 stands in brackets, as [::1]:5432, a path as %2Frun',
      );
    }
    return [host, port ?? ''] as const;
  });
  const ports = listed.map(([, port]) => port);
  return [listed.map(([host]) => host).join(), ports.some(Boolean) ? ports.join() : ''];
}

function decode(text: string, name: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // reported below
  }
  throw new StartupError(`DATABASE_URL: ${name} holds a % that begins no character: a plain one has to be written %25`);
}

/** `name = value`, or `name = 'a value'`; a backslash protects a quotation mark and itself. */
function parseKeywords(text: string): Conninfo {
  const parameters = new Map<string, string>();
  const pair = /\s*([\w-]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/sy;
  while (pair.lastIndex < text.length) {
    const [, name, quoted, plain = ''] = pair.exec(text) ?? [];
    if (name === undefined) {
      throw new StartupError(
        'DATABASE_URL has to look like postgres://user:password@host:5432/name, or host=… dbname=…',
      );
    }
    addParameter(parameters, name, (quoted ?? plain).replace(/\\(.)/gs, '$1'));
  }
  return parameters;
}

function addParameter(parameters: Map<string, string>, name: string, value: string): void {
  // The form of JDBC, which libpq accepts in a URI too.
  if (name === 'ssl' && value === 'true') parameters.set('sslmode', 'require');
  else parameters.set(name, value);
}
