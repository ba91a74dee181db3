import { availableParallelism, loadavg } from 'node:os';

/** How many times longer things may take than on an idle machine: the load of the last minute for each processor, at least 1. */
export function loadFactor(): number {
  return Math.max(1, loadavg()[0]! / availableParallelism());
}
