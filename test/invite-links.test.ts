import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient, type HtmlResponse, hiddenFields } from './support/html-client.ts';

const app = await openApp({ trustProxy: 1 });

const day = 86_400;
const titleOf = ({ html }: HtmlResponse) => /<h1>(.*?)<\/h1>/.exec(html)?.[1]?.replaceAll('\u00a0', ' ') ?? '';

async function owner(): Promise<{ token: string; code: string; number: string }> {
  const number = anyNumber();
  const token = await app.signIn(number);
  return { token, number, code: await codeOf(token) };
}

async function codeOf(token: string): Promise<string> {
  return (await profileOf(token)).referal_code;
}

async function profileOf(token: string) {
  return (await app.call('GET', '/api/users/me', undefined, withToken(token))).data;
}

const tokenOf = (visit: HtmlClient) => visit.cookies.get('__Host-session')!;

/** Signs up from a page of the number, and returns the profile. */
async function signUp(visit: HtmlClient, page: HtmlResponse, fields: Record<string, string> = {}) {
  const number = anyNumber();
  assert.equal((await visit.submit(page, '/', { phone_number: number, ...fields })).location, '/confirm/');
  await visit.submit(await visit.get('/confirm/'), '/confirm/', { sms_code: app.codeFor(number) });
  return profileOf(tokenOf(visit));
}

/** A link as messengers and people pass it on, for a code of six letters. */
const spellings: readonly ((code: string) => string)[] = [
  (code) => `/i/${code}`,
  (code) => `/i/${code.toLowerCase()}`,
  (code) => `/I/${code}`,
  (code) => `/i/${code}/`,
  (code) => `/i//${code}`,
  (code) => `/i/${code}.`,
  (code) => `/i/${code}...`,
  (code) => `/i/${code})`,
  (code) => `/i/${code}).`,
  (code) => `/i/${code},`,
  (code) => `/i/${code};`,
  (code) => `/i/${code}!`,
  (code) => `/i/${code}'`,
  (code) => `/i/${code}%22`,
  (code) => `/i/${code}%3E`,
  (code) => `/i/%3C${code}%3E`,
  (code) => `/i/(${code})`,
  (code) => `/i/${code}*`,
  (code) => `/i/_${code}_`,
  (code) => `/i/${code}%C2%BB`,
  (code) => `/i/%C2%AB${code}%C2%BB`,
  (code) => `/i/${code}%E2%80%9D`,
  (code) => `/i/${code}%E2%80%A6`,
  (code) => `/i/${code}%BB`,
  (code) => `/i/${code}%`,
  (code) => `/i/${code}%2`,
  (code) => `/i/${code}%zz`,
  (code) => `/i/${code}%D0`,
  (code) => `/i/${code}%20`,
  (code) => `/i/%20${code}`,
  (code) => `/i/${code}%0A`,
  (code) => `/i/${code}%C2%A0`,
  (code) => `/i/${code}%E2%80%8B`,
  (code) => `/i/%E2%80%8E${code}%E2%80%8F`,
  (code) => `/i/${code.slice(0, 3)}%E2%81%A0${code.slice(3)}`,
  (code) => `/i/${code.slice(0, 3)}%C2%AD${code.slice(3)}`,
  (code) => `/i/${code}%EF%B8%8F`,
  (code) => `/i/%EF%BB%BF${code}`,
  (code) => `/i/${code.slice(0, 3)}-${code.slice(3)}`,
  (code) => `/i/${code.slice(0, 3)}%20${code.slice(3)}`,
  (code) => `/i/${code}?utm_source=telegram&utm_campaign=%zz`,
  (code) => `/i/${code}/?fbclid=${'x'.repeat(300)}`,
  (code) => `/i/${code}%3Futm_source=vk`,
  (code) => `/i/${code}&utm_source=vk`,
  (code) => `/i/${code}#top`,
  (code) => `/i/${code}%23top`,
  (code) => `/i/${code}.%D0%97%D0%B0%D1%85%D0%BE%D0%B4%D0%B8`,
  (code) => `/i/${code}%20%D0%B7%D0%B0%D1%85%D0%BE%D0%B4%D0%B8`,
  (code) => `/i/${code},%20join%20us`,
  (code) => `/i/${code}/extra/path`,
  (code) => `/i/${[...code].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')}`,
  (code) => `/i/${[...code].map((letter) => `%25${letter.charCodeAt(0).toString(16)}`).join('')}`,
  (code) => `/i/${code}%25C2%25BB`,
  (code) =>
    `/i/${encodeURIComponent([...code].map((letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)).join(''))}`,
  (code) => `/i/${code}${'.'.repeat(300)}`,
];

