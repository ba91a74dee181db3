import { totalmem } from 'node:os';

/**
 * The cache of the embedded PostgreSQL (`shared_buffers`) in MiB: an eighth of the memory in bytes, since the system caches
 * its files too and the application shares the machine, at least what PostgreSQL has by default, at most 2 GiB. PostgreSQL
 * takes the memory only as pages come in.
 */
export function cacheMegabytes(memory: number): number {
  return Math.min(2048, Math.max(128, Math.floor(memory / 8 / 1024 ** 2)));
}

/** The memory in bytes that this process may use: that of the machine, or less in a container with a limit (cgroups). */
export function processMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
