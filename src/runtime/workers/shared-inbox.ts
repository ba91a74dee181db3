import cluster, { type Worker } from 'node:cluster';
import { createInbox } from '../../sms/inbox.ts';
import type { WorkerEvent } from './ipc.ts';
import { broadcast, sendCommand } from './worker-pool.ts';

/**
 * Keeps the development inbox of all workers, and answers its readers: no message sent before the request is missing.
 */
export function shareInbox(): void {
  const inbox = createInbox();
  let nextId = 0;
  cluster.on('message', async (worker: Worker, report: WorkerEvent) => {
    if (report.kind === 'sms') inbox.add(report.message);
    if (report.kind !== 'inbox') return;
    // messages of other workers may still be on their way here
    const id = nextId++;
    await broadcast({ kind: 'echo', id }, (event) => event.kind === 'echo' && event.id === id);
    sendCommand(worker, { kind: 'answer', id: report.id, answer: await inbox.messages(report.to) });
  });
}
