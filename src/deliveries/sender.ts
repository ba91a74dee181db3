import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { Gather } from '../kit/concurrency/batcher.ts';
import { Cutoffs } from '../kit/concurrency/deadlines.ts';
import { Slots } from '../kit/concurrency/semaphore.ts';
import type { Log } from '../kit/log.ts';
import { maskPhoneNumber, type PhoneNumber } from '../kit/phone-number.ts';
import { random } from '../kit/random.ts';
import type { Metrics, Result } from '../metrics/metrics.ts';
import { mayGoOn, movesBreaker } from '../routing/breaker.ts';
import type { Switchboard } from '../routing/circuit-breakers.ts';
import type { Route } from '../routing/routes.ts';
import type { Message, Provider, Sent } from '../sms/provider.ts';
import { splitText } from '../sms/smpp/text.ts';
import { type Ordered, type Outcome, patienceMs } from './delivery.ts';
import { type Beginning, type Begun, begin, type Ended, finish } from './store.ts';

/** The dependencies of the sender. */
export interface DeskNeeds {
  readonly db: Database;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly switchboard: Switchboard;
  /** Composes the message from its challenge; undefined if the key of the challenge has been withdrawn. */
  readonly compose: (ordered: Ordered) => Pick<Message, 'code' | 'text'> | undefined;
  readonly priceOf: (provider: string, country: string) => { price: bigint; currency: string } | undefined;
  /** Shows an outgoing message in the development inbox. */
  readonly show: ((message: { to: string; code: string; text: string }) => void) | undefined;
  /** The concurrency limit of one provider, in messages. */
  readonly atOnce: number;
  /** The timeout of a message for all providers together; 8 s by default. */
  readonly patienceMs?: number;
  readonly metrics: Metrics;
}

/** With less time left, no further provider is tried. */
const leastMs = 500;
const recordingMs = 5000;

/** Sends messages: marks each as being sent before it goes out, and records the outcome. */
export class Desk {
  readonly #needs: DeskNeeds;
  readonly #slots = new Map<string, Slots>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #cutoffs = new Cutoffs();
  readonly #begins: Gather<Begun, Beginning>;
  readonly #ends: Gather<Ended, boolean>;
  #closed = false;

  constructor(needs: DeskNeeds) {
    this.#needs = needs;
    this.#begins = new Gather((some) => begin(needs.db, some));
    this.#ends = new Gather((some) => finish(needs.db, some));
    for (const name of needs.providers.keys()) this.#slots.set(name, new Slots(needs.atOnce));
  }

