import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const plain = await openApp({
  databaseUrl: app.databaseUrl,
  publicUrl: 'http://127.0.0.1:8000',
  invitedPhones: 'masked',
});

test('one field takes the number in any spelling, and the number is in no URL', async () => {
  const visit = new HtmlClient(app);
  const first = await visit.get('/');
  assert.match(first.html, /<input type="tel" name="phone_number" autocomplete="tel"/);
  const number = anyNumber();
  const asked = await visit.post('/', { phone_number: ` 8 (${number.slice(2, 5)}) ${number.slice(5)} ` });
  assert.equal(asked.status, 303);
  assert.equal(asked.location, '/confirm/');
  assert.equal(app.sent.at(-1)?.to, number);
});

test('a number that cannot be read is kept, told with a title that begins with the error, and all countries are offered', async () => {
  const seen = await new HtmlClient(app).post('/', { phone_number: '12 <b>' });
  assert.equal(seen.status, 400);
  assert.match(seen.html, /<title>Ошибка: /);
  assert.match(seen.html, /value="12 &lt;b>"/);
  assert.equal(seen.html.match(/<option /g)?.length, 245, 'all of them');
  const english = await new HtmlClient(app, { 'accept-language': 'en' }).post('/', { phone_number: '' });
  assert.match(english.html, /<title>Error: /);
});

test('the code page takes the whole message, has no maxlength and asks the phone for the code', async () => {
  const visit = new HtmlClient(app);
  const number = anyNumber();
  await visit.post('/', { phone_number: number });
  const page = (await visit.get('/confirm/')).html;
  const field = /<input[^>]*name="sms_code"[^>]*>/.exec(page)![0];
  assert.match(field, /inputmode="numeric"/);
  assert.match(field, /autocomplete="one-time-code"/);
  assert.doesNotMatch(field, /maxlength/);
  const entered = await visit.post('/confirm/', { sms_code: app.sent.findLast(({ to }) => to === number)!.text });
  assert.equal(entered.location, '/account/');
});

test('without a number there is no code page, and without a session no profile', async () => {
  assert.equal((await new HtmlClient(app).get('/confirm/')).location, '/');
  assert.equal((await new HtmlClient(app).post('/confirm/', { sms_code: '123456' })).location, '/');
  assert.equal((await new HtmlClient(app).get('/account/')).location, '/');
});

test('asking again too early is refused with the time, and at that time the same code is sent', async () => {
  const visit = new HtmlClient(app);
  const number = anyNumber();
  await visit.post('/', { phone_number: number });
  const early = await visit.post('/confirm/resend');
  assert.equal(early.status, 429);
  assert.match(early.html, /<time datetime="/);
  const wait = Number(early.headers['retry-after']);
  assert.ok(wait >= 29 && wait <= 30, String(wait));
  const code = app.codeFor(number);
  app.clock.turn(wait);
  assert.equal((await visit.post('/confirm/resend')).location, '/confirm/');
  assert.equal(app.sent.filter(({ to }) => to === number).length, 2);
  assert.equal(app.codeFor(number), code);
  assert.match((await visit.get('/confirm/')).html, /role="status"[^>]*>Код остался прежним/);
});

test('typing the number again within the pause leads to the page of the code that is under way', async () => {
  const visit = new HtmlClient(app);
  const number = anyNumber();
  await visit.post('/', { phone_number: number });
  assert.equal((await visit.post('/', { phone_number: number })).location, '/confirm/');
  assert.equal(app.sent.filter(({ to }) => to === number).length, 1);
  assert.equal((await visit.post('/confirm/', { sms_code: app.codeFor(number) })).location, '/account/');
});

test('over TLS the cookies are __Host-, Secure, HttpOnly and SameSite=Lax; without it they are the same but for TLS', async () => {
  const number = anyNumber();
  const visit = new HtmlClient(app);
  await visit.post('/', { phone_number: number });
  const entered = await visit.post('/confirm/', { sms_code: app.codeFor(number) });
  const session = entered.setCookies.find((cookie) => cookie.startsWith('__Host-session=~_'))!;
  assert.match(session, /Path=\/; HttpOnly; Secure; SameSite=Lax/);
  for (const cookie of entered.setCookies) assert.match(cookie, /^__Host-.*HttpOnly; Secure; SameSite=Lax/);
  assert.doesNotMatch(entered.setCookies.join(), /Domain/i);
  const other = new HtmlClient(plain);
  const asked = await other.post('/', { phone_number: anyNumber() });
  assert.match(asked.setCookies[0]!, /^signin-pending=.*HttpOnly; SameSite=Lax/);
});

test('a form from another site is refused, whichever of the two headers the browser sends', async () => {
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  const foreign = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': '', origin: 'https://evil.example' },
    { 'sec-fetch-site': '', origin: 'null' },
  ];
  for (const path of [
    '/',
    '/confirm/',
    '/confirm/resend',
    '/logout/',
    '/language/',
    '/account/profile',
    '/account/invite_code',
    '/sessions/end-others',
    '/account/delete/',
  ]) {
    for (const headers of foreign) {
      const seen = await visit.post(path, {}, headers);
      assert.equal(seen.status, 403, `${path} ${JSON.stringify(headers)}`);
      assert.match(seen.html, /<h1/);
    }
  }
  assert.equal((await visit.get('/account/')).status, 200, 'nothing happened');
});

