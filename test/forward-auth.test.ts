import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import { freePort } from './support/free-port.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import { missingProgram } from './support/installed-programs.ts';
import { protectingProxies, protectingSettings } from './support/protecting-proxy.ts';
import { startProxy } from './support/proxy-process.ts';

const target = 'https://app.example.com/reports?year=2027';
const forwardAuth = {
  returnOrigins: new Set(['https://app.example.com', 'https://signin.example.com:8443']),
  cookieDomain: 'example.com',
  withNumber: false,
};
const options = { publicUrl: 'https://signin.example.com', forwardAuth };
const app = await openApp(options);

interface Resolved {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

async function resolve(cookie: string | undefined, headers: object = {}, at = app, query = ''): Promise<Resolved> {
  const answer = await at.server.inject({
    url: `/resolve${query}`,
    headers: { ...(cookie === undefined ? {} : { cookie }), ...headers },
  });
  return { status: answer.statusCode, headers: answer.headers as IncomingHttpHeaders };
}

/** Signs a number in on the way to the app, and returns the browser and its pass. */
async function visitor(at = app, number = anyNumber()) {
  const visit = new HtmlClient(at);
  const asked = await visit.get(`/?return_to=${encodeURIComponent(target)}`);
  assert.equal(asked.location, '/');
  const first = await visit.get('/');
  assert.match(first.html, /app\.example\.com/);
  await visit.submit(first, '/', { phone_number: number });
  const entered = await visit.submit(await visit.get('/confirm/'), '/confirm/', { sms_code: at.codeFor(number) });
  assert.equal(entered.location, '/continue/');
  const end = await visit.get('/continue/');
  assert.match(end.html, /url=https:\/\/app\.example\.com\/reports\?year=2027"/);
  const cookie = end.setCookies.find((one) => one.startsWith('__Secure-pass=')) ?? '';
  return { visit, number, cookie, pass: cookie.split(';')[0] ?? '' };
}

test('a sign-in with return_to ends at the app, and a pass for its domain lets the app know the person', async () => {
  const { number, cookie, pass } = await visitor();
  assert.match(cookie, /; Domain=example\.com; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const { status, headers } = await resolve(pass);
  assert.equal(status, 200);
  const [account] = await app.sql`select a.id as account_id, s.id from account a join session s on s.account_id = a.id
    where a.phone_number = ${number}`;
  assert.deepEqual(
    [headers['x-vouch-user'], headers['x-vouch-session'], headers['x-vouch-amr'], headers['x-vouch-phone']],
    [account!.account_id, account!.id, 'otp', undefined],
  );
  assert.equal(headers['cache-control'], 'no-store');
});

test('a browser that is signed in goes on at once, and one whose session has ended signs in again', async () => {
  const { visit, number } = await visitor();
  const again = await visit.get(`/?return_to=${encodeURIComponent(target)}`);
  assert.equal(again.location, '/continue/');
  assert.match((await visit.get('/continue/')).html, /app\.example\.com\/reports/);
  await app.sql`delete from session s using account a where a.id = s.account_id and a.phone_number = ${number}`;
  const ended = await visit.get(`/?return_to=${encodeURIComponent(target)}`);
  assert.equal(ended.location, '/');
  assert.equal(visit.cookies.has('__Host-session'), false);
});

test('without a live session the proxy gets 401 and the address of the sign-in, or 302 if it asks for that', async () => {
  const signIn = `https://signin.example.com/?return_to=${encodeURIComponent(target)}`;
  const nginx = { 'x-original-url': target };
  const traefik = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'app.example.com',
    'x-forwarded-uri': '/reports?year=2027',
  };
  for (const headers of [nginx, traefik]) {
    const refused = await resolve(undefined, headers);
    assert.deepEqual([refused.status, refused.headers.location], [401, signIn]);
    const redirected = await resolve(undefined, headers, app, '?status=302');
    assert.deepEqual([redirected.status, redirected.headers.location], [302, signIn]);
  }
  for (const headers of [
    {},
    { 'x-original-url': 'https://evil.example/' },
    { ...traefik, 'x-forwarded-host': 'evil.example' },
  ])
    assert.equal((await resolve(undefined, headers)).headers.location, 'https://signin.example.com/');
});

test('a pass ends with its session, and a session that is idle for too long has none', async () => {
  const { pass, number } = await visitor();
  app.clock.turn(29 * 86_400);
  assert.equal((await resolve(pass)).status, 200);
  app.clock.turn(2 * 86_400);
  assert.equal((await resolve(pass)).status, 401);
  const other = await visitor();
  assert.equal((await resolve(other.pass)).status, 200);
  await other.visit.post('/logout/');
  assert.equal((await resolve(other.pass)).status, 401);
  assert.ok(number);
});

test('a pass is worth nothing at the pages and the API, and the copy of a database makes none', async () => {
  const { pass, number } = await visitor();
  const value = pass.replace('__Secure-pass=', '');
  assert.equal(
    (await app.call('GET', '/api/users/me', undefined, { authorization: `Bearer ${value}` })).statusCode,
    401,
  );
  const page = await app.server.inject({ url: '/account/', headers: { cookie: `${pass}; __Host-session=${value}` } });
  assert.equal(page.headers.location, '/');
  const [row] = await app.sql`select s.account_id, s.secret_hash from session s join account a on a.id = s.account_id
    where a.phone_number = ${number}`;
  const body = Buffer.concat([Buffer.from(row!.account_id.replaceAll('-', ''), 'hex'), row!.secret_hash]);
  for (const forged of [
    Buffer.concat([body, Buffer.alloc(32)]).toString('base64url'),
    body.toString('base64url'),
    `${value.slice(0, -1)}${value.endsWith('A') ? 'E' : 'A'}`,
    value.slice(1),
    '',
    '%00',
  ])
    assert.equal((await resolve(`__Secure-pass=${forged}`)).status, 401, forged);
});

test('on the own host the session of the pages does, and the number is told only if the operator wants it', async () => {
  const at = await openApp({ ...options, forwardAuth: { ...forwardAuth, withNumber: true } });
  const number = anyNumber();
  const token = await at.signIn(number);
  const { status, headers } = await resolve(`__Host-session=${token}`, {}, at);
  assert.deepEqual([status, headers['x-vouch-phone']], [200, number]);
});

test('GET /resolve writes nothing', async () => {
  const { pass } = await visitor();
  app.clock.turn(86_400);
  const state = async () =>
    JSON.stringify(
      await app.sql`select s::text as row from session s union all select r::text from rate_limit r
      union all select e::text from audit_event e order by 1`,
    );
  const before = await state();
  await resolve(pass);
  await resolve(undefined, { 'x-original-url': target });
  assert.equal(await state(), before);
});

test('no return_to leads to an origin that is not exactly allowed', async () => {
  const visit = new HtmlClient(app);
  for (const text of [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'https:\\\\evil.example',
    'https:/\\evil.example/',
    'https://app.example.com@evil.example/',
    'https://user:pass@app.example.com/',
    'https://app.example.com.evil.example/',
    'https://app.example.com:8443/',
    'https://APP.example.com.evil.example',
    'http://app.example.com/',
    'https://app.example.com\\@evil.example/',
    'https://app.example.com%2f@evil.example/',
    'https://app.example.com%5c.evil.example/',
    'https%3A%2F%2Fapp.example.com/',
    'https://xn--pp-xkc.example.com/',
    'https://аpp.example.com/',
    'javascript:alert(1)//https://app.example.com/',
    'JavaScript://app.example.com/%0aalert(1)',
    'data:text/html,https://app.example.com/',
    ' https://app.example.com/',
    'https://app.example.com/\r\nx: y',
    'https://app.example.com\t.evil.example/',
    '/account/delete/',
    '',
  ]) {
    const answer = await visit.get(`/?return_to=${encodeURIComponent(text)}`);
    assert.deepEqual(
      [answer.status, answer.location, visit.cookies.has('__Host-return')],
      [200, undefined, false],
      text,
    );
  }
  const twice = await visit.get(`/?return_to=${encodeURIComponent(target)}&return_to=https://evil.example/`);
  assert.deepEqual([twice.status, visit.cookies.has('__Host-return')], [200, false]);
});

test('without RETURN_ORIGINS there is neither /resolve nor return_to', async () => {
  const at = await openApp();
  assert.equal((await resolve(undefined, {}, at)).status, 404);
  const visit = new HtmlClient(at);
  const answer = await visit.get(`/?return_to=${encodeURIComponent(target)}`);
  assert.deepEqual([answer.status, visit.cookies.has('__Host-return')], [200, false]);
});

test('settings with which no app would ever see a pass are refused at the start', () => {
  const problems = (env: Record<string, string>) => {
    const parsed = parseConfig({ PUBLIC_URL: 'https://signin.example.com', ...env }, () => '');
    return parsed.ok ? [] : parsed.problems.filter((one) => /^(RETURN_ORIGINS|COOKIE_DOMAIN) /.test(one));
  };
  const RETURN_ORIGINS = 'https://app.example.com';
  assert.deepEqual(problems({ RETURN_ORIGINS, COOKIE_DOMAIN: 'example.com' }), []);
  assert.deepEqual(problems({ RETURN_ORIGINS: 'https://signin.example.com:8443' }), []);
  for (const env of [
    { RETURN_ORIGINS },
    { RETURN_ORIGINS, COOKIE_DOMAIN: 'other.com' },
    { RETURN_ORIGINS: 'https://app.other.com', COOKIE_DOMAIN: 'example.com' },
    { RETURN_ORIGINS: 'https://evilexample.com', COOKIE_DOMAIN: 'example.com' },
    { RETURN_ORIGINS, COOKIE_DOMAIN: '.example.com' },
    { RETURN_ORIGINS, COOKIE_DOMAIN: 'com' },
    { RETURN_ORIGINS, COOKIE_DOMAIN: '10.0.0.1' },
    { RETURN_ORIGINS: '*', COOKIE_DOMAIN: 'example.com' },
    { RETURN_ORIGINS: 'http://app.example.com', COOKIE_DOMAIN: 'example.com', NODE_ENV: 'production' },
  ])
    assert.equal(problems(env).length, 1, JSON.stringify(env));
});

/** An app that answers with what it gets. */
async function openProtected(): Promise<number> {
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += chunk;
    response.end(JSON.stringify({ url: incoming.url, headers: incoming.headers, body }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A request to the app through a proxy, whose response is the JSON of `openProtected` or a redirect. */
function through(port: number, path: string, headers: Record<string, string> = {}, body?: string) {
  return new Promise<{ status: number; location: string | undefined; data: ReturnType<typeof JSON.parse> }>(
    (done, failed) => {
      const host = { host: 'app.example.com' };
      const method = body === undefined ? 'GET' : 'POST';
      const sent = request({ host: '127.0.0.1', port, path, method, headers: { ...host, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        const { statusCode: status = 0, headers } = response;
        response.on('end', () =>
          done({ status, location: headers.location, data: text.startsWith('{') ? JSON.parse(text) : undefined }),
        );
      });
      sent.on('error', failed);
      sent.end(body);
    },
  );
}

const forged = {
  'x-vouch-user': 'forged',
  'x-vouch-phone': '+1',
  'X-VOUCH-SESSION': 'forged',
  'x-vouch-amr': 'forged',
};

for (const kind of protectingProxies) {
  const skip = missingProgram(kind);
  test(`${kind} with the settings of the document lets nobody in without a session, and no forged header`, {
    skip,
  }, async () => {
    await app.server.listen({ host: '127.0.0.1', port: 0 }).catch(() => {});
    const { port: vouch } = app.server.server.address() as AddressInfo;
    const [listen, behind] = [await freePort(), await openProtected()];
    await startProxy(kind, listen, await protectingSettings(kind, { listen, vouch, app: behind }));
    const stranger = await through(listen, '/reports?year=2027', { ...forged });
    assert.equal(stranger.status, 302);
    assert.equal(stranger.location, `https://signin.example.com/?return_to=${encodeURIComponent(target)}`);
    const { pass } = await visitor();
    const [row] = await app.sql`select account_id from session order by created_at desc limit 1`;
    const served = await through(listen, '/reports?year=2027', { ...forged, cookie: pass });
    assert.equal(served.status, 200);
    const { headers, url } = served.data;
    assert.deepEqual(
      [url, headers['x-vouch-user'], headers['x-vouch-amr'], headers['x-vouch-phone']],
      ['/reports?year=2027', row!.account_id, 'otp', undefined],
    );
    assert.match(headers['x-vouch-session'], /^[0-9a-f-]{36}$/);
    const posted = await through(listen, '/form', { cookie: pass, 'content-length': '5' }, 'a=b&c');
    assert.deepEqual([posted.status, posted.data.body], [200, 'a=b&c']);
    const wrong = await through(listen, '/', { ...forged, cookie: `${pass}x` });
    assert.equal(wrong.status, 302);
  });
}
