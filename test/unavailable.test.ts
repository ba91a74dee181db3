import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { PrimaryConnection } from '../src/db/primary-connection.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { startPrimary } from '../src/runtime/primary.ts';
import { describedCalls } from './support/assert-problem.ts';
import { fillDataFolder } from './support/data-folder.ts';
import { deepTest, isDeep } from './support/depth.ts';
import { eventually, memoryLog } from './support/embedded-database.ts';
import { anyNumber, freshDatabase, openApp, withToken } from './support/harness.ts';
import { countRoundTrips } from './support/round-trips.ts';

const silent = pino({ level: 'silent' });

test('while the database is away every call is refused with the time to come back, and nothing is sent or signed in', async (t) => {
  const databaseUrl = await freshDatabase();
  const wire = await countRoundTrips(databaseUrl);
  const db = await openDatabase({ databaseUrl: wire.url, dataDir: '', poolSize: 2, log: silent, clock: databaseClock });
  t.after(() => db.close());
  const app = await openApp({ databaseUrl, db });
  const number = anyNumber();
  const token = await app.signIn(number);
  const other = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: other });
  const sent = app.sent.length;
  wire.close();
  const calls = [
    ['POST', '/api/request-sms/', { phone_number: anyNumber() }],
    ['POST', '/api/verify-sms/', { phone_number: other, sms_code: app.codeFor(other) }],
    ['GET', '/api/users/me', undefined],
    ['PATCH', '/api/users/me', { first_name: 'Анна' }],
    ['PATCH', '/api/users/me/invite_code', { invite_code: 'BCDFGH' }],
    ['DELETE', '/api/users/me', undefined],
  ] as const;
  for (const [method, url, body] of calls) {
    const answer = await app.call(method, url, body, withToken(token));
    assert.equal(answer.statusCode, 503, `${method} ${url}: ${answer.body}`);
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
    assert.equal(answer.data.code, 'unavailable');
  }
  const page = await app.server.inject({
    method: 'GET',
    url: '/account/',
    headers: { cookie: `__Host-session=${token}` },
  });
  assert.equal(page.statusCode, 503);
  assert.match(page.body, /<a class="button" href(="")?>/, 'the same page once more');
  const fields = { username: 'Ann "><b>', first_name: '', email: 'ann@example.com' };
  const form = await app.server.inject({
    method: 'POST',
    url: '/account/profile',
    headers: {
      cookie: `__Host-session=${token}`,
      'accept-language': 'en',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    payload: new URLSearchParams(fields).toString(),
  });
  assert.equal(form.statusCode, 503);
  assert.match(form.body, /Something went wrong on our side\. Try again in a minute\./);
  assert.match(
    form.body,
    /<form method="post"><input type="hidden" name="username" value="Ann &quot;>&lt;b>"\/><input type="hidden" name="first_name" value(="")?\/><input type="hidden" name="email" value="ann@example.com"\/><button/,
    'what was typed is sent once more by a button',
  );
  const pending = `__Host-pending=${other}.6.0.0.0.0`;
  for (const [method, url, cookie, fields] of [
    ['POST', '/', '', { phone_number: anyNumber() }],
    ['POST', '/confirm/', pending, { sms_code: app.codeFor(other) }],
    ['POST', '/confirm/', pending, { sms_code: 'x' }],
    ['POST', '/confirm/resend', pending, {}],
    ['GET', '/confirm/', pending, undefined],
    ['GET', '/i/BCDFGH', '', undefined],
    ['GET', '/i/BCDFGH', `__Host-session=${token}`, undefined],
    ['POST', '/account/invite_code', `__Host-session=${token}`, { invite_code: 'BCDFGH' }],
    ['POST', '/account/delete/', `__Host-session=${token}`, {}],
  ] as const) {
    const answer = await app.server.inject({
      method,
      url,
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      ...(fields ? { payload: new URLSearchParams(fields).toString() } : {}),
    });
    assert.equal(answer.statusCode, 503, `${method} ${url}`);
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
    assert.equal(answer.headers['set-cookie'], undefined, `${method} ${url}`);
  }
  for (const { body } of [page, form]) assert.doesNotMatch(body, /Retry-After|баз[аы] данных|database/i);
  assert.equal((await app.server.inject('/readyz')).statusCode, 503);
  assert.equal((await app.server.inject('/livez')).statusCode, 200);
  assert.equal(app.sent.length, sent);
});

