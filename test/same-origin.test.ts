import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp, type TestApp } from './support/harness.ts';

const plain = await openApp({ publicUrl: 'http://localhost:8000' });
const secure = await openApp({ publicUrl: 'https://vouch.example', databaseUrl: plain.databaseUrl });
const behind = await openApp({
  publicUrl: 'https://vouch.example',
  databaseUrl: plain.databaseUrl,
  trustProxy: ['127.0.0.1'],
});

type Headers = Record<string, string>;

/** Sends the form that chooses a language: it has no other reason to be refused. */
async function isTaken(app: TestApp, headers: Headers): Promise<boolean> {
  const { statusCode } = await app.server.inject({
    method: 'POST',
    url: '/language/',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: 'language=en',
  });
  assert.ok([303, 403].includes(statusCode), String(statusCode));
  return statusCode === 303;
}

const lan = { host: '192.168.1.5:8000' };

const taken: readonly [what: string, app: TestApp, headers: Headers][] = [
  ['at an address of the network, over http', plain, { ...lan, origin: 'http://192.168.1.5:8000' }],
  ['at the public address', plain, { host: 'localhost:8000', origin: 'http://localhost:8000' }],
  ['with the port of the scheme left out', plain, { host: 'vouch.local:80', origin: 'http://vouch.local' }],
  ['with the host in capitals', plain, { host: 'Vouch.Local', origin: 'http://vouch.local' }],
  ['at an address of IPv6', plain, { host: '[fd00::2]:8000', origin: 'http://[fd00::2]:8000' }],
  ['behind TLS that the configuration does not name', plain, { host: 'a.example', origin: 'https://a.example' }],
  ['over https', secure, { host: 'vouch.example', origin: 'https://vouch.example' }],
  ['behind a proxy that names its own upstream', secure, { host: '127.0.0.1:8000', origin: 'https://vouch.example' }],
  ['at another name over https', secure, { host: 'www.vouch.example', origin: 'https://www.vouch.example' }],
  [
    'behind a trusted proxy that names the host',
    behind,
    { host: '127.0.0.1:8000', 'x-forwarded-host': 'www.vouch.example', origin: 'https://www.vouch.example' },
  ],
  ['from a browser that says same-origin', secure, { 'sec-fetch-site': 'same-origin' }],
  [
    'from a browser that says same-origin and hides the origin',
    secure,
    { 'sec-fetch-site': 'same-origin', origin: 'null' },
  ],
  ['that a person sent again by hand', secure, { 'sec-fetch-site': 'none' }],
  ['from a browser that has Referer alone', plain, { ...lan, referer: 'http://192.168.1.5:8000/confirm/?x' }],
  [
    'whose Referer disagrees with a true Origin',
    plain,
    { ...lan, origin: 'http://192.168.1.5:8000', referer: 'http://a/' },
  ],
  ['of a client that sends neither', plain, lan],
];

for (const [what, app, headers] of taken) {
  test(`a form of ours is taken ${what}`, async () => assert.ok(await isTaken(app, headers)));
}

const refused: readonly [what: string, app: TestApp, headers: Headers][] = [
  ...['same-site', 'cross-site', '', 'Same-Origin', 'same-origin, same-origin', 'same-origin, cross-site'].map(
    (site): [string, TestApp, Headers] => [
      `Sec-Fetch-Site "${site}"`,
      plain,
      { ...lan, 'sec-fetch-site': site, origin: 'http://192.168.1.5:8000' },
    ],
  ),
  ...[
    'null',
    '',
    'http://evil.example',
    'http://192.168.1.5',
    'http://192.168.1.5:8001',
    'http://192.168.1.5:8000.evil.example',
    'http://192.168.1.5:8000@evil.example',
    'http://evil@192.168.1.5:8000',
    'http://192.168.1.5:8000/',
    'http://192.168.1.5:8000, http://192.168.1.5:8000',
    'http://192.168.1.5:8000, http://evil.example',
    'ws://192.168.1.5:8000',
    'file://192.168.1.5:8000',
    '192.168.1.5:8000',
    '%',
    'x:y',
  ].map((origin): [string, TestApp, Headers] => [`Origin "${origin}"`, plain, { ...lan, origin }]),
  ['Origin null with a true Referer', plain, { ...lan, origin: 'null', referer: 'http://192.168.1.5:8000/' }],
  ['another Origin with a true Referer', plain, { ...lan, origin: 'http://a', referer: 'http://192.168.1.5:8000/' }],
  ...['http://evil.example/', 'http://evil.example/?http://192.168.1.5:8000/', 'about:blank', 'x', ''].map(
    (referer): [string, TestApp, Headers] => [`Referer "${referer}" alone`, plain, { ...lan, referer }],
  ),
  [
    'an origin over http of the same host, at a site over https',
    secure,
    { host: 'vouch.example', origin: 'http://vouch.example' },
  ],
  [
    'a loopback page, behind a proxy that names its own upstream',
    secure,
    { host: '127.0.0.1:8000', origin: 'http://127.0.0.1:8000' },
  ],
  ['a domain below ours', secure, { host: 'vouch.example', origin: 'https://a.vouch.example' }],
  [
    'an origin that a stranger names as forwarded host',
    secure,
    { host: 'vouch.example', 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' },
  ],
];

for (const [what, app, headers] of refused) {
  test(`a form with ${what} is refused`, async () => assert.ok(!(await isTaken(app, headers))));
}

test('the policy under which browsers tell a true Origin is that of every page, in its head and in its markup', async () => {
  for (const url of ['/', '/nothing', '/%zz', '/problems/overloaded', '/i/BCDFGH']) {
    const { headers, body } = await plain.server.inject({ url, headers: { accept: 'text/html' } });
    assert.equal(headers['referrer-policy'], 'same-origin', url);
    assert.match(body, /<meta name="referrer" content="same-origin"\/>/, url);
  }
});
