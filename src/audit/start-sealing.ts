import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import { findNewestSeal, maxSealed } from './seal-store.ts';

/** The dependencies of the worker that seals the audit trail. */
export interface SealingNeeds {
  readonly db: Database;
  readonly log: Log;
  /** Seals a batch; resolves with the count of its events, and whether somebody waits for them. */
  readonly seal: () => Promise<{ readonly count: number; readonly hasEndpoints: boolean }>;
}

const intervalMs = 5000;
/** The same while there are webhooks. */
const webhookIntervalMs = 1000;

/**
 * Starts to seal events in the background, in any number of processes: one after the other has its turn. The newest seal
 * is logged once an hour, so that a copy of the log shows a trail that somebody puts back. Returns the function that stops
 * it.
 */
export function startSealing(needs: SealingNeeds): () => void {
  let isStopped = false;
  let loggedAt = Number.NEGATIVE_INFINITY;
  const run = async (): Promise<void> => {
    const { count, hasEndpoints } = await needs.seal().catch((error: Error) => {
      needs.log.warn({ err: error }, 'audit trail not sealed');
      return { count: 0, hasEndpoints: false };
    });
    if (count > 0 && performance.now() - loggedAt > logIntervalMs) {
      loggedAt = performance.now();
      await logNewestSeal(needs);
    }
    const delayMs = count >= maxSealed ? 0 : hasEndpoints ? webhookIntervalMs : intervalMs;
    if (!isStopped) timer = setTimeout(run, delayMs).unref();
  };
  let timer = setTimeout(run, Math.random() * webhookIntervalMs).unref();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

const logIntervalMs = 3_600_000;

async function logNewestSeal({ db, log }: SealingNeeds): Promise<void> {
  const newest = await findNewestSeal(db).catch(() => undefined);
  if (newest)
    log.info({ seal: `${newest.month}:${newest.seals}:${newest.hash.toString('hex')}` }, 'audit trail sealed');
}