  /** The messages that wait for their provider, and those in flight until their outcome is recorded. */
  get load(): { waiting: number; sending: number } {
    const waiting = [...this.#slots.values()].reduce((sum, one) => sum + one.waiting, 0);
    return { waiting, sending: this.#leaving.size - waiting };
  }

  /** The estimated wait in milliseconds before a message to this provider could go out. */
  waitMs(provider: string): number {
    return this.#slots.get(provider)?.waitMs ?? 0;
  }

  /** Sends a message by the first of these routes, and by the next ones if that fails. Never throws. */
  send(ordered: Ordered, routes: readonly Route[]): void {
    const made = this.#closed ? undefined : this.#needs.compose(ordered);
    if (!made) {
      this.#tell(ordered, 'nobody', this.#closed ? 'we are ending' : 'its key has been withdrawn');
      return;
    }
    this.#needs.show?.({ to: ordered.phoneNumber, ...made });
    const sending = this.#try(ordered, made, routes)
      .catch((fault: Error) => this.#tell(ordered, 'nobody', fault.message))
      .finally(() => this.#leaving.delete(sending));
    this.#leaving.add(sending);
  }

  /**
   * Resolves when the messages in flight have ended, or are cut off after `ms`. Other processes send the waiting ones.
   */
  async close(ms: number): Promise<void> {
    const cutOff = setTimeout(() => {
      this.#closed = true;
      this.#cutoffs.end();
    }, ms);
    while (this.#leaving.size > 0) await Promise.all(this.#leaving);
    this.#closed = true;
    clearTimeout(cutOff);
  }

  async #try(ordered: Ordered, made: Pick<Message, 'code' | 'text'>, routes: readonly Route[]): Promise<void> {
    const [first, ...others] = await this.#open(routes);
    if (!first) return;
    const free = await this.#slots.get(first.provider)!.take();
    try {
      if (this.#closed) return;
      const begun = this.#begun(ordered.id, first, ordered, made.text);
      const beginning = await this.#begins.add(begun);
      if (beginning === 'dropped') this.#count(ordered, begun, beginning);
      if (beginning !== 'sending') return;
      const message = { ...made, to: ordered.phoneNumber, language: ordered.language, expiresIn: ordered.expiresIn };
      await this.#go(ordered, message, begun, others, free);
    } finally {
      free();
    }
  }

  /** Makes one attempt after the other, each recorded before the next starts. */
  async #go(
    ordered: Ordered,
    message: Omit<Message, 'id'>,
    first: Begun,
    others: readonly Route[],
    freeFirst: () => void,
  ): Promise<void> {
    const ends = performance.now() + (this.#needs.patienceMs ?? patienceMs);
    let [begun, free] = [first, freeFirst];
    const left = [...others];
    for (;;) {
      const provider = this.#needs.providers.get(begun.provider)!;
      const cutoff = this.#cutoffs.after(ends - performance.now());
      const sent = await provider.send({ ...message, id: begun.id }, cutoff.signal).finally(cutoff.release);
      free();
      this.#judge(ordered, begun, sent);
      const goesOn =
        !sent.ok && mayGoOn(sent.error, begun.channel) && ends - performance.now() > leastMs && !this.#closed;
      const route = goesOn ? left.shift() : undefined;
      const next = route && this.#begun(random.id(), route, ordered, message.text);
      if (next) free = await this.#slots.get(next.provider)!.take();
      const may = await this.#record({ id: begun.id, outcome: outcomeOf(sent), next }).catch((fault) => {
        free();
        throw fault;
      });
      if (!next || !may) return free();
      begun = next;
    }
  }

  /** The routes whose breaker allows this message; all of them if none does, since a person waits. */
  async #open(routes: readonly Route[]): Promise<Route[]> {
    const open: Route[] = [];
    for (const route of routes) if (await this.#needs.switchboard.lets(route.provider)) open.push(route);
    return open.length > 0 ? open : [...routes];
  }

  #begun(id: string, { provider, channel }: Route, { country }: Ordered, text: string): Begun {
    const cost = this.#needs.priceOf(provider, country);
    const ofText = this.#needs.providers.get(provider)?.segmentsOf;
    const segments = channel === 'sms' ? (ofText?.(text) ?? splitText(text, 0)?.parts.length ?? 1) : 1;
    return { id, provider, channel, segments, price: cost && cost.price * BigInt(segments), currency: cost?.currency };
  }

  #judge(ordered: Ordered, begun: Begun, sent: Sent): void {
    const { provider } = begun;
    this.#count(ordered, begun, sent.ok ? 'accepted' : sent.error);
    if (sent.ok) {
      this.#needs.switchboard.succeeded(provider);
      return;
    }
    this.#tell(ordered, provider, `${sent.error}: ${sent.why}`);
    // at a shutdown we hang up ourselves
    if (this.#cutoffs.isOver) return;
    if (movesBreaker(sent)) this.#needs.switchboard.failed(provider, sent.why);
    else this.#needs.switchboard.undecided(provider);
  }

  #count({ country }: Ordered, { provider, channel, price, currency }: Begun, result: Result): void {
    const { metrics } = this.#needs;
    metrics.delivered({ country, channel, provider }, result);
    if (result === 'accepted' && price !== undefined && currency !== undefined)
      metrics.spent({ country, channel, provider }, price, currency);
  }

  /** Retries for some seconds while the database is down; after that the attempt becomes `unknown`. */
  async #record(ended: Ended): Promise<boolean> {
    const until = performance.now() + recordingMs;
    for (;;) {
      try {
        return await this.#ends.add(ended);
      } catch (fault) {
        if (performance.now() > until || this.#closed) throw fault;
        await pause(250);
      }
    }
  }

  #tell({ id, phoneNumber }: Ordered, provider: string, fault: string): void {
    const to = maskPhoneNumber(phoneNumber as PhoneNumber);
    this.#needs.log.warn({ delivery: id, to, provider, fault }, 'a message did not leave');
  }
}

function outcomeOf(sent: Sent): Outcome {
  if (sent.ok) return { state: 'accepted', reference: sent.reference, segments: sent.segments };
  const { error, why } = sent;
  return { state: error === 'unknown' ? 'unknown' : 'failed', error, why };
}