test('a disk that is full or broken is refused with the time to come back', async () => {
  const app = await openApp();
  for (const state of ['53100', '58030']) {
    await app.sql.unsafe(`create or replace function refuse() returns trigger language plpgsql as
      'begin raise ''the disk refuses'' using errcode = ''${state}''; end'`);
    await app.sql`create or replace trigger refuse before insert on challenge execute function refuse()`;
    const answer = await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() });
    assert.equal(answer.statusCode, 503, answer.body);
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
  }
});

deepTest('a call of several statements that are all slow is refused within 10 s', async () => {
  const app = await openApp();
  const number = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  await app.sql`create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(6); return new; end'`;
  await app.sql`create trigger slow before update on challenge for each row execute function slow()`;
  const begun = performance.now();
  const answer = await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: app.codeFor(number) });
  assert.ok(performance.now() - begun < 10_000);
  assert.equal(answer.statusCode, 503, answer.body);
  assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
});

deepTest(
  'when the database is back, nothing of what was asked meanwhile is half done, and all of it works',
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'vouch-test-'));
    fillDataFolder(dataDir);
    let postgres = await startEmbedded({ dataDir, log: silent });
    t.after(async () => {
      await postgres.stop();
      await rm(dataDir, { recursive: true });
    });
    const databaseUrl = postgres.url;
    const fresh = await openDatabase({ databaseUrl, dataDir: '', poolSize: 1, log: silent, clock: databaseClock });
    await migrate({ sql: fresh.sql, log: silent });
    await fresh.close();
    const app = await openApp({ databaseUrl });
    const token = await app.signIn(anyNumber());
    const other = anyNumber();
    await app.call('POST', '/api/request-sms/', { phone_number: other });
    const everything = async () => [
      ...(await app.sql`select * from challenge order by phone_number`),
      ...(await app.sql`select * from account order by id`),
      ...(await app.sql`select * from session order by id`),
      ...(await app.sql`select * from invite order by account_id`),
      ...(await app.sql`select * from rate_limit order by key`),
    ];
    const before = await everything();
    await postgres.stop();
    const body = { phone_number: other, sms_code: app.codeFor(other), first_name: 'Анна', invite_code: 'BCDFGH' };
    for (const { method, url } of describedCalls(app)) {
      const answer = await app.call(method, url, method === 'GET' ? undefined : body, withToken(token));
      assert.ok(answer.statusCode === 503 || /users\/0000/.test(url), `${method} ${url} ${answer.statusCode}`);
    }
    postgres = await startEmbedded({ dataDir, log: silent });
    await eventually('the database', async () => (await app.call('GET', '/readyz')).statusCode === 200);
    assert.deepEqual(await everything(), before);
    assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 200);
    assert.equal((await app.call('POST', '/api/verify-sms/', body)).statusCode, 201);
  },
);

test('a start that was stopped does not complain that the database stops, too', async () => {
  for (const isClosed of [false, true]) {
    const lines: string[] = [];
    let fail: (error: Error) => void = () => {};
    const probed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const connection = new PrimaryConnection(
      [{ host: 'db', port: 5432 }],
      { probe: () => probed, connect: () => probed },
      memoryLog((line) => lines.push(line)),
    );
    const opened = connection.waitUntilUp();
    if (isClosed) connection.close();
    fail(Object.assign(new Error('the database system is shutting down'), { code: '57P03' }));
    await eventually('the first look', () => isClosed || lines.length > 0);
    connection.close();
    await opened;
    assert.equal(lines.length, isClosed ? 0 : 1, lines.join());
  }
});

test('a start goes on when a connection to the database breaks, whatever was said last', async (t) => {
  const databaseUrl = await freshDatabase();
  const start = async (cutAt?: number) => {
    const wire = await countRoundTrips(databaseUrl, cutAt);
    const config = { databaseUrl: wire.url, databasePooler: 'none', dataDir: '', sms: { deliveriesKeepDays: 30 } };
    const never = { requested: new AbortController().signal, forced: new AbortController().signal };
    const primary = await startPrimary(config as never, silent, {
      connections: 2,
      others: 0,
      shutdown: never as never,
    });
    assert.equal(primary.maxConnections > 10, true);
    await primary.close();
    wire.close();
    return wire.said.length;
  };
  const said = await start();
  t.diagnostic(`${said} messages`);
  const all = Array.from({ length: said }, (_, at) => at + 1);
  // the last ones are of the calls after the migration
  for (const cutAt of isDeep ? all : all.filter((at) => at % 14 === 0 || at > said - 8)) await start(cutAt);
});
