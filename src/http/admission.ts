/** What a request is to us when there is too much to do. */
export type Kind =
  /** Ends a sign-in that has cost a message already. */
  | 'finishing'
  | 'ordinary'
  /** Came on a connection whose last answer is not out yet (pipelining). */
  | 'behind';

/** The bounds of what one process works on at once. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly first: number;
}

/**
 * `first` lets a burst in before anything was measured; `most` is what the database client takes without queueing on its
 * side (10 connections, 100 calls each); `least` keeps a slow database busy.
 */
export const usualBounds: Bounds = { least: 64, most: 1000, first: 512 };

/** How long what is let in may take when there is too much to do, in ms: as many are let in as are done in this time. */
const targetMs = 200;
const windowMs = 100;

/**
 * How many requests a process lets in at once. By Little's law those that are worked on take as long as it takes to do so
 * many: so while requests are refused, or take longer than `targetMs`, the limit follows what the last window has done.
 * Times are of the monotonic clock, in ms.
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

  /** How many are worked on. */
  get working(): number {
    return this.#working.finishing + this.#working.others;
  }

  /** How many may be worked on now. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Whether one more of this kind may come in. A fifth is kept for those that finish a sign-in; they in turn cannot take
   * the fifth below which others always come in. Pipelined ones never fill more than two fifths.
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

  /** Work on one that was admitted begins. */
  begin(kind: Kind): void {
    this.#working[kind === 'finishing' ? 'finishing' : 'others'] += 1;
  }

  /** Work on one that began at `since` is over. */
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
    // over so long a time nobody came, or the process stood still: either says nothing about how fast we are
    if (length > 10 * windowMs) return;
    if (!refused && spentMs <= done * targetMs) return;
    const wanted = (done / length) * targetMs;
    // half way, so that one odd window does not decide
    this.#limit = Math.min(this.#bounds.most, Math.max(this.#bounds.least, Math.round((this.#limit + wanted) / 2)));
  }
}
