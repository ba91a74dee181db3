import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../db/database.ts';
import { Batcher } from '../kit/concurrency/batcher.ts';
import { Deadlines } from '../kit/concurrency/deadlines.ts';
import { Semaphore } from '../kit/concurrency/semaphore.ts';
import type { Log } from '../kit/log.ts';
import { maskPhoneNumber } from '../kit/phone-number.ts';
import { present } from '../kit/present.ts';
import { random } from '../kit/random.ts';
import type { Metrics, Result } from '../metrics/metrics.ts';
import { countsForBreaker, mayFallBack } from '../routing/breaker.ts';
import type { CircuitBreakers } from '../routing/circuit-breakers.ts';
import type { Route } from '../routing/routes.ts';
import type { Message, Provider, Sent } from '../sms/provider.ts';
import { countParts } from '../sms/smpp/text.ts';
import { type Attempt, type OutgoingMessage, outcomeOf, type Reservation, sendTimeoutMs } from './delivery.ts';
import { type AttemptResult, type ClaimResult, finishAttempts, startAttempts } from './store.ts';

/** The dependencies of the sender. */
export interface SenderNeeds {
  readonly db: Database;
  readonly log: Log;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly breakers: CircuitBreakers;
  /** Composes the message from its challenge; undefined if the key of the challenge has been withdrawn. */
  readonly compose: (outgoing: OutgoingMessage) => Pick<Message, 'code' | 'text'> | undefined;
  readonly priceOf: (provider: string, country: string) => { price: bigint; currency: string } | undefined;
  /** Shows an outgoing message in the development inbox. */
  readonly show: ((message: Pick<Message, 'to' | 'code' | 'text'>) => void) | undefined;
  /** The concurrency limit of one provider, in messages. */
  readonly concurrency: number;
  /** The timeout of a message for all providers together; 8 s by default. */
  readonly timeoutMs?: number;
  readonly metrics: Metrics;
}

/** With less time left, no further provider is tried. */
const minAttemptMs = 500;
const recordTimeoutMs = 5000;

/** Sends messages: marks each as being sent before it goes out, and records the outcome. */
export class MessageSender {
  readonly #needs: SenderNeeds;
  readonly #semaphores = new Map<string, Semaphore>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #deadlines = new Deadlines();
  readonly #starts: Batcher<Attempt, ClaimResult>;
  readonly #results: Batcher<AttemptResult, boolean>;
  #closed = false;

  constructor(needs: SenderNeeds) {
    this.#needs = needs;
    this.#starts = new Batcher((batch) => startAttempts(needs.db, batch));
    this.#results = new Batcher((batch) => finishAttempts(needs.db, batch));
    for (const name of needs.providers.keys()) this.#semaphores.set(name, new Semaphore(needs.concurrency));
  }

