import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { onlyRow } from '../../src/kit/present.ts';
import { openTestDatabase } from './create-database.ts';

/**
 * The databases that tests of this process have done with. To empty one by `delete` takes a tenth of the time in which
 * PostgreSQL copies a new one, and a fifth of that of `truncate`.
 */
const free: string[] = [];
let pristine: Promise<Pristine> | undefined;

/** A database before its first use: the fingerprint of its schema, and its tables that are empty then. */
interface Pristine {
  readonly fingerprint: string;
  readonly emptyTables: readonly string[];
}

/** A database that was given back, emptied, or else a new one, which `create` makes. */
export async function takeDatabase(create: () => Promise<string>): Promise<string> {
  for (let url = free.pop(); url !== undefined; url = free.pop()) {
    if (await withConnection(url, empty)) return url;
  }
  const url = await create();
  pristine ??= withConnection(url, readPristine);
  await pristine;
  return url;
}

/** Gives a database back whose users have closed their connections, or are about to. */
export function giveDatabaseBack(url: string): void {
  free.push(url);
}

/** False if a test changed the schema of the database, or left a connection open. */
async function empty(sql: Sql): Promise<boolean> {
  const { fingerprint, emptyTables } = await (pristine as Promise<Pristine>);
  if (!(await isUnused(sql)) || (await fingerprintOf(sql)) !== fingerprint) return false;
  await sql.unsafe(emptyTables.map((table) => `delete from ${table}`).join(';'));
  return true;
}

/** Waits up to a second for the connections of others to end. */
async function isUnused(sql: Sql): Promise<boolean> {
  for (let look = 0; look < 100; look++) {
    const others = await sql`select from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
    if (others.length === 0) return true;
    await pause(10);
  }
  return false;
}

async function readPristine(sql: Sql): Promise<Pristine> {
  const tables = await sql<{ name: string }[]>`select c.oid::regclass::text as name from pg_class c
    where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
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

async function withConnection<T>(url: string, use: (sql: Sql) => Promise<T>): Promise<T> {
  const { sql, close } = openTestDatabase(url);
  try {
    return await use(sql);
  } finally {
    await close();
  }
}
