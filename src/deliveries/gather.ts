/**
 * Makes one call of many: while one is under way, what comes meanwhile is gathered for the next, at most so many. What a
 * call throws, each of those in it hears.
 */
export class Gather<Item, Result> {
  readonly #call: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #most: number;
  #waiting: { item: Item; resolve: (result: Result) => void; reject: (fault: unknown) => void }[] = [];
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
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, this.#most);
      try {
        const results = await this.#call(some.map(({ item }) => item));
        for (const [at, { resolve }] of some.entries()) resolve(results[at]!);
      } catch (fault) {
        for (const { reject } of some) reject(fault);
      }
    }
    this.#busy = false;
  }
}
