import assert from 'node:assert/strict';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { eventually } from './support/embedded-database.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { oidc } from './support/oidc-client.ts';

const origin = 'https://app.example.com';
const app = await openApp({
  concurrencyBounds: { min: 10, max: 10, initial: 10 },
  allowedOrigins: new Set([origin]),
  oidc,
});
await app.server.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.server.address() as AddressInfo;
const token = await app.signIn(anyNumber());
const agent = new Agent({ keepAlive: true });
after(() => agent.destroy());
/** Connections of our own, for whatever shares one with a call that hangs would hang behind it. */
const own = { databaseUrl: app.databaseUrl, dataDir: '', poolSize: 2, clock: databaseClock };
const locker = await openDatabase({ ...own, log: pino({ level: 'silent' }) });
after(() => locker.close());
const watcher = await openDatabase({ ...own, log: pino({ level: 'silent' }) });
after(() => watcher.close());

interface Heard {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
  ms: number;
}

function call(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Heard> {
  const begun = performance.now();
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, agent, headers: { ...type, ...headers } },
      (answer) => {
        let heard = '';
        answer.setEncoding('utf8').on('data', (chunk) => (heard += chunk));
        answer.on('end', () => {
          const { statusCode: status, headers } = answer;
          resolve({ status, headers, body: heard, ms: performance.now() - begun });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

const me = () => call('GET', '/api/users/me/invited', withToken(token));

/** While nobody can read an invite, so many calls hang in the database; then they are let go on. */
async function whileWaiting(calls: (() => Promise<Heard>)[], act: () => Promise<void>): Promise<Heard[]> {
  let waiting: Promise<Heard>[] = [];
  await locker.sql.begin(async (sql) => {
    await sql`lock table invite in access exclusive mode`;
    waiting = calls.map((one) => one());
    await eventually('the calls to wait', async () => (await waitingForLocks()) === calls.length);
    await act();
  });
  return Promise.all(waiting);
}

async function waitingForLocks(): Promise<number> {
  const [row] =
    await watcher.sql`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  return row!.n;
}

const full = Array.from({ length: 8 }, () => me);

test('where as much is worked on as may be, the next is refused at once with 503, the time to come back and the problem in the language of the reader', async () => {
  const served = await whileWaiting(full, async () => {
    for (const [language, title] of [
      ['ru', 'Слишком много запросов сразу'],
      ['en-GB, ru;q=0.5', 'Server overloaded'],
    ] as const) {
      const headers = { 'accept-language': language, ...withToken(token) };
      const refused = await call('GET', '/api/users/me', headers);
      assert.equal(refused.status, 503, refused.body);
      assert.ok(refused.ms < 500, `${refused.ms} ms`);
      assert.equal(refused.headers['retry-after'], '2');
      assert.equal(refused.headers['content-type'], 'application/json; charset=utf-8');
      const problem = JSON.parse(refused.body);
      assert.deepEqual(
        { ...problem, detail: '', instance: '' },
        {
          type: 'https://vouch.example/problems/overloaded',
          title,
          status: 503,
          detail: '',
          code: 'overloaded',
          instance: '',
        },
      );
      assert.match(problem.instance, /^[0-9a-f-]{36}$/);
      const problemJson = await call('GET', '/api/users/me', { ...headers, accept: 'application/problem+json' });
      assert.match(String(problemJson.headers['content-type']), /^application\/problem\+json/);
    }
  });
  assert.deepEqual(
    served.map(({ status }) => status),
    Array(8).fill(200),
  );
  assert.equal((await me()).status, 200);
});

test('a page of an allowed origin can read that the server is overloaded', async () => {
  await whileWaiting(full, async () => {
    const { status, headers } = await call('GET', '/api/users/me', { origin });
    assert.deepEqual([status, headers['access-control-allow-origin'], headers.vary], [503, origin, 'Origin']);
    const stranger = await call('GET', '/api/users/me', { origin: 'https://other.example.com' });
    assert.equal(stranger.headers['access-control-allow-origin'], undefined);
  });
});

test('a refusal has every header that protects an answer of that kind', async () => {
  const usual = await app.server.inject({ url: '/api/nothing', headers: { accept: 'application/json' } });
  await whileWaiting(full, async () => {
    const refused = await me();
    assert.equal(refused.status, 503);
    for (const name of Object.keys(usual.headers).filter(
      (one) => !['date', 'content-length', 'connection'].includes(one),
    ))
      assert.equal(refused.headers[name], usual.headers[name], name);
    assert.equal(Number(refused.headers['content-length']), Buffer.byteLength(refused.body));
  });
});

test('a browser is refused with a page in the language that its reader chose', async () => {
  await whileWaiting(full, async () => {
    for (const [language, title] of [
      ['ru', 'Попробуйте ещё раз'],
      ['en', 'Please try again'],
    ] as const) {
      const refused = await call('GET', '/', { accept: 'text/html,*/*', cookie: `x=1; __Host-language=${language}` });
      assert.equal(refused.status, 503);
      assert.match(String(refused.headers['content-type']), /^text\/html; charset=utf-8/);
      assert.equal(refused.headers['retry-after'], '2');
      assert.match(refused.body, new RegExp(`<html lang="${language}"[^]*<h1>${title}</h1>[^]*</html>$`));
      assert.match(refused.body, /<a class="button" href(="")?>/);
      assert.doesNotMatch(refused.body, /Retry-After|баз[аы] данных|database/i);
    }
  });
});

test('a form that is refused keeps what was typed, to be sent once more without JavaScript', async () => {
  const typed = new URLSearchParams([
    ['phone_number', '+7 916 "><script>$&'],
    ['region_code', 'RU'],
    ['region_code', ''],
  ]).toString();
  const send = (body: string, headers: Record<string, string> = {}) =>
    call(
      'POST',
      '/',
      {
        accept: 'text/html',
        'accept-language': 'en',
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        ...headers,
      },
      body,
    );
  await whileWaiting(full, async () => {
    const refused = await send(typed);
    assert.equal(refused.status, 503);
    assert.equal(Number(refused.headers['content-length']), Buffer.byteLength(refused.body));
    assert.match(refused.body, /Something went wrong on our side\. Try again in a minute\./);
    assert.deepEqual(fieldsOf(refused.body), [
      ['phone_number', '+7 916 &quot;>&lt;script>$&amp;'],
      ['region_code', 'RU'],
      ['region_code', ''],
    ]);
    assert.match(refused.body, /<form method="post"><input/);
    for (const [body, headers] of [
      [typed, { 'sec-fetch-site': 'cross-site' }],
      [typed, { 'content-type': 'text/plain' }],
      ['x'.repeat(5000), {}],
    ] as const) {
      const bare = await send(body, headers);
      assert.equal(bare.status, 503);
      assert.doesNotMatch(bare.body, /<form method="post">|916/, JSON.stringify(headers));
      assert.match(bare.body, /<a class="button" href="\/">/);
    }
  });
});

function fieldsOf(html: string): [string, string][] {
  return [...html.matchAll(/<input type="hidden" name="([^"]*)" value(?:="([^"]*)")?\/>/g)]
    .map(([, name = '', value = '']): [string, string] => [name, value])
    .filter(([name]) => name !== 'back');
}

test('of what is refused no row is left, whether its body is kept open or not, and its connection serves on', async () => {
  const rows = () => watcher.sql`select count(*)::int as n from challenge`;
  const [before] = await rows();
  const number = anyNumber();
  await whileWaiting(full, async () => {
    for (let time = 0; time < 5; time += 1) {
      const refused = await call('POST', '/api/request-sms/', {}, { phone_number: number });
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.connection, 'keep-alive');
    }
    const head = await call('HEAD', '/');
    assert.deepEqual([head.status, head.body], [503, '']);
  });
  assert.deepEqual((await rows())[0], before);
  assert.ok(app.sent.every(({ to }) => to !== number));
  assert.equal((await call('POST', '/api/request-sms/', {}, { phone_number: number })).status, 201);
});

test('meanwhile the process says that it lives and that it is ready, and whoever has a code signs in', async () => {
  const number = anyNumber();
  await call('POST', '/api/request-sms/', {}, { phone_number: number });
  await whileWaiting(full, async () => {
    assert.equal((await call('GET', '/livez')).status, 200);
    assert.equal((await call('GET', '/readyz')).status, 200);
    assert.equal((await me()).status, 503);
    const guess = { phone_number: number, sms_code: 'wrong' };
    assert.equal((await call('POST', '/api/verify-sms/', {}, guess)).status, 400);
  });
});

test('a code of an app without a browser is taken as well, and no other request at its path', async () => {
  const post = (form: Record<string, string>) =>
    call(
      'POST',
      '/authorize-challenge',
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams(form).toString(),
    );
  const number = anyNumber();
  const pkce = { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' };
  const first = { client_id: 'phone', login_hint: number, ...pkce };
  const { auth_session } = JSON.parse((await post(first)).body);
  assert.ok(auth_session);
  const step = { client_id: 'phone', auth_session };
  await whileWaiting(full, async () => {
    for (const form of [first, step, { ...step, resend: 'true' }, { client_id: 'phone', otp: '123456' }])
      assert.equal((await post(form)).status, 503, JSON.stringify(form));
    const wrong = await post({ ...step, otp: 'wrong' });
    assert.deepEqual([wrong.status, JSON.parse(wrong.body).code], [400, 'wrong_code']);
    const body = new URLSearchParams({ ...step, otp: 'wrong' }).toString();
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    const head = 'POST /authorize-challenge HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n';
    let heard = '';
    socket.on('data', (text) => (heard += text));
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`);
    await pause(50);
    socket.write(body.slice(20));
    await eventually('an answer to a form in two parts', async () => heard.includes('\r\n\r\n'));
    socket.destroy();
    assert.match(heard, /^HTTP\/1.1 400/);
  });
  assert.equal((await post({ ...step, otp: app.codeFor(number) })).status, 200);
});

