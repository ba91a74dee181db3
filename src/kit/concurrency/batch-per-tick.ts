/** An item of a batch, and the promise of its result. */
export interface BatchItem<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes the call for a batch: each item gets the result at its index, or the error of the call. Never throws. */
export async function runBatch<Item, Result>(
  items: readonly BatchItem<Item, Result>[],
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await call(items.map(({ item }) => item));
    for (const [index, { resolve }] of items.entries()) resolve(results[index] as Result);
  } catch (error) {
    for (const { reject } of items) reject(error);
  }
}

/**
 * Batches the items that are added within one turn of the event loop into one call of at most `maxItems` items (the
 * DataLoader pattern). No call waits for an earlier one, so a single item is as fast as without batching, and a hanging
 * call delays no other. An error of a call rejects every item in it.
 */
export function batchPerTick<Item, Result>(
  call: (items: readonly Item[]) => Promise<readonly Result[]>,
  maxItems = 64,
): (item: Item) => Promise<Result> {
  let items: BatchItem<Item, Result>[] = [];
  const flush = () => {
    if (items.length === 0) return;
    void runBatch(items, call);
    items = [];
  };
  return (item) =>
    new Promise((resolve, reject) => {
      items.push({ item, resolve, reject });
      if (items.length === 1) setImmediate(flush);
      if (items.length === maxItems) flush();
    });
}
