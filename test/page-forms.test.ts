import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient, type HtmlResponse, hiddenFields } from './support/html-client.ts';

const app = await openApp();

const wrong = (code: string) => (code === '000000' ? '000001' : '000000');
const titleOf = ({ html }: HtmlResponse) => /<h1>(.*?)<\/h1>/.exec(html)?.[1] ?? '';
const noticeOf = ({ html }: HtmlResponse) => /<p class="notice" role="status">(.*?)<\/p>/.exec(html)?.[1];

/** A browser that has asked for a code and looks at its page. */
async function askedFor(visit: HtmlClient, number: string): Promise<HtmlResponse> {
  assert.equal((await visit.submit(await visit.get('/'), '/', { phone_number: number })).location, '/confirm/');
  return visit.get('/confirm/');
}

async function profileOf(visit: HtmlClient) {
  return (await app.call('GET', '/api/users/me', undefined, withToken(visit.cookies.get('__Host-session')!))).data;
}

test('after five wrong codes the page says that a new code was sent, and before that only that it was sent again', async () => {
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  let page = await askedFor(visit, number);
  const first = app.codeFor(number);
  app.clock.turn(31);
  assert.equal((await visit.submit(page, '/confirm/resend')).location, '/confirm/');
  page = await visit.get('/confirm/');
  assert.match(noticeOf(page)!, /Код остался прежним/);
  assert.equal(app.codeFor(number), first);
  for (let guess = 0; guess < 5; guess += 1) {
    page = await visit.submit(page, '/confirm/', { sms_code: wrong(first) });
    assert.equal(page.status, 400);
  }
  app.clock.turn(61);
  await visit.submit(page, '/confirm/resend');
  page = await visit.get('/confirm/');
  assert.match(noticeOf(page)!, /новый код. Прежний больше/);
  assert.notEqual(app.codeFor(number), first);
  assert.equal((await visit.submit(page, '/confirm/', { sms_code: app.codeFor(number) })).location, '/account/');
});

test('a code that expired is told as a new code too', async () => {
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  const page = await askedFor(visit, number);
  app.clock.turn(601);
  await visit.submit(page, '/confirm/resend');
  assert.match(noticeOf(await visit.get('/confirm/'))!, /новый код/);
});

test('what is said of asking again is the same whether or not the owner has used the code meanwhile', async () => {
  const said = [];
  for (const used of [false, true]) {
    const [stranger, number] = [new HtmlClient(app), anyNumber()];
    const page = await askedFor(stranger, number);
    if (used)
      await new HtmlClient(app).post(
        '/confirm/',
        { ...hiddenFields(page.html, '/confirm/'), sms_code: app.codeFor(number) },
        { cookie: '__Host-visit=1' },
      );
    app.clock.turn(31);
    await stranger.submit(page, '/confirm/resend');
    said.push(noticeOf(await stranger.get('/confirm/')));
  }
  assert.equal(said[0], said[1]);
});

test('an old page of one number enters the code of that number, whatever number another page asked for since', async () => {
  const [visit, mine, other] = [new HtmlClient(app), anyNumber(), anyNumber()];
  const old = await askedFor(visit, mine);
  await askedFor(visit, other);
  const entered = await visit.submit(old, '/confirm/', { sms_code: app.codeFor(mine) });
  assert.equal(entered.location, '/account/');
  assert.equal((await profileOf(visit)).phone_number, mine);
  const [{ guesses } = {}] = await app.sql`select guesses from challenge where phone_number = ${other}`;
  assert.equal(guesses, 0, 'no guess counts for the other number');
});

test('an old page of one number asks again for that number, and changes that number', async () => {
  const [visit, mine, other] = [new HtmlClient(app), anyNumber(), anyNumber()];
  const old = await askedFor(visit, mine);
  await askedFor(visit, other);
  app.clock.turn(31);
  await visit.submit(old, '/confirm/resend');
  assert.equal(app.sent.at(-1)!.to, mine);
  assert.ok((await visit.get('/confirm/')).html.replace(/[^\d+]/g, '').includes(mine), 'the next page is about it');
  const changed = await visit.submit(old, '/confirm/number');
  const typed = /name="phone_number"[^>]* value="([^"]*)"/.exec(changed.html)![1]!;
  assert.equal(typed.replace(/[^\d+]/g, ''), mine, 'the number is kept to be changed');
});

test('changing the language of an old page leads back to the number of that page', async () => {
  const [visit, mine, other] = [new HtmlClient(app), anyNumber(), anyNumber()];
  const old = await askedFor(visit, mine);
  await askedFor(visit, other);
  assert.equal((await visit.submit(old, '/language/', { language: 'en' })).location, '/confirm/');
  assert.ok((await visit.get('/confirm/')).html.replace(/[^\d+]/g, '').includes(mine));
});

