import { randomToken } from './random.ts';
import { readJson, type TokenStorage, writeJson } from './storage.ts';

interface Locks {
  request<T>(name: string, run: () => Promise<T>): Promise<T>;
}

interface Lease {
  readonly owner: string;
  readonly until: number;
}

const leaseMs = 15_000;
const pollMs = 50;

/**
 * Runs a function while no other tab of the origin runs one under the same name: by Web Locks, else by a lease in the
 * storage. A lease is best effort, since the storage has no compare-and-set; it ends by itself if its tab is closed.
 */
export async function withLock<T>(storage: TokenStorage, name: string, run: () => Promise<T>): Promise<T> {
  const { navigator } = globalThis as { readonly navigator?: { readonly locks?: Locks } };
  if (navigator?.locks) return navigator.locks.request(name, run);
  const owner = randomToken();
  while (!(await tryLease(storage, name, owner))) await sleep(pollMs);
  try {
    return await run();
  } finally {
    if ((await readJson<Lease>(storage, name))?.owner === owner) await storage.remove(name);
  }
}

async function tryLease(storage: TokenStorage, name: string, owner: string): Promise<boolean> {
  const lease = await readJson<Lease>(storage, name);
  if (lease && lease.until > Date.now()) return false;
  await writeJson(storage, name, { owner, until: Date.now() + leaseMs });
  // another tab may have written in the same moment: the last one to write has the lease
  await sleep(pollMs);
  return (await readJson<Lease>(storage, name))?.owner === owner;
}

/** Resolves after a time. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
