import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { orAborted, type Shutdown, whenAborted } from '../kit/shutdown.ts';
import { type Address, addressOf, nameOf, type Place } from './address.ts';
import { clientOf, type Pooler } from './client.ts';
import { type Database, databaseOf } from './database.ts';
import { startEmbedded } from './embedded.ts';
import { Fair } from './fair.ts';
import { broken, dial, Line } from './line.ts';
import { findPrivateServerLog, limits, privateServerLog } from './session-settings.ts';
import { CannotStart } from './start-error.ts';
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
  let told = false;
  const judge = async (place: Place) => {
    const { settable, showsRows, role } = await probe(address, place, pooler);
    if (pooler === 'none') Object.assign(sql.options.connection, settable);
    if (showsRows && needs.others !== undefined && !told) {
      told = true;
      needs.log.info({ mend: mendOf(role, pooler) }, 'the log of the database may hold row details');
    }
  };
  const line = new Line(address.places, judge, needs.log);
  const sql = clientOf(address, {
    socket: () => line.socket(),
    max: needs.poolSize,
    pooler,
    onclose: () => {
      if (!closing) line.suspect();
    },
  });
  const underWay = new Set<Promise<unknown>>();
  const fair = new Fair();
  const close = async () => {
    closing = true;
    const patience = [pause(5000, undefined, { ref: false }), whenAborted(needs.shutdown?.forced)];
    await Promise.race([Promise.allSettled(underWay), ...patience]);
    // The client waits in vain for a call that an outage ended, so not for long.
    await sql.end({ timeout: 0.3 });
    fair.close();
    line.close();
    await stop();
  };
  try {
    await orAborted(line.reach(), needs.shutdown?.requested);
    if (pooler === 'transaction') await warnOfNoLimits(sql, needs.log).catch(onlyIfUnavailable);
  } catch (fault) {
    await close();
    throw explained(fault, address);
  }
  const database = databaseOf(sql, needs.clock);
  return {
    ...database,
    url,
    run: (statement, taken) => {
      // the client would make a connection for each, and only then fail
      if (line.away) return Promise.reject(line.away);
      const given = database.run(() => fair.call(statement), taken);
      const call = withPatience(given, () => line.endSilent(limits.statement_timeout));
      underWay.add(call);
      return call.finally(() => underWay.delete(call));
    },
    close,
  };
}

/** Through such a pooler we cannot set them ourselves. */
async function warnOfNoLimits(sql: Sql, log: Log): Promise<void> {
  const [set] =
    await sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`;
  if (set?.statement !== '0' && set?.lock !== '0') return;
  log.warn(
    `Through a pooler in transaction mode the server has to end what hangs: alter role … set statement_timeout = ${limits.statement_timeout}; ` +
      `alter role … set lock_timeout = ${limits.lock_timeout}`,
  );
}

/** The next start will tell. */
function onlyIfUnavailable(fault: unknown): void {
  if (!isUnavailable(fault)) throw fault;
}

/** What a server is, asked of the one at a place. Throws where it is none to work with. */
async function probe(address: Address, place: Place, pooler: Pooler) {
  const sql = clientOf(address, { socket: () => dial(place).catch(broken), max: 1, pooler });
  try {
    const [server] = await sql`
      select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
        pg_is_in_recovery() as standby, current_user as role`;
    if (server?.version < 150_000) {
      throw new CannotStart(`${nameOf(place)} is PostgreSQL ${server?.name}: version 15 or newer is needed`);
    }
    if (server?.standby) throw Object.assign(new Error(`${nameOf(place)} takes no writes now`), { code: '25006' });
    return { ...(await findPrivateServerLog(sql)), role: String(server?.role) };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function mendOf(role: string, pooler: Pooler): string {
  return pooler === 'none'
    ? `grant set on parameter ${Object.keys(privateServerLog).join(', ')} to "${role}"`
    : `alter role "${role}" set log_error_verbosity = terse`;
}

function explained(fault: unknown, { masked }: Address): unknown {
  const { code, message } = fault as { code?: unknown; message: string };
  if (code === '28000' && message.startsWith('Peer authentication')) {
    return new CannotStart(
      `The PostgreSQL at ${masked} works for another OS user: run this as the OS user that started it, or as root`,
    );
  }
  const wrong =
    typeof code === 'string' && /^(28...|3D000|42501|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS|UNABLE_)/.test(code);
  return wrong ? new CannotStart(`The database ${masked} refuses us: ${message}; mend DATABASE_URL`) : fault;
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
