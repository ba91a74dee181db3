import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type OidcClient, parseOidcClient } from '../../src/config/oidc-client.ts';
import type { TestApp } from './harness.ts';
import { HtmlClient, type HtmlResponse } from './html-client.ts';
import { newSigner } from './jwt-signer.ts';

export const secret = 'a secret of a client for tests';

/** A client as a configuration has it. */
export function configured(input: Partial<OidcClient> & { readonly client_id: string }) {
  const client = parseOidcClient(input);
  if ('reason' in client) assert.fail(`${client.member} ${client.reason}`);
  return { client, secretHashes: [createHash('sha256').update(secret).digest('hex')] };
}

/** The keys of the app `bank`. */
export const assertionKeys = { ES256: newSigner('ES256'), RS256: newSigner('RS256') };

/** The apps of most tests. */
export const testClients = new Map(
  [
    configured({
      client_id: 'shop',
      client_name: 'Shop',
      redirect_uris: ['https://shop.example/cb'],
      first_party: true,
      post_logout_redirect_uris: ['https://shop.example/bye'],
      resources: { 'https://api.shop.example': 'read write' },
    }),
    configured({ client_id: 'bakery', client_name: 'Bakery', redirect_uris: ['https://bakery.example/cb'] }),
    configured({
      client_id: 'spa',
      redirect_uris: ['https://spa.example/cb'],
      first_party: true,
      token_endpoint_auth_method: 'none',
    }),
    configured({
      client_id: 'phone',
      application_type: 'native',
      first_party: true,
      redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'],
    }),
    configured({
      client_id: 'bank',
      redirect_uris: ['https://bank.example/cb'],
      first_party: true,
      require_pushed_authorization_requests: true,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [assertionKeys.ES256, assertionKeys.RS256].map(({ publicJwk }) => publicJwk) },
    }),
    configured({
      client_id: 'tv',
      application_type: 'native',
      redirect_uris: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    }),
  ].map((one) => [one.client.client_id, one]),
);

/** The settings of an app that signs people in to `testClients`. */
export const oidc = { clients: testClients, amr: ['otp', 'sms'] };

/** A request of an app, and its secret half. */
export interface AuthRequest {
  readonly url: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly clientId: string;
}

/** Makes the URL that an app sends a browser to. */
export function authRequest(clientId: string, extra: Record<string, string> = {}): AuthRequest {
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = extra.redirect_uri ?? testClients.get(clientId)?.client.redirect_uris[0] ?? '';
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid phone',
    redirect_uri: redirectUri,
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  });
  return { url: `/oauth/auth?${query}`, verifier, redirectUri, clientId };
}

/** Follows redirects and our page that goes on by itself, as a browser does, until a form or another site. */
export async function follow(
  browser: HtmlClient,
  first: HtmlResponse,
  origin = 'https://vouch.example',
): Promise<HtmlResponse> {
  let page = first;
  for (let step = 0; step < 12; step += 1) {
    const refresh = /<meta http-equiv="refresh" content="0; url=([^"]*)"/
      .exec(page.html)?.[1]
      ?.replaceAll('&amp;', '&');
    const next = page.location ?? refresh;
    if (next === undefined) return page;
    const url = new URL(next, origin);
    if (url.origin !== origin) return { ...page, location: next };
    page = await browser.get(url.pathname + url.search);
  }
  return assert.fail('too many redirects');
}

/** Signs in at the pages that an app's request leads to, and returns the end: the URL of the app, or a page. */
export async function signInFor(
  app: TestApp,
  browser: HtmlClient,
  request: AuthRequest,
  number: string,
): Promise<HtmlResponse> {
  const page = await follow(browser, await browser.get(request.url));
  const asked = await browser.submit(page, '/', { phone_number: number });
  assert.equal(asked.location, '/confirm/', asked.html);
  const entered = await browser.submit(await browser.get('/confirm/'), '/confirm/', { sms_code: app.codeFor(number) });
  return follow(browser, entered);
}

/** The parameters of the redirect to the app. */
export function resultOf(page: HtmlResponse): URLSearchParams {
  assert.ok(page.location, page.html);
  return new URL(page.location).searchParams;
}

/** Calls the token endpoint, or another one, with the authentication of the client. */
export async function post(
  app: TestApp,
  path: string,
  clientId: string,
  form: Record<string, string> | string,
  headers: Record<string, string> = {},
) {
  const method = testClients.get(clientId)?.client.token_endpoint_auth_method;
  const basic = `Basic ${Buffer.from(`${clientId}:${encodeURIComponent(secret)}`).toString('base64')}`;
  const answer = await app.server.inject({
    method: 'POST',
    url: path,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(method === 'none' ? {} : { authorization: basic }),
      ...headers,
    },
    payload:
      typeof form === 'string'
        ? form
        : new URLSearchParams(method === 'none' ? { client_id: clientId, ...form } : form).toString(),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: /json/.test(String(answer.headers['content-type'])) ? answer.json() : answer.body,
  };
}

/** Exchanges the code of a redirect. */
export function exchange(app: TestApp, request: AuthRequest, code: string, extra: Record<string, string> = {}) {
  return post(app, '/oauth/token', request.clientId, { ...exchangeForm(request, code), ...extra });
}

/** The form of such an exchange. */
export function exchangeForm({ redirectUri, verifier }: AuthRequest, code: string): Record<string, string> {
  return { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
}

/** Signs a new person in to an app, and returns the tokens. */
export async function tokensFor(
  app: TestApp,
  clientId: string,
  number: string,
  extra: Record<string, string> = {},
  browser = new HtmlClient(app),
) {
  const request = authRequest(clientId, extra);
  const code = resultOf(await signInFor(app, browser, request, number)).get('code') ?? '';
  const { status, body } = await exchange(app, request, code);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** The claims of a JWT, unverified. */
export function claimsOf(jwt: string) {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
}
