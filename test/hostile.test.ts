import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { assertProblem, describedCalls } from './support/assert-problem.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp();
const token = await app.signIn(anyNumber());
const withBody = describedCalls(app).filter(({ hasBody }) => hasBody);

test('a body that is no JSON object is 400 in the same form, on every call that takes one', async () => {
  const malformed = ['{', '{"a":', 'phone_number=1', "{'a': 1}", '{"a": NaN}', '\u0000', '{"a":1}{', '"\ud800'];
  const ill = ['{"__proto__": {"phone_number": "1"}}', '{"constructor": {"prototype": {}}}'];
  for (const { method, url } of withBody) {
    for (const body of [...malformed, ...ill]) {
      assertProblem(await app.call(method, url, body, withToken(token)), 400, 'malformed_json');
    }
    for (const body of ['[]', '"text"', '0', 'true', '[{"phone_number": "1"}]', 'null']) {
      const refused = await app.call(method, url, body, withToken(token));
      assertProblem(refused, 400, 'invalid_request');
      assert.equal(refused.data.detail, 'Нужен объект JSON.');
    }
    const latin1 = Buffer.from('{"phone_number": "\xe9"}', 'latin1');
    const headers = { 'content-type': 'application/json', ...withToken(token) };
    const refused = await app.server.inject({ method: method as 'POST', url, payload: latin1, headers });
    assert.equal(refused.json().code, 'malformed_json');
  }
});

test('a body over 16 KiB is 413, and one of 16 KiB is read', async () => {
  for (const { method, url } of withBody) {
    const fits = `{"other": "${'x'.repeat(16 * 1024 - 13)}"}`;
    assert.equal(Buffer.byteLength(fits), 16 * 1024);
    assert.notEqual((await app.call(method, url, fits, withToken(token))).statusCode, 413);
    assertProblem(await app.call(method, url, `${fits} `, withToken(token)), 413, 'payload_too_large');
  }
});

test('no spelling of a content type skips the check of the body', async () => {
  const json = ['application/json', 'APPLICATION/JSON', 'application/json;charset=utf-8', 'application/json ; x=y'];
  const odd = [
    'application/json\t',
    '\tapplication/json',
    ' application/json',
    'application/json\t;',
    'application/json;',
  ];
  const foreign = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json5',
    'application/x-json',
    'application/problem+json',
    'application\t/json',
    'application/json, text/plain',
    'json',
    '*/*',
    'x'.repeat(5000),
  ];
  for (const { method, url } of withBody) {
    const send = (type: string) =>
      app.call(
        method,
        url,
        { phone_number: 1, sms_code: [], email: 1, invite_code: 1 },
        {
          'content-type': type,
          ...withToken(token),
        },
      );
    for (const type of json) assertProblem(await send(type), 400, 'invalid_request');
    for (const type of odd) assert.match(String((await send(type)).statusCode), /^4(00|15)$/, `${url} ${type}`);
    for (const type of foreign) assertProblem(await send(type), 415, 'unsupported_media_type');
  }
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).data.email, null);
});

test('NUL and other control characters, and lone surrogates, are 4xx or ignored, never a fault', async () => {
  const me = async (body: string) => app.call('PATCH', '/api/users/me', body, withToken(token));
  for (const hostile of ['\\u0000', 'a\\u0000b', '\\u0007', '\\u009f', '\\r\\nx', '\\ud800', '\\udc00\\ud800']) {
    for (const field of ['username', 'first_name', 'last_name', 'email']) {
      const refused = await me(`{"${field}": "${hostile}"}`);
      assertProblem(refused, 400, 'invalid_request');
      assert.deepEqual(refused.data[field], ['Уберите управляющие символы.'], `${field} ${hostile}`);
    }
    for (const url of ['/api/request-sms/', '/api/verify-sms/']) {
      const body = `{"phone_number": "+7916${hostile}1234567", "sms_code": "12${hostile}3456"}`;
      assert.equal((await app.call('POST', url, body)).statusCode, 400);
    }
    // the longest code: a letter more is none, and white space is no letter
    const redeem = `{"invite_code": "${hostile}BCDFGHJKM"}`;
    const refused = await app.call('PATCH', '/api/users/me/invite_code', redeem, withToken(token));
    assert.equal(refused.data.code, 'invite_code_malformed', hostile);
    const stranger = await me(`{"${hostile}": "${hostile}"}`);
    assert.equal(stranger.statusCode, 200);
  }
  for (const url of ['/api/users/%00', '/api/users/me/sessions/%00', '/api/users/me/sessions/%ff', '/%00', '/%']) {
    const answer = await app.call('GET', url, undefined, withToken(token));
    assert.ok(answer.statusCode === 404 || answer.statusCode === 400, `${url} ${answer.body}`);
    assert.ok(answer.data.code);
  }
});

test('numbers of ten thousand digits, deep nesting and long paths are 4xx, never a fault', async () => {
  const digits = '9'.repeat(10_000);
  for (const { method, url } of withBody) {
    for (const value of [digits, `-${digits}`, `0.${digits}`, `1e${digits}`, `"${digits}"`]) {
      for (const name of ['phone_number', 'sms_code', 'email', 'invite_code']) {
        const body = name === 'phone_number' ? '' : `"phone_number": "${anyNumber()}", `;
        const answer = await app.call(method, url, `{${body}"${name}": ${value}}`, withToken(token));
        assert.ok(answer.statusCode < 500, answer.body);
      }
    }
    const deep = await app.call(method, url, `${'['.repeat(8000)}${']'.repeat(8000)}`, withToken(token));
    assert.equal(deep.statusCode, 400);
  }
  assertProblem(await app.call('GET', `/api/users/${'x'.repeat(5000)}`), 414, 'uri_too_long');
});

test('what is not even HTTP is answered in the same form', async (t) => {
  const bare = await openApp({ databaseUrl: app.databaseUrl });
  await bare.server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = bare.server.server.address() as AddressInfo;
  const unread = 'HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  for (const [sent, status] of [
    [`GET /%ff ${unread}`, 400],
    [`GET /api/users/%00%c3 ${unread}`, 400],
    ['NONSENSE\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['POST /api/verify-sms/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n', 400],
  ] as const) {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write(sent);
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    await once(socket, 'close');
    const answer = Buffer.concat(parts).toString();
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), sent.slice(0, 30));
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    assert.equal(body.code, 'bad_request');
    assert.equal(body.status, status);
  }
});
