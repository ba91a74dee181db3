import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();

const ask = (body?: unknown, headers?: Record<string, string>) => app.call('POST', '/api/request-sms/', body, headers);
const verify = (body?: unknown, headers?: Record<string, string>) =>
  app.call('POST', '/api/verify-sms/', body, headers);
const wrongFor = (code: string) => (code === '000000' ? '000001' : '000000');

test('asking for a code answers 201 with the number in E.164, the times and the length of the code', async () => {
  const number = anyNumber();
  const asked = await ask({ phone_number: `8 (${number.slice(2, 5)}) ${number.slice(5, 8)}-${number.slice(8)}` });
  assert.equal(asked.statusCode, 201);
  const { challenge, ...rest } = asked.data;
  assert.match(challenge, /^vouchc_[\w-]{43}$/);
  assert.deepEqual(rest, {
    phone_number: number,
    expires_in: 600,
    resend_in: 30,
    code_length: 6,
    channel: 'sms',
    next_channel: 'sms',
  });
  assert.match(String(asked.headers['content-type']), /^application\/json; charset=utf-8$/);
  assert.match(app.codeFor(number), /^\d{6}$/);
});

test('a region_code is answered where it was given, and a number in national form is read by it', async () => {
  const british = await ask({ phone_number: '07400 123456', region_code: 'gb' });
  assert.equal(british.data.phone_number, '+447400123456');
  assert.equal(british.data.region_code, 'GB');
  const none = await ask({ phone_number: anyNumber(), region_code: null });
  assert.equal(none.statusCode, 201);
  assert.ok(!('region_code' in none.data));
  for (const region_code of ['XX', 'RUS', 'constructor']) {
    const refused = await ask({ phone_number: anyNumber(), region_code });
    assert.equal(refused.statusCode, 400);
    assert.deepEqual(refused.data.region_code, ['Введите код страны из двух букв, например RU.']);
  }
});

test("the original's own example number is taken", async () => {
  const asked = await ask({ phone_number: '+73213453212' });
  assert.equal(asked.data.phone_number, '+73213453212');
});

test('a missing or empty body is 400 with the field that misses', async () => {
  for (const body of [undefined, '', '  ', '{}']) {
    const refused = await ask(body);
    assert.equal(refused.statusCode, 400);
    assert.deepEqual(refused.data.phone_number, ['Обязательное поле.']);
    const both = await verify(body);
    assert.equal(both.statusCode, 400);
    assert.deepEqual(both.data.phone_number, ['Обязательное поле.']);
    assert.deepEqual(both.data.sms_code, ['Обязательное поле.']);
  }
  const asForm = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
  for (const path of ['/api/request-sms/', '/api/verify-sms/']) {
    const refused = await app.call('POST', path, '', asForm);
    assert.deepEqual(refused.data.phone_number, ['Обязательное поле.'], 'whatever type the nothing is said to have');
  }
  const number = anyNumber();
  assert.deepEqual((await ask({ phone_number: '' })).data.phone_number, ['Это поле не может быть пустым.']);
  assert.deepEqual((await verify({ phone_number: number })).data.sms_code, ['Обязательное поле.']);
  assert.deepEqual((await verify({ phone_number: number, sms_code: '' })).data.sms_code, [
    'Это поле не может быть пустым.',
  ]);
  assert.deepEqual((await verify({ sms_code: '123456' })).data.phone_number, ['Обязательное поле.']);
});

test('what is not a phone number is 400 under non_field_errors, and nothing is sent', async () => {
  const before = app.sent.length;
  for (const phone_number of ['12', 'hello', '+7', '+0 123', `+7${'9'.repeat(10_000)}`, 'позвони мне']) {
    for (const refused of [await ask({ phone_number }), await verify({ phone_number, sms_code: '123456' })]) {
      assert.equal(refused.statusCode, 400, phone_number);
      assert.deepEqual(refused.data.non_field_errors, [refused.data.detail]);
      assert.equal(refused.data.code, 'not_a_phone_number');
    }
  }
  assert.equal(app.sent.length, before);
});

test('the right code answers 201 with a token, its end and whether the person is new, and records them once', async () => {
  const number = anyNumber();
  await ask({ phone_number: number });
  const first = await verify({ phone_number: number, sms_code: app.codeFor(number) });
  assert.equal(first.statusCode, 201);
  assert.deepEqual(Object.keys(first.data).sort(), ['created', 'expires_at', 'id', 'token']);
  assert.equal(first.data.created, true);
  const inDays = (Date.parse(first.data.expires_at) - Date.now() - app.clock.aheadMs) / 86_400_000;
  assert.ok(Math.abs(inDays - 365) < 0.01, `${inDays} days`);
  const mine = await app.call('GET', '/api/users/me', undefined, withToken(first.data.token));
  assert.match(mine.data.referal_code, /^[23456789BCDFGHJKMNPQRSTVWXZ]{6}$/);

  app.clock.turn(31);
  await ask({ phone_number: number });
  const again = await verify({ phone_number: number, sms_code: app.codeFor(number) });
  assert.equal(again.data.created, false);
  assert.notEqual(again.data.token, first.data.token);
  const still = await app.call('GET', '/api/users/me', undefined, withToken(again.data.token));
  assert.equal(still.data.referal_code, mine.data.referal_code);
});