test('a link is read as messengers and people pass it on', async () => {
  const { code } = await owner();
  for (const spelling of spellings) {
    const path = spelling(code);
    const seen = await new HtmlClient(app).get(path);
    assert.equal(seen.status, 200, path);
    assert.ok(seen.html.includes(code), path);
    assert.equal(titleOf(seen), 'Вас пригласили', path);
  }
});

test('a link with Cyrillic letters that look like Latin ones is read', async () => {
  const { token } = await owner();
  await app.sql`update invite_code set code = 'BCHKMX' where code = ${await codeOf(token)}`;
  for (const path of ['/i/ВСНКМХ', '/i/всНКмх', '/i/BСНKМX', '/i/ΒCΗΚΜΧ']) {
    assert.equal((await new HtmlClient(app).get(encodeURI(path))).status, 200, path);
  }
});

test('a link to an invite that does not work is told on one page, from which one can sign up without it', async () => {
  const { token, code } = await owner();
  await app.call('DELETE', '/api/users/me', undefined, withToken(token));
  const pages = new Set<string>();
  for (const path of [
    `/i/${code}`,
    '/i/BCDFGH',
    '/i/AEIOU0',
    '/i/',
    '/i',
    '/i/%',
    '/i/%zz',
    '/i/x/y/z',
    `/i/${'x'.repeat(3000)}`,
    '/i/%00',
    '/i/null',
    '/i/BCDFGHJ',
  ]) {
    const visit = new HtmlClient(app, { 'x-forwarded-for': '198.51.100.1' });
    const seen = await visit.get(path);
    assert.equal(seen.status, 404, path);
    assert.equal(titleOf(seen), 'Ссылка не работает', path);
    assert.equal(visit.cookies.has('__Host-invite'), false, path);
    pages.add(seen.html);
    if (path === '/i/BCDFGH') assert.equal((await signUp(visit, seen)).invite_code, null);
  }
  assert.equal(pages.size, 1, 'no page tells which codes there were');
  const english = await new HtmlClient(app, { 'accept-language': 'en' }).get('/i/BCDFGH');
  assert.equal(titleOf(english), 'This invite does not work');
});

deepTest(
  'looking up codes by links is limited by client network, at once too, and a right code is refused like a wrong one',
  async () => {
    const { code } = await owner();
    const from = (address: string) => new HtmlClient(app, { 'x-forwarded-for': address });
    const letters = '23456789BCDFGHJKMNPQRSTVWXZ';
    const paths = Array.from({ length: 130 }, (_, at) => `/i/ZZZZ${letters[Math.floor(at / 27)]}${letters[at % 27]}`);
    const answers = await Promise.all(paths.map((path, at) => from(`2001:db8:7:7::${at.toString(16)}`).get(path)));
    assert.equal(answers.filter(({ status }) => status === 404).length, 100);
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 30);
    assert.match(String(refused[0]!.headers['ratelimit-policy']), /^"invite_code";q=100;w=3600$/);
    const limited = await from('2001:db8:7:7::1').get(`/i/${code}`);
    assert.equal(limited.status, 429, 'a right code');
    assert.ok(Number(limited.headers['retry-after']) > 0);
    assert.match(limited.html, /name="phone_number"/, 'one can sign up without it');
    assert.equal((await from('2001:db8:7:8::1').get(`/i/${code}`)).status, 200, 'from another /64');
    const wide = [];
    for (let block = 0; block < 12; block += 1) {
      const path = (at: number) => `/i/ZZZ${letters[block]}${letters[Math.floor(at / 27)]}${letters[at % 27]}`;
      const network = `2001:db8:8:${(block * 256).toString(16)}`;
      wide.push(...(await Promise.all(Array.from({ length: 100 }, (_, at) => from(`${network}::1`).get(path(at))))));
    }
    const judged = wide.filter(({ status }) => status === 404).length;
    assert.ok(judged >= 1000 && judged < 1100, `a /48 has ten times as many, and ${judged} were judged`);
    app.clock.turn(3600);
    assert.equal((await from('2001:db8:7:7::1').get(`/i/${code}`)).status, 200);
  },
);

test('a link that works costs nobody anything, however many of one network open it', async () => {
  const { code } = await owner();
  const visits = Array.from({ length: 150 }, () =>
    new HtmlClient(app, { 'x-forwarded-for': '203.0.113.9' }).get(`/i/${code}`),
  );
  assert.ok((await Promise.all(visits)).every(({ status }) => status === 200));
});

