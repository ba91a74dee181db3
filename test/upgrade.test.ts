import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Sql } from 'postgres';
import { createDatabase as wrapClient } from '../src/db/database.ts';
import { migrate } from '../src/db/migrate.ts';
import { changeDays } from '../src/deliveries/days-store.ts';
import { insertingAccounts } from './support/accounts.ts';
import { AppProcess, connectDatabase, insertPeople } from './support/app-processes.ts';
import { createDatabase, openTestDatabase } from './support/create-database.ts';
import { deepTest } from './support/depth.ts';
import { cleanup, emptyFolder, eventually, memoryLog } from './support/embedded-database.ts';
import { anyNumber } from './support/harness.ts';
import { messageId } from './support/message-id.ts';
import { debianBinaries, Postgres } from './support/postgres.ts';

const script = fileURLToPath(new URL('../deploy/upgrade/upgrade.sh', import.meta.url));
const programs = debianBinaries(15);
const skip = programs ? false : 'PostgreSQL 15 is not installed in /usr/lib/postgresql/15';
const password = 'p@ss/w%rd';
/** 500,000 for the figures of docs/scale.md. */
const accounts = Number(process.env.UPGRADE_ACCOUNTS ?? 3000);

/** The old server, the new one, and the script between databases of theirs. */
interface Upgrade {
  readonly oldUrl: string;
  readonly newUrl: string;
  readonly oldSql: Sql;
  readonly newSql: Sql;
  readonly oldServer: Postgres;
  readonly newServer: Postgres;
  /** Runs a step; fails if it prints a password or gives one to a program. */
  run(...words: string[]): Promise<{ code: number | null; text: string }>;
}

const logical: Record<string, string> = { wal_level: 'logical' };

/** Starts PostgreSQL 15 with our tables and 18 without, which take nobody without a password. */
async function openUpgrade(
  t: TestContext,
  { settings = logical, newSettings = {}, newDatabase = 'create database app' } = {},
): Promise<Upgrade> {
  const start = async (needs: { binaries?: string; settings: Record<string, string> }) => {
    const server = await Postgres.start({ folder: await emptyFolder(t), ...needs });
    cleanup(t, () => server.stop());
    await requirePassword(server);
    return server;
  };
  const oldServer = await start({ binaries: programs!, settings });
  const newServer = await start({ settings: { log_statement: 'all', ...newSettings } });
  const oldUrl = await createDatabase(withPassword(oldServer), 'app');
  const admin = openTestDatabase(withPassword(newServer));
  await admin.sql.unsafe(newDatabase);
  await admin.close();
  const newUrl = withPassword(newServer).replace(/postgres$/, 'app');
  const [oldSql, newSql] = [oldUrl, newUrl].map((url) => openTestDatabase(url)) as [Opened, Opened];
  for (const { close } of [oldSql, newSql]) cleanup(t, close);
  const run = await openScript(t, { OLD_DATABASE_URL: oldUrl, NEW_DATABASE_URL: newUrl });
  return { oldUrl, newUrl, oldSql: oldSql.sql, newSql: newSql.sql, oldServer, newServer, run };
}

type Opened = ReturnType<typeof openTestDatabase>;

function withPassword(server: Postgres): string {
  return server.url().replace('vouch@', `vouch:${encodeURIComponent(password)}@`);
}

async function requirePassword(server: Postgres): Promise<void> {
  const admin = server.admin();
  await admin.unsafe(`alter role vouch password '${password}'`);
  await writeFile(
    join(server.cluster, 'pg_hba.conf'),
    ['all', 'replication'].map((database) => `host ${database} all 127.0.0.1/32 scram-sha-256\n`).join(''),
  );
  await admin`select pg_reload_conf()`;
  await admin.end();
}

/** The process group of the step that runs. */
let running: number | undefined;

