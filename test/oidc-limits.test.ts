import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { addClient, rotateClient, rotateKeys } from '../src/oidc/manage-clients.ts';
import { countAuthorization, countSignedIn, deleteExpiredRecords } from '../src/oidc/store.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp, testKey } from './support/harness.ts';
import { HtmlClient, hiddenFields } from './support/html-client.ts';
import { authRequest, exchange, follow, oidc, post, resultOf, signInFor, tokensFor } from './support/oidc-client.ts';

const app = await openApp({ oidc });
const db = createDatabase(app.sql, app.clock);

deepTest('a hundred thousand expired rows are deleted in batches, while people sign in', async () => {
  await app.sql`insert into oidc_record (key, payload, expires_at)
    select 'Interaction:' || i, '{}', ${db.now()}::timestamptz - i * interval '1 ms' from generate_series(1, 100000) i`;
  const times: number[] = [];
  let isDone = false;
  const sweep = async () => {
    let [from, batches, slowest]: [Date | undefined, number, number] = [new Date(0), 0, 0];
    while (from) {
      const begun = performance.now();
      const { hasMore, nextFrom } = await deleteExpiredRecords(db, from);
      slowest = Math.max(slowest, performance.now() - begun);
      batches += 1;
      from = hasMore ? nextFrom : undefined;
    }
    isDone = true;
    return { batches, slowest };
  };
  const swept = sweep();
  while (!isDone) {
    const begun = performance.now();
    await tokensFor(app, 'shop', anyNumber());
    times.push(performance.now() - begun);
  }
  const { batches, slowest } = await swept;
  const [{ left } = {}] =
    await app.sql`select count(*)::int as left from oidc_record where key like 'Interaction:_____%'
    and expires_at < ${db.now()}`;
  assert.equal(left, 0);
  assert.ok(batches >= 10, `${batches} batches`);
  process.stdout.write(
    `# swept in ${batches} batches, the longest ${slowest.toFixed(0)} ms; meanwhile ${times.length} sign-ins, ` +
      `the longest ${Math.max(...times).toFixed(0)} ms\n`,
  );
});

test('a row that somebody holds is left for the next time', async () => {
  await app.sql`insert into oidc_record (key, payload, expires_at)
    select 'Held:' || i, '{}', ${db.now()}::timestamptz - interval '1 s' from generate_series(1, 2) i`;
  await app.sql.begin(async (sql) => {
    await sql`select from oidc_record where key = 'Held:1' for update`;
    await deleteExpiredRecords(db, new Date(0));
  });
  const left = await app.sql`select key from oidc_record where key like 'Held:%'`;
  assert.deepEqual(
    left.map(({ key }) => key),
    ['Held:1'],
  );
});

test('a browser app may ask before it calls, and gets no answer of another endpoint', async () => {
  const tokens = await tokensFor(app, 'spa', anyNumber());
  const origin = 'https://spa.example';
  const allowed = async (path: string, form: Record<string, string>, from = origin) =>
    (await post(app, path, 'spa', form, { origin: from })).headers['access-control-allow-origin'];
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
  assert.equal(await allowed('/oauth/token', refresh), origin);
  assert.equal(await allowed('/oauth/token', refresh, 'https://evil.example'), undefined);
  assert.equal(await allowed('/oauth/introspection', { token: tokens.access_token }), undefined);
  assert.equal(await allowed('/oauth/revocation', { token: tokens.access_token }), origin);
  const preflight = await app.server.inject({
    method: 'OPTIONS',
    url: '/oauth/token',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' },
  });
  assert.equal(preflight.statusCode, 204);
  assert.equal(preflight.headers['access-control-allow-credentials'], undefined);
});

test('a token is explained to its own app and to own apps with a secret, and never to an app without one', async () => {
  const tokens = await tokensFor(app, 'shop', anyNumber());
  const active = async (clientId: string) =>
    (await post(app, '/oauth/introspection', clientId, { token: tokens.access_token })).body.active;
  assert.deepEqual([await active('shop'), await active('bakery'), await active('spa')], [true, false, false]);
  const nobody = await app.server.inject({
    method: 'POST',
    url: '/oauth/introspection',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `token=${tokens.access_token}`,
  });
  assert.ok(nobody.statusCode >= 400);
});

