import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';

/** The settings of a check of access tokens. */
export interface VerifierOptions {
  /** The URL of the installation, which is the issuer of its tokens. */
  readonly url: string;
  /** The resource that JWT access tokens must be for (RFC 8707). Without it only opaque tokens are taken. */
  readonly audience?: string;
  /** The confidential client that may introspect opaque tokens (RFC 7662). Without it only JWTs are taken. */
  readonly client?: { readonly id: string; readonly secret: string };
  /** How long an answer of introspection is used again: as long a revoked token still works. Default: 10 seconds. */
  readonly cacheSeconds?: number;
  /** By default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A token that works. */
export interface VerifiedToken {
  /** Identifies the account for good. */
  readonly sub: string;
  readonly clientId: string | undefined;
  readonly scopes: readonly string[];
  /** When it ends, in seconds of Unix time. */
  readonly exp: number;
  /** The thumbprint of the key of DPoP to which the token is bound; a proof by this key has to come with it. */
  readonly jkt: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Checks access tokens. */
export interface TokenVerifier {
  /** The token, or undefined if it does not work. Throws if the installation cannot be asked: that is no 401. */
  verify(token: string): Promise<VerifiedToken | undefined>;
}

interface Cached {
  readonly token: VerifiedToken | undefined;
  readonly until: number;
}

const maxCached = 10_000;
const timeoutMs = 5000;

/** Makes a check: JWTs by the keys of the issuer, other tokens by introspection. */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const issuer = options.url.replace(/\/+$/, '');
  const { fetch = globalThis.fetch, cacheSeconds = 10 } = options;
  const keys = createRemoteJWKSet(new URL(`${issuer}/oauth/jwks`), {
    timeoutDuration: timeoutMs,
    [customFetch]: fetch,
  });
  const cache = new Map<string, Cached>();

  async function verifyJwt(token: string, audience: string): Promise<VerifiedToken | undefined> {
    try {
      const settings = {
        issuer,
        audience,
        typ: 'at+jwt',
        algorithms: ['RS256', 'ES256'],
        requiredClaims: ['sub', 'exp'],
      };
      return toToken((await jwtVerify(token, keys, settings)).payload);
    } catch (error) {
      if (isAboutToken(error)) return undefined;
      throw error;
    }
  }

  async function introspect(token: string, { id, secret }: { id: string; secret: string }): Promise<Cached> {
    const credentials = [id, secret].map((part) => encodeURIComponent(part)).join(':');
    const response = await fetch(`${issuer}/oauth/introspection`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`introspection answered ${response.status}`);
    const claims: JWTPayload & { readonly active?: boolean } = await response.json();
    const verified = claims.active === true ? toToken(claims) : undefined;
    // an answer is never used after the end of its token
    const end = Math.min(Date.now() + cacheSeconds * 1000, (verified?.exp ?? Number.POSITIVE_INFINITY) * 1000);
    return { token: verified, until: end };
  }

  async function verifyOpaque(token: string): Promise<VerifiedToken | undefined> {
    if (!options.client) return undefined;
    const kept = cache.get(token);
    if (kept && kept.until > Date.now()) return kept.token;
    const found = await introspect(token, options.client);
    if (cache.size >= maxCached) for (const [oldest] of cache) if (cache.delete(oldest)) break;
    cache.delete(token);
    cache.set(token, found);
    return found.token;
  }

  return {
    verify: async (token) => {
      if (!/^[\w.~+/-]{1,8192}=*$/.test(token)) return undefined;
      if (token.split('.').length === 3) return options.audience ? verifyJwt(token, options.audience) : undefined;
      return verifyOpaque(token);
    },
  };
}

/** An error by the token itself; one by the keys or the network is the reason of an outage, and not of a 401. */
function isAboutToken(error: unknown): boolean {
  const outages = [errors.JWKSTimeout, errors.JWKSInvalid];
  return (
    error instanceof errors.JOSEError &&
    error.code !== 'ERR_JOSE_GENERIC' &&
    !outages.some((one) => error instanceof one)
  );
}

function toToken(claims: JWTPayload): VerifiedToken | undefined {
  const { sub, exp, client_id: clientId, scope, cnf } = claims;
  if (sub === undefined || exp === undefined || exp * 1000 <= Date.now()) return undefined;
  const jkt = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : undefined;
  return {
    sub,
    exp,
    clientId: typeof clientId === 'string' ? clientId : undefined,
    scopes: typeof scope === 'string' ? scope.split(' ') : [],
    jkt: typeof jkt === 'string' ? jkt : undefined,
    claims,
  };
}
