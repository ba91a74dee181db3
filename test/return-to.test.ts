import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reply, Request } from '../src/http/server.ts';
import { secretKeys } from '../src/kit/secret.ts';
import {
  parseReturnTarget,
  type ReturnTo,
  readReturn,
  rememberReturn,
  returnSeconds,
} from '../src/sign-in/return-to.ts';
import { anyNumber, openApp, testKey } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const server = { publicUrl: 'https://vouch.example' };
const place = { target: '/oauth/interaction/abc', name: 'Bakery', cancelPath: '/oauth/cancel/abc' };

/** The cookie of a place, as the browser gets it. */
function cookieOf(returnTo: ReturnTo, key = testKey): string {
  const cookies: string[] = [];
  const reply = { server, header: (_name: string, value: string) => cookies.push(value) } as unknown as Reply;
  rememberReturn(reply, secretKeys([key]), returnTo);
  return /__Host-return=([^;]+)/.exec(cookies.join('\n'))?.[1] ?? '';
}

function waiting(returnTo: ReturnTo = place): HtmlClient {
  const visit = new HtmlClient(app);
  visit.cookies.set('__Host-return', cookieOf(returnTo));
  return visit;
}

test('a sign-in that an app waits for ends there, once, without JavaScript', async () => {
  const [visit, number] = [waiting(), anyNumber()];
  const first = await visit.get('/');
  assert.match(first.html, /Вы входите в Bakery/);
  assert.equal((await visit.submit(first, '/', { phone_number: number })).location, '/confirm/');
  app.clock.turn(31);
  await visit.submit(await visit.get('/confirm/'), '/confirm/resend');
  const page = await visit.get('/confirm/');
  assert.match(page.html, /Вы входите в Bakery/);
  const entered = await visit.submit(page, '/confirm/', { sms_code: app.codeFor(number) });
  assert.equal(entered.location, '/continue/');
  const end = await visit.get('/continue/');
  assert.match(end.html, /<meta http-equiv="refresh" content="0; url=\/oauth\/interaction\/abc"/);
  assert.match(end.html, /<a class="button" href="\/oauth\/interaction\/abc"/);
  assert.equal((await visit.get('/continue/')).location, '/', 'the place is forgotten');
});

test('the script of the code page gets the same path', async () => {
  const [visit, number] = [waiting(), anyNumber()];
  await visit.submit(await visit.get('/'), '/', { phone_number: number });
  const entered = await visit.post('/confirm/', { sms_code: app.codeFor(number) }, { accept: 'application/json' });
  assert.deepEqual(JSON.parse(entered.html), { location: '/continue/' });
});

test('cancelling forgets the place and tells the app; without a place it leads to the first page', async () => {
  const visit = waiting();
  const cancelled = await visit.submit(await visit.get('/'), '/continue/cancel');
  assert.match(cancelled.html, /url=\/oauth\/cancel\/abc"/);
  assert.equal(visit.cookies.has('__Host-return'), false);
  assert.equal((await visit.post('/continue/cancel')).location, '/');
  await visit.signIn(anyNumber());
});

test('a place without our signature, or after its time, is none', async () => {
  const keys = secretKeys([testKey]);
  const readBack = (value: string) =>
    readReturn({ server, headers: { cookie: `__Host-return=${value}` } } as Request, keys);
  const good = cookieOf(place);
  assert.deepEqual(readBack(good), place);
  const [body = '', signature = ''] = good.split('.');
  const forged = Buffer.from(JSON.stringify([9e9, 'https://evil.example/', 'x', '/'])).toString('base64url');
  for (const value of [
    `${forged}.${signature}`,
    body,
    `${body}.`,
    '',
    `${body}.AAAA`,
    '.',
    cookieOf(place, 'x'.repeat(40)),
  ])
    assert.equal(readBack(value), undefined, value);
  const { now } = Date;
  Date.now = () => now() + (returnSeconds + 1) * 1000;
  try {
    assert.equal(readBack(good), undefined);
  } finally {
    Date.now = now;
  }
});

test('no redirect is open: a place is a path of ours, or has exactly an allowed origin', () => {
  const allowed = new Set(['https://app.example', 'http://localhost:3000']);
  const good = [
    '/',
    '/oauth/x?a=b&c=%20',
    'https://app.example/',
    'https://app.example/a?b=c#d',
    'http://localhost:3000/x',
  ];
  for (const text of good) assert.equal(parseReturnTarget(text, allowed), text);
  const bad = [
    undefined,
    '',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/a\nb',
    'javascript:alert(1)',
    'data:text/html,x',
    'https:evil.example',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'https://user@app.example/',
    'http://app.example/',
    'https://app.example:8443/',
    ' https://app.example/',
    'app.example',
    'https://app.example\\@evil.example/',
    `https://app.example/${'a'.repeat(2000)}`,
    'https://app.example/\r\nx: y',
  ];
  for (const text of bad) assert.equal(parseReturnTarget(text, allowed), undefined, String(text));
});
