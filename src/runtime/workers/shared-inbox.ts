import cluster, { type Worker } from 'node:cluster';
import { openInbox } from '../../sms/inbox.ts';
import type { Report } from './ipc.ts';
import { askAll, tell } from './worker-pool.ts';

/**
 * Keeps the development inbox of all workers, and answers its readers: no message sent before the request is missing.
 */
export function gatherInbox(): void {
  const inbox = openInbox();
  let asked = 0;
  cluster.on('message', async (worker: Worker, report: Report) => {
    if (report.kind === 'sms') inbox.take(report.message);
    if (report.kind !== 'inbox') return;
    // messages of other workers may still be on their way here
    const id = asked++;
    await askAll({ kind: 'echo', id }, (answer) => answer.kind === 'echo' && answer.id === id);
    tell(worker, { kind: 'answer', id: report.id, answer: await inbox.messages(report.to) });
  });
}
