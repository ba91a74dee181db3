import type { Database } from '../db/database.ts';
import { present } from '../kit/present.ts';
import { type Breaker, cooldownSeconds, failuresToOpen, maxCooldownSeconds } from './breaker.ts';

/** More than there are providers. */
const maxBreakers = 1000;

/** Reads the breakers of providers that failed lately. */
export function readBreakers(db: Database): Promise<Breaker[]> {
  return db.call('read_breakers', { max: maxBreakers });
}

/** Counts a failure, opens the breaker after enough of them in a row, and returns its new state. */
export async function countFailure(db: Database, provider: string, reason: string): Promise<Breaker> {
  const [row] = await db.call<Pick<Breaker, 'failures' | 'state'>>('count_failure', {
    provider,
    reason,
    failures_to_open: failuresToOpen,
    cooldown_seconds: cooldownSeconds,
    max_cooldown_seconds: maxCooldownSeconds,
  });
  return { provider, reason, ...present(row, 'the breaker') };
}

/** Deletes the breaker of a provider that has recovered. */
export async function resetBreaker(db: Database, provider: string): Promise<void> {
  await db.call('reset_breaker', { provider });
}

/** Claims the probe of a half-open breaker; a message that loses takes another route. */
export async function claimProbe(db: Database, provider: string): Promise<boolean> {
  const [row] = await db.call<{ is_claimed: boolean }>('claim_probe', { provider, cooldown_seconds: cooldownSeconds });
  return present(row, 'the probe').is_claimed;
}

/** Releases a probe that was refused for its number and so decided nothing: the next message may probe. */
export async function releaseProbe(db: Database, provider: string): Promise<void> {
  await db.call('release_probe', { provider });
}
