// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretKeys } from '../src/kit/secret.ts';
import { codeFor } from '../src/sign-in/code.ts';
import { anyNumber, openApp, type TestApp, testKey } from './support/harness.ts';

const newKey = 'another key for tests, long enough to be one, 9876543210';
const app = await openApp();
const ask = (number: string, at: TestApp = app) => at.call('POST', '/api/request-sms/', { phone_number: number });
const verify = (number: string, code: unknown, at: TestApp = app) =>
  at.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code });

/** A second process on the same database, at the same time. */
async function another(options: Parameters<typeof openApp>[0] = {}): Promise<TestApp> {
  const opened = await openApp({ databaseUrl: app.databaseUrl, ...options });
  opened.clock.aheadMs = app.clock.aheadMs;
  return opened;
}

/** A number whose code satisfies something, with its challenge open. */
async function numberWhoseCode(fits: (code: string) => boolean): Promise<string> {
  for (let tried = 0; tried < 500; tried += 1) {
    const number = anyNumber();
    await ask(number);
    if (fits(app.codeFor(number))) return number;
  }
  throw new Error('no such code among five hundred');
}

test('asking again sends the same code, so that a message that comes late works', async () => {
  const number = anyNumber();
  const codes = [];
  for (const wait of [31, 61, 0]) {
    await ask(number);
    codes.push(app.codeFor(number));
    app.clock.turn(wait);
  }
  assert.equal(app.sent.filter(({ to }) => to === number).length, 3);
  assert.equal(new Set(codes).size, 1);
  assert.equal((await verify(number, codes[0])).statusCode, 201);
});

test('codes of different numbers and of later challenges differ', async () => {
  const codes = new Set<string>();
  for (let count = 0; count < 50; count += 1) {
    const number = anyNumber();
    await ask(number);
    codes.add(app.codeFor(number));
  }
  assert.ok(codes.size >= 48, `${codes.size} codes of 50`);
  const number = anyNumber();
  const later = new Set<string>();
  for (let day = 0; day < 5; day += 1) {
    await ask(number);
    later.add(app.codeFor(number));
    app.clock.turn(86_400);
  }
  assert.ok(later.size >= 4, `${later.size} codes of 5`);
});

test('a code works after 599 s and not after 601', async () => {
  for (const [seconds, status] of [
    [599, 201],
    [601, 400],
  ] as const) {
    const number = anyNumber();
    const { time } = app.clock;
    app.clock.stop(time);
    await ask(number);
    app.clock.stop(time + seconds * 1000);
    assert.equal((await verify(number, app.codeFor(number))).statusCode, status, `after ${seconds} s`);
  }
});

test('with less than two minutes left, asking again opens a new challenge that lives ten minutes', async () => {
  const number = anyNumber();
  await ask(number);
  const first = app.codeFor(number);
  app.clock.turn(470);
  const kept = await ask(number);
  assert.ok(kept.data.expires_in >= 128 && kept.data.expires_in <= 130, `${kept.data.expires_in} s`);
  assert.equal(app.codeFor(number), first);
  app.clock.turn(61);
  assert.equal((await ask(number)).data.expires_in, 600);
  assert.equal((await verify(number, app.codeFor(number))).statusCode, 201);
});

test('a code works once: not again, not after logging out, not after a restart, not on another process', async () => {
  const number = anyNumber();
  await ask(number);
  const code = app.codeFor(number);
  const { data } = await verify(number, code);
  assert.equal((await verify(number, code)).statusCode, 400);
  const left = await app.call('POST', '/api/auth/token/logout/', undefined, { authorization: `Token ${data.token}` });
  assert.equal(left.statusCode, 204, left.body);
  assert.equal((await verify(number, code)).statusCode, 400);
  assert.equal((await verify(number, code, await another())).statusCode, 400);
  const challenge = async () => (await app.sql`select id from challenge where phone_number = ${number}`)[0]!.id;
  const used = await challenge();
  app.clock.turn(31);
  await ask(number);
  assert.notEqual(await challenge(), used, 'asked for again, it is another challenge’s code');
  if (app.codeFor(number) !== code) assert.equal((await verify(number, code)).statusCode, 400);
  assert.equal((await verify(number, app.codeFor(number))).statusCode, 201);
  for (const seconds of [1, 61, 400]) {
    app.clock.turn(seconds);
    assert.equal((await verify(number, app.codeFor(number))).statusCode, 400, `${seconds} s after that`);
  }
});

test('a code that was asked for before a restart works after it, and counts the guesses from before', async () => {
  const number = anyNumber();
  await ask(number);
  for (let wrong = 0; wrong < 3; wrong += 1) await verify(number, 'x');
  const restarted = await another();
  assert.equal((await verify(number, 'x', restarted)).data.guesses_left, 1);
  assert.equal((await verify(number, app.codeFor(number), restarted)).statusCode, 201);
});

