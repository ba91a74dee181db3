import type { SessionData, Sessions } from './sessions.ts';

interface HeadersReader {
  get(name: string): string | null;
}

interface Responding {
  readonly headers: { append(name: string, value: string): void };
}

/** Sessions in route handlers, middleware and server components of Next.js, and in any handler of `Request`. */
export interface NextSession<Data> {
  /** Takes a `Request`, or what `await headers()` gives. */
  read(source: { readonly headers: HeadersReader } | HeadersReader): Promise<Data | undefined>;
  write(response: Responding, data: Data): Promise<void>;
  clear(response: Responding): void;
}

/** Reads and writes sessions by Next.js. */
export function nextSession<Data extends SessionData>(sessions: Sessions<Data>): NextSession<Data> {
  return {
    read: (source) => sessions.read(('headers' in source ? source.headers : source).get('cookie')),
    write: async ({ headers }, data) => headers.append('set-cookie', await sessions.write(data)),
    clear: ({ headers }) => headers.append('set-cookie', sessions.clear()),
  };
}
