import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertProblem, describedCalls } from './support/assert-problem.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { sendRaw } from './support/raw-http.ts';

const app = await openApp();
const token = await app.signIn(anyNumber());
const calls = describedCalls(app);

test('the calls that the document has are those of the contract', () => {
  assert.deepEqual(calls.map(({ method, url }) => `${method} ${url.replace(/0[0-9-]{35}/, '…')}`).sort(), [
    'DELETE /api/users/me',
    'DELETE /api/users/me/sessions',
    'DELETE /api/users/me/sessions/…',
    'GET /api/invites/BCDFGH',
    'GET /api/users/me',
    'GET /api/users/me/invited',
    'GET /api/users/me/sessions',
    'GET /api/users/me/sessions/…',
    'PATCH /api/users/me',
    'PATCH /api/users/me/invite_code',
    'POST /api/auth/token/logout',
    'POST /api/request-sms',
    'POST /api/verify-sms',
  ]);
});

test('an error is at once in the form of the contract and a problem of RFC 9457', async () => {
  assertProblem(await app.call('POST', '/api/request-sms/', { phone_number: 'x' }), 400, 'not_a_phone_number');
  assertProblem(await app.call('POST', '/api/request-sms/'), 400, 'invalid_request');
  assertProblem(await app.call('GET', '/api/users/me'), 401, 'unauthenticated');
  assertProblem(await app.call('GET', '/api/users/1'), 404, 'not_found');
  assertProblem(await app.call('GET', '/api/nothing/here'), 404, 'not_found');
});

test('an error is application/problem+json where Accept names it, and application/json otherwise', async () => {
  for (const [accept, type] of [
    ['application/problem+json', 'application/problem+json'],
    ['application/json, application/problem+json;q=0.9', 'application/problem+json'],
    ['application/json', 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['', 'application/json; charset=utf-8'],
  ] as const) {
    for (const url of ['/api/users/me', '/api/users/1', '/api/nothing']) {
      assert.equal((await app.call('GET', url, undefined, { accept })).headers['content-type'], type, accept);
    }
  }
});

test('texts follow Accept-Language, and are in the default language where it names none of ours', async () => {
  for (const [header, language] of [
    [undefined, 'ru'],
    ['*', 'ru'],
    ['fr', 'ru'],
    ['en', 'en'],
    ['en-GB,ru;q=0.5', 'en'],
    ['ru;q=0.3, en;q=0.7', 'en'],
    ['ru, en;q=0.9', 'ru'],
    ['fr-CH, en;q=0.4', 'en'],
    ['de-CH, en;q=0.4', 'de'],
    ['en_US', 'en'],
    ['EN-us', 'en'],
    ['en_US.UTF-8', 'en'],
    ['ru_RU;q=0.2,en_US;Q=0.3', 'en'],
    ['en;q=0', 'ru'],
    ['en;q=0.001', 'en'],
    ['en;level=1;q=0.3, ru;q=0.2', 'en'],
    ['en;q=2, ru;q=0.1', 'ru'],
    ['english', 'ru'],
    ['*, en;q=0.5', 'en'],
    [';;;,,q=', 'ru'],
    [`en${',x'.repeat(3000)}`, 'en'],
  ] as const) {
    const headers = header === undefined ? {} : { 'accept-language': header };
    const { data } = await app.call('POST', '/api/request-sms/', {}, headers);
    const expected = { ru: 'Обязательное поле.', en: 'This field is required.', de: 'Bitte ausfüllen.' }[language];
    assert.deepEqual(data.phone_number, [expected], header);
    assert.equal(data.title, { ru: 'Неверные данные', en: 'Invalid data', de: 'Ungültige Daten' }[language]);
  }
  const english = await openApp({ databaseUrl: app.databaseUrl, defaultLocale: 'en' });
  assert.deepEqual((await english.call('POST', '/api/request-sms/')).data.phone_number, ['This field is required.']);
});

test('every call answers with and without a slash at its end, without a redirect', async () => {
  for (const { method, url } of calls) {
    const bare = url.replace(/\/$/, '');
    const [without, withOne] = [await app.call(method, bare), await app.call(method, `${bare}/`)];
    assert.equal(without.statusCode, withOne.statusCode, url);
    assert.ok(without.statusCode >= 400 && without.statusCode < 500, url);
    assert.deepEqual({ ...without.data, instance: '' }, { ...withOne.data, instance: '' });
  }
  for (const url of ['/openapi.json', '/redoc', '/livez', '/readyz']) {
    for (const slash of ['', '/']) assert.equal((await app.call('GET', url + slash)).statusCode, 200, url + slash);
  }
});

test('a method that an address does not have is 405 with those that it has', async () => {
  for (const { url } of calls) {
    const own = calls.filter((one) => one.url === url).map(({ method }) => method);
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY']) {
      if (own.includes(method) || !app.server.supportedMethods.includes(method)) continue;
      for (const address of [url, url.endsWith('/') ? url.slice(0, -1) : `${url}/`]) {
        const refused = await app.call(method, address, {}, withToken(token));
        assertProblem(refused, 405, 'method_not_allowed');
        const allowed = String(refused.headers.allow).split(', ');
        assert.deepEqual(allowed.filter((one) => one !== 'HEAD').sort(), own.sort(), url);
      }
    }
  }
});

