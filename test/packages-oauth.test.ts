import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { openDpopKey } from '../packages/client/src/dpop.ts';
import { createOAuthClient, memoryStorage } from '../packages/client/src/index.ts';
import { createTokenVerifier } from '../packages/server/src/index.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import { oidc, secret, signInFor, tokensFor } from './support/oidc-client.ts';

const app = await openApp({ oidc });
const issuer = 'https://vouch.example';

/** Reaches the provider under its public URL, without a network. */
const fetch: typeof globalThis.fetch = async (input, init = {}) => {
  const { pathname, search } = new URL(String(input));
  const answer = await app.server.inject({
    method: (init.method ?? 'GET') as InjectOptions['method'] & string,
    url: pathname + search,
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(typeof init.body === 'string' ? { payload: init.body } : {}),
  });
  const headers = new Headers({ 'content-type': String(answer.headers['content-type']) });
  return new Response(answer.body, { status: answer.statusCode, headers });
};

for (const isBound of [false, true]) {
  test(`@vouch/client signs in by the provider, refreshes and signs out${isBound ? ', by DPoP' : ''}; @vouch/server checks its tokens`, async () => {
    const storage = memoryStorage();
    const dpop = isBound ? { dpop: await openDpopKey() } : {};
    const settings = { url: issuer, clientId: 'spa', redirectUri: 'https://spa.example/cb', storage, fetch, ...dpop };
    const client = createOAuthClient(settings);
    const url = (await client.beginSignIn({ state: '/orders' })).slice(issuer.length);
    const number = anyNumber();
    const request = { url, verifier: '', redirectUri: settings.redirectUri, clientId: 'spa' };
    const end = await signInFor(app, new HtmlClient(app), request, number);
    const completed = await client.completeSignIn(end.location ?? '');
    assert.ok(completed.ok, JSON.stringify(completed));
    assert.deepEqual([completed.value.claims.phone_number, completed.value.state], [number, '/orders']);
    const first = await client.accessToken();
    const kept = JSON.parse((await storage.get('vouch.tokens.spa')) ?? '');
    await storage.set('vouch.tokens.spa', JSON.stringify({ ...kept, expiresAt: 0 }));
    const second = await client.accessToken();
    assert.ok(first.ok && second.ok && first.value !== second.value, JSON.stringify(second));
    const verifier = createTokenVerifier({ url: issuer, client: { id: 'shop', secret }, cacheSeconds: 0, fetch });
    const token = await verifier.verify(second.value);
    assert.deepEqual([token?.sub, token?.clientId], [completed.value.claims.sub, 'spa']);
    assert.equal(token?.jkt !== undefined, isBound);
    const out = new URL(await client.signOut());
    assert.ok(out.searchParams.get('id_token_hint'));
    assert.equal(await verifier.verify(second.value), undefined);
  });
}

test('@vouch/server checks a JWT for a named resource by the keys of the provider', async () => {
  const audience = 'https://api.shop.example';
  const tokens = await tokensFor(app, 'shop', anyNumber(), { resource: audience, scope: 'openid read' });
  const token = await createTokenVerifier({ url: issuer, audience, fetch }).verify(tokens.access_token);
  assert.deepEqual([token?.scopes, token?.clientId], [['read'], 'shop']);
  const other = createTokenVerifier({ url: issuer, audience: 'https://other.example', fetch });
  assert.equal(await other.verify(tokens.access_token), undefined);
});