/** The script with programs that note their command lines. */
async function openScript(t: TestContext, env: Record<string, string>): Promise<Upgrade['run']> {
  const folder = await emptyFolder(t);
  const calls = join(folder, 'calls');
  const recorded = async (name: string) => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${calls}'\nexec ${join(programs!, name)} "$@"\n`);
    await chmod(path, 0o755);
    return path;
  };
  const own = { PSQL: await recorded('psql'), PG_DUMP: await recorded('pg_dump'), PATH: process.env.PATH };
  return async (...words) => {
    const child = spawn(script, words, { env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    running = child.pid;
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    const [code] = await once(child, 'close');
    const seen = text + (await readFile(calls, 'utf8').catch(() => ''));
    for (const secret of [password, encodeURIComponent(password)])
      assert.ok(!seen.includes(secret), 'a password is seen');
    t.diagnostic(`${words.join(' ')} (${code}): ${text.trim()}`);
    return { code, text };
  };
}

async function succeed(run: Upgrade['run'], ...words: string[]): Promise<string> {
  const { code, text } = await run(...words);
  assert.equal(code, 0, text);
  return text;
}

async function refused(run: Upgrade['run'], why: RegExp, ...words: string[]): Promise<void> {
  const { code, text } = await run(...words);
  assert.equal(code, 1, text);
  assert.match(text, why);
}

function since(start: number): string {
  return ((performance.now() - start) / 1000).toFixed(1);
}

/** So many accounts with an invite, a session, a device and a message each. */
async function insertAccounts(sql: Sql, count: number): Promise<void> {
  await sql`set statement_timeout = 0`;
  await sql`create temporary table made as select n, gen_random_uuid() as id, '+7905' || lpad(n::text, 7, '0') as phone,
    (select string_agg(substr('23456789BCDFGHJKMNPQRSTVWXZ', (n / power(27, at)::int) % 27 + 1, 1), '' order by at)
      from generate_series(0, 6) at) as code from generate_series(1, ${count}::int) n`;
  await sql.unsafe(insertingAccounts('select id, phone as phone_number, code, now() as created_at from made'));
  await sql`insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
    select id, sha256(id::text::bytea), gen_random_uuid(), now(), now(), now() + interval '1 year', '', '127.0.0.1' from account`;
  await sql`insert into trusted_device select id, sha256(phone_number::bytea), now() from account`;
  await sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state,
      channel, provider, requested_at, useful_until, is_repeat)
    select ${sql.unsafe(messageId('now()'))}, 1, gen_random_uuid(), '', 6, phone_number, 'RU', '', 'ru', 'delivered', 'sms', 'console', now(),
      now(), false from account`;
  await sql`drop table made`;
}

/** A day that the new server does not know gets its partition during the copy, and a message. */
async function insertIntoNewDay(sql: Sql): Promise<void> {
  const db = wrapClient(sql, { aheadMs: 20 * 86_400_000 });
  // the copy holds locks for a while, and a day is postponed then
  await eventually('a new day', async () => {
    const days = await db.call('days_to_change', { days_ahead: 0, keep_days: 60 });
    await changeDays({ db, log: memoryLog(() => {}), keepDays: 60, daysAhead: 0 });
    return days.length === 0;
  });
  const at = "now() + interval '20 days'";
  await sql.unsafe(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, requested_at, useful_until, is_repeat)
    values (${messageId(at)}, 1, gen_random_uuid(), '', 6, '+79990000000', 'RU', '', 'ru', 'delivered', 'sms', 'console', ${at},
      ${at}, false)`);
  const [row] = await sql`select tableoid::regclass::text as place from delivery where phone_number = '+79990000000'`;
  assert.match(row!.place, /^delivery_\d{8}$/);
}

/** All that the script adds to the old server. */
async function leftOnOld(sql: Sql): Promise<string[]> {
  const rows = await sql<{ what: string }[]>`
    select 'slot ' || slot_name as what from pg_replication_slots
    union all select 'publication ' || pubname from pg_publication
    union all select 'schema ' || nspname from pg_namespace where nspname ~ 'upgrade'
    union all select 'trigger ' || tgname from pg_trigger where tgname ~ 'upgrade'`;
  return rows.map(({ what }) => what);
}

/** Acknowledged effects of clients that sign up, redeem and erase until they are stopped. */
class Clients {
  readonly people: { phone: string; token: string }[] = [];
  readonly redeemed: string[] = [];
  readonly erased: { phone: string; token: string }[] = [];
  readonly refusals: number[] = [];
  acknowledgedAt = 0;
  #stopped = false;
  readonly #done: Promise<unknown>;

