/** A semaphore with a queue in the order of arrival, save those that go first. */
export class Semaphore {
  readonly #max: number;
  #held = 0;
  #averageMs = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** The length of the queue. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The estimated wait in milliseconds of a new entry, by the rate of the last ones. */
  get waitMs(): number {
    return this.#held < this.#max ? 0 : ((this.#waiting.length + 1) * this.#averageMs) / this.#max;
  }

  /** Resolves when there is room, with the function that releases it. Work that goes first waits for no other. */
  async acquire(goesFirst = false): Promise<() => void> {
    if (this.#held < this.#max) this.#held += 1;
    else await new Promise<void>((resolve) => this.#waiting[goesFirst ? 'unshift' : 'push'](resolve));
    const release = this.#hold();
    return () => release();
  }

  /**
   * Reserves room for work that may not come about; undefined if half of it is taken, so that reservations hold up nobody
   * who waits. Returns the function that releases it: work that did not come about says nothing about the rate.
   */
  reserve(): ((isUnused: boolean) => void) | undefined {
    if (2 * this.#held >= this.#max) return undefined;
    this.#held += 1;
    return this.#hold();
  }

  #hold(): (isUnused?: boolean) => void {
    const acquiredAt = performance.now();
    let isReleased = false;
    return (isUnused = false) => {
      if (isReleased) return;
      isReleased = true;
      const ms = performance.now() - acquiredAt;
      if (!isUnused) this.#averageMs = this.#averageMs === 0 ? ms : this.#averageMs * 0.95 + ms * 0.05;
      // the next in the queue takes the room over
      const next = this.#waiting.shift();
      if (next) next();
      else this.#held -= 1;
    };
  }
}
