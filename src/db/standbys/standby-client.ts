import type { Socket } from 'node:net';
import type { Clock } from '../../kit/clock.ts';
import { firstOf, present } from '../../kit/present.ts';
import { createClient, type Pooler } from '../client.ts';
import { connectSocket, failingStream } from '../connect.ts';
import type { ConnectionParams } from '../connection-string.ts';
import { createDatabase, type Database } from '../database.ts';
import { encryptionAttempts } from '../encryption-attempts.ts';
import { StarvationGuard } from '../starvation-guard.ts';

/** The options of a client of a standby. */
export interface StandbyClientOptions {
  readonly params: ConnectionParams;
  readonly poolSize: number;
  readonly pooler: Pooler;
  readonly clock: Clock;
  /** The schema of our tables. */
  readonly tableSchema: string;
  /** The current time of the primary in ms since 1970: the clock of a standby decides nothing. */
  readonly timeMs: () => number;
}

/** The connections to a standby until the first failure. */
export interface StandbyClient {
  readonly db: Database;
  /** Closes the connections at once: a query on a connection that has fallen silent would never end. */
  close(): void;
}

/** Creates the client, which connects at first use. `attempt` counts the ways to encrypt that have failed. */
export function createStandbyClient(
  { params, poolSize, pooler, clock, tableSchema, timeMs }: StandbyClientOptions,
  attempt: number,
): StandbyClient {
  const host = firstOf(params.hosts);
  const attempts = encryptionAttempts(params, host);
  const isEncrypted = present(attempts[attempt % attempts.length], 'a way to connect');
  const sockets = new Set<Socket>();
  const open = async () => {
    try {
      const socket = await connectSocket(host, params, isEncrypted);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return isClosed ? socket.destroy() : socket;
    } catch (error) {
      return failingStream(error);
    }
  };
  let isClosed = false;
  const sql = createClient(params, { socket: open, host: () => host, max: poolSize, pooler, prepare: true });
  const guard = new StarvationGuard();
  const db = createDatabase(sql, clock, {
    tableSchema,
    now: () => sql`${new Date(timeMs())}::timestamptz`,
    admit: (statement) => guard.call(statement),
  });
  return {
    db,
    close: () => {
      isClosed = true;
      guard.close();
      for (const socket of sockets) socket.destroy();
      void sql.end({ timeout: 0.3 }).catch(() => {});
    },
  };
}