  /** The messages that wait for their provider, and those in flight until their outcome is recorded. */
  get load(): { waiting: number; sending: number } {
    const waiting = [...this.#semaphores.values()].reduce((sum, semaphore) => sum + semaphore.waiting, 0);
    return { waiting, sending: this.#inFlight.size - waiting };
  }

  /** The estimated wait in milliseconds before a message to this provider could go out. */
  waitMs(provider: string): number {
    return this.#semaphores.get(provider)?.waitMs ?? 0;
  }

  /**
   * Reserves room at the first of these routes for a message that is about to be recorded; undefined if the provider is
   * busy or failing. The caller sends the message with it, or releases it.
   */
  reserve(outgoing: OutgoingMessage, routes: readonly Route[]): Reservation | undefined {
    const [first] = routes;
    if (this.#closed || !first || !this.#needs.breakers.isClosed(first.provider)) return undefined;
    const content = this.#needs.compose(outgoing);
    const release = content && this.#semaphore(first.provider).reserve();
    return (
      release && { attempt: this.#newAttempt(outgoing.id, first, outgoing, content.text), content, routes, release }
    );
  }

  /**
   * Sends a message by the first of these routes, and by the next ones if that fails. With a reservation its first attempt
   * has begun. Never throws.
   */
  send(outgoing: OutgoingMessage, routes: readonly Route[], begun?: Reservation): void {
    const content = this.#closed ? undefined : (begun?.content ?? this.#needs.compose(outgoing));
    if (!content) {
      begun?.release(true);
      const reason = this.#closed ? 'the process is stopping' : 'the key of its code was removed';
      this.#needs.log.warn({ ...identify(outgoing), reason }, 'delivery dropped');
      return;
    }
    this.#needs.show?.({ to: outgoing.phoneNumber, ...content });
    const attempting = begun
      ? this.#continue(outgoing, content, routes, begun)
      : this.#attempt(outgoing, content, routes);
    const sending = attempting
      .catch((error: Error) => this.#needs.log.warn({ ...identify(outgoing), err: error }, 'delivery failed'))
      .finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  /**
   * Resolves when the messages in flight have ended, or are cut off after `ms`. Other processes send the waiting ones.
   */
  async close(ms: number): Promise<void> {
    const cutOff = setTimeout(() => {
      this.#closed = true;
      this.#deadlines.abortAll();
    }, ms);
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
    this.#closed = true;
    clearTimeout(cutOff);
  }

  async #attempt(
    outgoing: OutgoingMessage,
    content: Pick<Message, 'code' | 'text'>,
    routes: readonly Route[],
  ): Promise<void> {
    const [first, ...fallbacks] = await this.#availableRoutes(routes);
    if (!first) return;
    const release = await this.#semaphore(first.provider).acquire(outgoing.isOverdue);
    try {
      if (this.#closed) return;
      const attempt = this.#newAttempt(outgoing.id, first, outgoing, content.text);
      const claim = await this.#starts.add(attempt);
      if (claim === 'dropped') this.#count(outgoing, attempt, claim);
      if (claim !== 'sending') return;
      await this.#sendWithFallback(outgoing, content, attempt, fallbacks, release);
    } finally {
      release();
    }
  }

  /** Makes an attempt that was recorded as begun. A fallback must be healthy: claiming a probe would delay the message. */
  async #continue(
    outgoing: OutgoingMessage,
    content: Pick<Message, 'code' | 'text'>,
    routes: readonly Route[],
    { attempt, release }: Reservation,
  ): Promise<void> {
    const fallbacks = routes.slice(1).filter(({ provider }) => this.#needs.breakers.isClosed(provider));
    try {
      await this.#sendWithFallback(outgoing, content, attempt, fallbacks, () => release(false));
    } finally {
      release(false);
    }
  }

  #semaphore(provider: string): Semaphore {
    return present(this.#semaphores.get(provider), provider);
  }

  #acquire(provider: string): Promise<() => void> {
    return this.#semaphore(provider).acquire();
  }

  /** Makes one attempt after the other, each recorded before the next starts. Takes fallbacks out as it tries them. */
  async #sendWithFallback(
    outgoing: OutgoingMessage,
    content: Pick<Message, 'code' | 'text'>,
    first: Attempt,
    fallbacks: Route[],
    releaseFirst: () => void,
  ): Promise<void> {
    const { phoneNumber: to, language, expiresIn } = outgoing;
    const message = { ...content, to, language, expiresIn };
    const deadlineAt = performance.now() + (this.#needs.timeoutMs ?? sendTimeoutMs);
    let [attempt, release] = [first, releaseFirst];
    for (;;) {
      const provider = present(this.#needs.providers.get(attempt.provider), attempt.provider);
      const deadline = this.#deadlines.after(deadlineAt - performance.now());
      const sent = await provider.send({ ...message, id: attempt.id }, deadline.signal).finally(deadline.release);
      release();
      this.#report(outgoing, attempt, sent);
      const fallsBack =
        !sent.ok &&
        mayFallBack(sent.error, attempt.channel) &&
        deadlineAt - performance.now() > minAttemptMs &&
        !this.#closed;
      const route = fallsBack ? fallbacks.shift() : undefined;
      const next = route && this.#newAttempt(random.idAtTimeOf(outgoing.id), route, outgoing, message.text);
      if (next) release = await this.#acquire(next.provider);
      const mayContinue = await this.#record({ attempt, outcome: outcomeOf(sent), next }).catch((error) => {
        release();
        throw error;
      });
      if (!next || !mayContinue) return release();
      attempt = next;
    }
  }

  /** The routes whose breaker allows this message; all of them if none does, since a person waits. */
  async #availableRoutes(routes: readonly Route[]): Promise<Route[]> {
    const open: Route[] = [];
    for (const route of routes) if (await this.#needs.breakers.allows(route.provider)) open.push(route);
    return open.length > 0 ? open : [...routes];
  }

  #newAttempt(id: string, { provider, channel }: Route, outgoing: OutgoingMessage, text: string): Attempt {
    const cost = this.#needs.priceOf(provider, outgoing.country);
    const ofText = this.#needs.providers.get(provider)?.segmentsOf;
    const segments = channel === 'sms' ? (ofText?.(text) ?? countParts(text) ?? 1) : 1;
    const price = cost && cost.price * BigInt(segments);
    return { id, phoneNumber: outgoing.phoneNumber, provider, channel, segments, price, currency: cost?.currency };
  }

  #report(outgoing: OutgoingMessage, attempt: Attempt, sent: Sent): void {
    const { provider } = attempt;
    this.#count(outgoing, attempt, sent.ok ? 'accepted' : sent.error);
    if (sent.ok) {
      this.#needs.breakers.recordSuccess(provider);
      return;
    }
    const reason = `${sent.error}: ${sent.reason}`;
    this.#needs.log.warn({ ...identify(outgoing), provider, reason }, 'delivery attempt failed');
    // at a shutdown we abort the request ourselves
    if (this.#deadlines.isAborted) return;
    if (countsForBreaker(sent)) this.#needs.breakers.recordFailure(provider, sent.reason);
    else this.#needs.breakers.recordUndecided(provider);
  }

  #count({ country }: OutgoingMessage, { provider, channel, price, currency }: Attempt, result: Result): void {
    const { metrics } = this.#needs;
    metrics.delivered({ country, channel, provider }, result);
    if (result === 'accepted' && price !== undefined && currency !== undefined)
      metrics.spent({ country, channel, provider }, price, currency);
  }

  /** Retries for some seconds while the database is down; after that the attempt becomes `unknown`. */
  async #record(result: AttemptResult): Promise<boolean> {
    const until = performance.now() + recordTimeoutMs;
    for (;;) {
      try {
        return await this.#results.add(result);
      } catch (error) {
        if (performance.now() > until || this.#closed) throw error;
        await pause(250);
      }
    }
  }
}

/** The fields that identify a message in the log. */
function identify({ id, phoneNumber }: OutgoingMessage): { delivery: string; to: string } {
  return { delivery: id, to: maskPhoneNumber(phoneNumber) };
}
