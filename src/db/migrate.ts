import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ISql, Row, Sql } from 'postgres';
import { errorCode, errorMessage } from '../kit/caught.ts';
import type { Log } from '../kit/log.ts';
import { recordOf } from '../kit/record.ts';
import { redactError } from '../kit/redact-error.ts';
import { checkSchema } from './check-schema.ts';
import { functionsToInstall, isInstalledMeanwhile } from './functions.ts';
import { anotherMigrates, takeTurn } from './migration-lock.ts';
import { serverTimeouts } from './session-settings.ts';
import { StartupError } from './startup-error.ts';
import { isUnavailable } from './unavailable.ts';

/**
 * Applies the missing `migrations/*.sql` in the order of their names, each whole or not at all. Several processes may
 * migrate at once, while others work. A migration that does not get a lock within a second gives way to the queries
 * behind it and is retried without a limit. A file whose first line is `-- outside a transaction` is for `create index
 * concurrently`; it has to work when it is started twice. A database that is newer than this version is used as it is,
 * with a warning. Then it installs the functions of this version; not with another `folder`, whose tables have none.
 */
export async function migrate({
  sql,
  log,
  folder = migrationsFolder,
}: {
  sql: Sql;
  log: Log;
  folder?: URL;
}): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(new URL(name, folder), 'utf8') })),
  );
  const applied = await retryWhileBusy(() => checkSchema(sql, migrations), 'the list of those applied', log);
  const unknown = [...applied].filter((name) => !names.includes(name));
  if (unknown.length > 0) log.warn({ migrations: unknown }, 'database newer than this version');
  for (const { name, text } of migrations.filter((migration) => !applied.has(migration.name))) {
    const run = text.startsWith(outside) ? applyOutside : apply;
    if (await retryWhileBusy(() => run(sql, name, text), name, log)) log.info({ migration: name }, 'migration applied');
  }
  if (folder === migrationsFolder) await retryWhileBusy(() => installFunctions(sql), 'the functions', log);
}

/** The same from `src/db` and from `dist/db`. */
const migrationsFolder = new URL('../../migrations/', import.meta.url);

/** Short, since every query that needs the lock queues behind our wait for it. */
const lockTimeoutMs = 1000;
/** The pause while another process migrates, and while the database is down, which `PrimaryConnection` logs. */
const pollMs = 100;

/** The interval of the log line that says what a migration waits for. */
const logIntervalMs = 5000;

async function retryWhileBusy<T>(attempt: () => Promise<T>, name: string, log: Log): Promise<T> {
  let loggedAt = Number.NEGATIVE_INFINITY;
  for (let backoffMs = 2000; ; backoffMs = Math.min(backoffMs * 2, 15_000)) {
    try {
      return await attempt();
    } catch (error) {
      const code = errorCode(error);
      // we have closed it ourselves, and it never comes back
      const isClosed = code === 'CONNECTION_ENDED';
      if (isClosed || (code !== anotherMigrates && !isUnavailable(error))) throw reasonFor(error, name);
      const isLockTimeout = code === '55P03' || code === '40P01';
      if (isLockTimeout)
        log.warn({ migration: name, retrySeconds: backoffMs / 1000, err: error }, 'migration postponed');
      else if (performance.now() - loggedAt >= logIntervalMs) {
        // An outage is logged elsewhere, and another process is mostly quick.
        if (loggedAt !== Number.NEGATIVE_INFINITY || /^(25006|53)/.test(String(code))) {
          const fix = code === '53100' ? { fix: 'free the disk of the server' } : {};
          log.warn({ ...fix, migration: name, err: error }, 'migration waiting');
        }
        loggedAt = performance.now();
      }
      await pause(isLockTimeout ? backoffMs : pollMs);
    }
  }
}

/** An error that no retry can cure, with the name of the migration; it was rolled back. */
function reasonFor(error: unknown, name: string): unknown {
  const safe = redactError(error);
  const [code, message] = [errorCode(safe), errorMessage(safe)];
  if (error instanceof StartupError || code === '') return error;
  return Object.assign(new StartupError(`Migration ${name} cannot be applied: ${message}; nothing of it was done`), {
    code,
  });
}

/**
 * Returns false if another process was faster. All statements go in one message of the simple protocol, which is one
 * transaction: the client (postgres 3.4) ends the process if the connection breaks within a transaction of several
 * messages.
 */
async function apply(sql: Sql, name: string, text: string): Promise<boolean> {
  const whole = [
    ...begin,
    `create table if not exists ${table}`,
    `insert into migration (name) values ('${name.replaceAll("'", "''")}')`,
    text,
  ];
  try {
    await sql.unsafe(whole.join(';\n')).simple();
    return true;
  } catch (error) {
    if (errorCode(error) === '23505' && recordOf(error).constraint_name === 'migration_pkey') return false;
    throw error;
  }
}

/** Installs the functions in one transaction, unless they are there or another process is faster. */
async function installFunctions(sql: Sql): Promise<void> {
  const text = await functionsToInstall(sql);
  if (text === undefined) return;
  try {
    await sql.unsafe([...begin, text].join(';\n')).simple();
  } catch (error) {
    if (!isInstalledMeanwhile(error)) throw error;
  }
}

const begin = [
  `select set_config('statement_timeout', '0', true), set_config('lock_timeout', '${lockTimeoutMs}', true)`,
  takeTurn,
];

const table = 'migration (name text primary key, applied_at timestamptz not null default now())';

const outside = '-- outside a transaction';

/**
 * Applies a migration whose statements PostgreSQL accepts only outside a transaction. A transaction on another
 * connection holds our turn. A process whose turn it is not ends its transaction before it tries again: `create index
 * concurrently` waits for the end of each transaction that had a snapshot when it looked, so that both would wait for
 * ever.
 */
async function applyOutside(sql: Sql, name: string, text: string): Promise<boolean> {
  if (!sql.options.prepare) {
    throw new StartupError(`Migration ${name} takes a connection of its own: start once with DATABASE_POOLER=none`);
  }
  if (sql.options.max < 2) throw new StartupError(`Migration ${name} takes two connections: set DATABASE_POOL to 2`);
  const reserved = await sql.reserve();
  try {
    return (await sql.begin(async (transaction) => {
      await transaction`select set_config('statement_timeout', '0', true),
        set_config('idle_in_transaction_session_timeout', '0', true)`;
      await transaction.unsafe(takeTurn).simple();
      await transaction.unsafe(`create table if not exists ${table}`);
      const done = await runSimple(transaction, 'select name from migration');
      if (done.some((row) => row.name === name)) return false;
      // No lock timeout: these statements let other queries pass while they wait.
      await reserved`select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`;
      for (const statement of text.split(/;\s*$/m)) if (statement.trim()) await reserved.unsafe(statement);
      return recordApplied(transaction, name);
    })) as boolean;
  } finally {
    await reserved`select set_config('statement_timeout', ${String(serverTimeouts.statement_timeout)}, false),
      set_config('lock_timeout', ${String(serverTimeouts.lock_timeout)}, false)`.catch(() => {});
    reserved.release();
  }
}

/**
 * Uses the simple protocol for a transaction that then waits: the extended one leaves a portal, which holds a snapshot.
 */
function runSimple(sql: ISql, text: string): PromiseLike<Row[]> {
  return sql.unsafe(text).simple();
}

async function recordApplied(sql: ISql, name: string): Promise<boolean> {
  const [inserted] = await sql`insert into migration (name) values (${name}) on conflict do nothing returning name`;
  return inserted !== undefined;
}
