import type { Config } from '../config/config.ts';
import type { OpenDatabase } from '../db/open.ts';
import { errorCode, errorMessage } from '../kit/caught.ts';
import { recordOf } from '../kit/record.ts';
import { orAborted, type Shutdown } from '../kit/shutdown.ts';
import { printError } from './print.ts';

const databaseTimeoutMs = 10_000;

/** Connects to the embedded server if it runs already; otherwise opens the database until `run` has ended. */
export async function useDatabase<T>(
  config: Config,
  shutdown: Shutdown,
  run: (db: OpenDatabase) => Promise<T>,
): Promise<T> {
  const { findRunningServer: runningDatabase } = await import('../db/embedded/find-running-server.ts');
  const runningServer = config.databaseUrl ? undefined : await runningDatabase(config.dataDir);
  const databaseUrl = config.databaseUrl ?? runningServer?.url;
  const db = await openInTime(config, databaseUrl, shutdown);
  try {
    return await orAborted(run(db), shutdown.requested);
  } finally {
    await db.close();
    await runningServer?.release();
  }
}

/**
 * Reports on standard error what it waits for. Gives up after 10 s, except for a server of our own, which may have to
 * be initialized first.
 */
async function openInTime(config: Config, databaseUrl: string | undefined, shutdown: Shutdown): Promise<OpenDatabase> {
  const { parseConnectionString: addressOf } = await import('../db/connection-string.ts');
  const { openDatabase } = await import('../db/open.ts');
  const { databaseClock } = await import('../kit/clock.ts');
  const name = databaseUrl === undefined ? `PostgreSQL in ${config.dataDir}` : addressOf(databaseUrl).masked;
  const timeout = databaseUrl === undefined ? undefined : AbortSignal.timeout(databaseTimeoutMs);
  const requested = timeout ? AbortSignal.any([shutdown.requested, timeout]) : shutdown.requested;
  const timer = setTimeout(() => printError(`Waiting for the database ${name}`, 0), 500);
  try {
    return await openDatabase({
      ...config,
      databaseUrl,
      poolSize: 2,
      log: textLog(() => clearTimeout(timer)),
      clock: databaseClock,
      shutdown: { ...shutdown, requested },
    });
  } catch (error) {
    if (!timeout?.aborted || shutdown.requested.aborted) throw error;
    // A health check of the server that is still in progress would keep the process alive for some seconds.
    setTimeout(() => process.exit(1), 100).unref();
    throw new Error(`The database ${name} did not answer within ${databaseTimeoutMs / 1000} s`);
  } finally {
    clearTimeout(timer);
  }
}

/** A log in lines of text: that the command waits for the database, and the errors of it. */
function textLog(onLine: () => void) {
  const line = (fields: unknown, message = '') => {
    onLine();
    const { err, hosts } = recordOf(fields);
    const text = Array.isArray(hosts) ? `Waiting for the database at ${hosts.join(', ')}` : message;
    printError(err ? `${text}: ${errorMessage(err) || errorCode(err)}` : text, 0);
  };
  const silent = () => {};
  const warn = (fields: unknown, message?: string) => message === 'database unreachable' && line(fields, message);
  return { debug: silent, info: silent, warn, error: line, fatal: line };
}
