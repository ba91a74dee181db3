import cluster, { type Worker } from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import type { Snapshot } from '../metrics/counts.ts';
import { addedUp, type Exposition } from '../metrics/exposition.ts';
import type { Report } from './messages.ts';
import { tell } from './team.ts';

/** Of a worker that stands still for longer, what it told last is told again. */
const patienceMs = 1000;

/**
 * What workers have counted. Those that are gone stay in the sum, so that it never falls: a leaving one tells all that it
 * did, a killed one what it had told at the last scrape.
 */
export class Gathered {
  readonly #last = new Map<number, Snapshot>();
  readonly #awaited = new Map<number, () => void>();
  #gone: Promise<Snapshot> = Promise.resolve([]);
  #asking: Promise<void> | undefined;

  /** Listens to all workers from now on. */
  constructor() {
    cluster.on('message', (worker: Worker, report: Report) => {
      if (report.kind !== 'counted') return;
      this.#last.set(worker.id, report.snapshot);
      this.#awaited.get(worker.id)?.();
    });
    // it comes after the last message, which an exit need not
    cluster.on('disconnect', ({ id }: Worker) => this.#bury(id));
  }

  /** What each of those that serve has counted so far, and all others together. */
  async snapshots(): Promise<Snapshot[]> {
    this.#asking ??= this.#ask().finally(() => {
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
      tell(worker, { kind: 'numbers', id: report.id, text });
    });
  }

  async #ask(): Promise<void> {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected());
    const answers = workers.map(
      (worker) =>
        new Promise<void>((resolve) => {
          this.#awaited.set(worker!.id, resolve);
          tell(worker!, { kind: 'count' });
        }),
    );
    const late = new AbortController();
    const over = pause(patienceMs, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([Promise.all(answers), over]);
    late.abort();
    this.#awaited.clear();
  }

  #bury(id: number): void {
    const last = this.#last.get(id);
    this.#last.delete(id);
    this.#awaited.get(id)?.();
    if (last) this.#gone = this.#gone.then((gone) => addedUp([gone, last]));
  }
}
