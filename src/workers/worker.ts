import cluster from 'node:cluster';
import type { Config } from '../config/config.ts';
import { openDatabase } from '../db/open.ts';
import { type Doors, openDoors } from '../doors.ts';
import { databaseClock } from '../kit/clock.ts';
import { openLog } from '../log.ts';
import { type Counts, openCounts } from '../metrics/counts.ts';
import { type Metrics, silentMetrics } from '../metrics/metrics.ts';
import type { InboxMessage } from '../sms/inbox.ts';
import type { Order, Report } from './messages.ts';

/** One process that serves, as its supervisor orders; without a supervisor it ends, which `node:cluster` sees to. */
export function work(): void {
  let opening: Promise<Open> | undefined;
  let counts: Counts | undefined;
  const end = async (how: 'close' | 'leave') => {
    // what did not open has said so and ends already
    const open = await opening?.catch(() => undefined);
    await open?.doors[how]();
    await open?.closeDatabase();
    await tellCounts(counts);
    process.exit();
  };
  process.on('message', (order: Order) => {
    if (order.kind === 'serve') {
      counts = order.config.metrics && openCounts();
      opening = open(order.config, { messages: order.messages, metrics: counts ?? silentMetrics });
    } else if (order.kind === 'count') void tellCounts(counts);
    else if (order.kind === 'numbers') heard(order.id, order.text);
    else if (order.kind === 'leave') void end('leave');
    else if (order.kind === 'stop') void end('close');
    else void opening?.then(({ doors }) => doors.inbox?.take(order.message));
  });
  // Ctrl-C in a terminal and the end of a service reach all processes
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end('close'));
  process.on('SIGHUP', () => {});
  report({ kind: 'here' });
}

interface Open {
  readonly doors: Doors;
  closeDatabase(): Promise<void>;
}

async function open(
  config: Config,
  { messages, metrics }: { messages: readonly InboxMessage[]; metrics: Metrics },
): Promise<Open> {
  const log = openLog(config, cluster.worker?.id);
  try {
    const db = await openDatabase({ ...config, poolSize: config.databasePool, log, clock: databaseClock });
    const tell = (message: InboxMessage) => report({ kind: 'sms', message });
    const doors = await openDoors(config, { db, log, metrics, exposition: askForNumbers, tell });
    for (const message of messages.toReversed()) doors.inbox?.take(message);
    report({ kind: 'ready', publicUrl: doors.publicUrl });
    return { doors, closeDatabase: () => db.close() };
  } catch (fault) {
    report({ kind: 'failed', message: (fault as Error).message }, () => process.exit(1));
    throw fault;
  }
}

/** What this process has counted so far, for the one that adds it up; resolves when it has left. */
async function tellCounts(counts: Counts | undefined): Promise<void> {
  const snapshot = (await counts?.snapshot()) ?? [];
  await new Promise<void>((said) => report({ kind: 'counted', snapshot }, said));
}

const asking = new Map<number, (text: string | undefined) => void>();
let asked = 0;

/** The numbers of all processes, by the one that has them. */
async function askForNumbers(): Promise<string> {
  const id = asked++;
  const text = await new Promise<string | undefined>((resolve) => {
    asking.set(id, resolve);
    report({ kind: 'scrape', id });
  });
  if (text === undefined) throw new Error('The numbers of all processes could not be told');
  return text;
}

function heard(id: number, text: string | undefined): void {
  asking.get(id)?.(text);
  asking.delete(id);
}

function report(what: Report, said: () => void = () => {}): void {
  process.send?.(what, undefined, undefined, said);
}
