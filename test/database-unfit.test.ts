import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseConnectionString } from '../src/db/connection-string.ts';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { explainStartupError } from '../src/db/explain-startup-error.ts';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { allowAllRoles } from './support/allow-all-roles.ts';
import { withParameter } from './support/create-database.ts';
import { fillDataFolder } from './support/data-folder.ts';
import { deepTest } from './support/depth.ts';
import { cleanup, eventually, memoryLog, openLoggedDatabase } from './support/embedded-database.ts';
import { freshDatabase } from './support/harness.ts';
import { countRoundTrips } from './support/round-trips.ts';
import { openTransactionPooler } from './support/transaction-pooler.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'vouch-test-'));
fillDataFolder(dataDir);
const server = await startEmbedded({ dataDir, log: memoryLog(() => {}) });
after(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true });
});
let areLetIn: Promise<void> | undefined;

/** An empty database of a role of its own, which has what `alter` says, and how to look into it from beside. */
async function databaseOfRole(t: TestContext, alter: (role: string, database: string) => string) {
  const database = `test_${randomBytes(6).toString('hex')}`;
  const first = await openLoggedDatabase(t, { databaseUrl: server.url });
  areLetIn ??= allowAllRoles(dataDir, first.sql);
  await areLetIn;
  await first.sql`create database ${first.sql(database)}`;
  const databaseUrl = server.url.replace('/postgres?', `/${database}?`);
  const admin = await openLoggedDatabase(t, { databaseUrl });
  const role = `role_${randomBytes(4).toString('hex')}`;
  await admin.sql.unsafe(`create role ${role} login; ${alter(role, database)}`);
  const url = databaseUrl.replace('vouch@', `${role}@`);
  const tables = async () => {
    const rows =
      await admin.sql`select relname from pg_class where relkind = 'r' and relnamespace > 16000 or relnamespace = 'public'::regnamespace`;
    return rows.map(({ relname }) => String(relname));
  };
  return { url, role, database, admin, tables };
}

/** What a start does: opens and migrates. Resolves with the reason why it cannot. */
async function startOver(t: TestContext, url: string, lines: string[] = []): Promise<string> {
  try {
    const log = memoryLog((line) => lines.push(line));
    const db = await openDatabase({ databaseUrl: url, dataDir: '', poolSize: 2, others: 0, log, clock: databaseClock });
    cleanup(t, () => db.close());
    await migrate({ sql: db.sql, log });
    return 'started';
  } catch (error) {
    assert.equal((error as Error).name, 'StartupError', String((error as Error).stack));
    return (error as Error).message;
  }
}

deepTest('settings of a role or a database for itself change nothing', async (t) => {
  const odd = {
    datestyle: 'German',
    timezone: 'Asia/Kathmandu',
    intervalstyle: 'iso_8601',
    bytea_output: 'escape',
    standard_conforming_strings: 'off',
    extra_float_digits: '-15',
    default_transaction_isolation: 'serializable',
    client_encoding: 'LATIN1',
    statement_timeout: '1',
    lock_timeout: '1',
    idle_in_transaction_session_timeout: '1',
    idle_session_timeout: '200',
    client_min_messages: 'debug1',
    application_name: 'odd',
  };
  const { url } = await databaseOfRole(t, (role, database) =>
    [
      `alter database ${database} owner to ${role}`,
      ...Object.entries(odd).map(([name, value]) => `alter role ${role} set ${name} = '${value}'`),
    ].join('; '),
  );
  assert.equal(await startOver(t, url), 'started');
  const db = await openLoggedDatabase(t, { databaseUrl: url });
  const [row] = await db.run(
    () => db.sql`
    select '2026-01-31T12:00:00.123456Z'::timestamptz as at, '2026-01-31'::date as day, ${Buffer.from([0, 255])}::bytea as bytes,
      1234567890123.25::float8 as float, interval '1 day 02:03:04' as span, 'é😀' as text, '^\\+[1-9]$' as pattern, pg_sleep(0.05) is null as slept`,
  );
  assert.deepEqual(
    { ...row },
    {
      at: new Date('2026-01-31T12:00:00.123Z'),
      day: new Date('2026-01-31T00:00:00Z'),
      bytes: Buffer.from([0, 255]),
      float: 1234567890123.25,
      span: '1 day 02:03:04',
      text: 'é😀',
      pattern: '^\\+[1-9]$',
      slept: false,
    },
  );
});

