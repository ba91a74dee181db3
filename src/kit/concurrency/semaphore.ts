/** A semaphore with a queue in the order of arrival. */
export class Slots {
  readonly #most: number;
  #taken = 0;
  #averageMs = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** The length of the queue. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The estimated wait in milliseconds of a new entry, by the rate of the last ones. */
  get waitMs(): number {
    return this.#taken < this.#most ? 0 : ((this.#waiting.length + 1) * this.#averageMs) / this.#most;
  }

  /** Resolves when there is room, with the function that releases it. */
  async take(): Promise<() => void> {
    if (this.#taken >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
    const begun = performance.now();
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const ms = performance.now() - begun;
      this.#averageMs = this.#averageMs === 0 ? ms : this.#averageMs * 0.95 + ms * 0.05;
      // the next in the queue takes the room over
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    };
  }
}
