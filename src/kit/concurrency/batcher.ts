import { type BatchItem, runBatch } from './batch-per-tick.ts';

/**
 * Batches items: while one call is in progress, new items wait for the next, at most `maxItems` in each. An error of a
 * call rejects every item in it.
 */
export class Batcher<Item, Result> {
  readonly #call: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #maxItems: number;
  readonly #waiting: BatchItem<Item, Result>[] = [];
  #busy = false;

  constructor(call: (items: readonly Item[]) => Promise<readonly Result[]>, maxItems = 200) {
    this.#call = call;
    this.#maxItems = maxItems;
  }

  /** Resolves with the result at the item's index. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) await runBatch(this.#waiting.splice(0, this.#maxItems), this.#call);
    this.#busy = false;
  }
}
