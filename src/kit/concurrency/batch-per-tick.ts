/** An item of a batch, and the promise of its result. */
export interface Asked<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (fault: unknown) => void;
}

/** Makes the call for a batch: each item gets the result at its index, or the error of the call. Never throws. */
export async function callFor<Item, Result>(
  asked: readonly Asked<Item, Result>[],
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await call(asked.map(({ item }) => item));
    for (const [at, { resolve }] of asked.entries()) resolve(results[at]!);
  } catch (fault) {
    for (const { reject } of asked) reject(fault);
  }
}

/**
 * Batches the items that are added within one turn of the event loop into one call, at most `most` items in each (the
 * DataLoader pattern). No call waits for an earlier one, so a single item is as fast as without batching, and a hanging
 * call delays no other. An error of a call rejects every item in it.
 */
export function eachTurn<Item, Result>(
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
  most = 64,
): (item: Item) => Promise<Result> {
  let asked: Asked<Item, Result>[] = [];
  const go = () => {
    if (asked.length === 0) return;
    void callFor(asked, call);
    asked = [];
  };
  return (item) =>
    new Promise((resolve, reject) => {
      asked.push({ item, resolve, reject });
      if (asked.length === 1) setImmediate(go);
      if (asked.length === most) go();
    });
}