test('whoever is signed in is told whose the code of a link is to them, and what they can do with it', async () => {
  const [friend, other] = [await owner(), await owner()];
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  await visit.signIn(number);
  const mine = await codeOf(tokenOf(visit));
  const link = await visit.get(`/i/${friend.code}`);
  assert.equal(titleOf(link), 'Вас приглашают');
  assert.ok(link.html.includes(friend.code) && /увидит ваш номер полностью/.test(link.html));
  const own = await visit.get(`/i/${mine}`);
  assert.equal(titleOf(own), 'Это ваша ссылка');
  assert.match(own.html, /<svg class="qr"/, 'to show it to a friend');
  assert.equal((await visit.get('/i/BCDFGJ')).status, 404);
  assert.equal((await visit.submit(link, '/account/invite_code')).location, '/account/');
  assert.equal((await profileOf(tokenOf(visit))).invite_code, friend.code);
  const { html: account } = await visit.get('/account/');
  assert.match(account, new RegExp(`Принят код <b [^>]*>${friend.code}</b>, <time`), 'who invited me, and when');
  assert.ok(
    !account.replace(/\D/g, '').includes(friend.number.slice(1)),
    'the number of the inviter is theirs to give',
  );
  assert.equal(titleOf(await visit.get(`/i/${friend.code}`)), 'Уже принято');
  const another = await visit.get(`/i/${other.code}`);
  assert.equal(titleOf(another), 'Вы уже приглашены');
  assert.match(another.html, /Вы уже вошли: .*<a class="button" href="\/account\/">Пригласить по\u00a0своей ссылке/s);
  assert.ok(another.html.includes(friend.code));
  assert.doesNotMatch(another.html, /action="\/account\/invite_code"/);

  const inviter = new HtmlClient(app);
  app.clock.turn(day);
  await inviter.signIn(friend.number);
  assert.equal(titleOf(await inviter.get(`/i/${mine}`)), 'Вы пригласили раньше');
});

test('a session that ended meanwhile sees the link as a visitor does', async () => {
  const { code } = await owner();
  const visit = new HtmlClient(app);
  await visit.signIn(anyNumber());
  await app.call('POST', '/api/auth/token/logout/', undefined, withToken(tokenOf(visit)));
  assert.match((await visit.get(`/i/${code}`)).html, /name="phone_number"/);
});

test('before the message the visitor reads who will see what, and signs up without the invite by one tap', async () => {
  const { code, token } = await owner();
  const visit = new HtmlClient(app);
  const page = await visit.get(`/i/${code}`);
  assert.match(page.html, /увидит ваш номер полностью/);
  assert.match(page.html, /<button[^>]*name="without_invite" value="1"/);
  assert.equal((await signUp(visit, page, { without_invite: '1' })).invite_code, null);
  assert.equal(visit.cookies.has('__Host-invite'), false);
  assert.deepEqual((await profileOf(token)).invited, []);
  const masked = await openApp({ databaseUrl: app.databaseUrl, invitedPhones: 'masked', trustProxy: 1 });
  masked.clock.aheadMs = app.clock.aheadMs;
  const other = await new HtmlClient(masked).get(`/i/${code}`);
  assert.match(other.html.replaceAll('\u00a0', ' '), /увидит ваш номер не полностью/);
});

test('a tap without a number declines the invite and asks for the number', async () => {
  const { code } = await owner();
  const visit = new HtmlClient(app);
  const page = await visit.submit(await visit.get(`/i/${code}`), '/', { phone_number: '', without_invite: '1' });
  assert.equal(page.status, 200);
  assert.match(page.html, /Приглашение отклонено/);
  assert.equal((await signUp(visit, page)).invite_code, null);
});

test('an invite that a link left is offered to known people, and can be declined', async () => {
  const { code } = await owner();
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  await app.signIn(number);
  app.clock.turn(day);
  const page = await visit.get(`/i/${code}`);
  await visit.submit(page, '/', { phone_number: number });
  await visit.submit(await visit.get('/confirm/'), '/confirm/', { sms_code: app.codeFor(number) });
  const offered = await visit.get('/account/');
  assert.match(offered.html, new RegExp(`name="invite_code"[^>]* value="${code}"`));
  assert.match(offered.html, /formaction="\/invite\/decline"/);
  const { invite } = hiddenFields(offered.html, '/account/invite_code');
  assert.equal((await visit.post('/invite/decline', { invite: invite! })).location, '/account/');
  const after = await visit.get('/account/');
  assert.match(after.html, /Приглашение отклонено/);
  assert.ok(!after.html.includes(code));
});

test('declining the invite of an old page leaves the one that was opened since', async () => {
  const [one, two] = [await owner(), await owner()];
  const visit = new HtmlClient(app);
  const { invite } = hiddenFields((await visit.get(`/i/${one.code}`)).html, '/');
  const later = await visit.get(`/i/${two.code}`);
  await visit.post('/invite/decline', { invite: invite! });
  assert.ok((await visit.get('/')).html.includes(two.code));
  assert.equal((await signUp(visit, later)).invite_code, two.code);
});

