import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { LineLimit } from '../src/kit/line-limit.ts';
import { loggerOptions } from '../src/kit/logger.ts';
import { maskPersonalData } from '../src/kit/mask.ts';
import { allowAllRoles } from './support/allow-all-roles.ts';
import { deepTest } from './support/depth.ts';
import { cleanup, dataFolder, memoryLog, openLoggedDatabase } from './support/embedded-database.ts';
import { anyNumber, openApp, type TestApp, withToken } from './support/harness.ts';

const email = 'private.person@example.com';
const username = 'a-private-name';

/** The product over a server of its own, whose log is a file that the test reads. */
async function appWithServer(t: test.TestContext): Promise<{ app: TestApp; url: string; serverLog: string }> {
  const dataDir = await dataFolder(t);
  const server = await startEmbedded({ dataDir, log: memoryLog(() => {}) });
  cleanup(t, () => server.stop());
  const first = await openLoggedDatabase(t, { databaseUrl: server.url });
  await migrate({ sql: first.sql, log: memoryLog(() => {}) });
  await first.close();
  const app = await openApp({ databaseUrl: server.url });
  cleanup(t, () => app.server.close());
  return { app, url: server.url, serverLog: join(dataDir, 'postgres.log') };
}

async function personWith(app: TestApp, changes: object): Promise<{ phone: string; token: string }> {
  const phone = anyNumber();
  const token = await app.signIn(phone);
  const changed = await app.call('PATCH', '/api/users/me', changes, withToken(token));
  assert.equal(changed.statusCode, 200, changed.body);
  return { phone, token };
}

