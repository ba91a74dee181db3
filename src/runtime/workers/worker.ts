import cluster from 'node:cluster';
import type { Config } from '../../config/config.ts';
import { openDatabase } from '../../db/open.ts';
import { databaseClock } from '../../kit/clock.ts';
import { flushLogs, openLog } from '../../kit/logger.ts';
import { type Metrics, silentMetrics } from '../../metrics/metrics.ts';
import { type Counts, openCounts } from '../../metrics/registry.ts';
import type { Inbox, InboxMessage } from '../../sms/inbox.ts';
import { type Doors, openDoors } from '../http-server.ts';
import { surviveUncaughtErrors } from '../uncaught-errors.ts';
import type { Answer, Order, Report } from './ipc.ts';

/**
 * Serves by the commands of the supervisor; without a supervisor `node:cluster` ends the process. Returns the function
 * that shuts it down, for signals: Ctrl-C in a terminal and the end of a service reach all processes.
 */
export function work(): () => void {
  const starting = new AbortController();
  let ending = false;
  let opening: Promise<Open> | undefined;
  let counts: Counts | undefined;
  const end = async (how: 'close' | 'leave') => {
    if (ending) return;
    ending = true;
    starting.abort();
    // a failed start has been reported, and ends the process already
    const open = await opening?.catch(() => undefined);
    await open?.doors[how]();
    await open?.closeDatabase();
    await tellCounts(counts);
    await flushLogs();
    process.exit();
  };
  process.on('message', (order: Order) => {
    if (order.kind === 'serve') {
      counts = order.config.metrics && openCounts();
      opening = open(order.config, counts ?? silentMetrics, starting.signal);
    } else if (order.kind === 'count') void tellCounts(counts);
    else if (order.kind === 'echo') report(order);
    else if (order.kind === 'answer') heard(order.id, order.answer);
    else if (order.kind === 'leave') void end('leave');
    else if (order.kind === 'stop') void end('close');
  });
  report({ kind: 'here' });
  return () => void end('close');
}

interface Open {
  readonly doors: Doors;
  closeDatabase(): Promise<void>;
}

/** The development inbox, which the supervisor keeps for all. */
const inbox: Inbox = {
  take: (message) => report({ kind: 'sms', message }),
  messages: async (to) => ((await ask('inbox', to)) ?? []) as InboxMessage[],
};

async function open(config: Config, metrics: Metrics, requested: AbortSignal): Promise<Open> {
  const log = openLog(config, cluster.worker?.id);
  try {
    const shutdown = { requested, forced: new AbortController().signal };
    const db = await openDatabase({ ...config, poolSize: config.databasePool, log, clock: databaseClock, shutdown });
    const doors = await openDoors(config, { db, log, metrics, exposition: askForNumbers, inbox });
    surviveUncaughtErrors(log, () => report({ kind: 'retire' }));
    report({ kind: 'ready', publicUrl: doors.publicUrl });
    return { doors, closeDatabase: () => db.close() };
  } catch (fault) {
    if (requested.aborted) throw fault;
    await flushLogs();
    report({ kind: 'failed', message: (fault as Error).message }, () => process.exit(1));
    throw fault;
  }
}

/** Reports the metrics of this process to the supervisor; resolves when the message has left. */
async function tellCounts(counts: Counts | undefined): Promise<void> {
  const snapshot = (await counts?.snapshot()) ?? [];
  await new Promise<void>((said) => report({ kind: 'counted', snapshot }, said));
}

const asking = new Map<number, (answer: Answer) => void>();
let asked = 0;

/** Asks the supervisor for data that only it has. */
function ask(kind: 'scrape' | 'inbox', to?: string): Promise<Answer> {
  const id = asked++;
  return new Promise((resolve) => {
    asking.set(id, resolve);
    report({ kind, id, to });
  });
}

function heard(id: number, answer: Answer): void {
  asking.get(id)?.(answer);
  asking.delete(id);
}

/** The metrics of all processes, from the supervisor. */
async function askForNumbers(): Promise<string> {
  const text = await ask('scrape');
  if (typeof text !== 'string') throw new Error('The numbers of all processes could not be told');
  return text;
}

function report(what: Report, said: () => void = () => {}): void {
  process.send?.(what, undefined, undefined, said);
}
