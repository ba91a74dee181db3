import { setTimeout as pause } from 'node:timers/promises';
import { type Failed, notSentError } from './errors.ts';
import { type Link, type LinkSettings, openLink } from './link.ts';

/** A link to an SMSC that is reopened whenever it ends. */
export interface Session {
  /** Returns the bound link, or the reason that there is none. */
  link(signal: AbortSignal): Promise<{ readonly ok: true; readonly link: Link } | Failed>;
  close(): Promise<void>;
}

/** The pauses before a link is reopened: half of the first is the minimum, the second is the maximum. */
const firstPauseMs = 1000;
const maxPauseMs = 30_000;
/** A link that held for this time resets the pauses. */
const stableAfterMs = 10_000;
/** The maximum wait for a link; after it another provider is the better choice. */
const linkTimeoutMs = 2500;

/**
 * Opens a link at once, and reopens it whenever it ends, after pauses that double from 0.5 s to 30 s with jitter, so
 * that many processes do not reconnect together. If the SMSC refused the bind (`refused`), each pause is the maximum,
 * since a repeated wrong password locks the provider account. Messages do not wait for an SMSC that was unreachable at the last
 * attempt; they wait for a broken link, 2.5 seconds at most.
 */
export function keepSession(settings: LinkSettings, onDelivery: (octets: Buffer) => void): Session {
  const stop = new AbortController();
  const waiters = new Set<() => void>();
  let link: Link;
  let isBound = false;
  let failed: Failed | undefined;
  const keptLink = keep();

  async function keep(): Promise<void> {
    for (let attempts = 0; ; attempts += 1) {
      link = openLink(settings, onDelivery);
      failed = await link.bound;
      isBound = failed === undefined;
      const since = performance.now();
      for (const wake of [...waiters]) wake();
      await link.ended;
      isBound = false;
      if (stop.signal.aborted) return;
      if (!failed && performance.now() - since > stableAfterMs) attempts = 0;
      const pauseMs = failed?.error === 'refused' ? maxPauseMs : Math.min(firstPauseMs * 2 ** attempts, maxPauseMs);
      await pause((pauseMs / 2) * (1 + Math.random()), undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
    }
  }

  return {
    async link(signal) {
      if (stop.signal.aborted) return notSentError('closed');
      if (!isBound && !failed) await waitForLink(waiters, signal);
      if (signal.aborted) return notSentError('the sending was cut off before it began');
      return isBound ? { ok: true, link } : (failed ?? notSentError('no bound session in time'));
    },
    async close() {
      stop.abort();
      await link.close();
      await keptLink;
      for (const wake of [...waiters]) wake();
    },
  };
}

function waitForLink(waiters: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timeout);
      waiters.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timeout = setTimeout(wake, linkTimeoutMs);
    signal.addEventListener('abort', wake, { once: true });
    waiters.add(wake);
    if (signal.aborted) wake();
  });
}
