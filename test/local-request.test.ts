import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Server } from '../src/http/server.ts';
import { createInbox } from '../src/sms/inbox.ts';
import { deepTest, testOf } from './support/depth.ts';
import { anyNumber, freshDatabase, openApp, testKey } from './support/harness.ts';
import { start } from './support/product-process.ts';

const paths = ['/dev/inbox', '/dev/inbox.json', '/confirm/'];

/** An app with one message, and the cookie of the browser that asked for it. */
async function asked(options: Parameters<typeof openApp>[0] = {}) {
  const app = await openApp({ inbox: createInbox(), publicUrl: 'http://localhost', ...options });
  const number = anyNumber();
  const answer = await app.server.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    payload: `phone_number=${encodeURIComponent(number)}`,
  });
  assert.equal(answer.statusCode, 303, answer.body);
  const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  while (app.sent.length === 0) await new Promise(setImmediate);
  return { server: app.server, cookie, code: app.codeFor(number), log: app.log };
}

interface From {
  readonly remoteAddress?: string;
  readonly headers?: Record<string, string>;
}

async function shown(server: Server, cookie: string, code: string, { headers, ...from }: From): Promise<string[]> {
  const found: string[] = [];
  for (const url of paths) {
    const answer = await server.inject({ url, ...from, headers: { host: 'localhost:8000', cookie, ...headers } });
    if (answer.body.includes(code)) found.push(url);
    else assert.equal(answer.statusCode, url === '/confirm/' ? 200 : 404, `${url}: ${answer.body}`);
  }
  return found;
}

const local: [name: string, from: From][] = [
  ['localhost', {}],
  ['a name below localhost', { headers: { host: 'vouch.localhost' } }],
  ['127.0.0.1', { headers: { host: '127.0.0.1:8000' } }],
  ['another address of the loopback', { remoteAddress: '127.0.0.9', headers: { host: '127.8.0.1' } }],
  ['::1', { remoteAddress: '::1', headers: { host: '[::1]:8000' } }],
  ['127.0.0.1 in an IPv6 socket', { remoteAddress: '::ffff:127.0.0.1' }],
];

const foreign: [name: string, from: From][] = [
  ['another machine of the network', { remoteAddress: '192.168.1.7' }],
  ['another machine, in an IPv6 socket', { remoteAddress: '::ffff:192.168.1.7' }],
  ['another machine by IPv6', { remoteAddress: '2001:db8::1' }],
  ['a machine whose address begins like the loopback', { remoteAddress: '12.7.0.0' }],
  ['a name that was bound to this machine anew', { headers: { host: 'evil.example:8000' } }],
  ['a name that begins like ours', { headers: { host: 'localhost.evil.example' } }],
  ['a name that ends like ours', { headers: { host: 'evil-localhost' } }],
  ['a name with an address in it', { headers: { host: '127.0.0.1.nip.io' } }],
  ['an address of the network', { headers: { host: '192.168.1.7:8000' } }],
  ['all addresses', { headers: { host: '0.0.0.0:8000' } }],
  ...[
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded',
    'X-Original-Forwarded-For',
    'Forwarded',
    'Via',
    'X-Real-IP',
    'CF-Connecting-IP',
    'CF-Ray',
    'True-Client-IP',
    'Fly-Client-IP',
    'X-Azure-ClientIP',
    'X-Client-IP',
    'CDN-Loop',
    'X-Envoy-External-Address',
  ].map((name): [string, From] => [`a proxy on this machine, by ${name}`, { headers: { [name]: '127.0.0.1' } }]),
];

test('the inbox and the code on the page are shown to requests of this machine by a loopback name', async (t) => {
  const { server, cookie, code } = await asked();
  for (const [name, from] of local) {
    await t.test(name, async () => assert.deepEqual(await shown(server, cookie, code, from), paths));
  }
});

for (const [trust, trustProxy] of [
  ['no proxy', false],
  ['one proxy', 1],
  ['the loopback', ['127.0.0.1', '::1', '192.168.0.0/16']],
] as const) {
  testOf(trust === 'the loopback')(
    `nobody else sees the inbox or the code on the page, with trust in ${trust}`,
    async (t) => {
      const app = await asked({
        trustProxy: Array.isArray(trustProxy) ? [...trustProxy] : (trustProxy as false | number),
      });
      for (const [name, from] of foreign) {
        await t.test(name, async () => assert.deepEqual(await shown(app.server, app.cookie, app.code, from), []));
      }
      const told = app.log.filter((line) => line.includes('development inbox request refused'));
      assert.equal(told.length, 1, 'told once, and not for each request');
      assert.match(told[0]!, /"variable":"DEV_INBOX","example":"network"/);
    },
  );
}

