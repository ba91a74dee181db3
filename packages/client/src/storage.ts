/**
 * Keeps strings by key. Keys have letters, digits, dots and hyphens, as SecureStore demands:
 * `{ get: SecureStore.getItemAsync, set: SecureStore.setItemAsync, remove: SecureStore.deleteItemAsync }`.
 */
export interface TokenStorage {
  get(key: string): string | null | Promise<string | null>;
  set(key: string, value: string): void | Promise<void>;
  remove(key: string): void | Promise<void>;
}

/** Keeps strings until the page or the process ends. */
export function memoryStorage(): TokenStorage {
  const kept = new Map<string, string>();
  return {
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
  };
}

/** Keeps strings in `localStorage` or `sessionStorage`. Every script of the origin can read them there. */
export function webStorage(storage: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}): TokenStorage {
  return {
    get: (key) => storage.getItem(key),
    set: (key, value) => storage.setItem(key, value),
    remove: (key) => storage.removeItem(key),
  };
}

/** Reads a value that `writeJson` wrote; undefined if there is none, or if something else is there. */
export async function readJson<T>(storage: TokenStorage, key: string): Promise<T | undefined> {
  try {
    return JSON.parse((await storage.get(key)) ?? '') as T;
  } catch {
    return undefined;
  }
}

/** Writes a value as JSON. */
export async function writeJson(storage: TokenStorage, key: string, value: unknown): Promise<void> {
  await storage.set(key, JSON.stringify(value));
}
