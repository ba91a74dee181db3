import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import { openBrowser, openSite, openVisitor } from './support/browser.ts';
import { anyNumber, openApp } from './support/harness.ts';

/** A page of another origin, without a script of its own. */
async function openOrigin(): Promise<string> {
  const server: Server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>app</title>');
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const [allowed, other] = await Promise.all([openOrigin(), openOrigin()]);
const site = await openSite({ allowedOrigins: new Set([allowed]) });
const preflight = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' };

test('without ALLOWED_ORIGINS no response has a header of CORS, and a preflight is 405', async () => {
  const app = await openApp();
  const answer = await app.call('GET', '/api/users/me', undefined, { origin: allowed });
  assert.ok(!Object.keys(answer.headers).some((name) => /^access-control|^vary$/.test(name)));
  const { statusCode, headers } = await app.call('OPTIONS', '/api/users/me', undefined, {
    origin: allowed,
    ...preflight,
  });
  assert.deepEqual([statusCode, headers['access-control-allow-origin']], [405, undefined]);
});

test('an allowed origin reads every response of the API, errors too, and none has cookies', async () => {
  const from = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    site.call(method, path, body, { origin: allowed, ...headers });
  const answers = [
    await from('POST', '/api/request-sms/', { phone_number: anyNumber() }),
    await from('POST', '/api/request-sms/', {}),
    await from('POST', '/api/request-sms/', '{', { 'content-type': 'application/json' }),
    await from('GET', '/api/users/me'),
    await from('GET', '/api/nothing'),
    await from('PUT', '/api/users/me'),
    await from('GET', '/api/%'),
    await from('POST', '/api/request-sms/', 'x'.repeat(20_000)),
  ];
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [201, 400, 400, 401, 404, 405, 400, 413],
  );
  for (const { headers } of answers) {
    assert.equal(headers['access-control-allow-origin'], allowed);
    assert.match(String(headers['access-control-expose-headers']), /Device-Token, Retry-After/);
    assert.equal(headers['access-control-allow-credentials'], undefined);
    assert.equal(headers['set-cookie'], undefined);
    assert.equal(headers.vary, 'Origin');
  }
});

test('a preflight of an allowed origin names the methods and headers of the API', async () => {
  const answer = await site.call('OPTIONS', '/api/users/me', undefined, { origin: allowed, ...preflight });
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.headers['access-control-allow-origin'], allowed);
  assert.match(String(answer.headers['access-control-allow-methods']), /\bPATCH\b/);
  assert.match(String(answer.headers['access-control-allow-headers']), /Authorization.*Device-Token/);
  assert.equal(answer.headers['access-control-allow-credentials'], undefined);
});

test('an origin that is not exactly allowed gets nothing, nor does a page or a call by API key', async () => {
  const port = new URL(allowed).port;
  for (const origin of [
    other,
    'null',
    `${allowed}.evil.example`,
    `https://127.0.0.1:${port}`,
    `${allowed}/`,
    'http://127.0.0.1',
  ]) {
    const answer = await site.call('GET', '/api/users/me', undefined, { origin });
    assert.deepEqual(
      [answer.headers['access-control-allow-origin'], answer.headers.vary],
      [undefined, 'Origin'],
      origin,
    );
    const asked = await site.call('OPTIONS', '/api/users/me', undefined, { origin, ...preflight });
    assert.equal(asked.headers['access-control-allow-origin'], undefined, origin);
  }
  for (const path of ['/', '/account/', '/livez', '/v1/verifications', '/apis/x', '//api/users/me']) {
    const { headers } = await site.call('GET', path, undefined, { origin: allowed });
    assert.equal(headers['access-control-allow-origin'], undefined, path);
  }
});

test('Chromium lets a page of an allowed origin sign in by the API, and keeps every other one out', async () => {
  const browser = await openBrowser();
  const phone = anyNumber();
  const { page } = await openVisitor(browser, allowed);
  await page.goto('/');
  const guide = await readFile(new URL('../docs/quickstart/browser-app.md', import.meta.url), 'utf8');
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  await page.addScriptTag({ content: code.replace('https://signin.example.com', site.url) });
  const requested = await page.evaluate(`requestCode('${phone}')`);
  const session = await page.evaluate(`enterCode(${JSON.stringify(requested)}, '${site.codeFor(phone)}')`);
  const { token } = session as { token: string };
  const found = await page.evaluate(`profile('${token}')`);
  assert.equal((found as { phone_number: string }).phone_number, phone);
  const problem = await page.evaluate(`profile('wrong').catch(({ status, problem }) => [status, problem.code])`);
  assert.deepEqual(problem, [401, 'unauthenticated']);
  const again = await page.evaluate(`requestCode('${phone}').catch(({ status }) => status)`);
  assert.equal(again, 429);
  const seen = await page.evaluate(
    async ({ url, token }) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const body = JSON.stringify({ first_name: 'Anna' });
      const changed = await fetch(`${url}/api/users/me`, { method: 'PATCH', headers, body });
      const { first_name: name } = await changed.json();
      const limited = await fetch(`${url}/api/request-sms/`, { method: 'POST', headers, body: '{}' });
      return [name, limited.status];
    },
    { url: site.url, token },
  );
  assert.deepEqual(seen, ['Anna', 400]);
  const withCookies = await page.evaluate(
    (url) => fetch(`${url}/api/users/me`, { credentials: 'include' }).then(String, () => 'refused'),
    site.url,
  );
  assert.equal(withCookies, 'refused');
  const { page: stranger } = await openVisitor(browser, other);
  await stranger.goto('/');
  const refused = await stranger.evaluate(
    (url) => fetch(`${url}/api/users/me`).then(String, () => 'refused'),
    site.url,
  );
  assert.equal(refused, 'refused');
});

test('malformed origins are refused at the start, and in production those without TLS', () => {
  const problemsOf = (ALLOWED_ORIGINS: string, more: object = {}) => {
    const parsed = parseConfig({ ALLOWED_ORIGINS, ...more }, () => '');
    return parsed.ok ? [] : parsed.problems.filter((one) => one.startsWith('ALLOWED_ORIGINS '));
  };
  for (const text of [
    '*',
    'https://*.example.com',
    'null',
    'https://app.example.com/path',
    'app.example.com',
    'ftp://a.b',
    'https://a.b,',
    'https://u@a.b',
  ])
    assert.equal(problemsOf(text).length, 1, text);
  assert.deepEqual(problemsOf('https://app.example.com, http://localhost:3000'), []);
  assert.equal(problemsOf('http://app.example.com', { NODE_ENV: 'production' }).length, 1);
  assert.equal(problemsOf('http://localhost:3000', { NODE_ENV: 'production' }).length, 0);
});