test('failures of every kind leave no value of a statement or a row in our log nor in the server’s', async (t) => {
  const { app, url, serverLog } = await appWithServer(t);
  const { phone } = await personWith(app, { email, username });
  const other = await app.signIn(anyNumber());
  for (const changes of [{ email }, { username }, { email: email.toUpperCase() }]) {
    const refused = await app.call('PATCH', '/api/users/me', changes, withToken(other));
    assert.equal(refused.statusCode, 400, refused.body);
  }
  const db = await openDatabase({
    databaseUrl: url,
    dataDir: '',
    poolSize: 2,
    log: memoryLog(() => {}),
    clock: databaseClock,
  });
  cleanup(t, () => db.close());
  const { sql } = db;
  const lines: string[] = [];
  const log = pino({ ...loggerOptions, level: 'debug' }, { write: (line) => void lines.push(line) });
  const failing: (() => PromiseLike<never[]>)[] = [
    () => sql`update account set email_key = ${email}`,
    () => sql`update account set phone_number = null where phone_number = ${phone}`,
    () => sql`insert into reserved_name (key, account_id) values (${email}, ${username})`,
    () => sql`insert into account (id, phone_number, created_at) values (${phone}, ${email}, ${username})`,
    () => sql`select ${phone}::text::uuid`,
    () => sql`select ${email}::text::int, ${phone}::text`,
    () => sql`select ${`{"${email}"`}::text::jsonb`,
    () => sql`select * from unnest(${`{${phone},"${email}`}::text::text[])`,
    () =>
      sql`select pg_sleep(60), ${phone}::text, set_config('statement_timeout', '1', false) from (select set_config('statement_timeout', '1', true)) s`,
    () =>
      sql.unsafe(
        `do $$ begin raise exception '${email} of ${phone}' using detail = '${phone}', hint = '${email}'; end $$`,
      ) as never,
    () => sql.unsafe(`select nothing from account where phone_number = '${phone}' and email = '${email}'`) as never,
  ];
  await sql`select set_config('statement_timeout', '200', false)`;
  for (const statement of failing) {
    const error = await db.run(statement).then(
      () => assert.fail('the statement worked'),
      (fault: Error) => fault,
    );
    log.error({ err: error, reason: error.message }, 'request failed');
    log.error(error);
    lines.push(JSON.stringify(error), String(error.stack), Object.values(error).join());
    for (const name of ['detail', 'where', 'query', 'parameters', 'args', 'internal_query'])
      assert.equal((error as unknown as Record<string, unknown>)[name], undefined, name);
  }
  const ours = [...app.log, ...lines].join('\n');
  const theirs = await readFile(serverLog, 'utf8');
  for (const [where, text] of Object.entries({ ours, theirs })) {
    assert.ok(text.length > 200, `${where} has something to look through`);
    for (const value of [email, email.toUpperCase(), phone, phone.slice(1), username])
      assert.ok(!text.includes(value), `${value} is in the log: ${where}\n${text}`);
    assert.doesNotMatch(text, /DETAIL:|STATEMENT:|CONTEXT:|Failing row/);
  }
  assert.match(ours, /constraint_name/, 'the name of a constraint stays');
});

deepTest('refusals by the hundred do not make the server’s log grow', async (t) => {
  const { app, serverLog } = await appWithServer(t);
  await personWith(app, { email, username });
  const other = withToken(await app.signIn(anyNumber()));
  const before = (await stat(serverLog)).size;
  for (let times = 0; times < 200; times += 1) await app.call('PATCH', '/api/users/me', { email, username }, other);
  const grown = (await stat(serverLog)).size - before;
  assert.ok(grown < 2000, `${grown} bytes`);
});

deepTest('a role that may not keep rows out of the server’s log is told how; one that may does so', async (t) => {
  const dataDir = await dataFolder(t);
  const server = await startEmbedded({ dataDir, log: memoryLog(() => {}) });
  cleanup(t, () => server.stop());
  const admin = await openLoggedDatabase(t, { databaseUrl: server.url });
  await allowAllRoles(dataDir, admin.sql);
  await admin.sql.unsafe(`create role plain login; alter role plain set log_error_verbosity = 'default'`);
  const databaseUrl = server.url.replace('vouch@', 'plain@');
  const told: unknown[] = [];
  const log = { ...memoryLog(() => {}), info: (...line: unknown[]) => void told.push(line) } as never;
  const open = async () => {
    const db = await openDatabase({ databaseUrl, dataDir: '', poolSize: 1, others: 0, log, clock: databaseClock });
    const [found] = await db.sql`select current_setting('log_error_verbosity') as verbosity,
      current_setting('log_parameter_max_length_on_error') as parameters, current_setting('log_min_messages') as messages`;
    await db.close();
    return { ...found };
  };
  assert.deepEqual(await open(), { verbosity: 'default', parameters: '0', messages: 'warning' });
  const [[{ fix }, message]] = told as [[{ fix: string }, string]];
  assert.equal(message, 'row details in the database log');
  await admin.sql.unsafe(fix);
  told.length = 0;
  assert.deepEqual(await open(), { verbosity: 'terse', parameters: '0', messages: 'log' });
  assert.deepEqual(told, []);
});

test('a mask takes out numbers and e-mail addresses however they are written, and nothing else', () => {
  const masked: [string, string][] = [
    ['no route to +79161234567', 'no route to •••• 67'],
    ['Key (email)=(a.b+c@example.co.uk) already', 'Key (email)=(•••@•••) already'],
    ["'To' 8 (916) 123-45-67 is wrong", "'To' •••• 67 is wrong"],
    ['почта имя@пример.рф', 'почта •••@•••'],
    ['connect ECONNREFUSED 192.168.100.200:5432', 'connect ECONNREFUSED 192.168.100.200:5432'],
    ['2026-01-31 12:00:01 code 23505, 6 digits 123456', '2026-01-31 12:00:01 code 23505, 6 digits 123456'],
    ['0199a3b4-1111-7222-8333-123456789012', '0199a3b4-1111-7222-8333-123456789012'],
  ];
  for (const [given, wanted] of masked) assert.equal(maskPersonalData(given), wanted);
});

test('lines of one kind are bounded in each second, and those left out are counted', () => {
  const limit = new LineLimit(3, 1000);
  const admitted = Array.from({ length: 100 }, (_, at) => limit.admit('a', at));
  assert.deepEqual(
    admitted.filter((one) => one !== undefined),
    [0, 0, 0],
  );
  assert.equal(limit.admit('b', 50), 0);
  assert.equal(limit.admit('a', 1000), 97);
  assert.equal(limit.admit('a', 1001), 0);
});
