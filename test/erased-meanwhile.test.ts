import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { eventually } from './support/embedded-database.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp();
const log = pino({ level: 'silent' });
const other = await openDatabase({ databaseUrl: app.databaseUrl, dataDir: '', poolSize: 2, log, clock: databaseClock });
after(() => other.close());

const waiting = (count: number) =>
  eventually(`${count} calls to wait`, async () => {
    const [row] = await app.sql`select count(*)::int as n from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    return row!.n === count;
  });

test('a change whose account is erased meanwhile is refused as one without a session', async () => {
  const phone = anyNumber();
  const token = await app.signIn(phone);
  let answers: ReturnType<typeof app.call>[] = [];
  await other.sql.begin(async (sql) => {
    await sql`select from account where phone_number = ${phone} for update`;
    answers = [app.call('DELETE', '/api/users/me', undefined, withToken(token))];
    await waiting(1);
    answers.push(app.call('PATCH', '/api/users/me', { first_name: 'Anna' }, withToken(token)));
    await waiting(2);
  });
  const [erased, changed] = await Promise.all(answers);
  assert.equal(erased!.statusCode, 204, erased!.body);
  assert.equal(changed!.statusCode, 401, changed!.body);
});

test('a sign-in waits for an account that is being erased without a message that erasing needs', async () => {
  const phone = anyNumber();
  const token = await app.signIn(phone);
  app.clock.stop(Date.now() + 61_000);
  await app.call('POST', '/api/request-sms/', { phone_number: phone });
  const code = app.codeFor(phone);
  let answers: ReturnType<typeof app.call>[] = [];
  await other.sql.begin(async (sql) => {
    await sql`select from number_account where phone_number = ${phone} for update`;
    answers = [app.call('DELETE', '/api/users/me', undefined, withToken(token))];
    await waiting(1);
    answers.push(app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code }));
    await waiting(2);
    // a message that the sign-in had locked would be a deadlock as soon as the erasing went on
    const free = await sql`select from delivery where phone_number = ${phone} for update skip locked`;
    assert.equal(free.length, 2);
  });
  app.clock.aheadMs = 0;
  const [erased, signedIn] = await Promise.all(answers);
  assert.equal(erased!.statusCode, 204, erased!.body);
  assert.deepEqual([signedIn!.statusCode, signedIn!.data.created], [201, true]);
});

test('a redemption whose account is erased after the look at its session is refused as one without a session', async () => {
  const phone = anyNumber();
  const token = await app.signIn(phone);
  let answer: ReturnType<typeof app.call> | undefined;
  await other.sql.begin(async (sql) => {
    await sql`lock table invite in access exclusive mode`;
    await sql`delete from account where phone_number = ${phone}`;
    answer = app.call('PATCH', '/api/users/me/invite_code', { invite_code: 'BBBBBB' }, withToken(token));
    await waiting(1);
  });
  const { statusCode, body } = await answer!;
  assert.equal(statusCode, 401, body);
});
