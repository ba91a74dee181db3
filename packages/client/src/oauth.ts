import { createFirstPartySignIn, type FirstPartySignIn } from './first-party.ts';
import { sleep, withLock } from './lock.ts';
import { randomToken, sha256 } from './random.ts';
import { failure, type Result, send, success } from './result.ts';
import { readJson, type TokenStorage, writeJson } from './storage.ts';

/** Signs a request with the key to which the tokens are bound (RFC 9449). */
export type DpopSigner = (method: string, url: string, accessToken?: string) => Promise<string>;

/** The settings of a public client of the OpenID provider. */
export interface OAuthOptions {
  /** The URL of the installation, which is its issuer. */
  readonly url: string;
  readonly clientId: string;
  /** Exactly as it is registered. */
  readonly redirectUri: string;
  /** By default `openid phone`. */
  readonly scope?: string;
  readonly storage: TokenStorage;
  /** Binds the tokens to a key: `openDpopKey` of `@vouch/client/dpop`. */
  readonly dpop?: DpopSigner;
  /** The language of messages and errors, as in `Accept-Language`; by default that of the browser. */
  readonly locale?: string;
  /** By default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The wishes of one sign-in. */
export interface SignInOptions {
  /** The number that the page suggests. */
  readonly loginHint?: string;
  /** Other parameters, such as `acr_values`, `max_age`, `prompt`, `resource` or `ui_locales`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Comes back from `completeSignIn`, such as the path to go on at. */
  readonly state?: string;
}

/** The claims of an ID token. */
export interface Claims {
  readonly iss: string;
  /** Identifies the account for good. */
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly nonce?: string;
  readonly phone_number?: string;
  readonly [claim: string]: unknown;
}

/** The authorization code flow with PKCE (RFC 9700) for an app without a secret, by pages or by its own fields. */
export interface OAuthClient extends FirstPartySignIn<Claims> {
  /** The URL to send the browser to. */
  beginSignIn(options?: SignInOptions): Promise<string>;
  /** Takes the URL that the browser came back to, and keeps the tokens. */
  completeSignIn(callbackUrl: string): Promise<Result<{ readonly claims: Claims; readonly state?: string }>>;
  /** An access token that is not about to expire, refreshed if need be, once for all tabs. */
  accessToken(): Promise<Result<string>>;
  /** The headers that authorize a request: `Bearer`, or `DPoP` with its proof. */
  authorization(method: string, url: string): Promise<Result<Record<string, string>>>;
  /** The person who is signed in; undefined if nobody is. */
  claims(): Promise<Claims | undefined>;
  /** Forgets the tokens, revokes them, and returns the URL at which the session of the browser ends. */
  signOut(postLogoutRedirectUri?: string): Promise<string>;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken: string;
  readonly expiresAt: number;
}

interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly appState?: string;
}

interface TokenResponse {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly expires_in: number;
}

/** A token is refreshed so long before its end. */
const marginMs = 30_000;
/** Delays before a refresh whose response was lost is sent again: the provider answers it with the same successor. */
const retryMs = [300, 1500];

