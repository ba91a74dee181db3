import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyNumber, openApp, withToken } from './harness.ts';

const app = await openApp();

async function newcomer() {
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
  assert.equal((await one.edit({ username: 'Маша ＡＢ' })).statusCode, 200);
  for (const username of ['Маша ＡＢ', 'маша ab', ' МАША AB ']) {
    const refused = await other.edit({ username });
    assert.equal(refused.statusCode, 400);
    assert.deepEqual(refused.data.username, ['Пользователь с таким именем уже существует.']);
  }
  assert.equal((await one.edit({ username: 'маша ab' })).data.username, 'маша ab');
  await one.edit({ username: null });
  assert.equal((await other.edit({ username: 'Маша ab' })).statusCode, 200);
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
    assert.equal(none.headers['www-authenticate'], 'Bearer realm="vouch"');
    assert.equal(none.data.detail, 'Учетные данные не были предоставлены.');
    for (const authorization of ['', 'Token', 'Basic eDp4', token, ...broken.map((text) => `Token ${text}`)]) {
      const refused = await app.call(method, url, undefined, { authorization });
      assert.equal(refused.statusCode, 401, `${method} ${url} ${authorization}`);
      assert.match(String(refused.headers['www-authenticate']), /^Bearer realm="vouch"/);
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
