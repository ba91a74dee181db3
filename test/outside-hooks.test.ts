import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppProcess } from './support/app-processes.ts';
import { dealt } from './support/depth.ts';
import { freshDatabase } from './support/harness.ts';
import { assertRefused } from './support/hostile-values.ts';
import { sendAndReset, sendRaw } from './support/raw-http.ts';

const app = await AppProcess.start(await freshDatabase());
const port = Number(new URL(app.url).port);

/** Targets that no route takes, and some that do. */
const targets: readonly string[] = [
  '/%zz',
  '/%',
  '/%c3%28',
  '/api/%zz',
  '/api/users/%zz',
  '/i/%ff',
  '/problems/%e0%a4',
  `/api/users/${'x'.repeat(201)}`,
  `/i/${'x'.repeat(5000)}`,
  `/problems/${'%61'.repeat(300)}`,
  '/nothing',
  '/api/nothing',
  '*',
  'http://evil.example/%zz',
  '//',
  '/\\',
  '/?%zz',
  '/;/..;/%2e%2e/%2f',
];

/** All that an answer looks at, as browsers, programs and attackers send it. */
const headers: Readonly<Record<string, string>> = {
  'no header': '',
  'Accept of a browser': 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n',
  'Accept of a problem': 'Accept: application/problem+json\r\n',
  'a broken Accept': 'Accept: ;;;,,/*;q=\r\n',
  'Accept twice': 'Accept: text/html\r\nAccept: application/problem+json\r\n',
  'Accept-Language': 'Accept-Language: en\r\n',
  'Accept-Language with weights': 'Accept-Language: de-CH, en;q=0.4, *;q=0.1\r\n',
  'a broken Accept-Language': 'Accept-Language: ;;;,,q=, en_;q=x, *\r\n',
  'Accept-Language twice': 'Accept-Language: en\r\nAccept-Language: ru\r\n',
  'a page in English': 'Accept: text/html\r\nAccept-Language: en\r\n',
  cookies: 'Cookie: language=en; session=x; __Host-language=en; signin-language=en\r\n',
  'broken cookies': 'Cookie: =; ; language; language=%zz; language==; __proto__=x; a=b\r\n',
  'cookies twice': 'Cookie: language=en\r\nCookie: language=ru\r\n',
  'an empty cookie': 'Cookie:\r\n',
  'forwarded for nobody': 'X-Forwarded-For: ,,\r\nX-Forwarded-Host: \r\nX-Forwarded-Proto: x\r\nForwarded: for=_\r\n',
  'a version': 'Accept-Version: 1.x\r\n',
  'names of an object': '__proto__: x\r\nconstructor: x\r\ntoString: x\r\nhasOwnProperty: x\r\n',
  'an upgrade': 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n',
  'an upgrade to HTTP/2': 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
  'an expectation': 'Expect: 100-continue\r\n',
  'an expectation that nobody has': 'Expect: a-miracle\r\n',
  'a connection that ends': 'Connection: close, keep-alive, te\r\n',
};

for (const [turn, [what, lines]] of Object.entries(headers).entries()) {
  test(`with ${what}, a request that no route takes is refused in the form of all errors`, async () => {
    for (const target of dealt(targets, turn, 4)) {
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH', 'CONNECT']) {
        const answer = await sendRaw(
          port,
          `${method} ${target} HTTP/1.1\r\nHost: a\r\n${lines}Content-Length: 0\r\n\r\n`,
        );
        const said = `${method} ${target.slice(0, 50)}: ${answer.statusCode} ${answer.body.slice(0, 200)}`;
        assert.ok(answer.statusCode >= 200 && answer.statusCode < 500, said);
        if (answer.statusCode < 400) continue;
        assert.equal(answer.headers['cache-control'], 'no-store', said);
        if (method !== 'CONNECT') assert.equal(answer.headers['x-content-type-options'], 'nosniff', said);
        if (method === 'HEAD') continue;
        if (/html/.test(String(answer.headers['content-type']))) assert.match(answer.body, /^<!doctype html>/, said);
        else assertRefused(answer as never, said);
      }
    }
    assert.equal((await sendRaw(port, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')).statusCode, 200);
    assert.ok(app.isAlive, 'the process is the same one');
  });
}

test('a path that cannot be read is answered in the language that was asked for, as a page to a browser', async () => {
  const ask = (lines: string, target = '/%zz') => sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
  assert.equal(JSON.parse((await ask('Accept-Language: en\r\n')).body).title, 'Bad request');
  assert.equal(JSON.parse((await ask('')).body).title, 'Непонятный запрос');
  const page = await ask('Accept: text/html\r\nAccept-Language: en\r\n');
  assert.equal(page.statusCode, 400);
  assert.match(page.body, /^<!doctype html>.*<html lang="en"/s);
  const long = await ask('Accept-Language: en\r\n', `/api/users/${'x'.repeat(201)}`);
  assert.deepEqual([long.statusCode, JSON.parse(long.body).code], [414, 'uri_too_long']);
});

test('a client that resets its connection at any moment ends nothing but its own request', async () => {
  const beginnings = [
    'CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\nmore',
    'GET /%zz HTTP/1.1\r\nHost: a\r\nAccept-Language: en\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    'POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n',
    'GET /assets/redoc-2.5.4/redoc.standalone.js HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n',
    'hello',
    `${'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50)}`,
  ];
  for (let round = 0; round < 10; round++) for (const said of beginnings) await sendAndReset(port, said);
  assert.equal((await sendRaw(port, 'GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n')).statusCode, 200);
  assert.ok(app.isAlive, 'the process is the same one');
  assert.doesNotMatch(app.errors, /./, 'and a client that left is no fault of ours');
});

test('nonsense behind a request that is being answered does not get into its answer', async () => {
  const { body, statusCode } = await sendRaw(
    port,
    'GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\nnonsense that is no HTTP\r\n\r\n',
  );
  if (statusCode === 200) assert.doesNotMatch(body, /HTTP\/1\.1/);
  else assert.ok([0, 400].includes(statusCode), String(statusCode));
});