test('an invite that only a link left ends after seven days, in the browser and in the database', async () => {
  const { code } = await owner();
  const visit = new HtmlClient(app);
  const opened = await visit.get(`/i/${code}`);
  assert.match(opened.setCookies.find((cookie) => cookie.startsWith('__Host-invite='))!, /Max-Age=604800/);
  app.clock.turn(7 * day - 60);
  assert.ok((await visit.get('/')).html.includes(code));
  app.clock.turn(61);
  const cookie = visit.cookies.get('__Host-invite')!;
  const late = await visit.get('/');
  assert.equal(titleOf(late), 'Ссылка не работает');
  assert.equal(visit.cookies.has('__Host-invite'), false);
  visit.cookies.set('__Host-invite', cookie);
  const open = await visit.submit(opened, '/', { phone_number: anyNumber() });
  assert.deepEqual([open.status, titleOf(open)], [400, 'Ссылка не работает'], 'nor from a page that was left open');
});

test('an invite whose owner erased the account meanwhile is not dropped in silence', async () => {
  const { code, token } = await owner();
  const visit = new HtmlClient(app);
  const opened = await visit.get(`/i/${code}`);
  await app.call('DELETE', '/api/users/me', undefined, withToken(token));
  assert.equal(titleOf(await new HtmlClient(app).get('/')), 'Какой у вас номер?');
  const number = anyNumber();
  const told = await visit.submit(opened, '/', { phone_number: number });
  assert.deepEqual([told.status, titleOf(told)], [400, 'Ссылка не работает']);
  assert.ok(!app.sent.some(({ to }) => to === number), 'before any SMS');
  assert.ok(told.html.replace(/[^\d]/g, '').includes(number.slice(2)), 'the number stays typed');
  assert.equal(visit.cookies.has('__Host-invite'), false);
  assert.equal((await signUp(visit, told)).invite_code, null);
});

test('an invite that ends between the number and the code is not dropped in silence', async () => {
  const { code, token } = await owner();
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  await visit.submit(await visit.get(`/i/${code}`), '/', { phone_number: number });
  await app.call('DELETE', '/api/users/me', undefined, withToken(token));
  await visit.submit(await visit.get('/confirm/'), '/confirm/', { sms_code: app.codeFor(number) });
  assert.equal((await profileOf(tokenOf(visit))).invite_code, null);
  assert.match((await visit.get('/account/')).html, /уже не.действует/);
});

test('a forged invite cookie or field is none: it tells nothing of any code', async () => {
  const { code } = await owner();
  const seconds = Math.floor(Date.now() / 1000);
  for (const forged of [code, `${code}-${seconds}-${'0'.repeat(32)}`, `${code}-${seconds}-`]) {
    const visit = new HtmlClient(app);
    visit.cookies.set('__Host-invite', forged);
    const page = await visit.get('/');
    assert.ok(!page.html.includes(code), forged);
    assert.equal((await signUp(visit, page, { invite: forged })).invite_code, null);
  }
});

test('an app learns before the SMS who will see what, and signs up without the invite by leaving it out', async () => {
  const { code, token } = await owner();
  const masked = await openApp({ databaseUrl: app.databaseUrl, invitedPhones: 'masked', trustProxy: 1 });
  const elsewhere = { 'x-forwarded-for': '198.51.100.201' };
  for (const spelling of [code, code.toLowerCase(), `${code.slice(0, 3)}-${code.slice(3)}`, `%20${code}.`]) {
    const seen = await app.call('GET', `/api/invites/${spelling}`);
    assert.deepEqual([seen.statusCode, seen.data], [200, { invite_code: code, inviter_sees: 'full_number' }], spelling);
    assert.equal(
      (await masked.call('GET', `/api/invites/${spelling}`, undefined, elsewhere)).data.inviter_sees,
      'masked_number',
    );
  }
  const without = await profileOf(await app.signIn(anyNumber()));
  assert.equal(without.invite_code, null);
  assert.equal((await profileOf(token)).invited_count, 0, 'looking spends nothing');
  for (const none of ['BCDFGH', 'AEIOU', '%zz', 'x'.repeat(200)]) {
    const refused = await app.call('GET', `/api/invites/${none}`);
    if (none === '%zz') assert.equal(refused.statusCode, 400);
    else assert.deepEqual([refused.statusCode, refused.data.code], [404, 'invite_not_working'], none);
  }
  await app.call('DELETE', '/api/users/me', undefined, withToken(token));
  assert.equal((await app.call('GET', `/api/invites/${code}`)).statusCode, 404, 'its owner has gone');
});
