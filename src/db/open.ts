import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { errorMessage } from '../kit/caught.ts';
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { orAborted, type Shutdown, whenAborted } from '../kit/shutdown.ts';
import { type CheckedServer, checkServer } from './check-server.ts';
import { createClient, type Pooler } from './client.ts';
import { connectSocket } from './connect.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { type ConnectionParams, parseConnectionString } from './connection-string.ts';
import { createDatabase, type Database } from './database.ts';
import { startEmbedded } from './embedded/server.ts';
import type { Host } from './host.ts';
import { PrimaryConnection } from './primary-connection.ts';
import { privateServerLog, serverTimeouts } from './session-settings.ts';
import { Standbys } from './standbys/standbys.ts';
import { StarvationGuard } from './starvation-guard.ts';
import { isUnavailable } from './unavailable.ts';
import { withDeadline } from './with-deadline.ts';

/** A database to be closed at the end. */
export interface OpenDatabase extends Database {
  /** The `DATABASE_URL` by which other processes reach the same database. */
  readonly url: string;
  /** Waits for running statements, 5 s at most, and stops the server if it is ours. */
  close(): Promise<void>;
}

/** The options of `openDatabase`. */
export interface DatabaseNeeds {
  /** A PostgreSQL 15 or newer; without it we run one of our own in `dataDir`. */
  databaseUrl?: string | undefined;
  /** The pooler before that server; none by default. */
  databasePooler?: Pooler | undefined;
  /** The standbys of that server to read from. */
  readUrls?: readonly string[] | undefined;
  dataDir: string;
  /** The maximum number of connections. */
  poolSize: number;
  /** The connections of other processes, for which a server of our own reserves room; given by the first process. */
  others?: number;
  log: Log;
  clock: Clock;
  /** Rejects the opening, and shortens the closing. */
  shutdown?: Shutdown | undefined;
}

/**
 * Opens the database, and waits for one that is not up yet. It survives later outages: calls in between fail within 10
 * s, most of them at once, with errors for which `isUnavailable` is true. Throws `StartupError`.
 */
export async function openDatabase(needs: DatabaseNeeds): Promise<OpenDatabase> {
  if (needs.databaseUrl) return openClient(needs.databaseUrl, needs, async () => {});
  const embedded = await startEmbedded({ ...needs, connections: needs.poolSize + (needs.others ?? 0) });
  return openClient(embedded.url, needs, () => embedded.stop());
}

/**
 * Longer than the timeout of a statement: a longer wait means that the server vanished or that its queue is too long.
 */
const callTimeoutMs = 9000;

