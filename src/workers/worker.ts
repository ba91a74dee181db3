import cluster from 'node:cluster';
import type { Config } from '../config/config.ts';
import { openDatabase } from '../db/open.ts';
import { type Doors, openDoors } from '../doors.ts';
import { databaseClock } from '../kit/clock.ts';
import { openLog } from '../log.ts';
import type { InboxMessage } from '../sms/inbox.ts';
import type { Order, Report } from './messages.ts';

/** One process that serves, as its supervisor orders; without a supervisor it ends, which `node:cluster` sees to. */
export function work(): void {
  let opening: Promise<Open> | undefined;
  const end = async (how: 'close' | 'leave') => {
    // what did not open has said so and ends already
    const open = await opening?.catch(() => undefined);
    await open?.doors[how]();
    await open?.closeDatabase();
    process.exit();
  };
  process.on('message', (order: Order) => {
    if (order.kind === 'serve') opening = open(order.config, order.messages);
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

async function open(config: Config, messages: readonly InboxMessage[]): Promise<Open> {
  const log = openLog(config, cluster.worker?.id);
  try {
    const db = await openDatabase({ ...config, poolSize: config.databasePool, log, clock: databaseClock });
    const doors = await openDoors(config, { db, log, tell: (message) => report({ kind: 'sms', message }) });
    for (const message of messages.toReversed()) doors.inbox?.take(message);
    report({ kind: 'ready', publicUrl: doors.publicUrl });
    return { doors, closeDatabase: () => db.close() };
  } catch (fault) {
    report({ kind: 'failed', message: (fault as Error).message }, () => process.exit(1));
    throw fault;
  }
}

function report(what: Report, said: () => void = () => {}): void {
  process.send?.(what, undefined, undefined, said);
}
