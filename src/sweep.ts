import type { Database } from './db/database.ts';
import type { Log } from './kit/log.ts';
import { sweepAllowances } from './limits/store.ts';
import { type SessionNeeds, sweepSessions } from './sessions/store.ts';
import { sweepChallenges } from './sign-in/store.ts';

const everyMs = 60_000;
const full = 1000;

/** Removes what is over, in the background, in small bites, by any number of processes at once; returns how to stop. */
export function startSweeping(needs: SessionNeeds & { readonly db: Database; readonly log: Log }): () => void {
  let stopped = false;
  async function sweep(): Promise<void> {
    for (const bite of [() => sweepSessions(needs), () => sweepChallenges(needs.db), () => sweepAllowances(needs.db)]) {
      let gone = full;
      while (gone >= full && !stopped) gone = await bite();
    }
  }
  const timer = setInterval(() => {
    sweep().catch((fault: Error) =>
      needs.log.warn({ fault: fault.message }, 'sweeping will be tried again in a minute'),
    );
  }, everyMs);
  timer.unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
