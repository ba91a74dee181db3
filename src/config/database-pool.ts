import { parseConnectionString } from '../db/connection-string.ts';
import { isLoopbackHost } from '../kit/loopback.ts';
import type { Values } from './variables.ts';

const max = 80;

/**
 * The connections of all workers together if none are configured. A PostgreSQL on this machine shares its cores with the
 * workers: more than two connections a core only take the caches of the processor from each other. Another machine has
 * cores that we do not know, and its disk and the network take time in which other calls can run.
 */
export function defaultPool(values: Pick<Values, 'DATABASE_URL' | 'DATABASE_POOLER'>, workers: number): number {
  return Math.min(isHere(values) ? Math.max(4, 2 * workers) : Math.max(10, 4 * workers), max);
}

/** A pooler on this machine may stand before a server elsewhere. */
function isHere({
  DATABASE_URL: url,
  DATABASE_POOLER: pooler,
}: Pick<Values, 'DATABASE_URL' | 'DATABASE_POOLER'>): boolean {
  return (
    pooler === 'none' &&
    (url === undefined || parseConnectionString(url).hosts.every((one) => 'path' in one || isLoopbackHost(one.host)))
  );
}
