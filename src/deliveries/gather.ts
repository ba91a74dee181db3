import { type Asked, callFor } from '../db/each-turn.ts';

/**
 * Makes one call of many: while one is under way, what comes meanwhile is gathered for the next, at most so many. What a
 * call throws, each of those in it hears.
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

  /** The result that stands at the item's place in what the call returned. */
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
