const now = performance.now.bind(performance);
let aheadMs = 0;

/** Turns the monotonic clock of this process ahead, for code that does something at most every few seconds. */
export function advanceMonotonicClock(ms: number): void {
  aheadMs += ms;
  performance.now = () => now() + aheadMs;
}
