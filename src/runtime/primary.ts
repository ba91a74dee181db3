import type { Logger } from 'pino';
import type { Sql } from 'postgres';
import { changeMonths } from '../audit/months-store.ts';
import type { Config } from '../config/config.ts';
import { migrate } from '../db/migrate.ts';
import { type OpenDatabase, openDatabase } from '../db/open.ts';
import { onceAvailable } from '../db/unavailable.ts';
import { changeDays } from '../deliveries/days-store.ts';
import { databaseClock } from '../kit/clock.ts';
import { orAborted, type Shutdown } from '../kit/shutdown.ts';
import type { WebhookAttempts } from '../metrics/exposition.ts';
import { startBackground } from './background.ts';

/** The resources that exist once, however many processes serve: the migrated database and its cleanup. */
export interface Primary {
  readonly db: OpenDatabase;
  /** The number of connections that the server has for us in all; unlimited behind a pooler. */
  readonly maxConnections: number;
  /** The attempts of webhooks by this process. */
  webhookAttempts(): WebhookAttempts;
  /** Starts the cleanup and the sealing of the audit trail, and webhooks, or restarts them with this configuration. */
  configureCleanup(config: Config): void;
  /** Closes everything in reverse order, and stops a server of our own. */
  close(): Promise<void>;
}

/**
 * Opens the database with `connections` connections; `others` are the connections of other processes. Rejects if a
 * shutdown is requested meanwhile, and leaves nothing open then.
 */
export async function startPrimary(
  config: Config,
  log: Logger,
  { connections, others, shutdown }: { connections: number; others: number; shutdown: Shutdown },
): Promise<Primary> {
  const db = await openDatabase({ ...config, poolSize: connections, others, log, clock: databaseClock, shutdown });
  let maxConnections: number;
  try {
    maxConnections = await orAborted(prepare(db, config, log), shutdown.requested);
  } catch (error) {
    await db.close();
    throw error;
  }
  let stopBackground = async () => {};
  const attempts = { delivered: 0, failed: 0 };
  return {
    db,
    maxConnections,
    webhookAttempts: () => attempts,
    configureCleanup: (current) => {
      void stopBackground();
      stopBackground = startBackground(db, log, current, (result) => {
        attempts[result] += 1;
      });
    },
    close: async () => {
      await stopBackground();
      await db.close();
    },
  };
}

/** Migrates the database and makes the partitions of today, tomorrow and this month; the number of connections that it has for us. */
async function prepare(db: OpenDatabase, config: Config, log: Logger): Promise<number> {
  const { sms, databasePooler, auditKeepDays } = config;
  await migrate({ sql: db.sql, log });
  // without today's partition rows go to the default one
  const warn = (error: Error) => log.warn({ err: error }, 'clean-up failed');
  await changeDays({ db, log, keepDays: sms.deliveriesKeepDays, daysAhead: 1 }).catch(warn);
  await changeMonths({ db, log, keepDays: auditKeepDays, monthsAhead: 0 }).catch(warn);
  return databasePooler === 'none' ? onceAvailable(() => findMaxConnections(db.sql)) : Number.POSITIVE_INFINITY;
}

/** The lowest of the connection limits of the server, the database and the role. */
async function findMaxConnections(sql: Sql): Promise<number> {
  const [row] = await sql<{ room: number }[]>`
    select least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int,
      nullif((select rolconnlimit from pg_roles where rolname = current_user), -1),
      nullif((select datconnlimit from pg_database where datname = current_database()), -1)) as room`;
  return row?.room ?? Number.POSITIVE_INFINITY;
}
