// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { createDatabase } from '../src/db/database.ts';
import { functionSchema } from '../src/db/functions.ts';
import { maskPhoneNumber, type PhoneNumber } from '../src/kit/phone-number.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp({ trustProxy: 1 });
const db = createDatabase(app.sql, app.clock);
const phone = {
  'x-forwarded-for': '203.0.113.57',
  'user-agent':
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36',
};

interface Line {
  event: string;
  result: string;
  accountId: string | null;
  number: string;
  details: string | null;
  client: string;
  device: string;
}

/** The rows that were recorded by what `act` does, oldest first, after a look at the lines of the log beside them. */
async function traceOf(act: () => Promise<unknown>) {
  const [before] = await app.sql`select coalesce(max(id), 0)::text as id from audit_event`;
  const from = app.log.length;
  await act();
  const rows = await app.sql`
    select e.*, nullif(account_id, '00000000-0000-0000-0000-000000000000') as account_id from audit_event e
    where id > ${before!.id}::bigint order by id`;
  const lines = app.log
    .slice(from)
    .filter((line) => line.includes('"security event"'))
    .map((line) => JSON.parse(line) as Line);
  assert.deepEqual(
    lines.map(({ event, result, accountId, number, details, device }) => [
      event,
      result,
      accountId,
      number,
      details,
      device,
    ]),
    rows.map(({ event, result, account_id, number, details, device }) => [
      event,
      result,
      account_id,
      number,
      details,
      device,
    ]),
    'each row has its line',
  );
  for (const { client } of lines) assert.equal(client, '203.0.113.x');
  for (const row of rows) assert.equal(row.client_ip, '203.0.113.57');
  return rows.map(({ event, result, account_id, number, details, device }) => {
    assert.equal(device, 'Chrome, Android');
    return { event, result, account_id, number, details };
  });
}

const ask = (number: string) => app.call('POST', '/api/request-sms/', { phone_number: number }, phone);
const enter = (number: string, code: string, more: object = {}) =>
  app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code, ...more }, phone);
const wrongFor = (number: string) => (app.codeFor(number) === '000000' ? '111111' : '000000');
const as = (token: string) => ({ ...withToken(token), ...phone });

async function signUp(number: string) {
  await ask(number);
  const { data } = await enter(number, app.codeFor(number));
  const me = (await app.call('GET', '/api/users/me', undefined, as(data.token))).data;
  return { number, token: data.token as string, id: data.id as string, code: me.referal_code as string };
}

test('a sign-in, a wrong code and a sign-up by an invite leave when, who, where and what became of it', async () => {
  const inviter = await signUp(anyNumber());
  const number = anyNumber();
  const masked = maskPhoneNumber(number as PhoneNumber);
  await ask(number);
  assert.deepEqual(await traceOf(() => enter(number, wrongFor(number))), [
    { event: 'signed_in', result: 'failed', account_id: null, number: masked, details: null },
  ]);
  let id = '';
  const signedUp = await traceOf(async () => {
    ({ id } = (await enter(number, app.codeFor(number), { invite_code: inviter.code })).data);
  });
  assert.deepEqual(signedUp, [
    { event: 'signed_in', result: 'succeeded', account_id: id, number: masked, details: 'a new account' },
    { event: 'invite_redeemed', result: 'succeeded', account_id: id, number: masked, details: `inviter ${inviter.id}` },
  ]);
  app.clock.turn(3600);
  await ask(number);
  const known = { account_id: id, number: masked, details: null };
  assert.deepEqual(await traceOf(() => enter(number, wrongFor(number))), [
    { event: 'signed_in', result: 'failed', ...known },
  ]);
  assert.deepEqual(await traceOf(() => enter(number, app.codeFor(number))), [
    { event: 'signed_in', result: 'succeeded', ...known },
  ]);
  const [row] = await app.sql`select at, ${db.now()} as now from audit_event order by id desc limit 1`;
  assert.ok(Math.abs(row!.now.getTime() - row!.at.getTime()) < 60_000, 'at the time of the database');
});

test('a guess that nothing is compared with leaves a line of the log and no row', async () => {
  const number = anyNumber();
  const before = await app.sql`select from audit_event`;
  const from = app.log.length;
  for (let time = 0; time < 3; time += 1) await enter(number, '123456');
  assert.equal((await app.sql`select from audit_event`).length, before.length);
  const lines = app.log.slice(from).filter((line) => line.includes('"security event"'));
  assert.equal(lines.length, 3);
  for (const line of lines)
    assert.deepEqual([JSON.parse(line).result, JSON.parse(line).event], ['refused', 'signed_in']);
});

