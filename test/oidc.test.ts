import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient, hiddenFields } from './support/html-client.ts';
import {
  authRequest,
  claimsOf,
  exchange,
  follow,
  oidc,
  post,
  resultOf,
  signInFor,
  tokensFor,
} from './support/oidc-client.ts';

const app = await openApp({ oidc });

test('an app signs a person in by the pages, and gets an id that is no number', async () => {
  const number = anyNumber();
  const request = authRequest('shop', { scope: 'openid phone profile invites' });
  const result = resultOf(await signInFor(app, new HtmlClient(app), request, number));
  assert.equal(result.get('state'), 'the-state');
  assert.equal(result.get('iss'), 'https://vouch.example');
  const { status, body } = await exchange(app, request, result.get('code') ?? '');
  assert.equal(status, 200, JSON.stringify(body));
  const claims = claimsOf(body.id_token);
  const [{ account_id } = {}] = await app.sql`select account_id from number_account where phone_number = ${number}`;
  assert.equal(claims.sub, account_id);
  assert.equal(claims.phone_number, number);
  assert.equal(claims.phone_number_verified, true);
  assert.equal(claims.nonce, 'the-nonce');
  assert.deepEqual(claims.amr, ['otp', 'sms']);
  assert.equal(claims.acr, 'urn:vouch:acr:phone-fresh');
  assert.ok(claims.auth_time > 0);
  const info = await app.server.inject({
    url: '/oauth/userinfo',
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  assert.equal(info.json().phone_number, number);
});

test('somebody who is signed in goes to an own app at once, and answers a question for the app of others', async () => {
  const browser = new HtmlClient(app);
  await browser.signIn(anyNumber());
  const own = authRequest('shop');
  assert.ok(resultOf(await follow(browser, await browser.get(own.url))).get('code'));
  const other = authRequest('bakery', { scope: 'openid phone email' });
  const question = await follow(browser, await browser.get(other.url));
  assert.match(question.html, /Разрешить доступ Bakery\?/);
  assert.match(question.html, /номер телефона<\/li>/);
  const action = /action="(\/oauth\/interaction\/[^"]+)"/.exec(question.html)?.[1] ?? '';
  const denied = await follow(browser, await browser.submit(question, action, { answer: 'deny' }));
  assert.equal(resultOf(denied).get('error'), 'access_denied');
  const again = await follow(browser, await browser.get(other.url));
  const action2 = /action="(\/oauth\/interaction\/[^"]+)"/.exec(again.html)?.[1] ?? '';
  const allowed = await follow(browser, await browser.submit(again, action2, { answer: 'allow' }));
  const { body } = await exchange(app, other, resultOf(allowed).get('code') ?? '');
  assert.equal(claimsOf(body.id_token).aud, 'bakery');
  assert.ok(resultOf(await follow(browser, await browser.get(authRequest('bakery').url))).get('code'), 'asked once');
});

test('a session of the pages counts with prompt=none, for the app of others after a consent, and ends with the pages', async () => {
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  await browser.signIn(number);
  const silent = async (clientId: string, extra: Record<string, string> = {}) => {
    const request = authRequest(clientId, { prompt: 'none', ...extra });
    return { request, result: resultOf(await browser.get(request.url)) };
  };
  const error = async (...input: Parameters<typeof silent>) => (await silent(...input)).result.get('error');
  assert.equal(await error('bakery'), 'consent_required');
  const { request, result } = await silent('shop', { acr_values: 'urn:vouch:acr:phone-fresh', max_age: '60' });
  const { body } = await exchange(app, request, result.get('code') ?? '');
  const claims = claimsOf(body.id_token);
  assert.equal(claims.phone_number, number);
  assert.equal(claims.acr, 'urn:vouch:acr:phone-fresh');
  const [page] = await app.sql`select extract(epoch from created_at)::int as at from session
    where account_id = ${claims.sub} order by created_at limit 1`;
  assert.ok(Math.abs(claims.auth_time - page?.at) <= 1, 'the time of the sign-in at the pages');
  const sessions = async () => (await app.sql`select from session where account_id = ${claims.sub}`).length;
  assert.equal(await sessions(), 2);
  await silent('shop');
  assert.equal(await sessions(), 2, 'one of the app, however often it asks');
  assert.equal(await error('shop', { prompt: 'none login' }), 'invalid_request');
  assert.equal(await error('shop', { id_token_hint: body.id_token }), null);

  const first = new Map(browser.cookies);
  await browser.post('/logout/');
  assert.equal(await error('shop'), 'login_required');
  for (const [name, value] of first) browser.cookies.set(name, value);
  assert.equal(await error('shop'), 'login_required', 'both sessions have ended, and not the cookies alone');
  const other = anyNumber();
  await browser.signIn(other);
  const next = await silent('shop');
  const tokens = (await exchange(app, next.request, next.result.get('code') ?? '')).body;
  assert.equal(claimsOf(tokens.id_token).phone_number, other);
  assert.equal(await error('shop', { id_token_hint: body.id_token }), 'login_required', 'the first person is gone');
});

