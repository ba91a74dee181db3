import cluster, { type Worker } from 'node:cluster';
import type { Snapshot } from '../metrics/counts.ts';
import { addedUp, type Exposition } from '../metrics/exposition.ts';
import type { Report } from './messages.ts';
import { askAll, tell } from './team.ts';

/**
 * What workers have counted. Those that are gone stay in the sum, so that it never falls: a leaving one tells all that it
 * did, a killed one what it had told at the last scrape. Of one that stands still, what it told last is told again.
 */
export class Gathered {
  readonly #last = new Map<number, Snapshot>();
  #gone: Promise<Snapshot> = Promise.resolve([]);
  #asking: Promise<void> | undefined;

  /** Listens to all workers from now on. */
  constructor() {
    cluster.on('message', (worker: Worker, report: Report) => {
      if (report.kind === 'counted') this.#last.set(worker.id, report.snapshot);
    });
    // it comes after the last message, which an exit need not
    cluster.on('disconnect', ({ id }: Worker) => this.#bury(id));
  }

  /** What each of those that serve has counted so far, and all others together. */
  async snapshots(): Promise<Snapshot[]> {
    this.#asking ??= askAll({ kind: 'count' }, ({ kind }) => kind === 'counted').finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
    const living = [...this.#last.values()];
    return [await this.#gone, ...living];
  }

  /** Tells workers the numbers of all when they ask. */
  answerBy(exposition: Exposition): void {
    cluster.on('message', async (worker: Worker, report: Report) => {
      if (report.kind !== 'scrape') return;
      const text = await exposition().catch(() => undefined);
      tell(worker, { kind: 'answer', id: report.id, answer: text });
    });
  }

  #bury(id: number): void {
    const last = this.#last.get(id);
    this.#last.delete(id);
    if (last) this.#gone = this.#gone.then((gone) => addedUp([gone, last]));
  }
}
