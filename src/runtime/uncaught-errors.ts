import type { Logger } from 'pino';

/**
 * Keeps the process serving after an uncaught error, for its other requests: the error is logged. The first one calls
 * `retire`, which has the process replaced by one in a known state.
 */
export function surviveUncaughtErrors(log: Logger, retire: () => void = () => {}): void {
  let first = true;
  // an unhandled rejection arrives here too
  process.on('uncaughtException', (err, origin) => {
    log.fatal({ err, origin }, 'uncaught error');
    if (first) retire();
    first = false;
  });
}