test('GET /logout/ asks, POST ends the session everywhere', async () => {
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  const token = visit.cookies.get('__Host-session')!;
  assert.match((await visit.get('/logout/')).html, /<form method="post" action="\/logout\/"/);
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 200);
  assert.equal((await visit.post('/logout/')).location, '/');
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 401);
  assert.equal(visit.cookies.has('__Host-session'), false);
});

test('signing out and erasing clear what the browser keeps, and keep the cookie of the device', async () => {
  for (const path of ['/logout/', '/account/delete/']) {
    const visit = new HtmlClient(app);
    await visit.signIn(anyNumber());
    const device = visit.cookies.get('__Host-device');
    assert.ok(device);
    const left = await visit.post(path);
    assert.equal(left.headers['clear-site-data'], '"cache", "storage"', path);
    assert.equal(visit.cookies.has('__Host-session'), false);
    assert.equal(visit.cookies.get('__Host-device'), device);
  }
});

test('a session that was ended elsewhere leads to the first page, and its cookie goes', async () => {
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  await app.call('POST', '/api/auth/token/logout/', undefined, withToken(visit.cookies.get('__Host-session')!));
  assert.equal((await visit.get('/')).location, '/account/');
  assert.equal((await visit.get('/account/')).location, '/');
  assert.equal((await visit.get('/')).status, 200);
});

test('/i/CODE remembers the code for a new person, tells who will see the number, and its failure blocks nobody', async () => {
  const owner = await app.signIn(anyNumber());
  const { referal_code: code } = (await app.call('GET', '/api/users/me', undefined, withToken(owner))).data;
  const visit = new HtmlClient(app);
  const opened = await visit.get(`/i/${code.toLowerCase()}`);
  assert.match(opened.html, new RegExp(code));
  assert.match(opened.html, /увидит ваш номер/);
  const number = anyNumber();
  await visit.signIn(number);
  const { invited } = (await app.call('GET', '/api/users/me', undefined, withToken(owner))).data;
  assert.deepEqual(invited, [number]);

  const unlucky = new HtmlClient(app);
  await unlucky.get('/i/222222');
  await unlucky.signIn(anyNumber());
  assert.equal((await unlucky.get('/account/')).status, 200);
  assert.equal((await new HtmlClient(app).get('/i/not-a-code')).status, 404);
});

test('whoever is known already is offered the code of a link instead of it being redeemed unasked', async () => {
  const owner = await app.signIn(anyNumber());
  const { referal_code: code } = (await app.call('GET', '/api/users/me', undefined, withToken(owner))).data;
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  const link = await visit.get(`/i/${code}`);
  assert.equal(link.status, 200);
  const page = (await visit.get('/account/')).html;
  assert.match(page, new RegExp(`name="invite_code"[^>]*value="${code}"|value="${code}"[^>]*name="invite_code"`));
  assert.equal((await visit.submit(link, '/account/invite_code')).location, '/account/');
  assert.match((await visit.get('/account/')).html, /Приглашение принято/);
  const again = await visit.post('/account/invite_code', { invite_code: 'BCDFGH' });
  assert.equal(again.status, 400, 'once holds by page too');
});

