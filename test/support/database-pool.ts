import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { Sql } from 'postgres';
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts';
import { type Clock, databaseClock } from '../../src/kit/clock.ts';
import type { Log } from '../../src/kit/log.ts';
import { onlyRow } from '../../src/kit/present.ts';
import { withParameter } from './create-database.ts';

/** The log and the clock of the app that has a database. */
interface User {
  log: Log;
  clock: Clock;
}

/** A database for one app after the other. */
interface Pooled {
  readonly database: OpenDatabase;
  readonly user: User;
}

/**
 * The databases that tests of this process have done with, with their connections: to open ten, and to plan our
 * statements in each, takes PostgreSQL half a second of processor time. To empty a database by `delete` takes a tenth of
 * the time in which PostgreSQL copies a new one, and a fifth of that of `truncate`.
 */
const free: Pooled[] = [];
let pristine: Promise<Pristine> | undefined;
const nobody: User = { log: pino({ level: 'silent' }), clock: databaseClock };
/** How PostgreSQL knows connections of ours from those that a test left open. */
const pooled = 'vouch-pooled';

/** A database before its first use: the fingerprint of its schema, and its tables that are empty then. */
interface Pristine {
  readonly fingerprint: string;
  readonly emptyTables: readonly string[];
}

/**
 * A database that was given back, emptied, or else a new one, whose URL `create` makes. `close` gives it back, once
 * nothing of the user runs any more.
 */
export async function takeDatabase(create: () => Promise<string>, user: User): Promise<OpenDatabase> {
  for (let one = free.pop(); one !== undefined; one = free.pop()) {
    Object.assign(one.user, user);
    if (await empty(one.database.sql)) return lent(one);
    await one.database.close();
  }
  const url = await create();
  const own = { ...user };
  const database = await openDatabase({
    databaseUrl: withParameter(url, 'application_name', pooled),
    dataDir: '',
    poolSize: 10,
    log: logOf(own),
    clock: {
      get aheadMs() {
        return own.clock.aheadMs;
      },
    },
  });
  pristine ??= readPristine(database.sql);
  await pristine;
  return lent({ database: { ...database, url }, user: own });
}

const shared = new Map<string, Promise<OpenDatabase>>();

/**
 * A database whose four connections all apps of this process share, each by its own clock. A connection to a front database
 * has one to each database of the groups, and each of those plans our functions anew: most of what a test costs there.
 */
export async function shareDatabase(databaseUrl: string, clock: Clock): Promise<OpenDatabase> {
  const opening =
    shared.get(databaseUrl) ??
    openDatabase({ databaseUrl, dataDir: '', poolSize: 4, log: nobody.log, clock: nobody.clock });
  shared.set(databaseUrl, opening);
  const { sql, ...database } = await opening;
  const now = () => sql`(now() + ${clock.aheadMs}::float8 * interval '1 millisecond')`;
  return { ...database, sql, now, close: async () => {} };
}

/** Closes the connections of all databases that were given back or shared. */
export async function closeDatabases(): Promise<void> {
  for (const opening of shared.values()) await (await opening).close();
  shared.clear();
  await Promise.all(free.splice(0).map(({ database }) => database.close()));
}

function lent(one: Pooled): OpenDatabase {
  const close = async () => {
    Object.assign(one.user, nobody);
    free.push(one);
  };
  return { ...one.database, close };
}

/** What the database says goes to the log of its user. */
function logOf(user: User): Log {
  const say = (level: keyof Log) => (first: object, message?: string) => user.log[level](first, message);
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), fatal: say('fatal') } as Log;
}

/** False if a test changed the schema of the database, or left a connection or a transaction open. */
async function empty(sql: Sql): Promise<boolean> {
  const { fingerprint, emptyTables } = await (pristine as Promise<Pristine>);
  if (!(await isUnused(sql)) || (await fingerprintOf(sql)) !== fingerprint) return false;
  const statements = emptyTables.map((table) => (table === 'audit_event' ? emptyAuditTrail : `delete from ${table}`));
  await sql.unsafe(statements.join(';'));
  return true;
}

/** Empties the audit trail month by month, since nothing less may be deleted; `truncate` takes longer. */
export const emptyAuditTrail = `do $$
declare v_month text;
begin
  for v_month in select distinct to_char(at at time zone 'utc', 'YYYY-MM') from audit_event loop
    perform set_config('vouch_audit.dropped_month', v_month, true);
    delete from audit_event where to_char(at at time zone 'utc', 'YYYY-MM') = v_month;
  end loop;
  perform set_config('vouch_audit.dropped_month', '', true);
end $$`;

/** Waits up to a second for what others do to end. */
async function isUnused(sql: Sql): Promise<boolean> {
  for (let look = 0; look < 100; look++) {
    const others = await sql`select from pg_stat_get_activity(null)
      where datid = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
        and backend_type = 'client backend' and (application_name <> ${pooled} or state <> 'idle')`;
    if (others.length === 0) return true;
    await pause(10);
  }
  return false;
}

async function readPristine(sql: Sql): Promise<Pristine> {
  const tables = await sql<{ name: string }[]>`select c.oid::regclass::text as name from pg_class c
    where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace order by 1`;
  const probes = tables.map(({ name }) => `select '${name}' as name where not exists (select from ${name})`);
  const emptyTables = await sql.unsafe<{ name: string }[]>(probes.join(' union all '));
  return { fingerprint: await fingerprintOf(sql), emptyTables: emptyTables.map(({ name }) => name) };
}

async function fingerprintOf(sql: Sql): Promise<string> {
  const rows = await sql<{ fingerprint: string }[]>`select md5(concat(
    (select string_agg(concat_ws(':', c.oid, relnatts, relchecks, relhastriggers, relhasrules, relacl), ',' order by c.oid)
      from pg_class c where relnamespace = 'public'::regnamespace),
    (select string_agg(concat_ws(':', p.oid, p.xmin), ',' order by p.oid) from pg_proc p where p.oid >= 16384),
    (select string_agg(concat_ws(':', setrole, setconfig), ',' order by setrole) from pg_db_role_setting
      where setdatabase = (select oid from pg_database where datname = current_database())))) as fingerprint`;
  return onlyRow(rows).fingerprint;
}
