import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The time between two looks, and the share of it in which an idle process may be busy. */
const lookMs = 10_000;
const idleShare = 0.02;

/** Free room of the heap that is worth a collection, which takes some 50 ms. */
const worthBytes = 16 * 1024 * 1024;

/**
 * Lets the process give memory back while it is idle: V8 keeps the 32 MB in which a start or a load has made its objects.
 * A full collection releases them, but not always at once, so there are two after each time of work.
 */
export function returnIdleMemory(): void {
  let before = performance.eventLoopUtilization();
  let left = 2;
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    if (utilization > idleShare) left = 2;
    else if (left > 0 && freeBytes() > worthBytes) {
      left -= 1;
      collect();
      before = performance.eventLoopUtilization();
    }
  }, lookMs).unref();
}

function freeBytes(): number {
  const { heapTotal, heapUsed } = process.memoryUsage();
  return heapTotal - heapUsed;
}

/** Only a context that is made after the flag has the function. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
