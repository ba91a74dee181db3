import { setTimeout as pause } from 'node:timers/promises';
import { sweepEvents } from '../audit/store.ts';
import type { Bite } from '../db/delete-batch.ts';
import { sweepDeliveries } from '../deliveries/store.ts';
import { sweepCounted } from '../invites/counted.ts';
import { sweepDailyCounts } from '../limits/daily-store.ts';
import { sweepAllowances, sweepRefusals } from '../limits/store.ts';
import { sweepDevices } from '../sessions/device-store.ts';
import { type SessionNeeds, sweepIdleSessions, sweepOldSessions } from '../sessions/store.ts';
import { sweepChallenges } from '../sign-in/sweep-challenges.ts';

/** The dependencies of the cleanup. */
export type SweepNeeds = SessionNeeds & { readonly deliveriesKeepDays: number; readonly auditKeepDays: number };

/**
 * Starts the cleanup of expired rows in the background, once a minute, in any number of processes at once; returns the
 * function that stops it. The first run is within a minute, at random, so that processes that started together do not
 * clean up together.
 */
export function startSweeping(needs: SweepNeeds): () => void {
  const stop = new AbortController();
  const sweeping = async (): Promise<void> => {
    await sweep(needs, stop.signal);
    if (!stop.signal.aborted) timer = setTimeout(sweeping, everyMs).unref();
  };
  let timer = setTimeout(sweeping, Math.random() * everyMs).unref();
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

const everyMs = 60_000;

/**
 * Deletes all expired rows: a batch of each kind in turn, so that many rows of one kind do not hold up the others.
 * After each batch it pauses for as long as the batch took, so that the database has as much time for requests. Never
 * throws: a kind that fails is left for the next run.
 */
export async function sweep(needs: SweepNeeds, stop: AbortSignal): Promise<void> {
  let kinds: Kind[] = [
    { bite: (from) => sweepOldSessions(needs, from), from: beginning },
    { bite: (from) => sweepIdleSessions(needs, from), from: beginning },
    { bite: (from) => sweepChallenges(needs.db, from), from: beginning },
    { bite: (from) => sweepDeliveries(needs.db, from, needs.deliveriesKeepDays), from: beginning },
    { bite: (from) => sweepEvents(needs.db, from, needs.auditKeepDays), from: beginning },
    { bite: (from) => sweepDevices(needs.db, from), from: beginning },
    { bite: (from) => sweepCounted(needs.db, from), from: beginning },
    { bite: (from) => sweepAllowances(needs.db, from), from: beginning },
    { bite: (from) => sweepRefusals(needs.db, from), from: beginning },
    { bite: (from) => sweepDailyCounts(needs.db, from), from: beginning },
  ];
  while (kinds.length > 0) {
    const left: Kind[] = [];
    for (const { bite, from } of kinds) {
      if (stop.aborted) return;
      const begun = performance.now();
      const taken = await bite(from).catch((fault: Error) =>
        needs.log.warn({ fault: fault.message }, 'sweeping will be tried again in a minute'),
      );
      if (taken?.isFull) left.push({ bite, from: taken.until ?? from });
      if (taken && taken.gone > 0) await pause(performance.now() - begun, undefined, { ref: false });
    }
    kinds = left;
  }
}

interface Kind {
  readonly bite: (from: Date) => Promise<Bite>;
  readonly from: Date;
}

const beginning = new Date(0);