test('the log counts refusals in a line a second, under the id that they have', async () => {
  const before = app.log.length;
  let instance = '';
  await whileWaiting(full, async () => {
    for (let time = 0; time < 20; time += 1) instance = JSON.parse((await me()).body).instance;
  });
  await pause(1100);
  const lines = app.log.slice(before).map((line) => JSON.parse(line));
  const told = lines.filter(({ msg }) => msg === 'requests refused under overload');
  assert.ok(told.length >= 1 && told.length <= 3, `${told.length} lines`);
  assert.ok(told.some(({ reqId, limit }) => reqId === instance && limit === 10));
  assert.ok(told.reduce((sum, { refused }) => sum + refused, 0) >= 20);
  assert.equal(lines.filter(({ status }) => status === 503).length, 0);
});

test('one connection that asks for many things before it hears an answer does not fill the process', async () => {
  const one = `GET /api/users/me/invited HTTP/1.1\r\nHost: a\r\nAuthorization: Token ${token}\r\n\r\n`;
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let heard = '';
  socket.on('data', (text) => (heard += text));
  await locker.sql.begin(async (sql) => {
    await sql`lock table invite in access exclusive mode`;
    socket.write(one.repeat(50));
    await eventually('the calls to wait', async () => (await waitingForLocks()) >= 4);
    assert.equal(await waitingForLocks(), 4);
  });
  await eventually('all answers', async () => heard.split('HTTP/1.1 ').length === 51);
  assert.equal(heard.split('HTTP/1.1 200').length - 1, 4);
  assert.equal(heard.split('HTTP/1.1 503').length - 1, 46);
  socket.destroy();
});

