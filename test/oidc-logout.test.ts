import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { addBlock } from '../src/blocks/blocks.ts';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { parseNetwork } from '../src/limits/ip-network.ts';
import { dispatchEvents } from '../src/webhooks/store.ts';
import { eventually } from './support/embedded-database.ts';
import { anyNumber, openApp, type TestApp, testKey } from './support/harness.ts';
import { HtmlClient, hiddenFields } from './support/html-client.ts';
import { claimsOf, configured, oidc, post, testClients, tokensFor } from './support/oidc-client.ts';

/** The notices that the apps got, by their paths. */
const received: { readonly path: string; readonly type: string; readonly token: string }[] = [];
let answer = (_path: string, response: ServerResponse): unknown => response.writeHead(200).end();
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const token = new URLSearchParams(body).get('logout_token') ?? '';
  received.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', token });
  answer(request.url ?? '', response);
});
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
after(() => {
  receiver.closeAllConnections();
  receiver.close();
});
const { port } = receiver.address() as AddressInfo;
const told = (id: string) => {
  const known = testClients.get(id)?.client;
  assert.ok(known);
  return configured({ ...known, first_party: true, backchannel_logout_uri: `http://127.0.0.1:${port}/${id}` });
};
const clients = new Map([...testClients, ...['shop', 'bakery', 'phone'].map((id) => [id, told(id)] as const)]);
const local = parseNetwork('127.0.0.0/8');
assert.ok(local.ok);
const app = await openApp({ oidc: { ...oidc, clients }, allowedNetworks: [local.network] });
const keys = secretKeys([testKey]);

/** Queues the notices of what has ended, as the background of the product does. */
async function dispatch(of: TestApp = app): Promise<void> {
  const db = createDatabase(of.sql, of.clock);
  await eventually('all events are sealed', async () => {
    await dispatchEvents(db, keys);
    const [row] = await of.sql<{ left: number }[]>`select (select count(*)::int from audit_event)
      - (select coalesce(sum(cardinality(ids)), 0)::int from audit_seal) as left`;
    return row?.left === 0 || undefined;
  });
}

/** The claims of a logout token, whose signature is right. */
async function verified(token: string) {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const { kid, typ } = JSON.parse(Buffer.from(header, 'base64url').toString());
  assert.equal(typ, 'logout+jwt');
  const { keys: all } = (await app.server.inject({ url: '/oauth/jwks' })).json();
  const key = createPublicKey({ key: all.find((one: { kid: string }) => one.kid === kid), format: 'jwk' });
  assert.ok(verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')));
  return claimsOf(token);
}

const noticeFor = (sub: string, path = '/shop') =>
  eventually(`a notice of ${sub} at ${path}`, async () =>
    received.find((one) => one.path === path && claimsOf(one.token).sub === sub),
  );

const ends: Record<string, (person: { number: string; browser: HtmlClient; idToken: string }) => Promise<unknown>> = {
  'its person ends all sessions': async ({ browser }) =>
    app.call('DELETE', '/api/users/me/sessions', undefined, {
      authorization: `Token ${browser.cookies.get('__Host-session')}`,
    }),
  'its person signs out at the page of the account': async ({ browser }) => {
    const page = await browser.get('/logout/');
    assert.match(page.html, /и в приложениях, в которые вошли в этом браузере/);
    assert.equal((await browser.submit(page, '/logout/')).location, '/');
    assert.equal(browser.cookies.has('__Host-oidc'), false);
  },
  'its person ends all other sessions at the page of the account': async ({ browser }) =>
    browser.submit(await browser.get('/account/'), '/sessions/end-others'),
  'its person ends this one at the page of the account': async ({ browser }) => {
    const page = await browser.get('/account/');
    const action = /action="(\/sessions\/[^/"]+\/end)"/.exec(page.html)?.[1] ?? '';
    await browser.submit(page, action);
  },
  'an operator blocks its number': async ({ number }) =>
    addBlock(
      { db: createDatabase(app.sql, app.clock), log: app.server.log, defaultRegion: 'RU' },
      { kind: 'command_line', id: 'ann' },
      { kind: 'number', value: number, reason: 'test' },
    ),
  'its person erases the account': async ({ browser }) =>
    app.call('DELETE', '/api/users/me', undefined, {
      authorization: `Token ${browser.cookies.get('__Host-session')}`,
    }),
  'an app signs the person out': async ({ browser, idToken }) => {
    const question = await browser.get(`/oauth/logout?id_token_hint=${idToken}`);
    const action = /<form method="post" action="(https:[^"]*)"/.exec(question.html)?.[1] ?? '';
    await browser.post(new URL(action).pathname, { ...hiddenFields(question.html, action), logout: 'yes' });
  },
};