deepTest('a Host that is no host is refused, whoever sends it and whatever DEV_INBOX says', async () => {
  for (const reach of ['loopback', 'network'] as const) {
    const { server, cookie, code } = await asked({ devInbox: reach });
    for (const host of ['localhost@evil.example', 'evil.example#localhost', 'localhost/evil', 'localhost evil']) {
      for (const url of paths) {
        const answer = await server.inject({ url, headers: { host, cookie } });
        assert.equal(answer.statusCode, 400, host);
        assert.ok(!answer.body.includes(code), host);
      }
    }
  }
});

test('DEV_INBOX=network shows them to whoever reaches the server', async () => {
  const { server, cookie, code } = await asked({ devInbox: 'network' });
  for (const [, from] of [...local, ...foreign]) {
    assert.deepEqual(await shown(server, cookie, code, from), paths);
  }
});

test('over real connections HTTP/1.0, an empty Host, two Hosts and an absolute target see nothing', async () => {
  const { server, code } = await asked();
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const target = 'GET /dev/inbox.json';
  assert.match(await exchange('127.0.0.1', port, `${target} HTTP/1.1\r\nHost: localhost:${port}`), new RegExp(code));
  for (const head of [
    `${target} HTTP/1.0\r\nHost: 127.0.0.1:${port}`,
    `${target} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example`,
    `${target} HTTP/1.1\r\nHost: evil.example\r\nHost: localhost`,
    `${target} HTTP/1.1\r\nHost:`,
    `GET http://localhost/dev/inbox.json HTTP/1.1\r\nHost: evil.example`,
    `${target} HTTP/1.1\r\nHost: localhost\r\nx-FORWARDED-for: ::1`,
  ]) {
    const answer = await exchange('127.0.0.1', port, head);
    assert.match(answer, /^HTTP\/1\.[01] 40[04] /, head);
    assert.doesNotMatch(answer, new RegExp(code), head);
  }
});

deepTest(
  'NODE_ENV unset with HOST=0.0.0.0: a phone in the network asks for a code, and reads it nowhere',
  async (t) => {
    const names = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']);
    if (names.status !== 0) return t.skip('a network namespace takes root, unshare and ip');
    const databaseUrl = await freshDatabase();
    if (!databaseUrl.includes('host=')) return t.skip('the database is reached by TCP, which a namespace cuts off');
    const setUp = 'ip link set lo up && ip address add 192.0.2.7/32 dev lo && exec "$@"';
    const { child, ready, output } = start({ DATABASE_URL: databaseUrl, SECRET_KEYS: testKey, HOST: '0.0.0.0' }, [
      ...['unshare', '--net', 'sh', '-c', setUp, 'sh'],
    ]);
    const { port } = new URL(await ready);
    const curl = async (url: string, ...options: string[]) => {
      const told = ['--target', String(child.pid), '--net', 'curl', '-s', '--noproxy', '*', '-w', ' %{http_code}'];
      const { stdout } = await promisify(execFile)('nsenter', [...told, ...options, url]);
      return stdout;
    };
    const phone = anyNumber();
    const body = ['-H', 'Content-Type: application/json', '-d', JSON.stringify({ phone_number: phone })];
    assert.match(await curl(`http://192.0.2.7:${port}/api/request-sms/`, ...body), / 201$/);
    const inbox = await curl(`http://127.0.0.1:${port}/dev/inbox.json`);
    const code = /"code":"(\d{6})"/.exec(inbox)?.[1];
    assert.ok(code, `${inbox} ${output()}`);
    for (const options of [[], ['-H', 'Host: localhost'], ['-H', 'X-Forwarded-For: 127.0.0.1']]) {
      const answer = await curl(`http://192.0.2.7:${port}/dev/inbox.json`, ...options);
      assert.match(answer, / 404$/);
      assert.ok(!answer.includes(code), answer);
    }
  },
);

/** The answer to one request, its head given without the empty line. */
async function exchange(host: string, port: number, head: string): Promise<string> {
  const socket = connect(port, host);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return answer;
}
