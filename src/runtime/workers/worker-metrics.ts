import cluster, { type Worker } from 'node:cluster';
import { type Exposition, mergeSnapshots } from '../../metrics/exposition.ts';
import type { Snapshot } from '../../metrics/registry.ts';
import type { WorkerEvent } from './ipc.ts';
import { broadcast, sendCommand } from './worker-pool.ts';

/**
 * The metrics of all workers. Values of ended workers stay in the sum, so that no counter falls: a worker that shuts
 * down reports its final values, and of a killed one the values of the last scrape remain. A worker that does not
 * answer keeps its last values.
 */
export class WorkerMetrics {
  readonly #last = new Map<number, Snapshot>();
  #ended: Promise<Snapshot> = Promise.resolve([]);
  #reading: Promise<void> | undefined;

  /** Listens to all workers from now on. */
  constructor() {
    cluster.on('message', (worker: Worker, report: WorkerEvent) => {
      if (report.kind === 'counted') this.#last.set(worker.id, report.snapshot);
    });
    // it comes after the last message, while an exit may come before
    cluster.on('disconnect', ({ id }: Worker) => this.#retire(id));
  }

  /** Returns the snapshot of each serving worker, and one of all ended workers together. */
  async snapshots(): Promise<Snapshot[]> {
    this.#reading ??= broadcast({ kind: 'count' }, ({ kind }) => kind === 'counted').finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
    const current = [...this.#last.values()];
    return [await this.#ended, ...current];
  }

  /** Sends the metrics of all processes to workers that request them. */
  serveScrapes(exposition: Exposition): void {
    cluster.on('message', async (worker: Worker, report: WorkerEvent) => {
      if (report.kind !== 'scrape') return;
      const text = await exposition().catch(() => undefined);
      sendCommand(worker, { kind: 'answer', id: report.id, answer: text });
    });
  }

  #retire(id: number): void {
    const last = this.#last.get(id);
    this.#last.delete(id);
    if (last) this.#ended = this.#ended.then((previous) => mergeSnapshots([previous, last]));
  }
}
