import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import type { Breaker } from './breaker.ts';
import { claimProbe, countFailure, readBreakers, releaseProbe, resetBreaker } from './breaker-store.ts';

/**
 * The circuit breakers that all processes share, as this process knows them: from the last poll, and from its own
 * messages since.
 */
export class CircuitBreakers {
  readonly #db: Database;
  readonly #log: Log;
  #breakers = new Map<string, Breaker>();
  /** Providers with a probe in flight from this process. */
  readonly #probing = new Set<string>();

  constructor({ db, log }: { db: Database; log: Log }) {
    this.#db = db;
    this.#log = log;
  }

  /** Reads the breakers from the database. */
  async refresh(): Promise<void> {
    this.#breakers = new Map((await readBreakers(this.#db)).map((breaker) => [breaker.provider, breaker]));
  }

  /** Whether the breaker of a provider is open, except for a probe now and then. */
  isOpen(provider: string): boolean {
    const state = this.#breakers.get(provider)?.state;
    return state === 'open';
  }

  /** Whether any message may go to a provider. A half-open one needs a claim. */
  isClosed(provider: string): boolean {
    const state = this.#breakers.get(provider)?.state;
    return state !== 'open' && state !== 'half-open';
  }

  /** Whether a message may go to a provider. A half-open one takes one message. */
  async allows(provider: string): Promise<boolean> {
    const breaker = this.#breakers.get(provider);
    if (breaker?.state === 'open') return false;
    if (breaker?.state !== 'half-open') return true;
    const isClaimed = await claimProbe(this.#db, provider);
    if (isClaimed) this.#probing.add(provider);
    return isClaimed;
  }

  /** Notes an accepted message. */
  recordSuccess(provider: string): void {
    this.#probing.delete(provider);
    if (!this.#breakers.delete(provider)) return;
    this.#log.info({ provider }, 'provider recovered');
    this.#inBackground(provider, resetBreaker(this.#db, provider));
  }

  /** Notes a failure that is not about the number. */
  recordFailure(provider: string, reason: string): void {
    this.#probing.delete(provider);
    const before = this.#breakers.get(provider)?.state;
    const recorded = countFailure(this.#db, provider, reason).then((breaker) => {
      this.#breakers.set(provider, breaker);
      if (breaker.state === 'open' && before !== 'open')
        this.#log.error({ provider, reason }, 'circuit breaker opened');
    });
    this.#inBackground(provider, recorded);
  }

  /** Notes a refusal about the number. If the message probed a half-open provider, another may probe at once. */
  recordUndecided(provider: string): void {
    if (this.#probing.delete(provider)) this.#inBackground(provider, releaseProbe(this.#db, provider));
  }

  #inBackground(provider: string, promise: Promise<unknown>): void {
    promise.catch((error: Error) => this.#log.warn({ provider, err: error }, 'circuit breaker not saved'));
  }
}
