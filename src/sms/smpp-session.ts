import { setTimeout as pause } from 'node:timers/promises';
import { type Failed, notSent } from './smpp-errors.ts';
import { type Link, type LinkSettings, openLink } from './smpp-link.ts';

/** A link to an SMSC that is opened anew whenever it ends. */
export interface Session {
  /** The link that is bound, or why there is none. */
  link(signal: AbortSignal): Promise<{ readonly ok: true; readonly link: Link } | Failed>;
  close(): Promise<void>;
}

/** Half of the first is the shortest pause before a link is opened anew, and the last is the longest. */
const firstPauseMs = 1000;
const longestPauseMs = 30_000;
/** A link that held so long begins the pauses from the first. */
const holdsAfterMs = 10_000;
/** Who waits for a link longer than this had better try another provider. */
const patienceMs = 2500;

/**
 * Opens a link at once, and another whenever it ends, after pauses that double from 0.5 s to 30 s and have a part of
 * chance, so that many processes do not come back together. Where the SMSC did not let us in (`refused`), each pause is
 * the longest: a wrong password that is repeated locks the account. Nobody waits for an SMSC that was not to be had the
 * last time; a link that broke is waited for, 2.5 seconds at most.
 */
export function keepSession(settings: LinkSettings, onDelivery: (octets: Buffer) => void): Session {
  const stop = new AbortController();
  const waiting = new Set<() => void>();
  let link: Link;
  let isBound = false;
  let failed: Failed | undefined;
  const kept = keep();

  async function keep(): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      link = openLink(settings, onDelivery);
      failed = await link.bound;
      isBound = failed === undefined;
      const since = performance.now();
      for (const wake of [...waiting]) wake();
      await link.ended;
      isBound = false;
      if (stop.signal.aborted) return;
      if (!failed && performance.now() - since > holdsAfterMs) tries = 0;
      const most = failed?.error === 'refused' ? longestPauseMs : Math.min(firstPauseMs * 2 ** tries, longestPauseMs);
      await pause((most / 2) * (1 + Math.random()), undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
    }
  }

  return {
    async link(signal) {
      if (stop.signal.aborted) return notSent('closed');
      if (!isBound && !failed) await woken(waiting, signal);
      if (signal.aborted) return notSent('the sending was cut off before it began');
      return isBound ? { ok: true, link } : (failed ?? notSent('no bound session in time'));
    },
    async close() {
      stop.abort();
      await link.close();
      await kept;
      for (const wake of [...waiting]) wake();
    },
  };
}

function woken(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(patience);
      waiting.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const patience = setTimeout(wake, patienceMs);
    signal.addEventListener('abort', wake, { once: true });
    waiting.add(wake);
    if (signal.aborted) wake();
  });
}
