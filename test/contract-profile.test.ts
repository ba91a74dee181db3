import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp();

async function newcomer() {
  // An hour later, so that the names which earlier tests were refused do not count for this one's network.
  app.clock.turn(3600);
  const number = anyNumber();
  const token = await app.signIn(number);
  const call = (method: string, url: string, body?: unknown) => app.call(method, url, body, withToken(token));
  return { number, token, call, edit: (body: unknown) => call('PATCH', '/api/users/me', body) };
}

test('a new profile has the number and an own code, and nothing else', async () => {
  const { number, call } = await newcomer();
  const { data, statusCode } = await call('GET', '/api/users/me');
  assert.equal(statusCode, 200);
  assert.match(data.referal_code, /^[23456789BCDFGHJKMNPQRSTVWXZ]{6}$/);
  assert.match(data.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual(data, {
    id: data.id,
    phone_number: number,
    username: null,
    first_name: null,
    last_name: null,
    email: null,
    referal_code: data.referal_code,
    invite_code: null,
    invited: [],
    invited_count: 0,
    invited_cursor: null,
  });
});

test('an id is the same in sign-in and profile for as long as the account lives, and never comes back', async () => {
  const number = anyNumber();
  const enter = async () => {
    app.clock.turn(3600);
    await app.call('POST', '/api/request-sms/', { phone_number: number });
    const sms_code = app.codeFor(number);
    return (await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code })).data;
  };
  const seen = new Set<string>();
  for (let owner = 0; owner < 3; owner += 1) {
    const first = await enter();
    const again = await enter();
    assert.deepEqual([first.created, again.created, again.id], [true, false, first.id]);
    const me = (method: string) => app.call(method, '/api/users/me', undefined, withToken(again.token));
    assert.equal((await me('GET')).data.id, first.id);
    assert.ok(!seen.has(first.id), 'a new owner of the number has the id of an earlier one');
    seen.add(first.id);
    assert.equal((await me('DELETE')).statusCode, 204);
  }
});

test('only what is given changes, and null clears', async () => {
  const { edit, call } = await newcomer();
  const all = { username: 'Анна + Ко', first_name: 'Анна', last_name: 'Ó Súilleabháin', email: 'Anna@Example.com' };
  assert.deepEqual(pick((await edit(all)).data), all);
  assert.deepEqual(pick((await edit({ first_name: 'Аня' })).data), { ...all, first_name: 'Аня' });
  assert.deepEqual(pick((await edit({})).data), { ...all, first_name: 'Аня' });
  await edit({ username: null, email: '', last_name: '   ' });
  const left = { username: null, first_name: 'Аня', last_name: null, email: null };
  assert.deepEqual(pick((await call('GET', '/api/users/me')).data), left);
});

test('other members of the contract in the body are ignored, as are strangers', async () => {
  const { edit, number } = await newcomer();
  const other = await newcomer();
  const { data: before } = await edit({});
  const mutation = {
    phone_number: other.number,
    referal_code: 'BCDFGH',
    invite_code: 'BCDFGH',
    invited: ['+79160000000'],
    invited_count: 7,
    id: 1,
    account_id: 'x',
    is_staff: true,
    constructor: 'x',
    first_name: 'Пётр',
  };
  const { data, statusCode } = await edit(mutation);
  assert.equal(statusCode, 200);
  assert.deepEqual(data, { ...before, first_name: 'Пётр' });
  assert.equal(data.phone_number, number);
});

test('a username is unique in every case and form, but one may keep and respell their own', async () => {
  const [one, other] = [await newcomer(), await newcomer()];
  assert.equal((await one.edit({ username: 'Маша ＡＢ' })).data.username, 'Маша AB');
  for (const username of ['Маша ＡＢ', 'маша ab', ' МАША AB ']) {
    const refused = await other.edit({ username });
    assert.equal(refused.statusCode, 400);
    assert.deepEqual(refused.data.username, ['Пользователь с таким или очень похожим именем уже существует.']);
  }
  assert.equal((await one.edit({ username: 'маша ab' })).data.username, 'маша ab');
  await one.edit({ username: null });
  assert.equal((await other.edit({ username: 'Маша ab' })).statusCode, 200);
});