test('HEAD answers as GET does, without a body', async () => {
  for (const url of ['/api/users/me', '/api/users/me/sessions', '/api/users/me/invited', '/livez', '/openapi.json']) {
    const [head, get] = [
      await app.server.inject({ method: 'HEAD', url, headers: withToken(token) }),
      await app.server.inject({ method: 'GET', url, headers: withToken(token) }),
    ];
    assert.equal(head.statusCode, get.statusCode, url);
    assert.equal(head.body, '');
    assert.equal(head.headers['content-type'], get.headers['content-type']);
    assert.equal(head.headers['content-length'], get.headers['content-length']);
  }
});

test('a call that writes is refused when its time is over, with a body as without one', async () => {
  const slow = await openApp({ handlerTimeoutMs: 300 });
  const url = await slow.server.listen({ host: '127.0.0.1', port: 0 });
  const number = anyNumber();
  await slow.call('POST', '/api/request-sms/', { phone_number: number });
  await slow.sql.begin(async (transaction) => {
    await transaction`lock table challenge, session`;
    for (const [path, body] of [
      ['/api/verify-sms/', { phone_number: number, sms_code: '000000' }],
      ['/api/auth/token/logout/', undefined],
    ] as const) {
      const headers = body ? { 'content-type': 'application/json' } : withToken(token);
      const answer = await fetch(url + path, { method: 'POST', headers, body: body ? JSON.stringify(body) : null });
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '5'], path);
    }
    assert.ok(!slow.log.join('').includes('database unavailable'), 'the statements still wait');
  });
});

test('a request with two hosts, or with one that is none, is refused', async () => {
  const port = Number(new URL(await app.server.listen({ host: '127.0.0.1', port: 0 })).port);
  const status = async (lines: string, version = '1.1') =>
    (await sendRaw(port, `GET /livez HTTP/${version}\r\n${lines}\r\n`)).statusCode;
  for (const lines of [
    'Host: a\r\nHost: b\r\n',
    'Host: a\r\nHost: a\r\n',
    'Host: a\r\nhOST: b\r\n',
    'Host: a\r\nX: y\r\nHost:\r\n',
    'Host: a b\r\n',
    'Host: a,b\r\n',
    'Host: a/b\r\n',
    'Host: a@b\r\n',
    'Host: a:b\r\n',
    'Host: [::1\r\n',
    'Host: http://a\r\n',
    '',
  ]) {
    assert.equal(await status(lines), 400, lines);
    if (lines !== '') assert.equal(await status(lines, '1.0'), 400, lines);
  }
  for (const host of [
    'a',
    'a:8000',
    'A_b.example',
    '192.168.1.5:8000',
    '[fd00::2]:8000',
    '[::1]',
    'xn--e1afmkfd.example',
  ]) {
    assert.equal(await status(`Host: ${host}\r\n`), 200, host);
  }
  assert.equal(await status('', '1.0'), 200);
});

test('a body with a coding is 415 and says which codings are taken, by API, page and callback', async () => {
  for (const [url, type] of [
    ['/api/request-sms/', 'application/json'],
    ['/api/verify-sms/', 'application/json'],
    ['/', 'application/x-www-form-urlencoded'],
    ['/logout/', 'application/x-www-form-urlencoded'],
  ] as const) {
    for (const coding of ['gzip', 'GZIP', 'br', 'deflate', 'zstd', 'x', 'identity, gzip', 'gzip, gzip']) {
      const headers = { 'content-type': type, 'content-encoding': coding, 'sec-fetch-site': 'same-origin' };
      const refused = await app.server.inject({ method: 'POST', url, headers, payload: '{}' });
      assert.equal(refused.statusCode, 415, `${url} ${coding}`);
      assert.equal(refused.headers['accept-encoding'], 'identity');
      assert.equal(refused.json().code, 'unsupported_media_type');
    }
  }
  const identity = { 'content-encoding': 'identity' };
  assert.equal((await app.call('POST', '/api/request-sms/', {}, identity)).statusCode, 400);
  assert.equal((await app.call('GET', '/api/users/me', undefined, { 'content-encoding': 'gzip' })).statusCode, 401);
});