test('a token works as Token and as Bearer, in any case, and nowhere but in its header', async () => {
  const token = await app.signIn(anyNumber());
  for (const scheme of ['Token', 'Bearer', 'token', 'BEARER']) {
    const mine = await app.call('GET', '/api/users/me', undefined, { authorization: `${scheme} ${token}` });
    assert.equal(mine.statusCode, 200, scheme);
  }
  for (const elsewhere of [`?token=${token}`, `?access_token=${token}`]) {
    assert.equal((await app.call('GET', `/api/users/me${elsewhere}`)).statusCode, 401);
  }
  assert.equal((await app.call('PATCH', '/api/users/me', { access_token: token })).statusCode, 401);
});

test('wrong, expired, used and never sent are one wording, which does not tell which numbers are known', async () => {
  const [known, open, expired] = [anyNumber(), anyNumber(), anyNumber()];
  await app.signIn(known);
  const used = await verify({ phone_number: known, sms_code: app.codeFor(known) });
  const neverSent = await verify({ phone_number: anyNumber(), sms_code: '123456' });
  await ask({ phone_number: expired });
  app.clock.turn(601);
  const late = await verify({ phone_number: expired, sms_code: app.codeFor(expired) });
  await ask({ phone_number: open });
  const wrong = await verify({ phone_number: open, sms_code: wrongFor(app.codeFor(open)) });
  for (const refused of [used, neverSent, late, wrong]) {
    assert.equal(refused.statusCode, 400);
    assert.deepEqual(
      { ...refused.data, instance: '' },
      {
        non_field_errors: ['Код неверный или больше не действует.'],
        type: 'https://vouch.example/problems/wrong_code',
        title: 'Код не подошёл',
        status: 400,
        detail: 'Код неверный или больше не действует.',
        code: 'wrong_code',
        instance: '',
      },
    );
  }
});

test('guesses left are said from three down, and after the fifth even the right code does not work', async () => {
  const number = anyNumber();
  await ask({ phone_number: number });
  const wrong = wrongFor(app.codeFor(number));
  const told = [];
  for (let guess = 0; guess < 5; guess += 1) {
    const { data } = await verify({ phone_number: number, sms_code: wrong });
    told.push([
      data.guesses_left,
      data.non_field_errors[0].replace('Код неверный или больше не действует.', '').trim(),
    ]);
  }
  assert.deepEqual(told, [
    [undefined, ''],
    [3, 'Осталось 3 попытки.'],
    [2, 'Осталось 2 попытки.'],
    [1, 'Осталась 1 попытка.'],
    [0, 'Попыток не осталось: запросите новый код.'],
  ]);
  assert.equal((await verify({ phone_number: number, sms_code: app.codeFor(number) })).statusCode, 400);
});

test('a wrong guess stays counted: a second connection reads it, and asking again does not reset it', async () => {
  const number = anyNumber();
  await ask({ phone_number: number });
  const wrong = wrongFor(app.codeFor(number));
  for (let guess = 0; guess < 3; guess += 1) await verify({ phone_number: number, sms_code: wrong });
  const counted = async () => {
    const [row] = await app.sql`select network_guesses as guesses from challenge where phone_number = ${number}`;
    return row?.guesses;
  };
  assert.equal(await counted(), 3);
  app.clock.turn(31);
  assert.equal((await ask({ phone_number: number })).statusCode, 201);
  assert.equal(await counted(), 3);
  const next = await verify({ phone_number: number, sms_code: wrong });
  assert.equal(next.data.guesses_left, 1);
});

test('signing in gives a new token each time, and ends no session that there was', async () => {
  const number = anyNumber();
  const before = await app.signIn(number);
  app.clock.turn(31);
  const after = await app.signIn(number);
  assert.notEqual(before, after);
  for (const token of [before, after]) {
    assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 200);
  }
});

test('REQUIRE_CHALLENGE refuses a code without the token of its request, and no page', async () => {
  const strict = await openApp({ requireChallenge: true });
  const phone_number = anyNumber();
  const request = (challenge?: string | null) =>
    strict.call('POST', '/api/request-sms/', { phone_number, challenge }, { 'accept-language': 'en' });
  const enter = (challenge?: string | null) =>
    strict.call('POST', '/api/verify-sms/', { phone_number, sms_code: strict.codeFor(phone_number), challenge });
  const [first, second] = [await request(), await request(null)];
  assert.deepEqual([first.statusCode, second.statusCode], [201, 201], 'each request without a token is another client');
  assert.notEqual(first.data.challenge, second.data.challenge);
  for (const challenge of [undefined, null, '']) {
    const refused = await enter(challenge);
    assert.equal(refused.statusCode, 400);
    assert.deepEqual(refused.data.challenge, ['Передайте challenge из ответа на запрос кода.']);
  }
  assert.equal((await enter(first.data.challenge)).statusCode, 400, 'the code is that of the second client');
  assert.equal((await enter(second.data.challenge)).statusCode, 201);
  await new HtmlClient(strict).signIn(anyNumber());
});

test('a malformed challenge is refused by its name', async () => {
  for (const challenge of [
    'x',
    'vouchc_',
    `vouchc_${'A'.repeat(42)}`,
    `vouchc_${'A'.repeat(44)}`,
    `vouch_${'A'.repeat(43)}`,
  ]) {
    const body = { phone_number: anyNumber(), challenge };
    assert.deepEqual(Object.keys((await ask(body)).data)[0], 'challenge');
    assert.equal((await verify({ ...body, sms_code: '123456' })).statusCode, 400);
  }
});
