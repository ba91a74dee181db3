import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import type { Log } from '../../kit/log.ts';
import { whenAborted } from '../../kit/shutdown.ts';
import type { Command, WorkerEvent } from './ipc.ts';

const minBackoffMs = 100;
const maxBackoffMs = 5000;
/** A worker that served for this time did not fail at its start. */
const stableAfterMs = 10_000;
/** The time after which an unresponsive worker is no longer waited for. */
const answerTimeoutMs = 1000;

/** The processes that serve one configuration; a dead one is replaced, until they are shut down. */
export class WorkerPool {
  readonly #log: Log;
  #workers: PoolWorker[];
  #state: 'starting' | 'serving' | 'shutting down' = 'starting';
  #backoffMs = 0;

  /** Forks `size` processes, which load the program meanwhile and wait for `serve`. */
  constructor(size: number, { log }: { log: Log }) {
    this.#log = log;
    this.#workers = Array.from({ length: size }, forkWorker);
  }

  /**
   * Resolves with the public origin when all serve. If one cannot, or it takes longer than `timeoutMs`, all are ended,
   * and it throws the reason. `config` has the connection string of the database and one worker's share of the connections.
   */
  async serve(config: Config, timeoutMs?: number): Promise<string> {
    const timer = timeoutMs && setTimeout(() => this.#kill(), timeoutMs);
    try {
      const [publicUrl = ''] = await Promise.all(this.#workers.map((member) => this.#startServing(member, config)));
      if (this.#state === 'shutting down') throw new Error('The end came first');
      this.#state = 'serving';
      for (const member of this.#workers) this.#replaceAtEnd(member, config);
      return publicUrl;
    } catch (error) {
      this.#kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Shuts the workers down, as others serve now or the process ends. None is replaced any more. */
  shutDown(kind: 'drain' | 'stop'): void {
    this.#state = 'shutting down';
    for (const { worker, online } of this.#workers) void online.then(() => sendCommand(worker, { kind }));
  }

  #kill(): void {
    this.#state = 'shutting down';
    for (const { worker } of this.#workers) worker.process.kill('SIGKILL');
  }

  async #startServing(member: PoolWorker, config: Config): Promise<string> {
    const { worker, online } = member;
    void online.then(() => sendCommand(worker, { kind: 'serve', config }));
    return new Promise((resolve, reject) => {
      worker.on('message', (report: WorkerEvent) => {
        if (report.kind === 'ready') resolve(report.publicUrl);
        else if (report.kind === 'failed') reject(new Error(report.message));
      });
      const onExit = () => reject(new Error('A process that was to serve ended at its start; the log says why'));
      if (worker.isDead()) onExit();
      else worker.once('exit', onExit);
    });
  }

  #replaceAtEnd(member: PoolWorker, config: Config): void {
    const since = performance.now();
    const replace = async (code: number | null, signal: string | null) => {
      if (this.#state !== 'serving' || !this.#workers.includes(member)) return;
      this.#log.error({ exitCode: code, signal }, 'worker exited');
      await this.#backOff(since);
      if (this.#state !== 'serving') return;
      const next = forkWorker();
      this.#workers = [...this.#workers.filter((candidate) => candidate !== member), next];
      this.#replaceAtEnd(next, config);
      await this.#startServing(next, config).catch((error: Error) =>
        this.#log.error({ err: error }, 'worker replacement failed'),
      );
    };
    const { worker } = member;
    if (worker.isDead()) void replace(worker.process.exitCode, worker.process.signalCode);
    else worker.once('exit', replace);
    worker.on(
      'message',
      ({ kind }: WorkerEvent) => kind === 'retire' && void this.#replaceRetired(member, config, since),
    );
  }

  /** Starts a replacement for a worker that still serves, and shuts that down when the replacement serves. */
  async #replaceRetired(member: PoolWorker, config: Config, since: number): Promise<void> {
    await this.#backOff(since);
    if (this.#state !== 'serving' || !this.#workers.includes(member)) return;
    const next = forkWorker();
    this.#workers = [...this.#workers, next];
    try {
      await this.#startServing(next, config);
      this.#workers = this.#workers.filter((worker) => worker !== member);
      this.#replaceAtEnd(next, config);
      sendCommand(member.worker, { kind: 'drain' });
      this.#log.warn('worker replaced');
    } catch (error) {
      this.#workers = this.#workers.filter((worker) => worker !== next);
      this.#log.error({ err: error }, 'worker replacement failed');
    }
  }

  /** Backs off longer each time a worker that did not serve for long is replaced. */
  async #backOff(since: number): Promise<void> {
    if (performance.now() - since > stableAfterMs) this.#backoffMs = 0;
    await pause(this.#backoffMs);
    this.#backoffMs = Math.min(Math.max(minBackoffMs, this.#backoffMs * 2), maxBackoffMs);
  }
}

interface PoolWorker {
  readonly worker: Worker;
  /** Resolves when it receives commands; earlier ones would be lost. */
  readonly online: Promise<void>;
}

function forkWorker(): PoolWorker {
  const worker = cluster.fork();
  // a message to a worker that has just exited fails; the exit has an event of its own
  worker.on('error', () => {});
  const online = new Promise<void>((resolve) => {
    worker.on('message', ({ kind }: WorkerEvent) => kind === 'online' && resolve());
  });
  return { worker, online };
}

/** Sends a command to a worker, unless it is gone. */
export function sendCommand(worker: Worker, order: Command): void {
  if (worker.isConnected()) worker.send(order, () => {});
}

/** Sends a command to all workers, and resolves when each has answered or is gone, after a second in any case. */
export async function broadcast(order: Command, isAnswer: (report: WorkerEvent) => boolean): Promise<void> {
  const pending = new Set(
    Object.values(cluster.workers ?? {}).flatMap((worker) => (worker?.isConnected() ? [worker] : [])),
  );
  const finished = new AbortController();
  const settle = (worker: Worker) => {
    pending.delete(worker);
    if (pending.size === 0) finished.abort();
  };
  const onEvent = (worker: Worker, report: WorkerEvent) => isAnswer(report) && settle(worker);
  cluster.on('message', onEvent).on('disconnect', settle);
  for (const worker of pending) sendCommand(worker, order);
  if (pending.size > 0) await pause(answerTimeoutMs, undefined, { signal: finished.signal }).catch(() => {});
  cluster.off('message', onEvent).off('disconnect', settle);
}

/** Resolves when no worker is left; workers that take longer, or live when `forced` aborts, are killed. */
export async function waitForExit(timeoutMs: number, forced?: AbortSignal): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  const killAll = () => {
    for (const worker of workers) worker.process.kill('SIGKILL');
  };
  const kill = setTimeout(killAll, timeoutMs);
  void whenAborted(forced).then(killAll);
  await Promise.all(workers.map((worker) => worker.isDead() || once(worker, 'exit')));
  clearTimeout(kill);
}
