import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import { dpopProof, newSigner, type Signer } from './support/jwt-signer.ts';
import {
  assertionKeys,
  authRequest,
  exchange,
  exchangeForm,
  follow,
  oidc,
  post,
  resultOf,
  signInFor,
} from './support/oidc-client.ts';

const app = await openApp({ oidc });
const site = 'https://vouch.example';
const [tokenUrl, infoUrl] = [`${site}/oauth/token`, `${site}/oauth/userinfo`];
const [own, strange] = [newSigner('ES256'), newSigner('ES256')];

test('tokens are bound to the key of the app: another key, URL, method or token, or a proof used twice is refused', async () => {
  const request = authRequest('spa');
  const code = resultOf(await signInFor(app, new HtmlClient(app), request, anyNumber())).get('code') ?? '';
  const proved = (proof: string) => post(app, '/oauth/token', 'spa', exchangeForm(request, code), { dpop: proof });
  for (const [name, proof] of Object.entries({
    url: dpopProof(own, 'POST', infoUrl),
    method: dpopProof(own, 'GET', tokenUrl),
    old: dpopProof(own, 'POST', tokenUrl, undefined, { iat: Math.floor(Date.now() / 1000) - 900 }),
    signature: dpopProof({ ...own, publicJwk: strange.publicJwk }, 'POST', tokenUrl),
  }))
    assert.equal((await proved(proof)).body.error, 'invalid_dpop_proof', name);
  const { status, body } = await proved(dpopProof(own, 'POST', tokenUrl));
  assert.deepEqual([status, body.token_type], [200, 'DPoP'], 'a wrong proof has not used the code up');

  const token = body.access_token;
  const info = async (proof: string | undefined, type = 'DPoP') => {
    const headers = { authorization: `${type} ${token}`, ...(proof === undefined ? {} : { dpop: proof }) };
    return (await app.server.inject({ url: '/oauth/userinfo', headers })).statusCode;
  };
  const proof = dpopProof(own, 'GET', infoUrl, token);
  assert.equal(await info(proof), 200);
  assert.equal(await info(proof), 401, 'a proof works once');
  assert.equal(await info(undefined), 400);
  assert.equal(await info(undefined, 'Bearer'), 401);
  assert.equal(await info(dpopProof(own, 'GET', infoUrl, 'another token')), 401);
  assert.equal(await info(dpopProof(own, 'GET', infoUrl)), 401);
  assert.equal(await info(dpopProof(own, 'GET', tokenUrl, token)), 401);
  assert.equal(await info(dpopProof(own, 'POST', infoUrl, token)), 401);
  assert.equal(await info(dpopProof(strange, 'GET', infoUrl, token)), 401);

  const refreshed = (by?: Signer) =>
    post(
      app,
      '/oauth/token',
      'spa',
      { grant_type: 'refresh_token', refresh_token: body.refresh_token },
      by ? { dpop: dpopProof(by, 'POST', tokenUrl) } : {},
    );
  assert.equal((await refreshed(strange)).body.error, 'invalid_grant', 'a public app cannot change its key');
  assert.equal((await refreshed()).body.error, 'invalid_grant');
  assert.equal((await refreshed(own)).status, 200, 'the refusals have not ended the sign-in');
  assert.equal((await refreshed(strange)).body.error, 'invalid_grant', 'nor does another key get a repeated response');
});

test('of twenty uses of one proof at once one succeeds', async () => {
  const request = authRequest('spa');
  const code = resultOf(await signInFor(app, new HtmlClient(app), request, anyNumber())).get('code') ?? '';
  const { body } = await post(app, '/oauth/token', 'spa', exchangeForm(request, code), {
    dpop: dpopProof(own, 'POST', tokenUrl),
  });
  const headers = {
    authorization: `DPoP ${body.access_token}`,
    dpop: dpopProof(own, 'GET', infoUrl, body.access_token),
  };
  const all = await Promise.all(
    Array.from({ length: 20 }, () => app.server.inject({ url: '/oauth/userinfo', headers })),
  );
  assert.equal(all.filter(({ statusCode }) => statusCode === 200).length, 1);
  for (const { statusCode } of all) assert.ok([200, 401].includes(statusCode), String(statusCode));
});

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const assertion = (signer: Signer, changes: object = {}, kid = signer.publicJwk.kid) => ({
  client_assertion_type: assertionType,
  client_assertion: signer.sign(
    { iss: 'bank', sub: 'bank', aud: site, jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60, ...changes },
    { kid },
  ),
});

