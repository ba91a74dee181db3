import type { TestApp } from './harness.ts';

/**
 * Stops the clock of a test at a time of the database, in ms since 1970, until it is set or turned: so a second before an
 * end is a second on a busy machine too. All parts of a statement are of one moment, since they are made in one turn.
 */
export function stopClock({ clock }: Pick<TestApp, 'clock'>, at: number): void {
  let ahead: number | undefined;
  Object.defineProperty(clock, 'aheadMs', {
    configurable: true,
    get() {
      if (ahead === undefined) {
        ahead = at - Date.now();
        queueMicrotask(() => {
          ahead = undefined;
        });
      }
      return ahead;
    },
    set: (aheadMs: number) => setClock(clock, aheadMs),
  });
}

function setClock(clock: TestApp['clock'], aheadMs: number): void {
  Object.defineProperty(clock, 'aheadMs', { configurable: true, writable: true, value: aheadMs });
}
