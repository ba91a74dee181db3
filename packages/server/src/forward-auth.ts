/** The person of a request that a proxy has let through (`GET /resolve`). */
export interface ForwardAuth {
  /** Identifies the account for good. */
  readonly user: string;
  /** The id of the session. */
  readonly session: string;
  /** In E.164, if the installation tells numbers. */
  readonly phone: string | undefined;
  /** How the person signed in (RFC 8176), such as `otp`. */
  readonly amr: readonly string[];
}

type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads the headers of forward auth; undefined if nobody is signed in. Trust them only in a server that nobody reaches
 * but the proxy, and only if the proxy strips them from what clients send.
 */
export function readForwardAuth(headers: NodeHeaders | { get(name: string): string | null }): ForwardAuth | undefined {
  const [user, session, phone, amr] = ['user', 'session', 'phone', 'amr'].map((name) =>
    textOf(headers, `x-vouch-${name}`),
  );
  if (!user || !session) return undefined;
  return { user, session, phone, amr: amr?.split(/[ ,]+/) ?? [] };
}

/** A header that came twice is in one of its values a forgery: Node.js joins them, and no id has a comma. */
function textOf(headers: NodeHeaders | { get(name: string): string | null }, name: string): string | undefined {
  const value = isHeaders(headers) ? headers.get(name) : headers[name];
  if (typeof value !== 'string' || value === '') return undefined;
  return name !== 'x-vouch-amr' && value.includes(',') ? undefined : value;
}

function isHeaders(headers: object): headers is { get(name: string): string | null } {
  return 'get' in headers && typeof headers.get === 'function';
}