test('an app learns that its session ended, whatever ended it, by a signed notice that names the session', async () => {
  const ended = Object.entries(ends).map(async ([name, end]) => {
    const [number, browser] = [anyNumber(), new HtmlClient(app)];
    const tokens = await tokensFor(app, 'shop', number, {}, browser);
    const { sub, sid } = claimsOf(tokens.id_token);
    assert.ok(sid);
    await end({ number, browser, idToken: tokens.id_token });
    await dispatch();
    const notice = await noticeFor(sub);
    assert.equal(notice.type, 'application/x-www-form-urlencoded');
    const { iat, exp, jti, ...claims } = await verified(notice.token);
    assert.ok(jti && exp - iat <= 120, name);
    assert.deepEqual(
      claims,
      { iss: 'https://vouch.example', aud: 'shop', sub, sid, events: { [logoutEvent]: {} } },
      name,
    );
    assert.equal(received.filter((one) => claimsOf(one.token).sub === sub).length, 1, `${name}: once`);
  });
  await Promise.all(ended);
  await eventually('nothing is left', async () => (await app.sql`select from logout_notice`).length === 0 || undefined);
});
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

test('an app without a browser learns that its session ended: at the pages, by its own revocation, by a block', async () => {
  const own: typeof ends = { ...ends, 'it revokes its token': async () => {} };
  const { 'an app signs the person out': _1, 'its person signs out at the page of the account': _2, ...all } = own;
  const ended = Object.entries(all).map(async ([name, end]) => {
    const [number, browser] = [anyNumber(), new HtmlClient(app)];
    await browser.signIn(number);
    app.clock.turn(31);
    const tokens = await firstPartyTokens(number);
    const { sub, sid } = claimsOf(tokens.id_token);
    assert.ok(sid, name);
    if (name === 'it revokes its token') await post(app, '/oauth/revocation', 'phone', { token: tokens.refresh_token });
    await end({ number, browser, idToken: tokens.id_token });
    await dispatch();
    const notice = await noticeFor(sub, '/phone');
    assert.equal((await verified(notice.token)).sid, sid, name);
    assert.equal(received.filter((one) => claimsOf(one.token).sub === sub).length, 1, `${name}: once`);
  });
  await Promise.all(ended);
});

/** The tokens of an app that signs a person in by fields of its own. */
async function firstPartyTokens(number: string) {
  const verifier = randomBytes(32).toString('base64url');
  const code_challenge = createHash('sha256').update(verifier).digest('base64url');
  const form = { login_hint: number, code_challenge, code_challenge_method: 'S256' };
  const { body: asked } = await post(app, '/authorize-challenge', 'phone', form);
  assert.ok(asked.auth_session, JSON.stringify(asked));
  const entry = { auth_session: asked.auth_session, otp: app.codeFor(number) };
  const { body: entered } = await post(app, '/authorize-challenge', 'phone', entry);
  const grant = { grant_type: 'authorization_code', code: entered.authorization_code, code_verifier: verifier };
  const { status, body } = await post(app, '/oauth/token', 'phone', grant);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

test('a notice that an app does not accept is logged and sent again; a slow app delays no other', async () => {
  const people = await Promise.all(
    ['shop', 'bakery'].map(async (clientId) => {
      const tokens = await tokensFor(app, clientId, anyNumber());
      return { clientId, tokens, sub: claimsOf(tokens.id_token).sub };
    }),
  );
  const waiting: ServerResponse[] = [];
  answer = (path, response) => (path === '/shop' ? waiting.push(response) : response.writeHead(500).end());
  for (const { clientId, tokens } of people)
    assert.equal((await post(app, '/oauth/revocation', clientId, { token: tokens.refresh_token })).status, 200);
  await dispatch();
  const [slow, failing] = people;
  await noticeFor(slow?.sub);
  await noticeFor(failing?.sub, '/bakery');
  const line = await eventually('a line for the operator', async () =>
    app.log.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'logout notice failed'),
  );
  assert.equal(line.client, 'bakery');
  assert.equal(line.reason, 'HTTP 500');
  assert.ok(line.retrySeconds >= 5);
  received.length = 0;
  answer = (_path, response) => response.writeHead(200).end();
  app.clock.turn(10);
  await noticeFor(failing?.sub, '/bakery');
  for (const response of waiting) response.writeHead(204).end();
  await eventually('nothing is left', async () => (await app.sql`select from logout_notice`).length === 0 || undefined);
});

test('a notice goes to no private address, unless its network is allowed', async () => {
  const strict = await openApp({ oidc: { ...oidc, clients } });
  const tokens = await tokensFor(strict, 'shop', anyNumber());
  await post(strict, '/oauth/revocation', 'shop', { token: tokens.refresh_token });
  received.length = 0;
  await dispatch(strict);
  const line = await eventually('a line for the operator', async () =>
    strict.log.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'logout notice failed'),
  );
  assert.equal(line.reason, 'the host is in a private network');
  assert.deepEqual(received, []);
});
