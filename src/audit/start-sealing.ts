import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import type { SecretKeys } from '../kit/secret.ts';
import { findNewestSeal, maxSealed } from './seal-store.ts';

/** The dependencies of the worker that seals the audit trail. */
export interface SealingNeeds {
  readonly db: Database;
  readonly log: Log;
  readonly keys: SecretKeys;
  /** Seals a batch; resolves with the count of its events. */
  readonly seal: () => Promise<number>;
  readonly intervalMs: number;
}

/**
 * Starts to seal events in the background, in any number of processes: one after the other has its turn. The newest seal
 * is logged once an hour, so that a copy of the log shows a trail that somebody puts back. Returns the function that stops
 * it.
 */
export function startSealing(needs: SealingNeeds): () => void {
  let isStopped = false;
  let loggedAt = Number.NEGATIVE_INFINITY;
  const run = async (): Promise<void> => {
    const sealed = await needs.seal().catch((error: Error) => {
      needs.log.warn({ err: error }, 'audit trail not sealed');
      return 0;
    });
    if (sealed > 0 && performance.now() - loggedAt > logIntervalMs) {
      loggedAt = performance.now();
      await logNewestSeal(needs);
    }
    if (!isStopped) timer = setTimeout(run, sealed < maxSealed ? needs.intervalMs : 0).unref();
  };
  let timer = setTimeout(run, Math.random() * needs.intervalMs).unref();
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