/** A form of the app `bank`, which proves itself by a key. */
async function ofBank(path: string, form: Record<string, string>) {
  const answer = await app.server.inject({
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  });
  return { status: answer.statusCode, body: answer.json() };
}

test('an app proves itself by a key: RS256 or ES256, once, for this server, for a short time', async () => {
  const form = { grant_type: 'refresh_token', refresh_token: 'none' };
  const tried = async (proof: object) => (await ofBank('/oauth/token', { ...form, ...proof })).body.error;
  for (const signer of Object.values(assertionKeys)) assert.equal(await tried(assertion(signer)), 'invalid_grant');
  const once = assertion(assertionKeys.ES256);
  assert.deepEqual([await tried(once), await tried(once)], ['invalid_grant', 'invalid_client']);
  const same = assertion(assertionKeys.ES256);
  const all = await Promise.all(Array.from({ length: 20 }, () => tried(same)));
  assert.deepEqual(
    all.toSorted(),
    [...Array(19).fill('invalid_client'), 'invalid_grant'],
    'of twenty at once one counts',
  );
  for (const wrong of [
    assertion(assertionKeys.ES256, { aud: 'https://other.example' }),
    assertion(assertionKeys.ES256, { exp: Math.floor(Date.now() / 1000) - 60 }),
    assertion(assertionKeys.ES256, { sub: 'shop' }),
    assertion(assertionKeys.ES256, { jti: undefined }),
    assertion(strange, {}, assertionKeys.ES256.publicJwk.kid),
    { client_id: 'bank' },
  ])
    assert.equal(await tried(wrong), 'invalid_client', JSON.stringify(wrong));
});

test('a request that was pushed works once, for its app, for a while; an app that must push cannot do without', async () => {
  const request = authRequest('bank');
  const direct = resultOf(await new HtmlClient(app).get(request.url));
  assert.equal(direct.get('error'), 'invalid_request');
  const push = async () => {
    const form = Object.fromEntries(new URL(request.url, site).searchParams);
    const { status, body } = await ofBank('/oauth/request', { ...form, ...assertion(assertionKeys.ES256) });
    assert.deepEqual([status, body.expires_in], [201, 60], JSON.stringify(body));
    return body.request_uri;
  };
  const urlOf = (uri: string, clientId = 'bank') =>
    `/oauth/auth?${new URLSearchParams({ client_id: clientId, request_uri: uri })}`;
  const uri = await push();
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  const result = resultOf(await signInFor(app, browser, { ...request, url: urlOf(uri) }, number));
  const form = { ...exchangeForm(request, result.get('code') ?? ''), ...assertion(assertionKeys.RS256) };
  assert.equal((await ofBank('/oauth/token', form)).status, 200);
  const refused = async (url: string) => {
    const { html, location } = await follow(browser, await browser.get(url));
    return location === undefined ? /<code>(\w+)<\/code>/.exec(html)?.[1] : new URL(location).searchParams.get('error');
  };
  assert.equal(await refused(urlOf(uri)), 'invalid_request_uri', 'used before');
  assert.equal(await refused(urlOf(await push(), 'shop')), 'invalid_request_object', 'of another app');
  assert.equal(await refused(urlOf('urn:ietf:params:oauth:request_uri:none')), 'invalid_request_uri');
  const late = await push();
  app.clock.turn(61);
  assert.equal(await refused(urlOf(late)), 'invalid_request_uri', 'expired');
});

test('an app that need not push may; what it sends beside the reference does not count', async () => {
  const request = authRequest('shop');
  const form = Object.fromEntries(new URL(request.url, site).searchParams);
  const { body } = await post(app, '/oauth/request', 'shop', form);
  const query = new URLSearchParams({
    client_id: 'shop',
    request_uri: body.request_uri,
    redirect_uri: 'https://evil.example/',
    scope: 'openid email',
  });
  const page = await signInFor(app, new HtmlClient(app), { ...request, url: `/oauth/auth?${query}` }, anyNumber());
  assert.equal(new URL(page.location ?? '').origin, 'https://shop.example');
  const tokens = await exchange(app, request, resultOf(page).get('code') ?? '');
  assert.equal(tokens.body.scope, 'openid phone');
});