test('a database that refuses writes is told before anything is written, with reason and mend', async (t) => {
  const { url, role, tables } = await databaseOfRole(
    t,
    (role, database) =>
      `alter database ${database} owner to ${role}; alter role ${role} set default_transaction_read_only = on`,
  );
  const reason = await startOver(t, url);
  assert.match(
    reason,
    new RegExp(`The database postgres://${role}@.* takes no writes: default_transaction_read_only is on`),
  );
  assert.match(reason, /alter role .* set default_transaction_read_only = off/);
  assert.deepEqual(await tables(), []);
});

deepTest('a database in another encoding is refused, and says how to make one', async (t) => {
  for (const encoding of ['LATIN1', 'SQL_ASCII']) {
    const { url, database, admin } = await databaseOfRole(t, () => 'select 1');
    const name = `${database}_${encoding.toLowerCase()}`;
    const own = await admin.sql.reserve();
    await own`select set_config('statement_timeout', '0', false)`;
    await own.unsafe(
      `create database ${name} encoding '${encoding}' locale 'C' locale_provider libc template template0`,
    );
    own.release();
    const reason = await startOver(t, url.replace(`/${database}`, `/${name}`));
    assert.match(reason, new RegExp(`is in ${encoding}, and UTF8 is needed: create database .* encoding 'UTF8'`));
  }
});

test('a schema in which the role may not create tables is told with the grant that mends it', async (t) => {
  const { url, role, admin, database, tables } = await databaseOfRole(t, () => 'select 1');
  const reason = await startOver(t, url);
  assert.match(reason, /permission denied for schema public/);
  const mend = /; (grant create .*)$/.exec(reason)?.[1];
  assert.equal(mend, `grant create on schema "public" to "${role}"`);
  assert.deepEqual(await tables(), []);
  await admin.sql.unsafe(mend!);
  const withoutFunctions = await startOver(t, url);
  assert.match(withoutFunctions, /may not create the schema of our functions/);
  const second = /; (grant create .*)$/.exec(withoutFunctions)?.[1];
  assert.equal(second, `grant create on database "${database}" to "${role}"`);
  await admin.sql.unsafe(second!);
  assert.equal(await startOver(t, url), 'started');
});

deepTest('a role without a schema, and tables of another owner, are told', async (t) => {
  const none = await databaseOfRole(t, (role) => `alter role ${role} set search_path = nowhere`);
  assert.match(await startOver(t, none.url), /no schema to work in: none of search_path \(nowhere\) exists/);
  const others = await databaseOfRole(t, () => 'select 1');
  await migrate({ sql: others.admin.sql, log: memoryLog(() => {}) });
  const reason = await startOver(t, others.url);
  assert.match(reason, /may not use account, .*audit_event, .*; grant select, insert, update, delete on all tables/);
  await others.admin.sql.unsafe(/; (grant .*), or make/.exec(reason)![1]!);
  assert.equal(await startOver(t, others.url), 'started');
});

deepTest('tables, types and functions of another program are found before anything is written', async (t) => {
  for (const [made, named] of [
    ['create table account (id int)', 'account'],
    ['create view delivery as select 1', 'delivery'],
    ["create type challenge as enum ('a')", 'challenge'],
    ['create domain device_trust as text', 'device_trust'],
    [
      'create function refuse_second_redemption() returns int language sql as $$ select 1 $$',
      'refuse_second_redemption',
    ],
    ['create table migration (id int)', 'migration'],
    ['create table migration (name text, run_on timestamptz)', 'migration'],
  ] as const) {
    const { url, tables } = await databaseOfRole(
      t,
      (role, database) => `alter database ${database} owner to ${role}; set role ${role}; ${made}; reset role`,
    );
    const before = await tables();
    const reason = await startOver(t, url);
    assert.match(reason, new RegExp(`(holds|table) ${named} of another program`), made);
    assert.match(reason, /create schema vouch authorization .*options=-csearch_path%3Dvouch/);
    assert.deepEqual(await tables(), before, 'nothing was made');
  }
});

deepTest('beside the tables of another program a schema of its own is enough', async (t) => {
  const { url } = await databaseOfRole(
    t,
    (role, database) =>
      `alter database ${database} owner to ${role}; create table account (id int); create table migration (id int); create schema vouch authorization ${role}`,
  );
  assert.equal(await startOver(t, withParameter(url, 'options', '-csearch_path=vouch')), 'started');
});

deepTest('tables that another version of Vouch made are not touched, unless it is only ahead', async (t) => {
  const databaseUrl = await freshDatabase();
  const db = await openLoggedDatabase(t, { databaseUrl });
  await db.sql`insert into migration (name) values ('0009_later.sql')`;
  const lines: string[] = [];
  assert.equal(await startOver(t, databaseUrl, lines), 'started');
  assert.ok(lines.some((line) => line.includes('0009_later.sql')));
  await db.sql`delete from migration where name like '0001%'`;
  assert.match(
    await startOver(t, databaseUrl),
    /another version of Vouch made its tables \(0009_later.sql\); start that version/,
  );
});