test('a sign-in at the pages after that of an app counts for the next request', async () => {
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  await tokensFor(app, 'shop', number, {}, browser);
  await app.sql`update session set created_at = created_at - interval '1 hour'`;
  await app.sql`update oidc_record set payload = jsonb_set(payload::jsonb, '{loginTs}',
    to_jsonb((payload->>'loginTs')::int - 3600))::json where payload->>'loginTs' is not null`;
  const fresh = authRequest('shop', { prompt: 'none', max_age: '600' });
  assert.equal(resultOf(await browser.get(fresh.url)).get('error'), 'login_required');
  app.clock.turn(61);
  await browser.signIn(number);
  assert.ok(resultOf(await browser.get(fresh.url)).get('code'));
});

test('cancelling tells the app, without JavaScript', async () => {
  const browser = new HtmlClient(app);
  const page = await follow(browser, await browser.get(authRequest('shop').url));
  assert.match(page.html, /Вы входите в Shop/);
  const cancelled = await follow(browser, await browser.submit(page, '/continue/cancel'));
  assert.equal(resultOf(cancelled).get('error'), 'access_denied');
});

test('an app that wants a new sign-in gets one, and prompt=none never shows a page', async () => {
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  const none = authRequest('shop', { prompt: 'none' });
  assert.equal(resultOf(await browser.get(none.url)).get('error'), 'login_required');
  const first = await tokensFor(app, 'shop', number, {}, browser);
  assert.ok(resultOf(await browser.get(none.url)).get('code'));
  for (const extra of [{ prompt: 'login' }, { max_age: '0' }]) {
    app.clock.turn(61);
    const request = authRequest('shop', extra);
    const result = resultOf(await signInFor(app, browser, request, number));
    const { body } = await exchange(app, request, result.get('code') ?? '');
    assert.equal(claimsOf(body.id_token).sub, claimsOf(first.id_token).sub);
    assert.ok(claimsOf(body.id_token).auth_time > claimsOf(first.id_token).auth_time);
  }
});

test('somebody else who signs in meanwhile is the one that the app gets', async () => {
  const [browser, other] = [new HtmlClient(app), anyNumber()];
  await tokensFor(app, 'shop', anyNumber(), {}, browser);
  const request = authRequest('shop', { prompt: 'login' });
  const result = resultOf(await signInFor(app, browser, request, other));
  const { body } = await exchange(app, request, result.get('code') ?? '');
  assert.equal(claimsOf(body.id_token).phone_number, other);
});

test('a request without PKCE, with another redirect URI or of an unknown app is refused', async () => {
  const refused = async (clientId: string, extra: Record<string, string>, drop: readonly string[] = []) => {
    const url = new URL(authRequest(clientId, extra).url, 'https://vouch.example');
    for (const name of drop) url.searchParams.delete(name);
    return new HtmlClient(app).get(url.pathname + url.search);
  };
  assert.equal(
    resultOf(await refused('shop', {}, ['code_challenge', 'code_challenge_method'])).get('error'),
    'invalid_request',
  );
  const plain = await refused('shop', { code_challenge_method: 'plain' });
  assert.equal(resultOf(plain).get('error'), 'invalid_request');
  for (const redirect of [
    'https://shop.example/cb/',
    'https://shop.example/cb?x=1',
    'https://evil.example/cb',
    'https://shop.example.evil.example/cb',
  ]) {
    const page = await refused('shop', { redirect_uri: redirect });
    assert.equal(page.location, undefined, redirect);
    assert.match(page.html, /<code>invalid_redirect_uri<\/code>/);
  }
  assert.match(
    (await refused('nobody', { redirect_uri: 'https://shop.example/cb' })).html,
    /<code>invalid_client<\/code>/,
  );
  const loopback = await refused('phone', { redirect_uri: 'http://127.0.0.1:51234/cb', prompt: 'none' });
  assert.equal(resultOf(loopback).get('error'), 'login_required', 'any port of the loopback interface');
});