test('what a person changes, redeems, ends and erases is recorded by API and page alike', async () => {
  const inviter = await signUp(anyNumber());
  for (const door of ['API', 'page'] as const) {
    const number = anyNumber();
    const person = { number: maskPhoneNumber(number as PhoneNumber), account_id: '' };
    const visit = new HtmlClient(app, phone);
    let token = '';
    if (door === 'page') {
      await visit.signIn(number);
      token = visit.cookies.get('__Host-session')!;
    } else ({ token } = await signUp(number));
    person.account_id = (await app.call('GET', '/api/users/me', undefined, withToken(token))).data.id;
    const form = async (path: string, page: string, fields: Record<string, string> = {}) =>
      visit.submit(await visit.get(page), path, fields);
    const acts = {
      name: () =>
        door === 'API'
          ? app.call('PATCH', '/api/users/me', { first_name: 'Anna' }, as(token))
          : form('/account/profile', '/account/', { first_name: 'Anna' }),
      unknown: () =>
        door === 'API'
          ? app.call('PATCH', '/api/users/me/invite_code', { invite_code: 'ZZZZZZ' }, as(token))
          : form('/account/invite_code', '/account/', { invite_code: 'ZZZZZZ' }),
      redeem: () =>
        door === 'API'
          ? app.call('PATCH', '/api/users/me/invite_code', { invite_code: inviter.code }, as(token))
          : form('/account/invite_code', '/account/', { invite_code: inviter.code }),
      others: () =>
        door === 'API'
          ? app.call('DELETE', '/api/users/me/sessions', undefined, as(token))
          : form('/sessions/end-others', '/account/'),
      erase: () =>
        door === 'API'
          ? app.call('DELETE', '/api/users/me', undefined, as(token))
          : form('/account/delete', '/account/delete/'),
    };
    const changed = await traceOf(acts.name);
    assert.deepEqual(
      changed.map(({ event, result }) => [event, result]),
      [['profile_changed', 'succeeded']],
      door,
    );
    assert.match(changed[0]!.details, /first_name/);
    assert.doesNotMatch(changed[0]!.details, /Anna/);
    assert.deepEqual([changed[0]!.account_id, changed[0]!.number], [person.account_id, person.number]);
    assert.deepEqual(await traceOf(acts.unknown), [
      { event: 'invite_redeemed', result: 'refused', ...person, details: 'a code that nobody has' },
    ]);
    assert.deepEqual(await traceOf(acts.redeem), [
      { event: 'invite_redeemed', result: 'succeeded', ...person, details: `inviter ${inviter.id}` },
    ]);
    if (door === 'API') assert.deepEqual(await traceOf(acts.redeem), [], 'the same again changes nothing');
    if (door === 'API') assert.deepEqual(await traceOf(acts.others), [], 'there are none');
    app.clock.turn(61);
    const other = await app.signIn(number);
    assert.deepEqual(await traceOf(acts.others), [
      { event: 'sessions_ended', result: 'succeeded', ...person, details: 'sessions: 1' },
    ]);
    assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(other))).statusCode, 401);
    assert.deepEqual(await traceOf(acts.erase), [
      { event: 'account_erased', result: 'succeeded', ...person, details: null },
    ]);
    const kept =
      await app.sql`select row_to_json(e)::text as row from audit_event e where account_id = ${person.account_id}`;
    assert.ok(kept.length >= 5, 'the trail outlives the account');
    for (const { row } of kept) assert.ok(!row.includes(number.slice(3)), row);
  }
});

test('signing out is recorded once, by API and page', async () => {
  const person = await signUp(anyNumber());
  const out = () => app.call('POST', '/api/auth/token/logout/', undefined, as(person.token));
  const expected = {
    event: 'signed_out',
    result: 'succeeded',
    account_id: person.id,
    number: maskPhoneNumber(person.number as PhoneNumber),
    details: 'sessions: 1',
  };
  assert.deepEqual(await traceOf(out), [expected]);
  assert.deepEqual(await traceOf(out), [], 'nobody is signed in');
  app.clock.turn(61);
  const visit = new HtmlClient(app, phone);
  await visit.signIn(person.number);
  const page = await visit.get('/logout/');
  assert.deepEqual(await traceOf(() => visit.submit(page, '/logout/')), [expected]);
});

test('a name that is taken is recorded as refused, and changing to and fro fills no table', async () => {
  const [one, other] = [await signUp(anyNumber()), await signUp(anyNumber())];
  const rename = (token: string, change: object) => app.call('PATCH', '/api/users/me', change, as(token));
  await rename(one.token, { username: 'audited' });
  const refused = await traceOf(() => rename(other.token, { username: 'audited' }));
  assert.deepEqual(
    refused.map(({ result, details }) => [result, details]),
    [['refused', 'username_taken']],
  );
  const fro = await traceOf(async () => {
    for (let time = 0; time < 20; time += 1) await rename(other.token, { first_name: `Anna ${time}` });
    await rename(other.token, { email: 'anna@example.com' });
  });
  assert.deepEqual(
    fro.map(({ details }) => details),
    ['first_name', 'email'],
    'other fields are recorded all the same',
  );
  app.clock.turn(61);
  assert.equal((await traceOf(() => rename(other.token, { first_name: 'Anna' }))).length, 1);
});

test('nothing is recorded of what did not happen: an account that two requests erase at once is erased once', async () => {
  const person = await signUp(anyNumber());
  const erase = () => app.call('DELETE', '/api/users/me', undefined, as(person.token));
  const rows = await traceOf(() => Promise.all(Array.from({ length: 5 }, erase)));
  assert.deepEqual(
    rows.map(({ event }) => event),
    ['account_erased'],
  );
});

test('PostgreSQL masks a number as we do, in every country', async () => {
  const numbers = [
    ...getCountries().map((country) => getExampleNumber(country, examples)?.number as string),
    '+1',
    '+123',
    '+7000',
  ];
  const masked = app.sql(`${functionSchema('public')}.masked_number`);
  const rows = await app.sql<{ number: string; masked: string }[]>`select number, ${masked}(number) as masked
    from json_array_elements_text(${app.sql.json(numbers.filter(Boolean))}::json) as number`;
  assert.ok(rows.length > 200);
  for (const { number, masked: text } of rows) assert.equal(text, maskPhoneNumber(number as PhoneNumber), number);
});
