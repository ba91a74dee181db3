import type { Log } from '../kit/log.ts';
import type { Gateway, Message } from './gateway.ts';

/** Sends in the background, at most so many at a time, and can be waited for at the stop. */
export interface Outbox {
  /** Never throws and never waits. False where too many wait already: the message is dropped, and the log says so. */
  post(message: Message): boolean;
  /** Resolves when all that was posted has left or failed, or was cut off after so many milliseconds. */
  close(patienceMs: number): Promise<void>;
}

const atOnce = 64;
const waitingAtMost = 10_000;

/** Opens an outbox before a gateway. `mask` makes a number fit for a log. */
export function openOutbox({
  gateway,
  log,
  mask,
}: {
  gateway: Gateway;
  log: Log;
  mask: (to: string) => string;
}): Outbox {
  const waiting: Message[] = [];
  const leaving = new Set<Promise<void>>();
  const stop = new AbortController();

  function next(): void {
    const message = leaving.size < atOnce ? waiting.shift() : undefined;
    if (!message) return;
    const sending = Promise.resolve()
      .then(() => gateway.send(message, stop.signal))
      .catch((fault: Error) => log.error({ to: mask(message.to), fault: fault.message }, 'an SMS did not leave'))
      .finally(() => {
        leaving.delete(sending);
        next();
      });
    leaving.add(sending);
  }

  return {
    post(message) {
      if (waiting.length >= waitingAtMost) {
        log.error({ to: mask(message.to) }, 'an SMS was dropped: too many wait for the sender');
        return false;
      }
      waiting.push(message);
      next();
      return true;
    },
    async close(patienceMs) {
      const cutOff = setTimeout(() => {
        // first: each that leaves would make room for the next, which would not see the end of the signal any more
        const dropped = waiting.splice(0).length;
        if (dropped > 0) log.error({ dropped }, 'SMS were dropped at the stop: the sender took too long');
        stop.abort();
      }, patienceMs);
      while (leaving.size > 0) await Promise.all(leaving);
      clearTimeout(cutOff);
    },
  };
}
