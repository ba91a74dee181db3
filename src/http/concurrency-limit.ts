/** The priority of a request under overload. */
export type Kind =
  /** A request that ends a sign-in, which has cost a message already. */
  | 'finishing'
  | 'ordinary'
  /** A request whose connection still sends the previous response (pipelining). */
  | 'behind';

/** Bounds of the concurrency limit of one process. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly first: number;
}

/**
 * `first` admits a burst before anything was measured; `most` is the number of queries that the database client takes
 * without a queue of its own (10 connections, 100 each); `least` keeps a slow database busy.
 */
export const usualBounds: Bounds = { least: 64, most: 1000, first: 512 };

/** The target latency under overload, in ms: as many requests are admitted as finish in this time. */
const targetMs = 200;
const windowMs = 100;

/**
 * The concurrency limit of a process. By Little's law, latency is concurrency divided by throughput. So while requests
 * are refused, or take longer than `targetMs`, the limit follows the throughput of the last window. Times are of the
 * monotonic clock, in ms.
 */
export class Admission {
  readonly #bounds: Bounds;
  readonly #working = { finishing: 0, others: 0 };
  #limit: number;
  #window = { since: 0, done: 0, spentMs: 0, refused: false };

  constructor(bounds: Bounds = usualBounds) {
    this.#bounds = bounds;
    this.#limit = bounds.first;
  }

  /** The number of requests in progress. */
  get working(): number {
    return this.#working.finishing + this.#working.others;
  }

  /** The current limit. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Whether a request of this kind is admitted. A fifth of the limit is reserved for requests that finish a sign-in,
   * and another fifth for ordinary ones. Pipelined requests never fill more than two fifths.
   */
  admits(kind: Kind, now: number): boolean {
    this.#measure(now);
    const { working } = this;
    const admitted =
      kind === 'finishing'
        ? working < this.#limit
        : kind === 'ordinary'
          ? working < this.#limit * 0.8 || this.#working.others < this.#limit * 0.2
          : working < this.#limit * 0.4;
    if (!admitted) this.#window.refused = true;
    return admitted;
  }

  /** An admitted request starts. */
  begin(kind: Kind): void {
    this.#working[kind === 'finishing' ? 'finishing' : 'others'] += 1;
  }

  /** A request that started at `since` ends. */
  end(kind: Kind, since: number, now: number): void {
    this.#working[kind === 'finishing' ? 'finishing' : 'others'] -= 1;
    this.#window.done += 1;
    this.#window.spentMs += now - since;
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
    const wanted = (done / length) * targetMs;
    // only half the way, so that one odd window does not decide
    this.#limit = Math.min(this.#bounds.most, Math.max(this.#bounds.least, Math.round((this.#limit + wanted) / 2)));
  }
}
