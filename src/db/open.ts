import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { orAborted, type Shutdown, whenAborted } from '../kit/shutdown.ts';
import { type Address, addressOf } from './address.ts';
import { type CheckedServer, checkServer } from './check-server.ts';
import { clientOf, type Pooler } from './client.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { type Database, databaseOf } from './database.ts';
import { dial } from './dial.ts';
import { startEmbedded } from './embedded.ts';
import { Fair } from './fair.ts';
import { Line } from './line.ts';
import type { Place } from './place.ts';
import { limits, privateServerLog } from './session-settings.ts';
import { isUnavailable } from './unavailable.ts';

/** A database that is to be closed in the end. */
export interface OpenDatabase extends Database {
  /** What other processes reach the same database by, as a `DATABASE_URL`. */
  readonly url: string;
  /** Lets the statements under way end, for 5 s at most, and stops the server if it is ours. */
  close(): Promise<void>;
}

/** What it takes to open the database. */
export interface Needs {
  /** A PostgreSQL 15 or newer; without it we run one of our own in `dataDir`. */
  databaseUrl?: string | undefined;
  /** What is before that server; nothing where it is not said. */
  databasePooler?: Pooler | undefined;
  dataDir: string;
  /** How many connections to hold at most. */
  poolSize: number;
  /** How many connections other processes hold, for which a server of our own has to have room; given by the first one. */
  others?: number;
  log: Log;
  clock: Clock;
  /** Ends the opening with a rejection, and makes the closing quick. */
  shutdown?: Shutdown | undefined;
}

/**
 * Opens the database; waits for one that is not up yet. Afterwards its going away and coming back is survived: calls in
 * between fail within 10 s, most at once, with faults that `isUnavailable` tells. Throws `CannotStart`.
 */
export async function openDatabase(needs: Needs): Promise<OpenDatabase> {
  if (needs.databaseUrl) return connected(needs.databaseUrl, needs, async () => {});
  const embedded = await startEmbedded({ ...needs, connections: needs.poolSize + (needs.others ?? 0) });
  return connected(embedded.url, needs, () => embedded.stop());
}

/** Longer than any statement may take, so whoever waits longer waits for a server that vanished or in too long a queue. */
const patienceMs = 9000;

async function connected(url: string, needs: Needs, stop: () => Promise<void>): Promise<OpenDatabase> {
  const address = addressOf(url);
  const pooler = needs.databasePooler ?? 'none';
  let closing = false;
  const encrypted = new Map<Place, boolean>();
  const tell = once((server: CheckedServer) => tellAdvice(server, address, { ...needs, pooler }));
  const line = new Line(
    address.places,
    {
      probe: async (place) => {
        const server = await checkServer(address, place, pooler);
        encrypted.set(place, server.encrypted);
        for (const name of Object.keys(privateServerLog)) delete sql.options.connection[name];
        Object.assign(sql.options.connection, server.privacySettings);
        tell(server);
      },
      dial: (place) => dial(place, address, encrypted.get(place) ?? false),
    },
    needs.log,
  );
  const sql = clientOf(address, {
    socket: () => line.socket(),
    place: () => line.place,
    max: needs.poolSize,
    pooler,
    prepare: true,
    onclose: () => {
      if (!closing) line.suspect();
    },
  });
  const underWay = new Set<Promise<unknown>>();
  const fair = new Fair();
  const limit = new ConnectionLimit({
    poolSize: needs.poolSize,
    open: () => line.connections,
    timeoutMs: patienceMs,
    log: needs.log,
  });
  const close = async () => {
    closing = true;
    const patience = [pause(5000, undefined, { ref: false }), whenAborted(needs.shutdown?.forced)];
    await Promise.race([Promise.allSettled(underWay), ...patience]);
    // The client waits in vain for a call that an outage ended, so not for long.
    await sql.end({ timeout: 0.3 });
    fair.close();
    limit.close();
    line.close();
    await stop();
  };
  try {
    await orAborted(line.reach(), needs.shutdown?.requested);
    // every process holds one from its start, which its calls can share later
    await sql`select 1`.catch((error) => (isUnavailable(error) ? undefined : Promise.reject(error)));
  } catch (fault) {
    await close();
    throw fault;
  }
  const database = databaseOf(sql, needs.clock);
  return {
    ...database,
    url,
    run: (statement, taken) => {
      // the client would make a connection for each, and only then fail
      if (line.away) return Promise.reject(passing(line.away));
      const given = database.run(() => limit.call(() => fair.call(statement)), taken);
      const call = withPatience(given, () => line.endSilent(limits.statement_timeout));
      underWay.add(call);
      return call.finally(() => underWay.delete(call));
    },
    close,
  };
}

/** What a start would refuse, as a password that is no longer right, is mended while we wait: the same call works then. */
function passing(reason: unknown): unknown {
  return isUnavailable(reason)
    ? reason
    : Object.assign(new Error((reason as Error).message), { code: 'CONNECTION_CLOSED' });
}

function once<T>(act: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) act(value);
    isDone = true;
  };
}

/** Tells what an administrator of the database can do better; only in the process that is there once. */
function tellAdvice(
  server: CheckedServer,
  address: Address,
  { log, others, pooler }: Needs & { pooler: Pooler },
): void {
  if (others === undefined && pooler === 'none') return;
  for (const warning of address.warnings) log.warn(warning);
  if (server.hasNoTimeouts) {
    log.warn(
      `Through this pooler the server has to end what hangs: alter role … set statement_timeout = ${limits.statement_timeout}; ` +
        `alter role … set lock_timeout = ${limits.lock_timeout}`,
    );
  }
  if (!server.logsRows) return;
  const mend = server.isDirect
    ? `grant set on parameter ${Object.keys(privateServerLog).join(', ')} to "${server.role}"`
    : `alter role "${server.role}" set log_error_verbosity = terse`;
  log.info({ mend }, 'the log of the database may hold row details');
}

async function withPatience<T>(call: Promise<T>, onEnd: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onEnd();
      reject(Object.assign(new Error('The database did not answer in time'), { code: 'ETIMEDOUT' }));
    }, patienceMs);
  });
  try {
    return await Promise.race([call, end]);
  } finally {
    clearTimeout(timer);
  }
}
