import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createInbox } from '../src/sms/inbox.ts';
import { assertHealthy } from './support/assert-healthy.ts';
import { dealt, isFullDepth, repetitions } from './support/depth.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { hostileTypes, hostileValues } from './support/hostile-values.ts';

const seed = 20_240_607;
const app = await openApp({ networkMessagesPerHour: 1_000_000, inbox: createInbox() });
const texts = hostileValues.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));

/** Every page and every form, with what each takes. */
const pages: readonly [method: 'GET' | 'POST', path: string, fields: readonly string[]][] = [
  ['GET', '/', []],
  ['POST', '/', ['phone_number', 'region_code', 'invite', 'without_invite', 'cookies']],
  ['POST', '/countries/', ['phone_number', 'region_code', 'invite']],
  ['GET', '/countries/ru', []],
  ['GET', '/i/:x', []],
  ['GET', '/I/:x', []],
  ['POST', '/invite/decline', ['invite']],
  ['GET', '/confirm/', []],
  ['POST', '/confirm/', ['sms_code', 'pending']],
  ['POST', '/confirm/resend', ['pending']],
  ['POST', '/confirm/show', ['pending']],
  ['POST', '/confirm/number', ['pending']],
  ['POST', '/confirm/state', ['pending']],
  ['GET', '/account/', ['cursor', 'done']],
  ['GET', '/success/', ['cursor']],
  ['POST', '/account/profile', ['account', 'username', 'first_name', 'last_name', 'email']],
  ['POST', '/account/invite_code', ['account', 'invite_code']],
  ['GET', '/logout/', []],
  ['POST', '/logout/', ['account']],
  ['POST', '/language/', ['language', 'back', 'pending']],
  ['GET', '/account/data.json', []],
  ['GET', '/account/delete/', []],
  ['POST', '/account/delete/', ['account']],
  ['POST', '/sessions/:x/end', ['account']],
  ['POST', '/sessions/end-others', ['account']],
  ['GET', '/problems/:x', []],
  ['GET', '/dev/inbox', ['phone']],
  ['GET', '/dev/inbox.json', ['phone']],
  ['GET', '/assets/:x', []],
  ['GET', '/redoc/', []],
  ['GET', '/openapi.json', []],
  ['GET', '/livez', []],
  ['GET', '/readyz', []],
];
const ownCookies = ['session', 'pending', 'invite', 'device', 'language', 'notice', 'visit'];

for (const [page, [method, path, fields]] of pages.entries()) {
  test(`${method} ${path} answers hostile fields, paths and cookies without a fault`, async () => {
    for (const [turn, text] of dealt(texts, page, 24).entries()) {
      if (path.includes(':x')) await send(method, path.replace(':x', encodeURIComponent(text.toWellFormed())), '');
      for (const field of dealt(fields, turn)) await send(method, path, form({ [field]: text }));
      await send(method, path, '', cookies(text, ownCookies));
      await send(method, path, '', cookies(text, ownCookies.slice(1)));
    }
  });

  test(`${method} ${path} answers broken forms without a fault`, async () => {
    const bodies = [
      '=',
      '&',
      '&&=&',
      '%',
      'a=%zz',
      '%00=%00',
      '__proto__=x',
      `x=${'y'.repeat(20_000)}`,
      'a&'.repeat(8000),
    ];
    for (const [turn, body] of bodies.entries()) {
      await send(method, path, body);
      for (const field of dealt(fields, turn))
        await send(method, path, `${field}=1&${field}=2&${field}[]=3&${field}[x]=4&${body}`);
    }
    if (method === 'GET') return;
    for (const type of hostileTypes) await send(method, path, '{"a":1}', '', { 'content-type': type });
    for (const origin of ['https://evil.example', 'null', '', '%', 'https://vouch.example.evil.example', 'x:y']) {
      const answer = await send(method, path, '', '', { origin });
      assert.equal(answer.statusCode, 403, `a form from ${origin}`);
    }
  });

  test(`${method} ${path} answers random forms and cookies without a fault`, async () => {
    const value = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'binary', maxLength: 200 }));
    const forms = fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] });
    const pending = fc.tuple(
      fc.constantFrom('+79161234567', '+0', '+00', '79'),
      fc.array(fc.nat({ max: 1e15 }), { maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(forms, pending, value, async (fields, [phone, numbers], text) => {
        const cookies = `__Host-pending=${[phone, ...numbers].join('.')}; __Host-invite=${inCookie(text)}`;
        await send(
          method,
          path.replace(':x', encodeURIComponent(text.toWellFormed()) || 'x'),
          form(fields as Record<string, string>),
          cookies,
        );
      }),
      { seed, numRuns: repetitions(30, 3) },
    );
  });
}

test('hostile methods, paths, headers and cookies to every page leave the process as it was', async (t) => {
  const paths = [...new Set(pages.map(([, path]) => path.replace(':x', 'x')))];
  await assertHealthy(t, { seed, requests: (isFullDepth ? 100 : 2) * paths.length, paths, asBrowser: 1 });
});

async function send(
  method: 'GET' | 'POST',
  path: string,
  fields: string,
  cookie = '',
  headers: { origin?: string; 'content-type'?: string } = {},
) {
  const url = method === 'GET' && fields !== '' ? `${path}?${fields}` : path;
  const answer = await app.server.inject({
    method,
    url,
    headers: {
      accept: 'text/html',
      ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...(headers.origin === undefined ? { 'sec-fetch-site': 'same-origin' } : {}),
      cookie: /__Host-session=/.test(cookie) ? cookie : `__Host-session=${await token()}; ${cookie}`,
      ...(headers as Record<string, string>),
    },
    ...(method === 'POST' ? { payload: fields } : {}),
  });
  const what = `${method} ${url} ${fields} ${cookie} ${JSON.stringify(headers)}`.slice(0, 500);
  assert.ok(answer.statusCode < 500, `${what}: ${answer.statusCode} ${app.log.slice(-3).join()}`);
  if (answer.statusCode === 303) assert.match(String(answer.headers.location), localPath, what);
  else if (answer.statusCode >= 400) assert.match(answer.body, /<html/, what);
  assert.doesNotMatch(answer.body, /<script>|(?:href|src|action)="?javascript:/, what);
  if (String(answer.headers['set-cookie']).includes('__Host-session=;')) known = undefined;
  return answer;
}

/** A path of ours; the redirect from the address of the earlier service keeps any query. */
const localPath = /^\/(?![/\\])(?:[\w/.?=-]*|account\/\?[!-~]*)$/;

let known: string | undefined;

/** A session for the pages; another one after it was ended. */
async function token(): Promise<string> {
  known ??= await app.signIn(anyNumber());
  return known;
}

function form(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&');
}

function cookies(text: string, names: readonly string[]): string {
  return names.map((name) => `__Host-${name}=${inCookie(text)}`).join('; ');
}

function inCookie(text: string): string {
  return encodeURIComponent(text.toWellFormed()).slice(0, 1500);
}