test('a migration that waits says so in the log, whatever it waits for', async (t) => {
  const databaseUrl = await freshDatabase({ migrated: false });
  const db = await openLoggedDatabase(t, { databaseUrl });
  const folder = await mkdtemp(join(tmpdir(), 'vouch-test-'));
  await writeFile(
    join(folder, '0001_full.sql'),
    "do $$ begin if to_regclass('room') is null then raise 'could not extend file: No space left on device' using errcode = 'disk_full'; end if; end $$;",
  );
  const lines: string[] = [];
  const migrating = migrate({
    sql: db.sql,
    log: memoryLog((line) => lines.push(line)),
    folder: pathToFileURL(`${folder}/`),
  });
  await eventually('a line', () =>
    lines.find((line) =>
      /migration waiting free the disk of the server 0001_full.sql: could not extend file/.test(line),
    ),
  );
  await db.sql`create table room ()`;
  await migrating;
  assert.match(lines.at(-1)!, /migration applied 0001_full.sql/);
});

deepTest('a pooler that is not named is found, whether it refuses our settings or ignores them', async (t) => {
  const address = parseConnectionString('postgres://u@h/d');
  const refused = Object.assign(new Error('unsupported startup parameter: statement_timeout'), { code: '08P01' });
  const told = explainStartupError(refused, address, address.hosts[0]!, 'none') as Error;
  assert.equal(told.name, 'StartupError');
  assert.match(
    told.message,
    /set DATABASE_POOLER=transaction, or, in session mode, its ignore_startup_parameters = options, .*statement_timeout/,
  );
  const wire = await countRoundTrips(await freshDatabase({ migrated: false }));
  cleanup(t, () => wire.close());
  assert.equal(await startOver(t, wire.url), 'started', 'what only passes on is none');
});

deepTest(
  'a pooler in transaction mode that ignores our settings is found by its connections, which are shared',
  async (t) => {
    const pooler = await openTransactionPooler(`${server.options.host}/.s.PGSQL.5432`);
    cleanup(t, () => pooler.close());
    const databaseUrl = `postgres://vouch@127.0.0.1:${pooler.port}/postgres`;
    assert.match(
      await startOver(t, databaseUrl),
      /stands a pooler in transaction mode: set DATABASE_POOLER=transaction/,
    );
    const log = memoryLog(() => {});
    const needs = { databaseUrl, dataDir: '', poolSize: 2, log, clock: databaseClock };
    const db = await openDatabase({ ...needs, databasePooler: 'transaction' });
    cleanup(t, () => db.close());
    assert.equal((await db.run(() => db.sql`select 1 as one`))[0]?.one, 1);
  },
);

test('errors of the start are told with the mend where they stay, and waited for where they pass', () => {
  const address = parseConnectionString('postgres://u:hunter2@h/d');
  const judge = (code: string, message: string, pooler: 'none' | 'transaction' = 'none') =>
    explainStartupError(Object.assign(new Error(message), { code }), address, address.hosts[0]!, pooler) as Error & {
      code?: string;
    };
  for (const [code, message, mend] of [
    ['28P01', 'password authentication failed for user "u"', /or the password of the role/],
    ['28000', 'no pg_hba.conf entry', /pg_hba.conf of the server/],
    ['3D000', 'database "d" does not exist', /correct DATABASE_URL/],
    ['42501', 'permission denied for database', /grant connect/],
    ['55000', 'database "d" is not currently accepting connections', /allow_connections/],
    ['08P01', 'no such database: d', /correct DATABASE_URL/],
    ['08P01', 'database "d" does not exist', /correct DATABASE_URL/],
    ['EACCES', 'connect EACCES /run/.s.PGSQL.5432', /folder of the socket/],
  ] as const) {
    const told = judge(code, message);
    assert.equal(told.name, 'StartupError', code);
    assert.match(told.message, /^The database postgres:\/\/u@h:5432\/d refuses us: /);
    assert.match(told.message, mend);
  }
  for (const [code, message] of [
    ['57P03', 'the database system is starting up'],
    ['53300', 'sorry, too many clients already'],
    ['ECONNREFUSED', 'connect ECONNREFUSED'],
    ['08P01', 'server login has been failing, try again later'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND h'],
    ['53100', 'disk full'],
  ] as const) {
    const told = judge(code, message);
    assert.notEqual(told.name, 'StartupError', code);
    assert.equal(told.code, code);
  }
  assert.match(
    judge('53300', 'sorry, too many clients already').message,
    /raise max_connections, or lower DATABASE_POOL/,
  );
});
