import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../config/config.ts';
import type { Log } from '../../kit/log.ts';
import { whenAborted } from '../../kit/shutdown.ts';
import type { Order, Report } from './ipc.ts';

const firstRestMs = 100;
const longestRestMs = 5000;
/** A worker that served for this time did not fail at its start. */
const settledMs = 10_000;
/** The time after which an unresponsive worker is no longer waited for. */
const answerPatienceMs = 1000;

/** The processes that serve one configuration; a dead one is replaced, until they are shut down. */
export class Team {
  readonly #log: Log;
  #members: Member[];
  #state: 'starting' | 'serving' | 'sent away' = 'starting';
  #restMs = 0;

  /** Forks `size` processes, which load the program meanwhile and wait for `serve`. */
  constructor(size: number, { log }: { log: Log }) {
    this.#log = log;
    this.#members = Array.from({ length: size }, hire);
  }

  /**
   * Resolves with the public origin when all serve. If one cannot, or it takes longer than `patienceMs`, all are ended,
   * and it throws the reason. `config` has the address of the database and one worker's share of the connections.
   */
  async serve(config: Config, patienceMs?: number): Promise<string> {
    const late = patienceMs && setTimeout(() => this.#kill(), patienceMs);
    try {
      const [publicUrl = ''] = await Promise.all(this.#members.map((member) => this.#put(member, config)));
      if (this.#state === 'sent away') throw new Error('The end came first');
      this.#state = 'serving';
      for (const member of this.#members) this.#replaceAtEnd(member, config);
      return publicUrl;
    } catch (fault) {
      this.#kill();
      throw fault;
    } finally {
      clearTimeout(late);
    }
  }

  /** Shuts the workers down: others serve now, or it is the end. None is replaced any more. */
  sendAway(kind: 'leave' | 'stop'): void {
    this.#state = 'sent away';
    for (const { worker, here } of this.#members) void here.then(() => tell(worker, { kind }));
  }

  #kill(): void {
    this.#state = 'sent away';
    for (const { worker } of this.#members) worker.process.kill('SIGKILL');
  }

  async #put(member: Member, config: Config): Promise<string> {
    const { worker, here } = member;
    void here.then(() => tell(worker, { kind: 'serve', config }));
    return new Promise((resolve, reject) => {
      worker.on('message', (report: Report) => {
        if (report.kind === 'ready') resolve(report.publicUrl);
        else if (report.kind === 'failed') reject(new Error(report.message));
      });
      const ended = () => reject(new Error('A process that was to serve ended at its start; the log says why'));
      if (worker.isDead()) ended();
      else worker.once('exit', ended);
    });
  }

  #replaceAtEnd(member: Member, config: Config): void {
    const since = performance.now();
    const replace = async (code: number | null, signal: string | null) => {
      if (this.#state !== 'serving' || !this.#members.includes(member)) return;
      this.#log.error(`A worker ended unexpectedly (${signal ?? code}) and is being replaced`);
      await this.#rest(since);
      if (this.#state !== 'serving') return;
      const next = hire();
      this.#members = [...this.#members.filter((one) => one !== member), next];
      this.#replaceAtEnd(next, config);
      await this.#put(next, config).catch((fault: Error) => this.#log.error(fault.message));
    };
    const { worker } = member;
    if (worker.isDead()) void replace(worker.process.exitCode, worker.process.signalCode);
    else worker.once('exit', replace);
    worker.on('message', ({ kind }: Report) => kind === 'retire' && void this.#relieve(member, config, since));
  }

  /** Starts a replacement for a worker that still serves, and shuts that down when the replacement serves. */
  async #relieve(member: Member, config: Config, since: number): Promise<void> {
    await this.#rest(since);
    if (this.#state !== 'serving' || !this.#members.includes(member)) return;
    const next = hire();
    this.#members = [...this.#members, next];
    try {
      await this.#put(next, config);
      this.#members = this.#members.filter((one) => one !== member);
      this.#replaceAtEnd(next, config);
      tell(member.worker, { kind: 'leave' });
      this.#log.warn('worker replaced after an uncaught error');
    } catch (error) {
      this.#members = this.#members.filter((one) => one !== next);
      this.#log.error({ err: error }, 'worker not replaced after an uncaught error');
    }
  }

  /** Backs off longer each time a worker that did not serve for long is replaced. */
  async #rest(since: number): Promise<void> {
    if (performance.now() - since > settledMs) this.#restMs = 0;
    await pause(this.#restMs);
    this.#restMs = Math.min(Math.max(firstRestMs, this.#restMs * 2), longestRestMs);
  }
}

interface Member {
  readonly worker: Worker;
  /** Resolves when it receives commands; earlier ones would be lost. */
  readonly here: Promise<void>;
}

function hire(): Member {
  const worker = cluster.fork();
  // of a message to a worker that has just ended; its end is an event of its own
  worker.on('error', () => {});
  const here = new Promise<void>((resolve) => {
    worker.on('message', ({ kind }: Report) => kind === 'here' && resolve());
  });
  return { worker, here };
}

/** Sends a command to a worker, unless it is gone. */
export function tell(worker: Worker, order: Order): void {
  if (worker.isConnected()) worker.send(order, () => {});
}

/** Sends a command to all workers, and resolves when each has answered or is gone, after a second in any case. */
export async function askAll(order: Order, isAnswer: (report: Report) => boolean): Promise<void> {
  const awaited = new Set(Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected()));
  const over = new AbortController();
  const isIn = (worker: Worker) => {
    awaited.delete(worker);
    if (awaited.size === 0) over.abort();
  };
  const hear = (worker: Worker, report: Report) => isAnswer(report) && isIn(worker);
  cluster.on('message', hear).on('disconnect', isIn);
  for (const worker of awaited) tell(worker!, order);
  if (awaited.size > 0) await pause(answerPatienceMs, undefined, { signal: over.signal }).catch(() => {});
  cluster.off('message', hear).off('disconnect', isIn);
}

/** Resolves when no worker is left; workers that take longer, or live when `forced` aborts, are killed. */
export async function allGone(patienceMs: number, forced?: AbortSignal): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  const killAll = () => {
    for (const worker of workers) worker.process.kill('SIGKILL');
  };
  const kill = setTimeout(killAll, patienceMs);
  void whenAborted(forced).then(killAll);
  await Promise.all(workers.map((worker) => worker.isDead() || once(worker, 'exit')));
  clearTimeout(kill);
}