test('rotating the key keeps open challenges and known devices, and withdrawing it ends them without a fault', async () => {
  const [open, resent, withdrawn] = [anyNumber(), anyNumber(), anyNumber()];
  const challenges: string[] = [];
  for (const number of [open, resent, withdrawn]) challenges.push((await ask(number)).data.challenge);
  const codes = { open: app.codeFor(open), resent: app.codeFor(resent), withdrawn: app.codeFor(withdrawn) };
  app.clock.turn(31);
  const rotated = await another({ keys: secretKeys([newKey, testKey]) });
  assert.equal((await verify(open, codes.open, rotated)).statusCode, 201);
  const again = { phone_number: resent, challenge: challenges[1] };
  assert.equal((await rotated.call('POST', '/api/request-sms/', again)).statusCode, 201);
  assert.equal(rotated.codeFor(resent), codes.resent);
  assert.equal((await verify(resent, codes.resent, rotated)).statusCode, 201, 'by its network, without the token');

  // as the README says: the new key last on every process, then first
  const added = await another({ keys: secretKeys([testKey, newKey]) });
  for (const [asked, entered] of [
    [app, added],
    [added, app],
    [added, rotated],
    [rotated, added],
  ] as const) {
    const number = anyNumber();
    assert.equal((await ask(number, asked)).statusCode, 201);
    assert.equal((await verify(number, asked.codeFor(number), entered)).statusCode, 201);
  }

  const replaced = await another({ keys: secretKeys([newKey]) });
  for (const entered of ['x', codes.withdrawn]) {
    assert.equal((await verify(withdrawn, entered, replaced)).statusCode, 400, entered);
    const presented = { phone_number: withdrawn, sms_code: entered, challenge: challenges[2] };
    assert.equal((await replaced.call('POST', '/api/verify-sms/', presented)).statusCode, 400, 'no key, no code');
  }
  assert.equal((await ask(withdrawn, replaced)).statusCode, 201);
  assert.equal((await verify(withdrawn, replaced.codeFor(withdrawn), replaced)).statusCode, 201);
});

test('a code keeps its leading zeros, and a JSON number that lost them is tried with them', async () => {
  const number = await numberWhoseCode((code) => code.startsWith('0'));
  const code = app.codeFor(number);
  assert.equal((await verify(number, Number(code))).statusCode, 201);
  const text = await numberWhoseCode((one) => one.startsWith('0'));
  assert.equal((await verify(text, app.codeFor(text).replace(/^0+/, ''))).statusCode, 400);
  assert.equal((await verify(text, ` ${app.codeFor(text).slice(0, 3)}-${app.codeFor(text).slice(3)}`)).statusCode, 201);
});

test('codes of four to eight digits work, and one whose length was changed meanwhile is still read', async () => {
  const number = anyNumber();
  await ask(number);
  for (const codeLength of [4, 5, 7, 8]) {
    const other = await another({ codeLength });
    const fresh = anyNumber();
    assert.equal((await ask(fresh, other)).data.code_length, codeLength);
    assert.equal(other.codeFor(fresh).length, codeLength);
    assert.equal((await verify(fresh, other.codeFor(fresh), other)).statusCode, 201);
  }
  assert.equal((await verify(number, app.codeFor(number), await another({ codeLength: 8 }))).statusCode, 201);
});

test('asked for again at another length, the code is that of a new challenge', async () => {
  const number = anyNumber();
  await ask(number);
  app.clock.turn(31);
  const longer = await another({ codeLength: 8 });
  const { data } = await ask(number, longer);
  assert.deepEqual([data.code_length, data.expires_in], [8, 600]);
  assert.equal((await verify(number, longer.codeFor(number))).statusCode, 201);
});

test('a JSON number is a guess like any other', async () => {
  const number = anyNumber();
  await ask(number);
  const code = Number(app.codeFor(number));
  for (let guesses = 0; guesses < 5; guesses += 1) {
    assert.equal((await verify(number, (code + 1) % 1_000_000)).statusCode, 400);
  }
  assert.equal((await verify(number, code)).statusCode, 400, 'the right code comes after five wrong ones');
});

test('nothing but the code signs in, whatever its type, with a challenge open and without', async () => {
  const hostile = [
    '',
    ' ',
    'null',
    'undefined',
    '0',
    '000000',
    '[object Object]',
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
  ];
  const nested: unknown[] = [[], {}, [''], [null], { length: 6 }, { $ne: null }, ['000000'], { toString: '000000' }];
  for (const isOpen of [true, false]) {
    for (const value of [...hostile, ...nested, '9'.repeat(10_000), '%', "' or ''='"]) {
      const number = anyNumber();
      if (isOpen) await ask(number);
      if (isOpen && app.codeFor(number) === '000000') continue;
      const refused = await verify(number, value);
      assert.equal(refused.statusCode, 400, JSON.stringify(value));
      assert.ok(!('token' in refused.data));
    }
  }
  const number = anyNumber();
  await ask(number);
  const code = app.codeFor(number);
  for (const value of [[code], { code }, [[code]]]) assert.equal((await verify(number, value)).statusCode, 400);
  for (const phone_number of [null, true, 0, 79161234567, [], {}, [number], { number }]) {
    for (const url of ['/api/request-sms/', '/api/verify-sms/']) {
      const refused = await app.call('POST', url, { phone_number, sms_code: code });
      assert.equal(refused.statusCode, 400);
      assert.deepEqual(refused.data.phone_number, ['Нужна строка.']);
    }
  }
  for (const region_code of [1, true, [], {}, ['RU']]) {
    assert.equal((await app.call('POST', '/api/request-sms/', { phone_number: number, region_code })).statusCode, 400);
  }
  assert.equal((await verify(number, code)).statusCode, 201);
});

test('the code of one number does not sign in another', async () => {
  const [mine, theirs] = [anyNumber(), anyNumber()];
  await ask(mine);
  await ask(theirs);
  if (app.codeFor(mine) !== app.codeFor(theirs)) {
    assert.equal((await verify(theirs, app.codeFor(mine))).statusCode, 400);
  }
  const challenge = { id: 'a', key_id: secretKeys([testKey]).current.id, code_length: 8 };
  const keys = secretKeys([testKey]);
  const codes = ['+79160000001', '+79160000002'].map((number) => codeFor(keys, challenge, number));
  assert.notEqual(codes[0], codes[1]);
});