test('a username that looks like another is taken, whatever letters and case draw it', async () => {
  for (const [name, lookalikes] of [
    [
      'Coca Pay',
      ['сoca pay', 'СОСА РАУ', 'Соса Рау', 'cοca pay', 'Cóca Pay', 'coca\u0332 pay', 'Ｃｏｃａ Pay', 'ⅽoca pay'],
    ],
    ['Kassir', ['КASSIR', 'kаssir', 'ΚASSIR', 'Kasslr'.replace('l', 'i')]],
    ['Paypal', ['PaypaI', 'paypa1', 'PАYPАL', 'pаурal']],
    ['modern', ['modem', 'MODERN']],
  ] as const) {
    const owner = await newcomer();
    assert.equal((await owner.edit({ username: name })).statusCode, 200, name);
    const other = await newcomer();
    for (const username of lookalikes) {
      const refused = await other.edit({ username });
      assert.equal(refused.statusCode, 400, `${username} passes for ${name}`);
    }
    assert.equal((await owner.edit({ username: lookalikes[0] })).statusCode, 200, 'their own may change');
    assert.equal((await owner.edit({ username: null })).statusCode, 200);
  }
});

test('a username holds letters, digits and keyboard signs, and nothing that is invisible or turns the text', async () => {
  const { edit } = await newcomer();
  const marks = [
    '\u200b',
    '\u200d',
    '\u200e',
    '\u202e',
    '\u2066',
    '\u00ad',
    '\u034f',
    '\u061c',
    '\u115f',
    '\u180b',
    '\u3164',
    '\ufe0f',
    '\uffa0',
    '\u{e0041}',
    '\u{1d173}',
    '\ue000',
    '\u0378',
  ];
  const names = [
    ...marks.flatMap((mark) => [mark, `ad${mark}min`, `admin${mark}`]),
    '🙂',
    '½',
    'ﬁx',
    '𝒂dmin',
    'Ⅷ',
    '①',
    '\u0301x',
    'x\u0332\u0332',
    `x${'\u0332\u0333\u0330\u0331\u0320'}`,
    'abcعلی',
    '1علی',
    'a·b',
    '٣۴',
  ];
  for (const username of names) {
    const refused = await edit({ username });
    assert.equal(refused.statusCode, 400, JSON.stringify(username));
    assert.equal(refused.data.username.length, 1, JSON.stringify(username));
  }
  for (const username of [
    'Жан-Поль +7',
    "O'Neil_2",
    'علی رضا',
    'שלמה',
    'नमस्ते',
    '山田・太郎',
    'col·lega',
    'İpek',
    'Ægir ß',
    '한글',
    'สวัสดี',
  ])
    assert.equal((await edit({ username })).data.username, username);
  assert.equal((await edit({ username: ' Анна\u00a0 \u3000Ко ' })).data.username, 'Анна Ко');
});

test('an email is read as people have and paste it', async () => {
  const { edit } = await newcomer();
  for (const [typed, kept] of [
    ['вася@пример.рф', 'вася@пример.рф'],
    ['用户@例子.广告', '用户@例子.广告'],
    ['Dörte@Sörensen.example.com', 'Dörte@Sörensen.example.com'],
    ['mailto:me@example.org', 'me@example.org'],
    ['Анна Ко <anna.ko@example.org>', 'anna.ko@example.org'],
    ['\u202aanna@example.org\u202c\u00a0', 'anna@example.org'],
    ['\ufeffanna＠example.org,', 'anna@example.org'],
    ["o'neil+tag@example.ie.", "o'neil+tag@example.ie"],
    ['"anna ko"@example.org', '"anna ko"@example.org'],
    ['x@xn--e1afmkfd.xn--p1ai', 'x@xn--e1afmkfd.xn--p1ai'],
  ] as const)
    assert.equal((await edit({ email: typed })).data.email, kept, typed);
  for (const email of [
    'a..b@x.ru',
    '.a@x.ru',
    'a@x_y.ru',
    'a@1.2.3.4',
    'a@[::1]',
    'a@x.ru, b@x.ru',
    'an\u200bna@x.ru',
    'a@x\u202ey.ru',
    `${'я'.repeat(33)}@x.ru`,
    `a@${'x'.repeat(64)}.ru`,
  ])
    assert.equal((await edit({ email })).statusCode, 400, JSON.stringify(email));
});

test('one mailbox is one person’s, however its domain is written', async () => {
  const [one, other] = [await newcomer(), await newcomer()];
  await one.edit({ email: 'Маша@Пример.рф' });
  for (const email of ['маша@пример.рф', 'МАША@xn--e1afmkfd.xn--p1ai', 'mailto:маша@пример.рф.'])
    assert.deepEqual(
      (await other.edit({ email })).data.email,
      ['Этот адрес уже указан у другого пользователя.'],
      email,
    );
});