test('INVITED_PHONES=masked shows no full number of anyone invited, by page and by API', async () => {
  const number = anyNumber();
  const visit = new HtmlClient(plain);
  await visit.post('/', { phone_number: number });
  await visit.post('/confirm/', { sms_code: plain.codeFor(number) });
  const token = visit.cookies.get('signin-session')!;
  const { referal_code: code } = (await plain.call('GET', '/api/users/me', undefined, withToken(token))).data;
  const guest = anyNumber();
  const other = new HtmlClient(plain);
  await other.get(`/i/${code}`);
  await other.post('/', { phone_number: guest });
  await other.post('/confirm/', { sms_code: plain.codeFor(guest) });
  const mine = await plain.call('GET', '/api/users/me', undefined, withToken(token));
  assert.equal(mine.data.invited.length, 1);
  for (const text of [mine.body, (await visit.get('/account/')).html]) {
    assert.doesNotMatch(text.replace(/\D/g, ''), new RegExp(guest.slice(1)));
  }
});

test('a session is ended from the list, and all others at once', async () => {
  const number = anyNumber();
  const visit = new HtmlClient(app);
  await visit.signIn(number);
  app.clock.turn(3600);
  const second = await app.signIn(number);
  const id = /action="\/sessions\/([0-9a-f-]{36})\/end"/.exec((await visit.get('/account/')).html)![1]!;
  assert.equal((await visit.post(`/sessions/${id}/end`)).location, '/account/');
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(second))).statusCode, 401);
  app.clock.turn(3600);
  const third = await app.signIn(number);
  assert.equal((await visit.post('/sessions/end-others')).location, '/account/');
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(third))).statusCode, 401);
});

test('the language is chosen by a form, kept, and leads back to no other site', async () => {
  const visit = new HtmlClient(app);
  assert.match((await visit.get('/')).html, /<html lang="ru"/);
  assert.equal((await visit.post('/language/', { language: 'en', back: '/logout/' })).location, '/logout/');
  assert.match((await visit.get('/')).html, /<html lang="en"/);
  for (const back of [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    '/x\r\nSet-Cookie: a=b',
  ]) {
    assert.equal((await visit.post('/language/', { language: 'xx', back })).location, '/');
  }
});

test('every page is kept by no cache and runs under a policy without inline script or style', async () => {
  for (const path of ['/', '/i/BCDFGH', '/logout/', '/problems/wrong_code', '/nothing']) {
    const { headers, html } = await new HtmlClient(app).get(path);
    assert.equal(headers['cache-control'], 'no-store', path);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/);
    assert.doesNotMatch(html, /<style|style="|<script(?![^>]* src=)|onclick=/);
  }
});

test('each kind of problem has a page that explains it, in both languages', async () => {
  const { allProblems } = await import('../src/app.ts');
  for (const [code, kind] of Object.entries(allProblems)) {
    for (const language of ['ru', 'en'] as const) {
      const seen = await new HtmlClient(app, { 'accept-language': language }).get(`/problems/${code}`);
      assert.equal(seen.status, 200);
      assert.ok(seen.html.includes(kind.title[language]), `${code} ${language}`);
    }
  }
  assert.equal((await new HtmlClient(app).get('/problems/constructor')).status, 404);
});

test('what is not there, and what is not allowed, is told as a page to a browser and as JSON to a program', async () => {
  const page = await new HtmlClient(app).get('/nothing');
  assert.equal(page.status, 404);
  assert.match(page.html, /<!doctype html>/);
  assert.equal((await app.call('GET', '/nothing')).data.code, 'not_found');
  assert.equal((await new HtmlClient(app).post('/account/profile', {}, { 'content-type': 'text/plain' })).status, 415);
});