test('the code of an app works once, with its verifier, and for that app alone', async () => {
  const request = authRequest('shop');
  const browser = new HtmlClient(app);
  const code = resultOf(await signInFor(app, browser, request, anyNumber())).get('code') ?? '';
  const wrong = await exchange(app, { ...request, verifier: 'x'.repeat(43) }, code);
  assert.equal(wrong.body.error, 'invalid_grant');
  assert.equal((await exchange(app, { ...request, clientId: 'bakery' }, code)).body.error, 'invalid_grant');
  const { body } = await exchange(app, request, code);
  assert.ok(body.access_token);
  assert.equal((await exchange(app, request, code)).body.error, 'invalid_grant');
  const info = await app.server.inject({
    url: '/oauth/userinfo',
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  assert.equal(info.statusCode, 401, 'a replayed code ends what it issued');
});

test('no id and no token is in the database', async () => {
  const request = authRequest('shop');
  const code = resultOf(await signInFor(app, new HtmlClient(app), request, anyNumber())).get('code') ?? '';
  const before = JSON.stringify(await app.sql`select * from oidc_record`);
  const { body } = await exchange(app, request, code);
  const rows = before + JSON.stringify(await app.sql`select * from oidc_record`);
  assert.ok(rows.includes('AuthorizationCode:'));
  for (const token of [code, body.access_token, body.refresh_token]) assert.equal(rows.includes(token), false);
  assert.equal(rows.includes('"jti"'), false);
});

test('sessions of apps are among those of the person, and what ends them ends the tokens', async () => {
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  const tokens = await tokensFor(app, 'shop', number, {}, browser);
  const works = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    return (await app.server.inject({ url: '/oauth/userinfo', headers })).statusCode;
  };
  assert.equal(await works(), 200);
  assert.match((await browser.get('/account/')).html, /Shop/);
  const token = browser.cookies.get('__Host-session') ?? '';
  const ended = await app.server.inject({
    method: 'DELETE',
    url: '/api/users/me/sessions',
    headers: { authorization: `Token ${token}` },
  });
  assert.ok(ended.statusCode < 300, ended.body);
  assert.equal(await works(), 401);
  const refreshed = await post(app, '/oauth/token', 'shop', {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  });
  assert.equal(refreshed.body.error, 'invalid_grant');
});

test('introspection, revocation and a JWT for a named resource', async () => {
  const tokens = await tokensFor(app, 'shop', anyNumber(), {
    resource: 'https://api.shop.example',
    scope: 'openid read',
  });
  const claims = claimsOf(tokens.access_token);
  assert.equal(claims.aud, 'https://api.shop.example');
  assert.equal(claims.scope, 'read');
  const opaque = await tokensFor(app, 'shop', anyNumber());
  assert.equal(opaque.access_token.includes('.'), false);
  const asked = await post(app, '/oauth/introspection', 'shop', { token: opaque.access_token });
  assert.equal(asked.body.active, true);
  const revoked = await post(app, '/oauth/revocation', 'shop', { token: opaque.refresh_token });
  assert.deepEqual([revoked.status, revoked.body, revoked.headers['content-type']], [200, '', undefined]);
  assert.equal((await post(app, '/oauth/introspection', 'shop', { token: opaque.access_token })).body.active, false);
  const [ended, opened] =
    await app.sql`select session_id, ended_sessions, details from audit_event order by at desc, id desc`;
  assert.equal(ended?.details, 'sessions: 1, by its app');
  assert.deepEqual(ended.ended_sessions, [opened?.session_id], 'webhooks tell of its session');
  const strange = authRequest('shop', { resource: 'https://other.example', prompt: 'none' });
  assert.equal(resultOf(await new HtmlClient(app).get(strange.url)).get('error'), 'invalid_target');
});

test('a browser app may call from the origin of its redirect URI alone', async () => {
  const tokens = await tokensFor(app, 'spa', anyNumber());
  const from = async (origin: string) => {
    const headers = { authorization: `Bearer ${tokens.access_token}`, origin };
    return app.server.inject({ url: '/oauth/userinfo', headers });
  };
  assert.equal((await from('https://spa.example')).headers['access-control-allow-origin'], 'https://spa.example');
  const other = await from('https://evil.example');
  assert.equal(other.headers['access-control-allow-origin'], undefined);
  assert.equal(other.statusCode, 400);
});

test('the documents tell the endpoints below the public URL, whatever the host of the request', async () => {
  for (const path of ['openid-configuration', 'oauth-authorization-server']) {
    const answer = await app.server.inject({
      url: `/.well-known/${path}`,
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    });
    const document = answer.json();
    assert.equal(document.issuer, 'https://vouch.example');
    assert.equal(document.token_endpoint, 'https://vouch.example/oauth/token');
    assert.deepEqual(document.code_challenge_methods_supported, ['S256']);
    assert.equal(document.authorization_response_iss_parameter_supported, true);
    assert.ok(document.id_token_signing_alg_values_supported.includes('ES256'));
  }
  const { keys } = (await app.server.inject({ url: '/oauth/jwks' })).json();
  assert.deepEqual(keys.map(({ alg }: { alg: string }) => alg).sort(), ['ES256', 'RS256']);
  assert.equal(JSON.stringify(keys).includes('"d"'), false);
});

test('without the setting none of it is there', async () => {
  const { server } = await openApp();
  for (const url of ['/.well-known/openid-configuration', '/oauth/jwks', '/oauth/interaction/x'])
    assert.equal((await server.inject({ url })).statusCode, 404);
});

test('an app signs the person out: of itself, of the pages, and back to its own address', async () => {
  const browser = new HtmlClient(app);
  const tokens = await tokensFor(app, 'shop', anyNumber(), {}, browser);
  const query = new URLSearchParams({
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: 'https://shop.example/bye',
  });
  const question = await browser.get(`/oauth/logout?${query}`);
  assert.match(question.html, /<h1>Выйти\?<\/h1>/);
  const action = /<form method="post" action="(https:[^"]*)"/.exec(question.html)?.[1] ?? '';
  const path = new URL(action).pathname;
  const fields = { ...hiddenFields(question.html, action), logout: 'yes' };
  const done = await browser.post(path, fields);
  assert.equal(done.status, 200);
  assert.match(done.html, /url=https:\/\/shop\.example\/bye"/);
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  assert.equal((await app.server.inject({ url: '/oauth/userinfo', headers })).statusCode, 401);
  assert.equal(resultOf(await browser.get(authRequest('shop', { prompt: 'none' }).url)).get('error'), 'login_required');
  assert.equal((await browser.get('/account/')).location, '/');
});

