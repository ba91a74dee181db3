/** What one of many has asked of a call that they share. */
export interface Asked<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (fault: unknown) => void;
}

/** Makes the call for all of these: each hears what stands at its place in the result, or what the call threw. Never throws. */
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
 * Makes one call of what is asked within one turn of the event loop, at most so many; a result stands at the place of its
 * item. Nothing waits for an earlier call, so whoever asks alone is answered as soon as without it, and a call that hangs
 * delays nobody else. What a call throws, each of those in it hears.
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