/** Makes a client of the OpenID provider. */
export function createOAuthClient(options: OAuthOptions): OAuthClient {
  const { clientId, redirectUri, scope = 'openid phone', storage, dpop, locale } = options;
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  const issuer = options.url.replace(/\/+$/, '');
  const keys = {
    tokens: `vouch.tokens.${clientId}`,
    attempt: `vouch.attempt.${clientId}`,
    lock: `vouch.lock.${clientId}`,
  };
  const kept = () => readJson<Tokens>(storage, keys.tokens);
  let refreshing: Promise<Result<string>> | undefined;

  async function post<T>(path: string, form: Record<string, string>, more: Record<string, string> = {}) {
    const url = `${issuer}${path}`;
    const body = new URLSearchParams({ client_id: clientId, ...form }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      ...(locale ? { 'accept-language': locale } : {}),
      ...more,
      ...(dpop ? { dpop: await dpop('POST', url) } : {}),
    };
    return send<T>(fetch, url, { method: 'POST', credentials: 'omit', headers, body });
  }

  async function keep(response: TokenResponse, idToken: string): Promise<void> {
    const { access_token: accessToken, refresh_token: refreshToken, expires_in: life } = response;
    const tokens = { accessToken, refreshToken, idToken, expiresAt: Date.now() + life * 1000 };
    await writeJson(storage, keys.tokens, tokens);
  }

  async function beginSignIn({ loginHint, parameters, state: appState }: SignInOptions = {}): Promise<string> {
    const attempt: Attempt = {
      state: randomToken(),
      nonce: randomToken(),
      verifier: randomToken(),
      ...(appState === undefined ? {} : { appState }),
    };
    await writeJson(storage, keys.attempt, attempt);
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await sha256(attempt.verifier),
      code_challenge_method: 'S256',
      ...(loginHint ? { login_hint: loginHint } : {}),
      ...parameters,
    });
    return `${issuer}/oauth/auth?${query}`;
  }

  async function completeSignIn(callbackUrl: string) {
    const answer = new URL(callbackUrl).searchParams;
    const attempt = await readJson<Attempt>(storage, keys.attempt);
    // the issuer tells apart the providers that an app signs in by (RFC 9207)
    if (!attempt || answer.get('state') !== attempt.state || answer.get('iss') !== issuer)
      return failure('state_mismatch');
    await storage.remove(keys.attempt);
    const error = answer.get('error');
    if (error) return failure(error, { detail: answer.get('error_description') ?? '' });
    const form = { code: answer.get('code') ?? '', redirect_uri: redirectUri, code_verifier: attempt.verifier };
    const redeemed = await redeem(form, attempt.nonce);
    if (!redeemed.ok) return redeemed;
    return success({ ...redeemed.value, ...(attempt.appState === undefined ? {} : { state: attempt.appState }) });
  }

  async function redeem(form: Record<string, string>, nonce: string): Promise<Result<{ readonly claims: Claims }>> {
    const exchanged = await post<TokenResponse>('/oauth/token', { grant_type: 'authorization_code', ...form });
    if (!exchanged.ok) return exchanged;
    const { id_token: idToken = '' } = exchanged.value;
    const claims = decode(idToken);
    const isOurs = claims?.iss === issuer && [claims.aud].flat().includes(clientId) && claims.nonce === nonce;
    if (!claims || !isOurs) return failure('unexpected_response');
    await keep(exchanged.value, idToken);
    return success({ claims });
  }

  async function accessToken(): Promise<Result<string>> {
    const tokens = await kept();
    if (tokens && tokens.expiresAt - Date.now() > marginMs) return success(tokens.accessToken);
    refreshing ??= withLock(storage, keys.lock, refresh).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function refresh(): Promise<Result<string>> {
    // another tab may have refreshed while this one waited for the lock
    const tokens = await kept();
    const left = (tokens?.expiresAt ?? 0) - Date.now();
    if (tokens && left > marginMs) return success(tokens.accessToken);
    if (!tokens?.refreshToken) return tokens && left > 0 ? success(tokens.accessToken) : failure('signed_out');
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken };
    let response: Result<TokenResponse> = await post<TokenResponse>('/oauth/token', form);
    for (const ms of retryMs) {
      if (response.ok || !isLost(response.error.status)) break;
      await sleep(ms);
      response = await post('/oauth/token', form);
    }
    // a sign-out or a new sign-in of another tab counts more than what was under way
    if ((await kept())?.refreshToken !== tokens.refreshToken) return failure('signed_out');
    if (response.ok) {
      await keep({ refresh_token: tokens.refreshToken, ...response.value }, response.value.id_token ?? tokens.idToken);
      return success(response.value.access_token);
    }
    if (response.error.code === 'invalid_grant') await storage.remove(keys.tokens);
    return isLost(response.error.status) && left > 0 ? success(tokens.accessToken) : response;
  }

  async function authorization(method: string, url: string): Promise<Result<Record<string, string>>> {
    const token = await accessToken();
    if (!token.ok) return token;
    if (!dpop) return success({ authorization: `Bearer ${token.value}` });
    return success({ authorization: `DPoP ${token.value}`, dpop: await dpop(method, url, token.value) });
  }

  async function signOut(postLogoutRedirectUri?: string): Promise<string> {
    const tokens = await kept();
    await storage.remove(keys.tokens);
    const token = tokens?.refreshToken ?? tokens?.accessToken;
    if (token) await post('/oauth/revocation', { token });
    const query = new URLSearchParams({
      client_id: clientId,
      ...(tokens ? { id_token_hint: tokens.idToken } : {}),
      ...(postLogoutRedirectUri ? { post_logout_redirect_uri: postLogoutRedirectUri } : {}),
    });
    return `${issuer}/oauth/logout?${query}`;
  }

  return {
    ...createFirstPartySignIn<Claims>({ clientId, scope, storage, post, redeem }),
    beginSignIn,
    completeSignIn,
    accessToken,
    authorization,
    claims: async () => decode((await kept())?.idToken ?? ''),
    signOut,
  };
}

function isLost(status: number): boolean {
  return status === 0 || status >= 500;
}

/** The signature needs no check: the token came from the provider over TLS (OpenID Connect Core, 3.1.3.7, item 6). */
function decode(idToken: string): Claims | undefined {
  try {
    const [, payload = ''] = idToken.split('.');
    const bytes = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0))));
  } catch {
    return undefined;
  }
}
