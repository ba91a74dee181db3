import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openApp } from './support/harness.ts';
import { assertRefused } from './support/hostile-values.ts';
import { sendRaw } from './support/raw-http.ts';

const app = await openApp();
await app.server.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.server.address() as AddressInfo;

const json = 'Content-Type: application/json\r\n';

/** What comes over the socket, and the status that is to come back. */
const conversations: readonly [string, status: number | RegExp, said: string | Buffer][] = [
  ['no HTTP at all', 400, 'hello\r\n\r\n'],
  ['random bytes', 400, Buffer.from('16030100a5010000a10303', 'hex')],
  ['an unknown method', /^40[05]$/, 'BREW /api/users/me HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a method that HTTP knows and we do not', /^40[45]$/, 'PROPFIND /api/users/me HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a method that hardly anybody knows', /^40[45]$/, 'M-SEARCH /api/users/me HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['CONNECT', /^40[045]$/, 'CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an unknown version', 400, 'GET / HTTP/9.9\r\nHost: a\r\n\r\n'],
  ['no host', 400, 'GET /api/users/me HTTP/1.1\r\n\r\n'],
  ['a header without a colon', 400, 'GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n'],
  ['a NUL in a header', 400, 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n'],
  ['a NUL in the path', 400, 'GET /api/\0 HTTP/1.1\r\nHost: a\r\n\r\n'],
  [
    'bytes that are no ASCII in the path',
    /^40[04]$/,
    Buffer.from('GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n', 'latin1'),
  ],
  ['a broken escape in the path', 400, 'GET /api/users/%zz HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an absolute target', /^40[01345]$/, 'GET http://evil.example/api/users/me HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an asterisk', /^40[045]$/, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
  [
    'two lengths',
    400,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  ],
  ['a length that is none', 400, `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\n${json}Content-Length: x\r\n\r\n{}`],
  [
    'a length and chunks',
    400,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'a broken chunk',
    400,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\n${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  ],
  ['too long a length', 413, `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\n${json}Content-Length: 99999999\r\n\r\n{}`],
  [
    'more chunks than fit',
    413,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\n${json}Transfer-Encoding: chunked\r\n\r\n4e20\r\n${'x'.repeat(20_000)}\r\n0\r\n\r\n`,
  ],
  ['too long a header', 431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`],
  ['too long an address', 431, `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['too long a part of an address', /^4(04|14)$/, `GET /api/users/${'x'.repeat(300)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  [
    'a content type with a tab',
    400,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\t\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  [
    'a content type with a tab before a parameter',
    /^4(00|15)$/,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\t;a=b\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  [
    'a content type of nothing',
    /^4(00|15)$/,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nContent-Type:\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  [
    'an expectation that nobody has',
    /^4(00|17)$/,
    `POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nExpect: the-spanish-inquisition\r\n${json}Content-Length: 2\r\n\r\n{}`,
  ],
  [
    'an upgrade that nobody offers',
    401,
    'GET /api/users/me HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
  ['HTTP/2 without asking', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
];

for (const [what, status, said] of conversations) {
  test(`over the socket, ${what}: refused in the form of all errors`, async () => {
    const answer = await sendRaw(port, said);
    assert.match(String(answer.statusCode), status instanceof RegExp ? status : new RegExp(`^${status}$`), answer.body);
    assertRefused(answer as never, what);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });
}

/** As a browser sends them: each is looked at where the answer is made. */
const browser =
  'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-GB,en;q=0.7,ru;q=0.3\r\n' +
  'Cookie: vouch-language=en; __Host-language=en; __Host-session=x\r\nOrigin: null\r\nSec-Fetch-Site: same-origin\r\n';

for (const [what, status, said] of conversations) {
  test(`over the socket with the headers of a browser, ${what}: refused by a page or in the form of all errors`, async () => {
    const bytes = Buffer.from(said).toString('latin1').replace('Host: a\r\n', `Host: a\r\n${browser}`);
    const answer = await sendRaw(port, Buffer.from(bytes, 'latin1'));
    assert.match(String(answer.statusCode), status instanceof RegExp ? status : new RegExp(`^${status}$`), answer.body);
    if (answer.headers['content-type']?.startsWith('text/html')) assert.match(answer.body, /<html lang="en"/);
    else assertRefused(answer as never, what);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });
}

for (const [coding, connection] of [
  ['gzip', 'close'],
  ['chunked, gzip', 'close'],
  ['x-chunked', 'close'],
  [',', 'close'],
  ['gzip, chunked', 'keep-alive'],
]) {
  test(`a request with the transfer coding "${coding}" is refused, and its answer says: ${connection}`, async () => {
    const answer = await sendRaw(port, `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`);
    assert.equal(answer.statusCode, 400);
    assert.equal(answer.headers.connection, connection);
  });
}

test('after all of it the server answers', async () => {
  assert.equal((await sendRaw(port, 'GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n')).statusCode, 200);
  assert.equal((await sendRaw(port, 'GET /api/users/me HTTP/1.0\r\n\r\n')).statusCode, 401);
});
