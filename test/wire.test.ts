import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { Sql } from 'postgres';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { composeMessage } from '../src/sign-in/compose-message.ts';
import { openTestDatabase } from './support/create-database.ts';
import { type Answer, anyNumber, freshDatabase, openApp, testKey, withToken } from './support/harness.ts';
import { countRoundTrips } from './support/round-trips.ts';
import { openTestDeliveries, recordedDeliveries } from './support/test-deliveries.ts';

const databaseUrl = await freshDatabase();
const wire = await countRoundTrips(databaseUrl);
const db = await openDatabase({
  databaseUrl: wire.url,
  dataDir: '',
  poolSize: 1,
  log: pino({ level: 'silent' }),
  clock: databaseClock,
});
const keys = secretKeys([testKey]);
const log = pino({ level: 'silent' });
// what follows the answer of its own accord is counted apart
const deliveries = recordedDeliveries(openTestDeliveries({ db, log, keys }), (ordered) => {
  const made = composeMessage({ keys, host: 'vouch.example' }, ordered)!;
  app.sent.push({ ...made, to: ordered.phoneNumber });
});
const app = await openApp({ databaseUrl, db, deliveries, networkMessagesPerHour: 100_000 });
test.after(() => db.close().then(wire.close));

const cookie = (token: string) => ({ cookie: `__Host-session=${token}` });
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** Each call, what it is to answer, and its round trips to the database: the first line of a row makes what it needs. */
const calls: readonly [string, status: number, trips: number, prepare: () => Promise<() => Promise<Answer>>][] = [
  ['request-sms', 201, 1, async () => ask(anyNumber())],
  ['request-sms within the pause', 429, 1, async () => ask(await asked())],
  ['request-sms for no number', 400, 0, async () => ask('+7 916 12')],
  ['request-sms for a number of 10,000 digits', 400, 0, async () => ask(`+7${'9'.repeat(10_000)}`)],
  ['verify-sms of a new person', 201, 1, async () => verifyRight(await asked())],
  [
    'verify-sms of a known person',
    201,
    1,
    async () => {
      const phone = anyNumber();
      await app.signIn(phone);
      // what waits for the clock elsewhere is not the matter here
      await app.sql`delete from challenge where phone_number = ${phone}`;
      await ask(phone)();
      return verifyRight(phone);
    },
  ],
  [
    'verify-sms with a wrong code, which is recorded after it was judged',
    400,
    2,
    async () => verify(await asked(), 'wrong'),
  ],
  ['verify-sms for a number never asked for', 400, 1, async () => verify(anyNumber(), '000000')],
  ['verify-sms for no number', 400, 0, async () => verify('+7 916 12', '000000')],
  ['GET /api/users/me', 200, 1, async () => signedIn('GET', '/api/users/me')],
  ['PATCH /api/users/me', 200, 1, async () => signedIn('PATCH', '/api/users/me', { first_name: 'Анна' })],
  ['redeeming', 200, 1, async () => signedIn('PATCH', '/api/users/me/invite_code', { invite_code: await aCode() })],
  ['redeeming an unknown code', 400, 1, async () => redeem('222222')],
  ['redeeming what is no code', 400, 0, async () => redeem('AEIOU')],
  ['the code redeemed', 200, 1, async () => signedIn('PATCH', '/api/users/me/invite_code')],
  ['who redeemed mine', 200, 1, async () => signedIn('GET', '/api/users/me/invited')],
  ['my sessions', 200, 1, async () => signedIn('GET', '/api/users/me/sessions')],
  ['ending other sessions', 204, 1, async () => signedIn('DELETE', '/api/users/me/sessions')],
  ['logout', 204, 1, async () => signedIn('POST', '/api/auth/token/logout/')],
  ['erasing', 204, 1, async () => signedIn('DELETE', '/api/users/me')],
  [
    '/account/',
    200,
    1,
    async () =>
      (
        (token) => () =>
          app.call('GET', '/account/', undefined, cookie(token))
      )(await token()),
  ],
  [
    '/account/data.json',
    200,
    1,
    async () =>
      (
        (token) => () =>
          app.call('GET', '/account/data.json', undefined, cookie(token))
      )(await token()),
  ],
  ['another’s profile', 404, 0, async () => signedIn('GET', '/api/users/17')],
  ['a token that is none', 401, 0, async () => () => app.call('GET', '/api/users/me', undefined, withToken('vouch_x'))],
  ['a token with a wrong checksum', 401, 0, async () => withBrokenToken()],
  ['no token', 401, 0, async () => () => app.call('GET', '/api/users/me')],
  ['the page of the number', 200, 0, async () => () => app.call('GET', '/')],
  ['a link to an invite that nobody has', 404, 1, async () => () => app.call('GET', '/i/234567')],
  ['a link that is no invite', 404, 0, async () => () => app.call('GET', '/i/AEIOU')],
  [
    'an invite link',
    200,
    1,
    async () =>
      (
        (code) => () =>
          app.call('GET', `/i/${code}`)
      )(await aCode()),
  ],
  [
    'the page that sends the code',
    303,
    1,
    async () => () => app.call('POST', '/', `phone_number=${encodeURIComponent(anyNumber())}`, form),
  ],
];

