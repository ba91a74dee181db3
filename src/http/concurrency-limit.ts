/** The priority of a request under overload. */
export type Priority =
  /** A request that completes a sign-in, whose message has already been paid for. */
  | 'high'
  | 'normal'
  /** A request whose connection still sends the previous response (pipelining). */
  | 'pipelined';

/** Bounds of the concurrency limit of one process. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/**
 * `initial` admits a burst before anything was measured; `max` is the number of queries that the database client takes
 * without a queue of its own (10 connections, 100 each); `min` keeps a slow database busy.
 */
export const defaultBounds: Bounds = { min: 64, max: 1000, initial: 512 };

/** The target latency under overload, in ms: as many requests are admitted as finish in this time. */
const targetMs = 200;
const windowMs = 100;

/**
 * The concurrency limit of a process. By Little's law, latency is concurrency divided by throughput. So while requests
 * are refused, or take longer than `targetMs`, the limit follows the throughput of the last window. Times are of the
 * monotonic clock, in ms.
 */
export class ConcurrencyLimit {
  readonly #bounds: Bounds;
  readonly #inFlight = { high: 0, others: 0 };
  #suspended = 0;
  /** The time of suspensions that requests in progress will report as spent. */
  #suspendedMs = 0;
  #max: number;
  #window = { since: 0, done: 0, spentMs: 0, refused: false };

  constructor(bounds: Bounds = defaultBounds) {
    this.#bounds = bounds;
    this.#max = bounds.initial;
  }

  /** The number of requests in progress, without the suspended ones. */
  get inFlight(): number {
    return this.#inFlight.high + this.#inFlight.others - this.#suspended;
  }

  /** The current limit. */
  get max(): number {
    return this.#max;
  }

  /**
   * Whether a request of this kind is admitted. A fifth of the limit is reserved for requests that finish a sign-in,
   * and another fifth for ordinary ones. Pipelined requests never fill more than two fifths.
   */
  admits(kind: Priority, now: number): boolean {
    this.#measure(now);
    const { inFlight } = this;
    const admitted =
      kind === 'high'
        ? inFlight < this.#max
        : kind === 'normal'
          ? inFlight < this.#max * 0.8 || this.#inFlight.others < this.#max * 0.2
          : inFlight < this.#max * 0.4;
    if (!admitted) this.#window.refused = true;
    return admitted;
  }

  /** An admitted request starts. */
  begin(kind: Priority): void {
    this.#inFlight[kind === 'high' ? 'high' : 'others'] += 1;
  }

  /**
   * A request in progress waits for another server, and takes nothing from this process meanwhile; returns the function
   * that ends the wait.
   */
  suspend(): () => void {
    const since = performance.now();
    this.#suspended += 1;
    return () => {
      this.#suspended -= 1;
      this.#suspendedMs += performance.now() - since;
    };
  }

  /** A request that started at `since` ends. */
  end(kind: Priority, since: number, now: number): void {
    this.#inFlight[kind === 'high' ? 'high' : 'others'] -= 1;
    this.#window.done += 1;
    const suspendedMs = Math.min(this.#suspendedMs, now - since);
    this.#suspendedMs -= suspendedMs;
    this.#window.spentMs += now - since - suspendedMs;
    this.#measure(now);
  }

  #measure(now: number): void {
    const { since, done, spentMs, refused } = this.#window;
    const length = now - since;
    if (length < windowMs) return;
    this.#window = { since: now, done: 0, spentMs: 0, refused: false };
    // no requests came for a long time, or the process stood still: either says nothing about the throughput
    if (length > 10 * windowMs) return;
    if (!refused && spentMs <= done * targetMs) return;
    const target = (done / length) * targetMs;
    // only half the way, so that one odd window does not decide
    this.#max = Math.min(this.#bounds.max, Math.max(this.#bounds.min, Math.round((this.#max + target) / 2)));
  }
}
