import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp();
const token = await app.signIn(anyNumber());

/** One of each kind of answer: pages, JSON, files, refusals, what is not there. */
const answers: readonly [method: 'GET' | 'POST', url: string, headers: Record<string, string>][] = [
  ['GET', '/', { accept: 'text/html' }],
  ['GET', '/redoc/', { accept: 'text/html' }],
  ['GET', '/openapi.json', {}],
  ['GET', '/assets/app.css', {}],
  ['GET', '/nothing', { accept: 'text/html' }],
  ['GET', '/nothing', {}],
  ['GET', '/livez', {}],
  ['GET', '/api/users/me', {}],
  ['GET', '/api/users/me', withToken(token)],
  ['POST', '/api/request-sms/', {}],
  ['POST', '/', { 'sec-fetch-site': 'cross-site' }],
];

for (const [method, url, headers] of answers) {
  const asked = Object.keys(headers).join(', ') || 'no header of its own';
  test(`${method} ${url} with ${asked} has the headers that protect it`, async () => {
    const { headers: got } = await app.server.inject({ method, url, headers });
    assert.match(String(got['strict-transport-security']), /^max-age=31536000$/);
    assert.equal(got['x-content-type-options'], 'nosniff');
    assert.equal(got['referrer-policy'], 'same-origin');
    assert.equal(got['cross-origin-opener-policy'], 'same-origin');
    assert.equal(got['cross-origin-resource-policy'], 'same-origin');
    const policy = String(got['content-security-policy']);
    for (const directive of [
      /default-src 'none'/,
      /base-uri 'none'/,
      /frame-ancestors 'none'/,
      /script-src 'self'(;|$)/,
    ]) {
      assert.match(policy, directive);
    }
    for (const name of ['access-control-allow-origin', 'server', 'x-powered-by']) assert.equal(got[name], undefined);
    assert.match(String(got['content-type']), /charset=utf-8/i);
  });
}

test('style and scripts are sent compressed to who takes that, and no page is, since it may hold a token', async () => {
  const page = await app.server.inject({ method: 'GET', url: '/', headers: { accept: 'text/html' } });
  const files = [...page.body.matchAll(/(?:src|href)="(\/[^"]+\.(?:css|js)\?[^"]+)"/g)].map(([, url]) => url!);
  assert.ok(files.length >= 3, String(files));
  for (const url of files) {
    const get = async (accepted: string) =>
      app.server.inject({ method: 'GET', url, headers: { 'accept-encoding': accepted } });
    const [small, whole] = [await get('br, gzip'), await get('gzip;q=0, identity')];
    assert.equal(small.headers['content-encoding'], 'gzip', url);
    assert.equal(whole.headers['content-encoding'], undefined);
    assert.deepEqual(gunzipSync(small.rawPayload), whole.rawPayload);
    for (const { headers } of [small, whole]) {
      assert.match(String(headers.vary), /accept-encoding/i);
      assert.match(String(headers['cache-control']), /immutable/);
    }
  }
  const again = await app.server.inject({ method: 'GET', url: '/', headers: { 'accept-encoding': 'gzip' } });
  assert.equal(again.headers['content-encoding'], undefined);
});

test('no answer from another origin may be read, and no preflight is answered', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  const preflight = await app.server.inject({ method: 'OPTIONS', url: '/api/request-sms/', headers });
  assert.equal(preflight.statusCode, 405);
  const asked = await app.server.inject({
    method: 'GET',
    url: '/api/users/me',
    headers: { ...headers, ...withToken(token) },
  });
  for (const answer of [preflight, asked]) {
    assert.deepEqual(
      Object.keys(answer.headers).filter((name) => name.startsWith('access-control-')),
      [],
    );
  }
});

test('no folder is listed, and nothing but the files of public/ is given out', async () => {
  for (const url of ['/assets/', '/assets/redoc-2.5.4/', '/assets/../package.json', '/assets/%2e%2e/package.json']) {
    assert.match(String((await app.server.inject({ method: 'GET', url })).statusCode), /^40[04]$/, url);
  }
  for (const url of ['/.git/config', '/.env', '/package.json', '/src/main.ts', '/data/secret-key']) {
    assert.equal((await app.server.inject({ method: 'GET', url })).statusCode, 404, url);
  }
});

test('each sign-in and each refusal is a line of the log under the id that its answer has', async () => {
  const phone_number = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number });
  const wrong = await app.call('POST', '/api/verify-sms/', { phone_number, sms_code: 'wrong' });
  const right = await app.call('POST', '/api/verify-sms/', { phone_number, sms_code: app.codeFor(phone_number) });
  const refused = await app.call('GET', '/api/users/me');
  assert.deepEqual([wrong.statusCode, right.statusCode, refused.statusCode], [400, 201, 401]);
  const lines = app.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  const told = (id: string) => lines.find((line) => line.reqId === id && line.msg === 'request completed');
  assert.deepEqual(
    [wrong, refused].map((answer) => {
      const line = told(answer.data.instance);
      return [line?.method, line?.route, line?.status];
    }),
    [
      ['POST', '/api/verify-sms/', 400],
      ['GET', '/api/users/me', 401],
    ],
  );
  assert.equal(lines.filter((line) => line.route === '/api/verify-sms/' && line.status === 201).length, 2);
});

test('nothing that a client sends makes a line of the log', async () => {
  const before = app.log.length;
  const forged = '\n{"level":30,"msg":"forged"}\n';
  await app.server.inject({ method: 'GET', url: `/${encodeURIComponent(forged)}?${encodeURIComponent(forged)}` });
  await app.call('POST', '/api/request-sms/', { phone_number: forged }, { 'user-agent': 'forged' });
  const lines = app.log.slice(before);
  assert.equal(lines.length, 2, 'one line an answer');
  for (const line of lines) {
    assert.equal((JSON.parse(line) as { msg: string }).msg, 'request completed');
    assert.ok(!line.includes('forged'));
  }
});

test('a member is taken from the body alone, and a field of a form that comes twice is refused', async () => {
  const [one, other] = [anyNumber(), anyNumber()];
  const inQuery = `?phone_number=${encodeURIComponent(other)}&phone_number=${encodeURIComponent(other)}`;
  const asked = await app.call('POST', `/api/request-sms/${inQuery}`, { phone_number: one });
  assert.equal(asked.data.phone_number, one);
  assert.equal((await app.call('POST', `/api/request-sms/${inQuery}`)).statusCode, 400);
  const twice = await app.server.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    payload: inQuery.slice(1),
  });
  assert.equal(twice.statusCode, 400);
  assert.ok(app.sent.every(({ to }) => to !== other));
});