test('erasing takes a sign-in of the last five minutes, by API and by page; an older one is asked for a new code', async () => {
  const number = anyNumber();
  const signedIn = async () => {
    app.clock.turn(3600);
    return app.signIn(number);
  };
  const old = await signedIn();
  app.clock.turn(301);
  const erase = (token: string) => app.call('DELETE', '/api/users/me', undefined, withToken(token));
  const refused = await erase(old);
  assert.equal(refused.statusCode, 403, refused.body);
  assert.equal(refused.data.code, 'recent_sign_in_required');
  const form = { 'content-type': 'application/x-www-form-urlencoded', cookie: `__Host-session=${old}` };
  const account = (await app.call('GET', '/api/users/me', undefined, withToken(old))).data.id;
  const byPage = await app.call('POST', '/account/delete', `account=${account}`, form);
  assert.equal(byPage.statusCode, 403);
  assert.ok(byPage.body.includes('введите новый код'), byPage.body);
  assert.ok(byPage.body.includes(`value="${number}"`), 'the page sends the code to the own number');
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(old))).statusCode, 200);
  const fresh = await signedIn();
  app.clock.turn(295);
  assert.equal((await erase(fresh)).statusCode, 204);
  assert.equal((await erase(old)).statusCode, 401);
});

deepTest(
  'twenty taken names and addresses an hour are told, to one account and to one client network, then nothing is',
  async () => {
    const fresh = await openApp();
    const caller = async (ip: string) => {
      const token = await fresh.signIn(anyNumber());
      return (body: unknown) =>
        fresh.server.inject({
          method: 'PATCH',
          url: '/api/users/me',
          payload: body as object,
          headers: withToken(token),
          remoteAddress: ip,
        });
    };
    const owner = await caller('192.0.2.1');
    await owner({ username: 'taken', email: 'taken@example.org' });
    const tries = async (call: Awaited<ReturnType<typeof caller>>, body: unknown, count: number) => {
      const all = await Promise.all(Array.from({ length: count }, () => call(body)));
      return [200, 400, 429].map((status) => all.filter(({ statusCode }) => statusCode === status).length);
    };
    const first = await caller('192.0.2.9');
    assert.deepEqual(await tries(first, { username: 'free' }, 30), [30, 0, 0], 'a name that nobody has costs nothing');
    assert.deepEqual(await tries(first, { email: 'TAKEN@example.org' }, 60), [0, 20, 40]);
    const refused = await first({ username: 'nobody has this' });
    assert.equal(refused.statusCode, 429, 'what is free is not told either');
    assert.equal(refused.json().code, 'too_many_profile_attempts');
    assert.ok(Number(refused.headers['retry-after']) > 0 && Number(refused.headers['retry-after']) <= 180);
    assert.equal((await first({ first_name: 'Ия' })).statusCode, 200, 'the rest of the profile has no limit');
    const neighbour = await caller('192.0.2.9');
    assert.equal((await neighbour({ username: 'taken' })).statusCode, 429, 'another account of the same network');
    const elsewhere = await caller('198.51.100.7');
    assert.equal((await elsewhere({ username: 'taken' })).statusCode, 400);
    fresh.clock.turn(Number(refused.headers['retry-after']));
    assert.deepEqual(await tries(first, { username: 'TAKEN' }, 5), [0, 1, 4]);
  },
);

test('of two who take one name at once one has it, and the database logs no error for a name that is taken', async () => {
  const people = await Promise.all(Array.from({ length: 12 }, newcomer));
  const answers = await Promise.all(people.map(({ edit }) => edit({ username: 'at once', email: 'at@once.example' })));
  assert.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 1);
  const errors = app.log.length;
  for (const { edit } of people.slice(0, 3)) await edit({ username: 'AT ONCE' });
  assert.ok(!app.log.slice(errors).some((line) => /23505|duplicate/.test(line)));
});

test('an email is valid and unique where it is given', async () => {
  const [one, other] = [await newcomer(), await newcomer()];
  for (const email of ['x', 'x@', '@x.ru', 'a b@x.ru', 'a@x', 'a@-x.ru', 'a@x..ru', `${'a'.repeat(250)}@x.ru`]) {
    const refused = await one.edit({ email });
    assert.equal(refused.statusCode, 400, email);
    assert.equal(refused.data.email.length, 1);
  }
  assert.equal((await one.edit({ email: 'me+tag@mail.example.org' })).statusCode, 200);
  const taken = await other.edit({ email: 'ME+TAG@MAIL.example.org' });
  assert.deepEqual(taken.data.email, ['Этот адрес уже указан у другого пользователя.']);
});

test('a name holds 150 characters of any script, and one more is refused under its field', async () => {
  const { edit } = await newcomer();
  for (const field of ['username', 'first_name', 'last_name']) {
    for (const letter of ['я', '字', 'x']) {
      const longest = letter.repeat(150);
      assert.equal((await edit({ [field]: longest })).data[field], longest);
      const refused = await edit({ [field]: `${longest}${letter}` });
      assert.equal(refused.statusCode, 400);
      assert.deepEqual(refused.data[field], ['Убедитесь, что это значение содержит не более 150 символов.']);
    }
  }
  const astral = '🙂'.repeat(150);
  assert.equal((await edit({ first_name: astral })).data.first_name, astral);
});

