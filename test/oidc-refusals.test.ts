import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import { authRequest, configured, exchange, follow, oidc, post, resultOf, tokensFor } from './support/oidc-client.ts';

const narrow = configured({
  client_id: 'narrow',
  redirect_uris: ['https://narrow.example/cb'],
  scope: 'openid phone',
  first_party: true,
});
const app = await openApp({ oidc: { ...oidc, clients: new Map([...oidc.clients, ['narrow', narrow]]) } });

/** The response to a request of an app that has some parameters twice. */
async function authorize(clientId: string, extra: Record<string, string>, repeated: Record<string, string> = {}) {
  const url = new URL(authRequest(clientId, extra).url, 'https://vouch.example');
  for (const [name, value] of Object.entries(repeated)) url.searchParams.append(name, value);
  return new HtmlClient(app).get(url.pathname + url.search);
}

test('a redirect URI that differs in anything gets no redirect', async () => {
  for (const redirect of [
    'https://shop.example/cb#x',
    'https://shop.example/cb/..',
    'https://shop.example/cb/../evil',
    'https://shop.example/%63b',
    'https://shop.example/CB',
    'https://SHOP.example/cb',
    'https://shop.example:443/cb',
    'https://shop.example:8443/cb',
    'https://shop.example@evil.example/cb',
    'https://shop.example\\@evil.example/cb',
    'http://shop.example/cb',
    'https://shop.example/cb?',
    'https://shop.example/cb ',
    'https://bakery.example/cb',
    '',
  ]) {
    const page = await authorize('shop', { redirect_uri: redirect });
    assert.equal(page.location, undefined, redirect);
    assert.equal(page.status, 400, redirect);
  }
});

test('an app gets no scope that it may not ask for', async () => {
  const result = resultOf(
    await authorize('narrow', { redirect_uri: 'https://narrow.example/cb', scope: 'openid phone email' }),
  );
  assert.equal(result.get('error'), 'invalid_scope');
  assert.equal(result.get('code'), null);
});

test('a request that has a parameter twice is refused at each endpoint', async () => {
  for (const [name, value] of Object.entries({
    state: 'another',
    nonce: 'another',
    code_challenge: 'x'.repeat(43),
    scope: 'openid email',
    response_type: 'code',
    prompt: 'none',
  })) {
    const extra = name === 'prompt' ? { prompt: 'none' } : {};
    const result = resultOf(await authorize('shop', extra, { [name]: value }));
    assert.equal(result.get('error'), 'invalid_request', name);
  }
  for (const [name, value] of Object.entries({ client_id: 'bakery', redirect_uri: 'https://evil.example/cb' })) {
    const page = await authorize('shop', {}, { [name]: value });
    assert.equal(page.location, undefined, name);
    assert.match(page.html, /<code>invalid_request<\/code>/, name);
  }
  const { access_token: token, refresh_token: refreshToken } = await tokensFor(app, 'shop', anyNumber());
  const twice = async (path: string, form: string) => (await post(app, path, 'shop', form)).body.error;
  const refresh = `grant_type=refresh_token&refresh_token=${refreshToken}`;
  assert.equal(await twice('/oauth/token', `${refresh}&refresh_token=${refreshToken}`), 'invalid_request');
  assert.equal(await twice('/oauth/token', `${refresh}&grant_type=authorization_code`), 'invalid_request');
  assert.equal(await twice('/oauth/introspection', `token=${token}&token=${token}`), 'invalid_request');
  assert.equal(await twice('/oauth/revocation', `token=${token}&token=${token}`), 'invalid_request');
  const pushed = `${new URL(authRequest('shop').url, 'https://vouch.example').searchParams}`;
  assert.equal(await twice('/oauth/request', `${pushed}&scope=openid`), 'invalid_request');
  assert.equal((await post(app, '/oauth/token', 'shop', refresh)).status, 200, 'none of them was carried out');
});

test('a token of one app is worth nothing to another: no refresh, no revocation, no introspection', async () => {
  const { access_token: token, refresh_token: refreshToken } = await tokensFor(app, 'shop', anyNumber());
  const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken };
  assert.equal((await post(app, '/oauth/token', 'bakery', refresh)).body.error, 'invalid_grant');
  assert.equal((await post(app, '/oauth/token', 'spa', refresh)).body.error, 'invalid_grant');
  for (const one of [token, refreshToken]) await post(app, '/oauth/revocation', 'bakery', { token: one });
  assert.deepEqual((await post(app, '/oauth/introspection', 'bakery', { token })).body, { active: false });
  assert.equal((await post(app, '/oauth/token', 'shop', refresh)).status, 200, 'its own app has lost nothing');
});

test('a code is for the redirect URI of its request, with a verifier of the right length', async () => {
  const browser = new HtmlClient(app);
  await browser.signIn(anyNumber());
  const request = authRequest('shop');
  const code = resultOf(await follow(browser, await browser.get(request.url))).get('code') ?? '';
  for (const [name, changed] of Object.entries({
    'another redirect URI': { redirect_uri: 'https://bakery.example/cb' },
    'no verifier': { code_verifier: '' },
    'a short verifier': { code_verifier: 'x' },
    'the challenge as verifier': {
      code_verifier: new URL(request.url, 'https://vouch.example').searchParams.get('code_challenge') ?? '',
    },
  })) {
    const { status, body } = await exchange(app, request, code, changed);
    assert.equal(status, 400, name);
    assert.match(body.error, /^invalid_(grant|request)$/, name);
  }
  assert.equal((await exchange(app, request, code)).status, 200);
});
