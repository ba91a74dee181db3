import { setTimeout as pause } from 'node:timers/promises';
import { sweepEvents } from './audit/store.ts';
import type { Bite } from './db/bite.ts';
import { sweepDeliveries } from './deliveries/store.ts';
import { sweepCounted } from './invites/counted.ts';
import { sweepDailyCounts } from './limits/daily-store.ts';
import { sweepAllowances, sweepRefusals } from './limits/store.ts';
import { sweepDevices } from './sessions/device-store.ts';
import { type SessionNeeds, sweepIdleSessions, sweepOldSessions } from './sessions/store.ts';
import { sweepChallenges } from './sign-in/sweep-challenges.ts';

/** What sweeping needs. */
export type SweepNeeds = SessionNeeds & { readonly keepDays: { readonly deliveries: number; readonly audit: number } };

/**
 * Removes what is over, in the background, each minute, by any number of processes at once; returns how to stop. The
 * first time comes within a minute, at random, so that processes that were started together do not sweep together.
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
 * Removes all that is over: a bite of each kind in turn, so that much of one kind does not hold up the others, and after
 * each a rest as long as the bite took, so that the database has as much time again for people. Never throws: a kind
 * that fails is left for the next time.
 */
export async function sweep(needs: SweepNeeds, stop: AbortSignal): Promise<void> {
  let kinds: Kind[] = [
    { bite: (from) => sweepOldSessions(needs, from), from: beginning },
    { bite: (from) => sweepIdleSessions(needs, from), from: beginning },
    { bite: (from) => sweepChallenges(needs.db, from), from: beginning },
    { bite: (from) => sweepDeliveries(needs.db, from, needs.keepDays.deliveries), from: beginning },
    { bite: (from) => sweepEvents(needs.db, from, needs.keepDays.audit), from: beginning },
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
