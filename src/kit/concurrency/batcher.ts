import { type Asked, callFor } from './batch-per-tick.ts';

/**
 * Batches items: while one call is in progress, new items wait for the next, at most `most` in each. An error of a call
 * rejects every item in it.
 */
export class Gather<Item, Result> {
  readonly #call: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #most: number;
  readonly #waiting: Asked<Item, Result>[] = [];
  #busy = false;

  constructor(call: (items: readonly Item[]) => Promise<readonly Result[]>, most = 200) {
    this.#call = call;
    this.#most = most;
  }

  /** Resolves with the result at the item's index. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#busy) void this.#go();
    });
  }

  async #go(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) await callFor(this.#waiting.splice(0, this.#most), this.#call);
    this.#busy = false;
  }
}
