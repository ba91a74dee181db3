import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import type { Log } from '../kit/log.ts';

/**
 * Applies `migrations/*.sql` that this database lacks, in the order of their names, each whole or not at all. Several
 * processes may do so at once, while others work: one that does not get a lock within a second gives way to those who
 * wait behind it and is tried again, without an end. A database that is ahead of us is used as it is, with a warning.
 */
export async function migrate({ sql, log, folder = ours }: { sql: Sql; log: Log; folder?: URL }): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const applied = await appliedTo(sql);
  const unknown = [...applied].filter((name) => !names.includes(name));
  if (unknown.length > 0) log.warn(`The database is ahead of this version: it has ${unknown.join(', ')}`);
  for (const name of names.filter((one) => !applied.has(one))) {
    const text = await readFile(new URL(name, folder), 'utf8');
    if (await patiently(() => apply(sql, name, text), name, log)) log.info(`Applied migration ${name}`);
  }
}

/** The same from `src/db` and from `dist/db`. */
const ours = new URL('../../migrations/', import.meta.url);

async function appliedTo(sql: Sql): Promise<Set<string>> {
  const [found] = await sql`select to_regclass('migration') is not null as there`;
  const rows = found?.there ? await sql<{ name: string }[]>`select name from migration` : [];
  return new Set(rows.map((row) => row.name));
}

/** Not longer than a person may wait: whoever comes after a lock that is waited for waits behind it. */
const lockTimeoutMs = 1000;

async function patiently<T>(attempt: () => Promise<T>, name: string, log: Log): Promise<T> {
  for (let restMs = 2000; ; restMs = Math.min(restMs * 2, 15_000)) {
    try {
      return await attempt();
    } catch (fault) {
      const { code, message } = fault as { code?: unknown; message: string };
      if (code !== '55P03' && code !== '40P01') throw fault;
      log.warn(`Migration ${name} gives way to others and is tried again in ${restMs / 1000} s: ${message}`);
      await pause(restMs);
    }
  }
}

/** False if another process was quicker. */
function apply(sql: Sql, name: string, text: string): Promise<boolean> {
  return sql.begin(async (transaction) => {
    // A migration may take longer than a statement of a request, and so may the wait for another process's.
    await transaction`select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)`;
    await transaction`select pg_advisory_xact_lock(${lock})`;
    await transaction`
      create table if not exists migration (name text primary key, applied_at timestamptz not null default now())`;
    const [mine] =
      await transaction`insert into migration (name) values (${name}) on conflict do nothing returning name`;
    await transaction`select set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`;
    if (mine) await transaction.unsafe(text);
    return mine !== undefined;
  }) as Promise<boolean>;
}

/** Any number, ours alone in the database. */
const lock = 7_380_271_943;