test('a sign-out without a session of an app asks, too; a person who stays signed in is told so', async () => {
  const browser = new HtmlClient(app);
  await browser.signIn(anyNumber());
  const ask = async () => {
    const question = await browser.get('/oauth/logout');
    assert.match(question.html, /<h1>Выйти\?<\/h1>/);
    const action = /<form method="post" action="(https:[^"]*)"/.exec(question.html)?.[1] ?? '';
    return { path: new URL(action).pathname, fields: hiddenFields(question.html, action) };
  };
  const first = await ask();
  const stayed = await browser.post(first.path, first.fields);
  assert.equal(new URL(stayed.location ?? '').pathname, '/account/');
  assert.equal((await browser.get('/account/')).status, 200);
  const second = await ask();
  const left = await follow(browser, await browser.post(second.path, { ...second.fields, logout: 'yes' }));
  assert.match(left.html, /<h1>Вы вышли<\/h1>/);
  assert.equal((await browser.get('/account/')).location, '/');
});

test('a device gets its tokens after the warning of its page, and none if the person stops', async () => {
  const browser = new HtmlClient(app);
  await browser.signIn(anyNumber());
  const tv = async () => (await post(app, '/oauth/device/auth', 'tv', { client_id: 'tv', scope: 'openid phone' })).body;
  const poll = (code: string) =>
    post(app, '/oauth/token', 'tv', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code });
  const asked = await tv();
  assert.equal((await poll(asked.device_code)).body.error, 'authorization_pending');
  const form = await browser.get('/oauth/device');
  const action = /action="(https:[^"]*\/oauth\/device)"/.exec(form.html)?.[1] ?? '';
  const warning = await browser.post('/oauth/device', {
    ...hiddenFields(form.html, action),
    user_code: asked.user_code,
  });
  assert.match(warning.html, /кто-то пытается войти в вашу учётную запись/);
  const next = await browser.post('/oauth/device', { ...hiddenFields(warning.html, action), confirm: 'yes' });
  const consent = await follow(browser, next);
  const allow = /action="(\/oauth\/interaction\/[^"]+)"/.exec(consent.html)?.[1] ?? '';
  const end = await follow(browser, await browser.submit(consent, allow, { answer: 'allow' }));
  assert.match(end.html, /Устройство подключено/);
  const tokens = await poll(asked.device_code);
  assert.equal(tokens.status, 200, JSON.stringify(tokens.body));
  assert.ok(tokens.body.id_token);
});