test('forged hidden fields are as if typed: the limits of the browser and the number hold, and what is no number sends nothing', async () => {
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  await askedFor(visit, number);
  const [token] = /vouchc_[\w-]{43}/.exec(visit.cookies.get('__Host-pending')!)!;
  const forged = `${number}.6.9999999999999.0.0.0...`;
  const right = app.codeFor(number);
  assert.equal((await visit.post('/confirm/', { pending: forged, sms_code: right })).status, 400, 'no token, no code');
  for (let guess = 0; guess < 5; guess += 1)
    await visit.post('/confirm/', { pending: forged + token, sms_code: wrong(right) });
  const late = await visit.post('/confirm/', { pending: forged + token, sms_code: right });
  assert.equal(late.status, 400, 'five guesses for a code, whatever the form says');
  const before = app.sent.length;
  assert.equal((await visit.post('/confirm/resend', { pending: forged + token })).status, 429);
  for (const pending of ['', 'x', '+0', '+7', `${number}\0`, '+79161234567890123']) {
    assert.equal((await visit.post('/confirm/resend', { pending })).location, '/', pending);
  }
  assert.equal(app.sent.length, before);
  for (let more = 0; more < 9; more += 1) {
    const { status } = await visit.post('/confirm/resend', { pending: forged });
    assert.equal(status, more < 4 ? 303 : 429, 'five messages an hour for a number, whatever the form says');
  }
  assert.equal(app.sent.length, before + 4);
});

test('every form of an account carries the account, and does nothing once the browser is signed in as another', async () => {
  const [visit, mine, other] = [new HtmlClient(app), anyNumber(), anyNumber()];
  await visit.signIn(mine);
  const second = await app.signIn(mine).catch(async () => {
    app.clock.turn(31);
    return app.signIn(mine);
  });
  const pages = {
    success: await visit.get('/account/'),
    logout: await visit.get('/logout/'),
    erase: await visit.get('/account/delete/'),
  };
  assert.ok(
    titleOf(pages.logout) !== '' && pages.logout.html.replace(/[^\d+]/g, '').includes(mine),
    '/logout/ says who',
  );
  await visit.signIn(other);
  const before = await profileOf(visit);
  const end = /action="(\/sessions\/[0-9a-f-]{36}\/end)"/.exec(pages.success.html)![1]!;
  for (const [page, action, fields] of [
    [pages.success, '/account/profile', { first_name: 'Чужое', username: '', last_name: '', email: '' }],
    [pages.success, '/account/invite_code', { invite_code: '222222' }],
    [pages.success, '/sessions/end-others', {}],
    [pages.success, end, {}],
    [pages.success, '/logout/', {}],
    [pages.logout, '/logout/', {}],
    [pages.erase, '/account/delete', {}],
  ] as const) {
    assert.ok(hiddenFields(page.html, action).account, `${action} carries the account`);
    const answer = await visit.submit(page, action, fields);
    assert.equal(answer.status, 409, action);
    assert.match(answer.html, /другим номером/);
  }
  assert.deepEqual(await profileOf(visit), before, 'the other account is as it was, and signed in');
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(second))).statusCode, 200);
});

test('a form of a session that has ended says so, and that nothing was saved', async () => {
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  const page = await visit.get('/account/');
  await app.call('POST', '/api/auth/token/logout/', undefined, withToken(visit.cookies.get('__Host-session')!));
  assert.equal((await visit.submit(page, '/account/profile', { first_name: 'Анна' })).location, '/');
  assert.match(noticeOf(await visit.get('/'))!, /изменения не.сохранены/);
});

test('the invite of a page is the one that is redeemed, or none where the page showed none', async () => {
  const codes = await Promise.all(
    [0, 1].map(async () => {
      const token = await app.signIn(anyNumber());
      return (await app.call('GET', '/api/users/me', undefined, withToken(token))).data.referal_code as string;
    }),
  );
  const redeemed = async (open: (visit: HtmlClient) => Promise<HtmlResponse>) => {
    const [visit, number] = [new HtmlClient(app), anyNumber()];
    const page = await open(visit);
    await visit.get(`/i/${codes[1]}`);
    await visit.submit(page, '/', { phone_number: number });
    const code = await visit.get('/confirm/');
    await visit.submit(code, '/confirm/', { sms_code: app.codeFor(number) });
    return (await profileOf(visit)).invite_code;
  };
  assert.equal(await redeemed((visit) => visit.get(`/i/${codes[0]}`)), codes[0]);
  assert.equal(await redeemed((visit) => visit.get('/')), null);
});

