import type { Logger } from 'pino';

/**
 * Keeps the other requests of this process where an error reaches nobody: it is logged, and the process serves on.
 * `retire` is called at the first one, to have the process replaced by one whose state is known.
 */
export function surviveUncaughtErrors(log: Logger, retire: () => void = () => {}): void {
  let first = true;
  // a rejection that nobody handles arrives here too
  process.on('uncaughtException', (err, origin) => {
    log.fatal({ err, origin }, 'uncaught error');
    if (first) retire();
    first = false;
  });
}
