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
  const told = ['content-type', 'device-token', 'retry-after'].filter((name) => answer.headers[name] !== undefined);
  const headers = new Headers(told.map((name): [string, string] => [name, String(answer.headers[name])]));
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

test('@vouch/client signs in by the fields of an own app: number, code, again, tokens, and a page where one is needed', async () => {
  const storage = memoryStorage();
  const redirectUri = 'com.example.app:/cb';
  const settings = { url: issuer, clientId: 'phone', redirectUri, storage, fetch, locale: 'en' };
  const client = createOAuthClient({ ...settings, dpop: await openDpopKey() });
  const none = await client.verifyCode('000000');
  assert.ok(!none.ok && none.error.code === 'no_code');
  const refused = await client.requestCode('nobody');
  assert.ok(!refused.ok && refused.error.code === 'not_a_phone_number' && refused.error.detail !== '');
  const number = anyNumber();
  const sent = await client.requestCode(number);
  assert.ok(sent.ok, JSON.stringify(sent));
  assert.deepEqual([sent.value.phone_number, sent.value.code_length], [number, 6]);
  assert.deepEqual(await client.pending(), sent.value);
  const early = await client.resend();
  assert.ok(!early.ok && early.error.code === 'too_early');
  const busy = await client.requestCode(number);
  assert.ok(!busy.ok && busy.error.code === 'too_many_messages' && (busy.error.retryAfter ?? 0) > 0);
  app.clock.turn(31);
  const kept = JSON.parse((await storage.get('vouch.code.phone')) ?? '');
  await storage.set('vouch.code.phone', JSON.stringify({ ...kept, code: { ...sent.value, resendAt: 0 } }));
  const code = app.codeFor(number);
  assert.ok((await client.resend()).ok);
  assert.equal(app.codeFor(number), code);
  const wrong = await client.verifyCode(code === '000000' ? '000001' : '000000');
  assert.ok(!wrong.ok && wrong.error.code === 'wrong_code');
  const signedIn = await client.verifyCode(code);
  assert.ok(signedIn.ok, JSON.stringify(signedIn));
  assert.deepEqual([signedIn.value.claims.phone_number, signedIn.value.created], [number, true]);
  assert.equal(await client.pending(), undefined);
  assert.match((await storage.get('vouch.device')) ?? '', /^vouchd_/);
  assert.equal((await client.claims())?.sub, signedIn.value.claims.sub);
  const token = await client.accessToken();
  assert.ok(token.ok);
  await client.signOut();
  app.clock.turn(31);
  const again = await client.requestCode(number);
  assert.ok(again.ok, JSON.stringify(again));
  app.clock.turn(1300);
  const late = await client.verifyCode(app.codeFor(number));
  assert.ok(!late.ok && late.error.code === 'invalid_session');
  assert.ok((await client.requestCode(number)).ok, 'a session that has ended is forgotten');
  const other = createOAuthClient({ ...settings, clientId: 'bakery', storage: memoryStorage() });
  const stranger = await other.requestCode(number);
  assert.ok(!stranger.ok && stranger.error.code === 'invalid_client');
});

test('@vouch/server checks a JWT for a named resource by the keys of the provider', async () => {
  const audience = 'https://api.shop.example';
  const tokens = await tokensFor(app, 'shop', anyNumber(), { resource: audience, scope: 'openid read' });
  const token = await createTokenVerifier({ url: issuer, audience, fetch }).verify(tokens.access_token);
  assert.deepEqual([token?.scopes, token?.clientId], [['read'], 'shop']);
  const other = createTokenVerifier({ url: issuer, audience: 'https://other.example', fetch });
  assert.equal(await other.verify(tokens.access_token), undefined);
});