test('an API sees how and when the person signed in; a fresh sign-in that it asks for is one', async () => {
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  const tokens = await tokensFor(app, 'shop', number, {}, browser);
  const explained = async (token: string) => (await post(app, '/oauth/introspection', 'shop', { token })).body;
  const first = await explained(tokens.access_token);
  assert.equal(first.acr, 'urn:vouch:acr:phone-fresh');
  assert.ok(first.auth_time > 0);
  const { body: renewed } = await post(app, '/oauth/token', 'shop', {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
  });
  assert.equal((await explained(renewed.access_token)).auth_time, first.auth_time, 'a refresh is no sign-in');

  // half an hour later
  await app.sql`update session set created_at = created_at - interval '1800 s'`;
  await app.sql`update oidc_record set payload = jsonb_set(payload::jsonb, '{loginTs}',
    to_jsonb((payload->>'loginTs')::int - 1800))::json where payload->>'loginTs' is not null`;
  const fresh = { acr_values: 'urn:vouch:acr:phone-fresh' };
  for (const extra of [fresh, { max_age: '600' }])
    assert.equal(
      resultOf(await browser.get(authRequest('shop', { ...extra, prompt: 'none' }).url)).get('error'),
      'login_required',
    );
  assert.ok(resultOf(await browser.get(authRequest('shop', { max_age: '3600', prompt: 'none' }).url)).get('code'));
  app.clock.turn(61);
  const request = authRequest('shop', fresh);
  const code = resultOf(await signInFor(app, browser, request, number)).get('code') ?? '';
  const { body } = await exchange(app, request, code);
  const again = await explained(body.access_token);
  assert.equal(again.acr, 'urn:vouch:acr:phone-fresh');
  assert.ok(again.auth_time > first.auth_time - 1800);
});

test('a sign-out leads to an address of the app alone, and never elsewhere', async () => {
  const browser = new HtmlClient(app);
  const { id_token } = await tokensFor(app, 'shop', anyNumber(), {}, browser);
  const asked = (query: Record<string, string>) => browser.get(`/oauth/logout?${new URLSearchParams(query)}`);
  for (const query of [
    { id_token_hint: id_token, post_logout_redirect_uri: 'https://evil.example/' },
    { id_token_hint: id_token, post_logout_redirect_uri: 'https://shop.example/bye/' },
    { client_id: 'bakery', post_logout_redirect_uri: 'https://shop.example/bye' },
    { post_logout_redirect_uri: 'https://shop.example/bye' },
  ] as Record<string, string>[]) {
    const page = await asked(query);
    assert.equal(page.location, undefined);
    assert.doesNotMatch(page.html, /https:\/\/(evil|shop)\.example/, JSON.stringify(query));
  }
  assert.match((await browser.get('/account/')).html, /Shop/, 'nobody was signed out by a link');
});

test('a change of language keeps the question of a sign-out, and the address that it leads to', async () => {
  const browser = new HtmlClient(app);
  const { id_token } = await tokensFor(app, 'shop', anyNumber(), {}, browser);
  const uri = 'https://shop.example/bye';
  const query = { id_token_hint: id_token, post_logout_redirect_uri: uri, state: 'a b&c=%/ё', ui_locales: 'de' };
  const asked = await browser.get(`/oauth/logout?${new URLSearchParams(query)}`);
  assert.match(asked.html, /<h1>Abmelden\?<\/h1>/);
  const changed = await browser.submit(asked, '/language/', { language: 'en' });
  const again = await browser.get(changed.location ?? '');
  assert.match(again.html, /<h1>Sign out\?<\/h1>/);
  const action = /<form method="post" action="(https:[^"]*)"/.exec(again.html)?.[1] ?? '';
  const done = await browser.post(new URL(action).pathname, { ...hiddenFields(again.html, action), logout: 'yes' });
  const target = /<a class="button" href="([^"]*)"/.exec(done.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  assert.equal(new URL(target).origin + new URL(target).pathname, uri);
  assert.equal(new URL(target).searchParams.get('state'), query.state);
});

test('redirect URIs of apps on devices are exact but for the port of the loopback interface', async () => {
  const outcome = async (clientId: string, redirect_uri: string) => {
    const page = await new HtmlClient(app).get(authRequest(clientId, { redirect_uri, prompt: 'none' }).url);
    return page.location === undefined ? /<code>(\w+)<\/code>/.exec(page.html)?.[1] : resultOf(page).get('error');
  };
  for (const uri of ['http://127.0.0.1:1/cb', 'http://127.0.0.1:65535/cb', 'com.example.app:/cb'])
    assert.equal(await outcome('phone', uri), 'login_required', uri);
  for (const uri of [
    'http://127.0.0.1:1/other',
    'http://127.0.0.2:1/cb',
    'http://localhost:1/cb',
    'https://127.0.0.1:1/cb',
    'http://127.0.0.1:1@evil.example/cb',
    'com.example.app:/cb2',
    'com.example.other:/cb',
  ])
    assert.equal(await outcome('phone', uri), 'invalid_redirect_uri', uri);
  assert.equal(await outcome('shop', 'https://shop.example:444/cb'), 'invalid_redirect_uri');
});

