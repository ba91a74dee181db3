import { setTimeout as pause } from 'node:timers/promises';
import { errorCode, errorMessage } from '../kit/caught.ts';
import type { Log } from '../kit/log.ts';

/** A refused connection is closed in this time, and no longer counts as open. */
const settleMs = 50;
const growEveryMs = 2000;
const logEveryMs = 10_000;

/**
 * Lets queries share the open connections while the server refuses more: the client (postgres 3.4) would open one for
 * each query, and fail the query with it. The limit is the number of connections at the refusal, and grows by one each
 * 2 s.
 */
export class ConnectionLimit {
  readonly #poolSize: number;
  readonly #open: () => number;
  readonly #log: Log;
  readonly #timeoutMs: number;
  readonly #waiting: (() => void)[] = [];
  #max = Number.POSITIVE_INFINITY;
  #running = 0;
  #growing: NodeJS.Timeout | undefined;
  #loggedAt = Number.NEGATIVE_INFINITY;

  /** `open` counts the open connections; `timeoutMs` is the timeout of a call. */
  constructor(options: { poolSize: number; open: () => number; timeoutMs: number; log: Log }) {
    this.#poolSize = options.poolSize;
    this.#open = options.open;
    this.#timeoutMs = options.timeoutMs;
    this.#log = options.log;
  }

  /** Returns the result of the call, which is retried if its connection was refused. */
  async call<T>(statement: () => PromiseLike<T>): Promise<T> {
    for (const ends = performance.now() + this.#timeoutMs; ; ) {
      await this.#acquire();
      try {
        return await statement();
      } catch (error) {
        if (!isFull(error) || performance.now() > ends) throw error;
      } finally {
        this.#running -= 1;
        this.#admit();
      }
      await pause(settleMs);
      this.#shrink();
    }
  }

  /** Stops the growth of the limit. */
  close(): void {
    clearInterval(this.#growing);
  }

  async #acquire(): Promise<void> {
    if (this.#running >= this.#max) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
  }

  #admit(): void {
    while (this.#running < this.#max && this.#waiting.length > 0) {
      this.#running += 1;
      this.#waiting.shift()?.();
    }
  }

  #shrink(): void {
    const connections = this.#open();
    this.#max = Math.max(1, connections);
    if (performance.now() - this.#loggedAt > logEveryMs) {
      this.#loggedAt = performance.now();
      this.#log.warn(
        { connections, fix: 'raise max_connections there, or lower DATABASE_POOL' },
        'database connections exhausted',
      );
    }
    this.#growing ??= setInterval(() => this.#grow(), growEveryMs).unref();
  }

  #grow(): void {
    this.#max += 1;
    if (this.#max >= this.#poolSize) {
      this.#max = Number.POSITIVE_INFINITY;
      clearInterval(this.#growing);
      this.#growing = undefined;
    }
    this.#admit();
  }
}

/** 53300 is PostgreSQL's `too_many_connections`, of the server, a database or a role; PgBouncer reports it in words. */
export function isFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === '53300' || (code === '08P01' && /no more connections allowed/.test(errorMessage(error)));
}