async function openClient(url: string, needs: DatabaseNeeds, stop: () => Promise<void>): Promise<OpenDatabase> {
  const params = parseConnectionString(url);
  const pooler = needs.databasePooler ?? 'none';
  let closing = false;
  let tableSchema: string | undefined;
  const encrypted = new Map<Host, boolean>();
  const logAdviceOnce = once((server: CheckedServer) => logAdvice(server, params, { ...needs, pooler }));
  const primary = new PrimaryConnection(
    params.hosts,
    {
      probe: async (host) => {
        const server = await checkServer(params, host, pooler);
        tableSchema = server.schema;
        encrypted.set(host, server.encrypted);
        for (const name of Object.keys(privateServerLog)) delete sql.options.connection[name];
        Object.assign(sql.options.connection, server.privacySettings);
        logAdviceOnce(server);
      },
      connect: (host) => connectSocket(host, params, encrypted.get(host) ?? false),
    },
    needs.log,
  );
  const clientOptions = {
    socket: () => primary.socket(),
    host: () => primary.host,
    pooler,
    prepare: true,
    onclose: () => {
      if (!closing) primary.recheck();
    },
  };
  const sql = createClient(params, { ...clientOptions, max: needs.poolSize });
  const others = new Set<Sql>();
  const apart: Database['apart'] = async (work) => {
    const own = createClient(params, { ...clientOptions, max: 1, onclose: () => {} });
    // the settings that the check of the server has chosen
    own.options.connection = { ...sql.options.connection };
    others.add(own);
    try {
      return await work(own);
    } finally {
      others.delete(own);
      await end(own);
    }
  };
  const running = new Set<Promise<unknown>>();
  const guard = new StarvationGuard();
  const limit = new ConnectionLimit({
    poolSize: needs.poolSize,
    open: () => primary.connections,
    timeoutMs: callTimeoutMs,
    log: needs.log,
  });
  const close = async () => {
    closing = true;
    const timeouts = [pause(5000, undefined, { ref: false }), whenAborted(needs.shutdown?.forced)];
    await Promise.race([Promise.allSettled(running), ...timeouts]);
    await Promise.all([sql, ...others].map(end));
    guard.close();
    limit.close();
    primary.close();
    await stop();
  };
  try {
    await orAborted(primary.waitUntilUp(), needs.shutdown?.requested);
    // every process opens one connection at its start, which its queries share later
    await sql`select 1`.catch((error) => (isUnavailable(error) ? undefined : Promise.reject(error)));
  } catch (openError) {
    // the server may be ending too, which is no outage
    primary.close();
    await close();
    throw openError;
  }
  const guarded = <T>(run: () => Promise<T>): Promise<T> => {
    // the client would open a connection for each query, and only then fail
    if (primary.downReason) return Promise.reject(asTemporary(primary.downReason));
    const call = withDeadline(callTimeoutMs, run(), () => primary.closeSilent(serverTimeouts.statement_timeout));
    running.add(call);
    return call.finally(() => running.delete(call));
  };
  const database = createDatabase(sql, needs.clock, {
    ...(tableSchema === undefined ? {} : { tableSchema }),
    guard: guarded,
    apart,
    admit: (statement) => limit.call(() => guard.call(statement)),
  });
  const standbys = new Standbys(needs.readUrls ?? [], {
    primary: database,
    tableSchema: tableSchema ?? 'public',
    poolSize: needs.poolSize,
    pooler,
    clock: needs.clock,
    log: needs.log,
  });
  const closeAll = () => {
    standbys.close();
    return close();
  };
  return { ...database, standbys, url, close: closeAll };
}

/** Ends a client. It waits in vain for a query that an outage cut off, so the timeout is short. */
function end(client: Sql): Promise<void> {
  return client.end({ timeout: 0.3 });
}

/**
 * Turns an error that would stop a start, as a wrong password, into a temporary one: once it is fixed, the same call
 * works.
 */
function asTemporary(reason: unknown): unknown {
  return isUnavailable(reason) ? reason : Object.assign(new Error(errorMessage(reason)), { code: 'CONNECTION_CLOSED' });
}

function once<T>(run: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) run(value);
    isDone = true;
  };
}

/** Logs advice for the administrator of the database; only in the process that exists once. */
function logAdvice(
  server: CheckedServer,
  params: ConnectionParams,
  { log, others, pooler }: DatabaseNeeds & { pooler: Pooler },
): void {
  if (others === undefined && pooler === 'none') return;
  for (const warning of params.warnings) log.warn({ risk: warning }, 'connection string risk');
  if (server.lacksSettings) {
    const fix =
      `alter role … set statement_timeout = ${serverTimeouts.statement_timeout}; ` +
      `alter role … set lock_timeout = ${serverTimeouts.lock_timeout}; alter role … set enable_seqscan = off`;
    log.warn({ fix }, 'database without our settings behind the pooler');
  }
  if (!server.logsRows) return;
  const fix = server.isDirect
    ? `grant set on parameter ${Object.keys(privateServerLog).join(', ')} to "${server.role}"`
    : `alter role "${server.role}" set log_error_verbosity = terse`;
  log.info({ fix }, 'row details in the database log');
}
