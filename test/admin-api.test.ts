import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatKey, newKeyId, newKeySecret } from '../src/api-keys/key.ts';
import { adminCall, adminDocument, openAdminClient } from './support/admin-client.ts';
import { anyNumber, openApp } from './support/harness.ts';

const app = await openApp({ managementApi: true, trustProxy: 1 });
const client = await openAdminClient(app);

test('without MANAGEMENT_API there is no management API, and no page of it', async () => {
  const closed = await openApp();
  for (const path of ['/admin/v1/key', '/admin/openapi.json', '/admin/redoc/'])
    assert.equal((await closed.server.inject(path)).statusCode, 404, path);
});

test('a key is told its id and its scopes', async () => {
  const answer = await client.call('GET', '/key');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.data.id, client.keyId);
  assert.ok(answer.data.scopes.includes('users:read'));
});

test('a request without a valid key gets 401 with a challenge, and nothing tells why', async () => {
  const none = await adminCall(app, undefined, 'GET', '/key');
  assert.equal(none.statusCode, 401);
  assert.equal(none.data.code, 'api_key_needed');
  assert.equal(none.headers['www-authenticate'], 'Bearer realm="admin"');
  const token = await app.signIn(anyNumber());
  const expected = { status: 401, body: '', challenge: 'Bearer realm="admin", error="invalid_token"' };
  for (const key of ['x', token, formatKey(client.keyId, newKeySecret()), formatKey(newKeyId(), newKeySecret())]) {
    const answer = await adminCall(app, key, 'GET', '/key');
    expected.body ||= answer.data.detail;
    const { detail } = answer.data;
    assert.deepEqual(
      { status: answer.statusCode, body: detail, challenge: answer.headers['www-authenticate'] },
      expected,
    );
  }
});

test('an API key is no session', async () => {
  const answer = await app.call('GET', '/api/users/me', undefined, { authorization: `Bearer ${client.key}` });
  assert.equal(answer.statusCode, 401);
});

test('a key in the query or in a cookie is no key', async () => {
  for (const request of [
    { url: `/admin/v1/key?access_token=${client.key}` },
    { url: '/admin/v1/key', headers: { cookie: `session=${client.key}; token=${client.key}` } },
  ])
    assert.equal((await app.server.inject(request)).statusCode, 401);
});

test('no response sets a cookie or allows another origin', async () => {
  const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' };
  for (const [method, key] of [
    ['GET', client.key],
    ['GET', undefined],
    ['OPTIONS', client.key],
  ] as const) {
    const answer = await adminCall(app, key, method, '/key', undefined, headers);
    const names = Object.keys(answer.headers).filter((name) => /^(set-cookie|access-control-)/.test(name));
    assert.deepEqual(names, [], method);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
});

test('a key from another network gets 403, and one line of the log names its id', async () => {
  const bound = await openAdminClient(app, { networks: ['192.0.2.0/24'] });
  const inside = await bound.call('GET', '/key', undefined, { 'x-forwarded-for': '192.0.2.77' });
  assert.equal(inside.statusCode, 200);
  const from = app.log.length;
  const outside = await bound.call('GET', '/key', undefined, { 'x-forwarded-for': '198.51.100.9' });
  assert.equal(outside.statusCode, 403);
  assert.equal(outside.data.code, 'network_not_allowed');
  const lines = app.log.slice(from).filter((line) => line.includes('key from another network'));
  assert.equal(lines.length, 1);
  assert.ok(lines[0]!.includes(bound.keyId) && lines[0]!.includes('198.51.100.x'));
});

test('a key over its limit gets 429 with the limit and the time to wait', async () => {
  const limited = await openAdminClient(app, { requestsPerMinute: 2 });
  for (let n = 0; n < 2; n += 1) assert.equal((await limited.call('GET', '/key')).statusCode, 200);
  const answer = await limited.call('GET', '/key');
  assert.equal(answer.statusCode, 429);
  assert.equal(answer.data.code, 'too_many_key_requests');
  assert.equal(answer.headers['ratelimit-policy'], '"api_key";q=2;w=60');
  assert.ok(Number(answer.headers['retry-after']) >= 1);
});

test('an unknown parameter is refused by its name', async () => {
  const answer = await client.call('GET', '/key?colour=red');
  assert.equal(answer.statusCode, 400);
  assert.deepEqual(answer.data.colour, ['Такого поля нет.']);
});

test('an unknown path, another method and a browser get problems as JSON', async () => {
  const unknown = await client.call('GET', '/nothing', undefined, { accept: 'text/html' });
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.data.code, 'not_found');
  const put = await client.call('PUT', '/key', {});
  assert.equal(put.statusCode, 405);
  assert.equal(put.headers.allow, 'GET, HEAD');
  const broken = await app.server.inject({ url: '/admin/v1/%zz', headers: { accept: 'text/html' } });
  assert.equal(broken.statusCode, 400);
  assert.match(String(broken.headers['content-type']), /json/);
});

test('the document of the management API has its calls alone, and the public one none of them', async () => {
  const document = await adminDocument(app);
  assert.equal(document.openapi, '3.1.0');
  const paths = Object.keys(document.paths);
  assert.ok(
    paths.length > 0 && paths.every((path) => /^\/(admin\/v1|v1\/verifications)(\/|$)/.test(path)),
    paths.join(),
  );
  assert.ok(!('Problem' in document.components.schemas) && !('Profile' in document.components.schemas));
  const open = (await app.server.inject('/openapi.json')).json();
  const closed = (await (await openApp()).server.inject('/openapi.json')).json();
  assert.deepEqual(open, closed);
  assert.ok(!JSON.stringify(open).includes('admin'));
});

test('/admin/redoc/ shows that document, without a key', async () => {
  const page = await app.server.inject('/admin/redoc/');
  assert.equal(page.statusCode, 200);
  assert.ok(page.body.includes('spec-url="/admin/openapi.json"'));
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
});