test('both secrets of an app work while its secret changes, and the old one ends', async () => {
  const needs = { db, log: app.server.log };
  const actor = { kind: 'command_line', id: 'ann' } as const;
  const added = await addClient(needs, actor, { client_id: 'changing', redirect_uris: ['https://c.example/cb'] });
  const rotated = await rotateClient(needs, actor, { id: 'changing', overlapSeconds: 3600 });
  assert.ok(added.ok && added.secret && rotated.ok);
  const tried = async (secret: string) => {
    const answer = await app.server.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`changing:${secret}`).toString('base64')}`,
      },
      payload: 'grant_type=refresh_token&refresh_token=none',
    });
    return answer.json().error;
  };
  const both = [added.secret, rotated.secret] as const;
  assert.deepEqual(await Promise.all(both.map(tried)), ['invalid_grant', 'invalid_grant']);
  app.clock.turn(3601);
  assert.deepEqual(await Promise.all(both.map(tried)), ['invalid_client', 'invalid_grant']);
});

test('after a rotation of the keys old tokens are valid: another process publishes both keys', async () => {
  const extra = { resource: 'https://api.shop.example', scope: 'openid read' };
  const { access_token: token } = await tokensFor(app, 'shop', anyNumber(), extra);
  const needs = { db, log: app.server.log, keys: secretKeys([testKey]) };
  await rotateKeys(needs, { kind: 'command_line', id: 'ann' }, { isLeak: false });
  const other = await openApp({ oidc, databaseUrl: app.databaseUrl });
  other.clock.turn(app.clock.aheadMs / 1000);
  const { keys } = (await other.server.inject({ url: '/oauth/jwks' })).json();
  assert.equal(keys.length, 4);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const jwk = keys.find((one: { kid: string }) => one.kid === kid);
  const signed = Buffer.from(`${header}.${payload}`);
  assert.ok(
    verify('sha256', signed, createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(signature, 'base64url')),
  );
  const next = await tokensFor(other, 'shop', anyNumber(), extra);
  const { kid: now } = JSON.parse(Buffer.from(next.access_token.split('.')[0], 'base64url').toString());
  assert.equal(now, kid, 'a new key is published before it signs');
});

test('a network without a session may cause so many rows an hour; a signed-in person goes on, codes of devices are counted', async () => {
  const browser = new HtmlClient(app);
  await browser.signIn(anyNumber());
  const rows = async () => (await app.sql`select from oidc_record`).length;
  for (let left = 600; left > 0; left -= 100)
    await Promise.all(Array.from({ length: 100 }, () => countAuthorization(db, '127.0.0.1')));
  const before = await rows();
  const page = await new HtmlClient(app).get(authRequest('shop').url);
  assert.equal(page.status, 429);
  assert.ok(Number(page.headers['retry-after']) > 0);
  assert.match(String(page.headers['ratelimit-policy']), /^"authorization";q=600/);
  const sentences = {
    ru: 'Из вашей сети слишком часто начинают вход. Попробуйте через',
    en: 'Too many sign-ins were started from your network. Try again in',
    de: 'Aus Ihrem Netz wurden zu viele Anmeldungen begonnen. Versuchen Sie es in',
    es: 'Desde tu red se han iniciado demasiados accesos. Inténtalo dentro de',
    tr: 'Ağınızdan çok fazla giriş başlatıldı.',
    kk: 'Желіңізден кіру әрекеті тым көп басталды.',
  };
  for (const [ui_locales, sentence] of Object.entries(sentences)) {
    const { html } = await new HtmlClient(app).get(authRequest('shop', { ui_locales }).url);
    assert.ok(html.includes(sentence), ui_locales);
    assert.match(html, new RegExp(`<html lang="${ui_locales}"`));
  }
  for (const [path, form] of [
    ['/oauth/request', Object.fromEntries(new URL(authRequest('shop').url, 'https://x.example').searchParams)],
    ['/oauth/device/auth', { client_id: 'tv' }],
  ] as const)
    assert.equal((await post(app, path, path === '/oauth/request' ? 'shop' : 'tv', form)).status, 429, path);
  assert.equal(await rows(), before);
  assert.ok(resultOf(await follow(browser, await browser.get(authRequest('shop').url))).get('code'));
  const form = await browser.get('/oauth/device');
  const action = /action="(https:[^"]*\/oauth\/device)"/.exec(form.html)?.[1] ?? '';
  const guess = await browser.post('/oauth/device', { ...hiddenFields(form.html, action), user_code: 'BCDF-GHJK' });
  assert.equal(guess.status, 429, 'who tries codes of devices is counted, also with a session');
  app.clock.turn(3601);
  assert.equal((await new HtmlClient(app).get(authRequest('shop').url)).status, 303);

  // a person who throws the cookie of apps away each time
  const [credential] = [...browser.cookies].filter(([name]) => name === '__Host-session');
  const [{ account_id: accountId } = {}] =
    await app.sql`select account_id from session order by created_at desc limit 1`;
  for (let left = 600; left > 0; left -= 100)
    await Promise.all(Array.from({ length: 100 }, () => countSignedIn(db, accountId)));
  const forgetful = new HtmlClient(app);
  forgetful.cookies.set(...(credential ?? ['', '']));
  const written = await rows();
  const refused = await forgetful.get(authRequest('shop', { prompt: 'none' }).url);
  assert.deepEqual([refused.status, await rows()], [429, written]);
  assert.ok(
    resultOf(await browser.get(authRequest('shop', { prompt: 'none' }).url)).get('code'),
    'with it all goes on',
  );
});