test('neither those who are slow to ask nor those who left before the answer keep others out', async () => {
  const sockets = Array.from({ length: 30 }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.write(
      'POST /api/request-sms/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{',
    );
  }
  await pause(50);
  assert.equal((await me()).status, 200);
  for (const socket of sockets) socket.destroy();
  await whileWaiting([], async () => {
    const leaving = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
    for (const socket of leaving)
      socket.write(`GET /api/users/me/invited HTTP/1.1\r\nHost: a\r\nAuthorization: Token ${token}\r\n\r\n`);
    await eventually('the calls to wait', async () => (await waitingForLocks()) === 8);
    for (const socket of leaving) socket.destroy();
    await pause(50);
    assert.equal((await me()).status, 503, 'what they asked for is still being done');
  });
  await eventually('their work to end', async () => (await me()).status === 200);
});

test('a body that is longer than any that we read is not waited for, and its connection ends', async () => {
  for (const [what, head] of [
    ['declared', 'Content-Length: 1073741824'],
    ['in chunks', 'Transfer-Encoding: chunked'],
  ]) {
    for (const path of ['POST /api/request-sms/', 'GET /livez', 'POST /api/nothing']) {
      const socket = connect(port, '127.0.0.1').setEncoding('latin1');
      let heard = '';
      socket.on('data', (text) => (heard += text)).on('error', () => {});
      socket.write(`${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${head}\r\n\r\n`);
      const flood = setInterval(() => socket.writable && socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`), 1);
      // not `once`, which fails where the flood is reset
      await new Promise((closed) => socket.once('close', closed));
      clearInterval(flood);
      assert.match(heard, /^HTTP\/1\.1 (413|200|404) /, `${what} ${path}`);
      assert.ok(socket.bytesWritten < 2 ** 24, `${what} ${path}: ${socket.bytesWritten} bytes`);
    }
  }
});
