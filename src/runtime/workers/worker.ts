import cluster from 'node:cluster';
import type { Config } from '../../config/config.ts';
import { migrate } from '../../db/migrate.ts';
import { openDatabase } from '../../db/open.ts';
import { errorMessage } from '../../kit/caught.ts';
import { databaseClock } from '../../kit/clock.ts';
import { createLogger, flushLogs } from '../../kit/logger.ts';
import { orAborted } from '../../kit/shutdown.ts';
import { type Metrics, noopMetrics } from '../../metrics/metrics.ts';
import { createMetrics, type MetricsRegistry } from '../../metrics/registry.ts';
import type { Inbox, InboxMessage } from '../../sms/inbox.ts';
import { type HttpServer, startHttpServer } from '../http-server.ts';
import { returnIdleMemory } from '../idle-memory.ts';
import { surviveUncaughtErrors } from '../uncaught-errors.ts';
import type { Command, RequestResult, WorkerEvent } from './ipc.ts';

/**
 * Serves by the commands of the supervisor; without a supervisor `node:cluster` ends the process. Returns the function
 * that shuts it down, for signals: Ctrl-C in a terminal and the end of a service reach all processes.
 */
export function runWorker(): () => void {
  const starting = new AbortController();
  let ending = false;
  let opening: Promise<Serving> | undefined;
  let counts: MetricsRegistry | undefined;
  const shutDown = async (how: 'close' | 'drain') => {
    if (ending) return;
    ending = true;
    starting.abort();
    // a failed start has been reported, and ends the process already
    const open = await opening?.catch(() => undefined);
    await open?.server[how]();
    await open?.closeDatabase();
    await reportMetrics(counts);
    await flushLogs();
    process.exit();
  };
  process.on('message', (order: Command) => {
    if (order.kind === 'serve') {
      counts = order.config.metrics && createMetrics();
      opening = startServing(order.config, counts ?? noopMetrics, starting.signal);
    } else if (order.kind === 'count') void reportMetrics(counts);
    else if (order.kind === 'echo') emit(order);
    else if (order.kind === 'answer') resolveRequest(order.id, order.answer);
    else if (order.kind === 'drain') void shutDown('drain');
    else if (order.kind === 'stop') void shutDown('close');
  });
  emit({ kind: 'online' });
  return () => void shutDown('close');
}

interface Serving {
  readonly server: HttpServer;
  closeDatabase(): Promise<void>;
}

/** The development inbox, which the supervisor keeps for all. */
const inbox: Inbox = {
  add: (message) => emit({ kind: 'sms', message }),
  messages: async (to) => ((await request('inbox', to)) ?? []) as InboxMessage[],
};

async function startServing(config: Config, metrics: Metrics, requested: AbortSignal): Promise<Serving> {
  const log = createLogger(config, cluster.worker?.id);
  try {
    const shutdown = { requested, forced: new AbortController().signal };
    const db = await openDatabase({ ...config, poolSize: config.databasePool, log, clock: databaseClock, shutdown });
    // a worker that replaces another after an upgrade is newer than its supervisor
    await orAborted(migrate({ sql: db.sql, log }), requested);
    const server = await startHttpServer(config, { db, log, metrics, exposition: requestMetrics, inbox });
    surviveUncaughtErrors(log, () => emit({ kind: 'retire' }));
    returnIdleMemory();
    emit({ kind: 'ready', publicUrl: server.publicUrl });
    return { server, closeDatabase: () => db.close() };
  } catch (error) {
    if (requested.aborted) throw error;
    await flushLogs();
    emit({ kind: 'failed', message: errorMessage(error) }, () => process.exit(1));
    throw error;
  }
}

/** Reports the metrics of this process to the supervisor; resolves when the message has left. */
async function reportMetrics(counts: MetricsRegistry | undefined): Promise<void> {
  const snapshot = (await counts?.snapshot()) ?? [];
  await new Promise<void>((onSent) => emit({ kind: 'counted', snapshot }, onSent));
}

const pendingRequests = new Map<number, (result: RequestResult) => void>();
let nextRequestId = 0;

/** Asks the supervisor for data that only it has. */
function request(kind: 'scrape' | 'inbox', to?: string): Promise<RequestResult> {
  const id = nextRequestId++;
  return new Promise((resolve) => {
    pendingRequests.set(id, resolve);
    emit({ kind, id, to });
  });
}

function resolveRequest(id: number, result: RequestResult): void {
  pendingRequests.get(id)?.(result);
  pendingRequests.delete(id);
}

/** The metrics of all processes, from the supervisor. */
async function requestMetrics(): Promise<string> {
  const text = await request('scrape');
  if (typeof text !== 'string') throw new Error('The metrics of all processes could not be read');
  return text;
}

function emit(event: WorkerEvent, onSent: () => void = () => {}): void {
  process.send?.(event, undefined, undefined, onSent);
}
