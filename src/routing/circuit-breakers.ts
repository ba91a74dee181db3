import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import type { Breaker } from './breaker.ts';
import { countFailure, forgive, readBreakers, releaseProbe, winProbe } from './breaker-store.ts';

/**
 * The circuit breakers that all processes share, as this process knows them: from the last poll, and from its own
 * messages since.
 */
export class Switchboard {
  readonly #db: Database;
  readonly #log: Log;
  #breakers = new Map<string, Breaker>();
  /** Providers with a probe in flight from this process. */
  readonly #probed = new Set<string>();

  constructor({ db, log }: { db: Database; log: Log }) {
    this.#db = db;
    this.#log = log;
  }

  /** Reads the breakers from the database. */
  async look(): Promise<void> {
    this.#breakers = new Map((await readBreakers(this.#db)).map((one) => [one.provider, one]));
  }

  /** Whether the breaker of a provider is open, except for a probe now and then. */
  isLeftAlone(provider: string): boolean {
    const state = this.#breakers.get(provider)?.state;
    return state === 'open';
  }

  /** Whether a message may go to a provider. A half-open one takes one message. */
  async lets(provider: string): Promise<boolean> {
    const breaker = this.#breakers.get(provider);
    if (breaker?.state === 'open') return false;
    if (breaker?.state !== 'half-open') return true;
    const won = await winProbe(this.#db, provider);
    if (won) this.#probed.add(provider);
    return won;
  }

  /** Notes an accepted message. */
  succeeded(provider: string): void {
    this.#probed.delete(provider);
    if (!this.#breakers.delete(provider)) return;
    this.#log.info({ provider }, 'the provider is well again');
    this.#quietly(forgive(this.#db, provider));
  }

  /** Notes a failure that is not about the number. */
  failed(provider: string, why: string): void {
    this.#probed.delete(provider);
    const before = this.#breakers.get(provider)?.state;
    const counted = countFailure(this.#db, provider, why).then((breaker) => {
      this.#breakers.set(provider, breaker);
      if (breaker.state === 'open' && before !== 'open')
        this.#log.error({ provider, why }, 'the provider fails and is left alone for a while');
    });
    this.#quietly(counted);
  }

  /** Notes a refusal about the number. If the message probed a half-open provider, another may probe at once. */
  undecided(provider: string): void {
    if (this.#probed.delete(provider)) this.#quietly(releaseProbe(this.#db, provider));
  }

  #quietly(promise: Promise<unknown>): void {
    promise.catch((fault: Error) =>
      this.#log.warn({ fault: fault.message }, 'the state of a provider was not recorded'),
    );
  }
}