  constructor(app: AppProcess, concurrency: number) {
    this.#done = Promise.all(Array.from({ length: concurrency }, () => this.#live(app)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #live(app: AppProcess): Promise<void> {
    let inviter = '';
    for (let turn = 1; !this.#stopped; turn += 1) {
      const phone = anyNumber();
      const asked = await app.call('POST', '/api/request-sms/', { phone_number: phone });
      if (!this.#isAnswered(asked.status, 201)) {
        await pause(20);
        continue;
      }
      const [code = ''] = await app.codes(phone);
      const verified = await app.verify(phone, code);
      if (!this.#isAnswered(verified.status, 201)) continue;
      const person = { phone, token: verified.data.token as string };
      const me = await app.call('GET', '/api/users/me', undefined, person.token);
      if (turn % 10 === 0) {
        const erased = await app.call('DELETE', '/api/users/me', undefined, person.token);
        if (this.#isAnswered(erased.status, 204)) this.erased.push(person);
        continue;
      }
      this.people.push(person);
      if (inviter !== '') {
        const path = '/api/users/me/invite_code';
        const redeemed = await app.call('PATCH', path, { invite_code: inviter }, person.token);
        if (this.#isAnswered(redeemed.status, 200)) this.redeemed.push(person.phone);
      }
      if (me.status === 200) inviter = me.data.referal_code;
    }
  }

  /** Whether a write was acknowledged; one that was not is told as a short outage. */
  #isAnswered(status: number, wanted: number): boolean {
    if (status !== wanted) this.refusals.push(status);
    else this.acknowledgedAt = performance.now();
    return status === wanted;
  }
}

deepTest('PostgreSQL 15 is upgraded to 18 under sign-ins, and nothing acknowledged is lost', { skip }, async (t) => {
  const { oldUrl, newUrl, oldSql, newSql, newServer, run } = await openUpgrade(t);
  await oldSql`alter role vouch set work_mem = '5MB'`;
  const before = await insertPeople(oldSql, 20);
  await insertAccounts(oldSql, accounts);
  const app = await AppProcess.start(oldUrl);
  const clients = new Clients(app, 3);
  await eventually('sign-ins', () => clients.people.length > 5);
  await succeed(run, 'check');
  const copiedFrom = performance.now();
  assert.match(await succeed(run, 'copy'), /work_mem = '5MB'|work_mem to '5MB'/);
  await insertIntoNewDay(oldSql);
  assert.match(await succeed(run, 'copy'), /runs already/);
  assert.match(await succeed(run, 'status', '--wait'), /All \d+ tables are copied\.\n.*lags .* behind[\s\S]*in step/);
  const during = clients.people.length;
  t.diagnostic(`${accounts} accounts in step after ${since(copiedFrom)} s, ${during} sign-ups meanwhile`);
  await refused(run, /still in use\. Connections: .*vouch/, 'finish');
  assert.deepEqual(clients.refusals, [], 'nobody notices until the switch');
  await eventually('sign-ins after the copy', () => clients.people.length > during + 5);
  const finished = await succeed(run, 'finish', '--lock');
  assert.match(
    finished,
    /rows are equal, in number and hash[\s\S]*Start Vouch with its DATABASE_URL .*port \d+, database app/,
  );
  await eventually('a refusal', () => clients.refusals.length > 0);
  const acknowledged = clients.people.length;
  await pause(300);
  await clients.stop();
  assert.equal(clients.people.length, acknowledged, 'the old database takes no writes after the switch');
  assert.deepEqual([...new Set(clients.refusals)], [503]);
  await app.stop();

  // as the product does at its start
  await migrate({ sql: newSql, log: memoryLog(() => {}) });
  const after = await AppProcess.start(newUrl);
  await after.signUp();
  t.diagnostic(`the switch took ${since(clients.acknowledgedAt)} s from the last write there to the first here`);
  for (const { phone, token } of [...clients.people, before[0]!, before.at(-1)!]) {
    const me = await after.call('GET', '/api/users/me', undefined, token);
    assert.deepEqual([me.status, me.data.phone_number], [200, phone]);
  }
  for (const { token } of clients.erased) {
    assert.equal((await after.call('GET', '/api/users/me', undefined, token)).status, 401);
  }
  const [late] =
    await newSql`select tableoid::regclass::text as place from delivery where phone_number = '+79990000000'`;
  assert.equal(late?.place, 'delivery_rest', 'a message of a day that came during the copy');
  const rows = await newSql<{ phone_number: string }[]>`
    select phone_number from account join invite on account_id = id where inviter_id is not null`;
  const guests = new Set(rows.map((row) => row.phone_number));
  assert.ok(clients.redeemed.length > 5 && clients.erased.length > 0, 'there was something to lose');
  for (const phone of clients.redeemed) assert.ok(guests.has(phone), `${phone} has redeemed`);
  assert.equal(after.errors, '');
  assert.deepEqual(await leftOnOld(oldSql).then((all) => all.filter((what) => !/schema|trigger/.test(what))), []);
  assert.equal((await newSql`select from pg_subscription`).length, 0);
  await refused(run, /has changed since the switch, in: .*account.*lost/s, 'abort');
  await assert.rejects(oldSql`delete from session`, /has moved to another server/);
  const log = await readFile(join(newServer.cluster, '..', 'postgres.log'), 'utf8');
  assert.match(log, /vouch_upgrade\.state/, 'the log has statements of the script');
  assert.doesNotMatch(log, /connection 'postgres:/i);
});

deepTest('a check reports all obstacles of an upgrade at once, each with its fix', { skip }, async (t) => {
  const { oldSql, newSql, run } = await openUpgrade(t, {
    settings: { wal_level: 'replica', max_replication_slots: '1', max_wal_senders: '2' },
    newSettings: {
      max_logical_replication_workers: '1',
      max_active_replication_origins: '1',
      max_worker_processes: '2',
    },
    newDatabase: "create database app encoding 'SQL_ASCII' template template0",
  });
  await oldSql`create table without_key (a integer)`;
  await oldSql`create unlogged table volatile_rows (a integer primary key)`;
  await oldSql`create role owner_of_old`;
  await oldSql`alter table volatile_rows owner to owner_of_old`;
  await oldSql`alter role vouch in database app set statement_timeout = 8000`;
  await newSql`create table of_another_program (a integer)`;
  const { code, text } = await run('check');
  assert.equal(code, 1);
  const expected = [
    /wal_level of the old server is replica.*\n {2}Fix: alter system set wal_level = logical/,
    /old server has 1 of 1 replication slots left.*\n {2}Fix: alter system set max_replication_slots = 3/,
    /old server has 2 of 2 WAL senders left.*\n {2}Fix: alter system set max_wal_senders = 3/,
    /table without_key has no primary key.*\n {2}Fix: alter table public\.without_key add primary key/,
    /table volatile_rows is unlogged.*\n {2}Fix: alter table public\.volatile_rows set logged/,
    /statement_timeout of the role vouch is 8000.*\n {2}Fix: use another role/,
    /schema public of the new database is not empty: it has of_another_program.*\n {2}Fix: create a new database/,
    /max_logical_replication_workers of the new server is 1.*\n {2}Fix: alter system/,
    /max_active_replication_origins of the new server is 1.*\n {2}Fix: alter system/,
    /max_worker_processes of the new server is 2.*\n {2}Fix: alter system/,
    /new server has no role owner_of_old.*\n {2}Fix: create role owner_of_old/,
    /new database has encoding SQL_ASCII.*the old one has encoding UTF8.*\n {2}Fix: create the new database/,
  ];
  for (const fault of expected) assert.match(text, fault);
  assert.match(text, /^Obstacles: 12\./m);
  await refused(run, /Obstacles: 12/, 'copy');
  assert.deepEqual(await leftOnOld(oldSql), []);
  assert.equal((await newSql`select from pg_subscription`).length, 0);
});

deepTest('an upgrade that is aborted leaves no slot, and the old database takes writes', { skip }, async (t) => {
  const { oldUrl, oldSql, newSql, newServer, run } = await openUpgrade(t);
  const [first] = await insertPeople(oldSql, 50);
  const watcher = await connectDatabase(oldUrl);
  await succeed(run, 'copy');
  assert.ok((await leftOnOld(watcher)).includes('slot vouch_upgrade'));
  await succeed(run, 'abort');
  assert.deepEqual(await leftOnOld(watcher), []);
  await succeed(run, 'copy');
  await succeed(run, 'status', '--wait');

  await newSql`delete from session where account_id = (select account_id from session limit 1)`;
  await refused(run, /rows differ in: session[\s\S]*unlocked again/, 'finish', '--lock');
  await insertPeople(oldSql, 1);
  await succeed(run, 'abort');
  await succeed(run, 'copy');
  await succeed(run, 'status', '--wait');
  assert.match(await succeed(run, 'finish', '--lock', '--count'), /rows are equal, in number, after/);
  await assert.rejects(insertPeople(oldSql, 1), /has moved to another server/);
  assert.match(await succeed(run, 'finish'), /slot and the publication are dropped/, 'again');
  assert.match(await succeed(run, 'abort'), /The old database is as it was/, 'the way back loses nothing');
  assert.deepEqual(await leftOnOld(watcher), []);

  const stopped = oldSql.begin(async (sql) => {
    // the copy cannot begin before this transaction ends
    await sql`set local idle_in_transaction_session_timeout = 0`;
    await sql`insert into early_receipt values ('', '', 'failed', null, now())`;
    const killed = run('copy');
    await eventually('the slot', async () => (await leftOnOld(watcher)).some((what) => what.startsWith('slot')));
    process.kill(-running!, 'SIGKILL');
    assert.equal((await killed).code, null);
    await succeed(run, 'abort');
  });
  await stopped;
  await pause(1000);
  assert.deepEqual(await leftOnOld(watcher), [], 'nothing of a copy that was killed comes later');

  await succeed(run, 'copy');
  await newServer.stop();
  assert.match(await succeed(run, 'abort'), /could not be dropped/);
  assert.deepEqual(
    (await leftOnOld(watcher)).filter((what) => !what.startsWith('slot pg_')),
    [],
  );
  const app = await AppProcess.start(oldUrl);
  assert.equal((await app.call('GET', '/api/users/me', undefined, first!.token)).status, 200);
  await app.signUp();
});
