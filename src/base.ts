import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { migrate } from './db/migrate.ts';
import { type OpenDatabase, openDatabase } from './db/open.ts';
import { databaseClock } from './kit/clock.ts';
import { orAborted, type Shutdown } from './kit/shutdown.ts';
import { startSweeping } from './sweep.ts';

/** What there is once, however many processes serve: the database in its newest shape, and the sweeping of it. */
export interface Base {
  readonly db: OpenDatabase;
  /** Sweeps from now on by how long this configuration lets a session live. */
  sweepBy(config: Config): void;
  /** In reverse order; a server of our own is stopped. */
  close(): Promise<void>;
}

/**
 * Opens it with so many connections; `others` are those that other processes will hold. A shutdown that is requested
 * meanwhile ends it with a rejection, and nothing stays open.
 */
export async function openBase(
  config: Config,
  log: Logger,
  { connections, others, shutdown }: { connections: number; others: number; shutdown: Shutdown },
): Promise<Base> {
  const db = await openDatabase({ ...config, poolSize: connections, others, log, clock: databaseClock, shutdown });
  try {
    await orAborted(migrate({ sql: db.sql, log }), shutdown.requested);
  } catch (fault) {
    await db.close();
    throw fault;
  }
  let stopSweeping = () => {};
  return {
    db,
    sweepBy: ({ session, sms }) => {
      stopSweeping();
      stopSweeping = startSweeping({ db, life: session, log, keepDays: sms.keepDays });
    },
    close: async () => {
      stopSweeping();
      await db.close();
    },
  };
}
