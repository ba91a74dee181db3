import cluster, { type Worker } from 'node:cluster';
import { addedUp, type Exposition } from '../../metrics/exposition.ts';
import type { Snapshot } from '../../metrics/registry.ts';
import type { Report } from './ipc.ts';
import { askAll, tell } from './worker-pool.ts';

/**
 * The metrics of all workers. Values of ended workers stay in the sum, so that no counter falls: a worker that shuts
 * down reports its final values, and of a killed one the values of the last scrape remain. A worker that does not
 * answer keeps its last values.
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
    // it comes after the last message, while an exit may come before
    cluster.on('disconnect', ({ id }: Worker) => this.#bury(id));
  }

  /** Returns the snapshot of each serving worker, and one of all ended workers together. */
  async snapshots(): Promise<Snapshot[]> {
    this.#asking ??= askAll({ kind: 'count' }, ({ kind }) => kind === 'counted').finally(() => {
      this.#asking = undefined;
    });
    await this.#asking;
    const living = [...this.#last.values()];
    return [await this.#gone, ...living];
  }

  /** Sends the metrics of all processes to workers that request them. */
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
