/** Room for so many at once, in the order in which they come. */
export class Slots {
  readonly #most: number;
  #taken = 0;
  #averageMs = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** How many wait for room. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Milliseconds after which one that comes now would have room, as far as the last ones tell. */
  get waitMs(): number {
    return this.#taken < this.#most ? 0 : ((this.#waiting.length + 1) * this.#averageMs) / this.#most;
  }

  /** Resolves when there is room, with what gives it back. */
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
      // one that waits takes the room over
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    };
  }
}