for (const [name, status, trips, prepare] of calls) {
  test(`${name}: ${status}, round trips: ${trips}`, async () => {
    const warm = await prepare();
    await warm();
    const call = await prepare();
    const before = wire.roundTrips();
    const answer = await call();
    assert.equal(wire.roundTrips() - before, trips);
    assert.equal(answer.statusCode, status, answer.body);
  });
}

test('a known number costs the database the same messages as a new one', async () => {
  const typesSaid = async (call: () => Promise<Answer>) => {
    const before = wire.said.length;
    await call();
    return wire.said.slice(before).map(({ type }) => type);
  };
  const [known, fresh] = [anyNumber(), anyNumber()];
  await app.signIn(known);
  await app.sql`delete from challenge where phone_number = ${known}`;
  await ask(anyNumber())();
  const asking = await typesSaid(ask(fresh));
  assert.ok(asking.length > 0);
  assert.deepEqual(await typesSaid(ask(known)), asking);
  await verify(await asked(), 'wrong')();
  const entering = await typesSaid(verify(fresh, 'wrong'));
  assert.ok(entering.length > 0);
  assert.deepEqual(await typesSaid(verify(known, 'wrong')), entering);
});

test('a sign-in reads as many rows among many people as among few, by the plans that its connection keeps', async (t) => {
  const { rows, most } = await rowsOfSignIn(app, db.sql);
  t.diagnostic(`${rows} rows a sign-in: ${most}`);
  assert.ok(rows > 1 && rows < 40, `${rows} rows: ${most}`);
});

test('a sign-in reads no more rows where all tables were analysed as empty, as after a quiet night', async (t) => {
  const quietUrl = await freshDatabase();
  const analysing = openTestDatabase(quietUrl);
  t.after(analysing.close);
  await analysing.sql`vacuum analyze`;
  const quiet = await openApp({ databaseUrl: quietUrl, networkMessagesPerHour: 100_000 });
  const { rows, most } = await rowsOfSignIn(quiet, quiet.sql);
  t.diagnostic(`${rows} rows a sign-in: ${most}`);
  assert.ok(rows > 1 && rows < 40, `${rows} rows: ${most}`);
});

/** The rows that each of a hundred sign-ins of new people reads, after twenty others; and the tables with most of them. */
async function rowsOfSignIn({ signIn }: Pick<typeof app, 'signIn'>, sql: Sql) {
  for (let n = 0; n < 20; n += 1) await signIn(anyNumber());
  const before = await rowsRead(sql);
  for (let n = 0; n < 100; n += 1) await signIn(anyNumber());
  const read = [...(await rowsRead(sql))].map(([name, rows]) => ({
    name,
    rows: (rows - (before.get(name) ?? 0)) / 100,
  }));
  const most = read.toSorted((one, other) => other.rows - one.rows).slice(0, 5);
  return {
    rows: read.reduce((sum, { rows }) => sum + rows, 0),
    most: most.map(({ name, rows }) => `${name} ${rows}`).join(', '),
  };
}

/** The rows that were read of each table so far, without those of earlier versions, which a vacuum elsewhere may keep. */
async function rowsRead(sql: Sql): Promise<Map<string, number>> {
  await sql`select pg_stat_force_next_flush()`;
  const read = await sql<{ name: string; rows: number }[]>`
    select relname as name, (coalesce(idx_tup_fetch, 0) + seq_tup_read)::int as rows from pg_stat_user_tables`;
  return new Map(read.map(({ name, rows }) => [name, rows]));
}

test('the wire counts: two statements one after the other are two round trips', async () => {
  const before = wire.roundTrips();
  await db.sql`select 1`.simple();
  await db.sql`select 2`.simple();
  assert.equal(wire.roundTrips() - before, 2);
});

function ask(phone: string) {
  return () => app.call('POST', '/api/request-sms/', { phone_number: phone });
}

async function asked(): Promise<string> {
  const phone = anyNumber();
  await ask(phone)();
  return phone;
}

function verify(phone: string, code: string) {
  return () => app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code });
}

function verifyRight(phone: string) {
  return verify(phone, app.codeFor(phone));
}

function token(): Promise<string> {
  return app.signIn(anyNumber());
}

async function signedIn(method: string, url: string, body?: object) {
  const mine = await token();
  return () => app.call(method, url, body, withToken(mine));
}

function redeem(code: string) {
  return signedIn('PATCH', '/api/users/me/invite_code', { invite_code: code });
}

async function aCode(): Promise<string> {
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(await token()));
  return data.referal_code;
}

async function withBrokenToken() {
  const mine = await token();
  const broken = mine.slice(0, -8) + (mine.at(-8) === 'A' ? 'B' : 'A') + mine.slice(-7);
  return () => app.call('GET', '/api/users/me', undefined, withToken(broken));
}