test('every form on every page carries what it is about', async () => {
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  const code = await askedFor(visit, number);
  const carried = (page: HtmlResponse) =>
    [...page.html.matchAll(/<form[^>]* action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].map(
      ([, action, inside]) => [action!, inside!] as const,
    );
  for (const [action, inside] of carried(code)) {
    assert.match(inside, new RegExp(`name="pending" value="\\${number}\\.`), `${action} on the page of the code`);
  }
  await visit.submit(code, '/confirm/', { sms_code: app.codeFor(number) });
  for (const path of ['/account/', '/logout/', '/account/delete/']) {
    for (const [action, inside] of carried(await visit.get(path))) {
      const about = action === '/language/' ? `name="back" value="${path}"` : 'name="account" value="';
      assert.ok(inside.includes(about), `${action} on ${path}`);
    }
  }
});

test('what was done is said once: not in a URL, and not again when the page is reloaded', async () => {
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  const saved = await visit.submit(await visit.get('/account/'), '/account/profile', { first_name: 'Анна' });
  assert.equal(saved.location, '/account/');
  assert.match(noticeOf(await visit.get('/account/'))!, /Сохранено/);
  assert.equal(noticeOf(await visit.get('/account/')), undefined);
  assert.equal(noticeOf(await visit.get('/account/?done=profile_saved')), undefined);
  const none = await visit.post('/sessions/end-others', hiddenFields((await visit.get('/logout/')).html, '/logout/'));
  assert.equal(none.location, '/account/');
  assert.match(noticeOf(await visit.get('/account/'))!, /не.было/, 'it says what the database ended: nothing');
});

test('signing out, erasing and a session that ended are each told on the first page, once', async () => {
  const visit = new HtmlClient(app);
  const leave: readonly [RegExp, () => Promise<unknown>][] = [
    [/Вы вышли/, async () => visit.submit(await visit.get('/logout/'), '/logout/')],
    [/Аккаунт удалён/, async () => visit.submit(await visit.get('/account/delete/'), '/account/delete')],
    [
      /Сеанс завершён/,
      async () => {
        await app.call('POST', '/api/auth/token/logout/', undefined, withToken(visit.cookies.get('__Host-session')!));
        await visit.get('/account/');
      },
    ],
  ];
  for (const [said, act] of leave) {
    await visit.signIn(anyNumber());
    await act();
    assert.match(noticeOf(await visit.get('/'))!, said);
    assert.equal(noticeOf(await visit.get('/')), undefined);
  }
  assert.equal((await visit.get('/logout/')).location, '/', 'nobody is signed out who is not signed in');
});

test('the address of the earlier service leads to the account, with its query', async () => {
  const visit = new HtmlClient(app);
  for (const [from, to] of [
    ['/success/', '/account/'],
    ['/success', '/account/'],
    ['/success/?cursor=a%20b&x=1', '/account/?cursor=a%20b&x=1'],
    ['/success/?x=//evil.example', '/account/?x=//evil.example'],
  ] as const) {
    const answer = await visit.get(from);
    assert.deepEqual([answer.status, answer.location], [303, to]);
  }
});

test('the page of the account leads to each of its sections', async () => {
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  const { html } = await visit.get('/account/');
  const [nav = ''] = /<nav.*?<\/nav>/s.exec(html) ?? [];
  const targets = [...nav.matchAll(/href="#([a-z]+)"/g)].map(([, id]) => id);
  assert.deepEqual(targets, ['invited', 'sessions', 'profile', 'security', 'data']);
  for (const id of targets) assert.match(html, new RegExp(`<section [^>]*id="${id}"`));
  // with the attribute, a browser would save the sign-in page after the end of the session
  assert.match(html, /href="\/account\/data\.json">/);
});

test('the page that erases an account says what stays, and how long by the settings', async () => {
  const site = await openApp({ keepDays: { deliveries: 30, audit: 90 } });
  const visit = new HtmlClient(site);
  await visit.signIn(anyNumber());
  const page = (await visit.get('/account/delete/')).html.replaceAll('\u00a0', ' ');
  assert.match(page, /Сотрём ваш номер, имя, почту и список устройств/);
  assert.match(page, /без вашего номера: 31 день\./);
  assert.match(page, /Журнал безопасности со скрытым номером, IP‑адресами и устройствами: 90 дней\./);
  assert.match(page, /до 25 часов или год/);
  assert.match(page, /365 дней\./);
});