test('where one member is refused nothing changes', async () => {
  const { edit, call } = await newcomer();
  await edit({ first_name: 'Ия' });
  assert.equal((await edit({ first_name: 'Другая', email: 'x' })).statusCode, 400);
  assert.equal((await call('GET', '/api/users/me')).data.first_name, 'Ия');
});

test('each member that does not fit has an array of sentences under its name', async () => {
  const { edit } = await newcomer();
  const { data, statusCode } = await edit({ username: 1, first_name: [], last_name: {}, email: true });
  assert.equal(statusCode, 400);
  for (const field of ['username', 'first_name', 'last_name', 'email']) {
    assert.deepEqual(data[field], ['Нужна строка.']);
  }
  assert.equal(data.code, 'invalid_request');
});

test('any other profile is 404, whoever asks and however', async () => {
  const { call } = await newcomer();
  const other = await newcomer();
  for (const id of [
    '1',
    '0',
    'You',
    other.number,
    encodeURIComponent('../me'),
    '00000000-0000-0000-0000-000000000000',
  ]) {
    for (const method of ['GET', 'PATCH']) {
      const refused = await call(method, `/api/users/${id}`, method === 'PATCH' ? { first_name: 'x' } : undefined);
      assert.equal(refused.statusCode, 404, id);
      assert.equal(refused.data.detail, 'По этому адресу ничего нет.');
    }
  }
  assert.equal((await app.call('GET', '/api/users/1')).statusCode, 404);
});

test('without a valid token every call of one’s own is 401 with a challenge', async () => {
  const calls = [
    ['GET', '/api/users/me'],
    ['PATCH', '/api/users/me'],
    ['DELETE', '/api/users/me'],
    ['PATCH', '/api/users/me/invite_code'],
    ['GET', '/api/users/me/invited'],
    ['GET', '/api/users/me/sessions'],
    ['DELETE', '/api/users/me/sessions'],
    ['GET', '/api/users/me/sessions/1'],
    ['DELETE', '/api/users/me/sessions/1'],
    ['POST', '/api/auth/token/logout/'],
  ] as const;
  const { token } = await newcomer();
  const broken = [token.slice(0, -1), `${token}x`, token.toUpperCase(), token.replace('vouch_', ''), 'x', 'null'];
  for (const [method, url] of calls) {
    const none = await app.call(method, url);
    assert.equal(none.statusCode, 401, `${method} ${url}`);
    assert.equal(none.headers['www-authenticate'], 'Bearer realm="api"');
    assert.equal(none.data.detail, 'Учетные данные не были предоставлены.');
    for (const authorization of ['', 'Token', 'Basic eDp4', token, ...broken.map((text) => `Token ${text}`)]) {
      const refused = await app.call(method, url, undefined, { authorization });
      assert.equal(refused.statusCode, 401, `${method} ${url} ${authorization}`);
      assert.match(String(refused.headers['www-authenticate']), /^Bearer realm="api"/);
      assert.match(String(refused.headers['cache-control']), /no-store/);
    }
  }
});

test('an erased account is gone with all its sessions at once, and its number signs up afresh', async () => {
  const { number, token, call, edit } = await newcomer();
  await edit({ username: 'уходящий', email: 'gone@example.org' });
  app.clock.turn(31);
  const second = await app.signIn(number);
  const { data: before } = await call('GET', '/api/users/me');
  assert.equal((await call('DELETE', '/api/users/me')).statusCode, 204);
  for (const dead of [token, second]) {
    for (const [method, url] of [
      ['GET', '/api/users/me'],
      ['DELETE', '/api/users/me'],
      ['GET', '/api/users/me/sessions'],
      ['PATCH', '/api/users/me/invite_code'],
    ] as const) {
      assert.equal((await app.call(method, url, undefined, withToken(dead))).statusCode, 401);
    }
  }
  const dumped = await app.sql`select phone_number from account where phone_number = ${number}`;
  assert.equal(dumped.length, 0);
  app.clock.turn(61);
  const fresh = await app.call('GET', '/api/users/me', undefined, withToken(await app.signIn(number)));
  assert.notEqual(fresh.data.referal_code, before.referal_code);
  assert.deepEqual(pick(fresh.data), { username: null, first_name: null, last_name: null, email: null });
  const other = await newcomer();
  assert.equal((await other.edit({ username: 'уходящий', email: 'gone@example.org' })).statusCode, 200);
});

function pick({ username, first_name, last_name, email }: Record<string, unknown>) {
  return { username, first_name, last_name, email };
}
