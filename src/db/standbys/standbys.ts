import { setTimeout as pause } from 'node:timers/promises';
import type { Row } from 'postgres';
import { Batcher } from '../../kit/concurrency/batcher.ts';
import type { CallInput, ReadStandbys } from '../database.ts';
import { maxReplayWaitMs, type Position } from './lease.ts';
import { Standby, type StandbyNeeds } from './standby.ts';

const checkIntervalMs = 1000;
const maxStandbys = 100;
const firstPollMs = 2;
const maxPollMs = 50;

/** The position that a standby has to show, by the identity of its server. */
interface Mark extends Position {
  readonly server: string;
}

/** The standbys of `READ_URLS`: reads at those that are fresh, and waits until none can show what has ended. */
export class Standbys implements ReadStandbys {
  readonly #needs: StandbyNeeds;
  readonly #standbys: readonly Standby[];
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #waits = new Batcher<void, Promise<void>>((calls) => this.#mark(calls.length));
  #next = 0;
  #suspend: () => () => void = () => () => {};

  /** Checks each standby in the background, once a second; with no URLs there is nothing to check. */
  constructor(urls: readonly string[], needs: StandbyNeeds) {
    this.#needs = needs;
    this.#standbys = urls.map((url) => new Standby(url, needs));
    const check = () => {
      for (const standby of this.#standbys) void standby.check();
    };
    check();
    if (urls.length > 0) this.#timer = setInterval(check, checkIntervalMs).unref();
  }

  async call<R extends Row>(name: string, input: CallInput): Promise<R[] | undefined> {
    const fresh = this.#standbys.filter((standby) => standby.isFresh);
    this.#next = (this.#next + 1) % Math.max(1, fresh.length);
    return fresh[this.#next]?.call<R>(name, input).catch(() => undefined);
  }

  async waitForReplay(): Promise<void> {
    const resume = this.#suspend();
    const enough = new AbortController();
    const leasesEnd = pause(maxReplayWaitMs, undefined, { signal: enough.signal }).catch(() => {});
    // an error tells nothing about the standbys: then their leases have to end
    await Promise.race([this.#waits.add().catch(() => leasesEnd), leasesEnd]);
    enough.abort();
    resume();
  }

  onWait(suspend: () => () => void): void {
    this.#suspend = suspend;
  }

  async waitForOwnReads(): Promise<void> {
    if (this.#standbys.length > 0) await this.waitForReplay();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const standby of this.#standbys) standby.close();
  }

  /** Marks the end of what is committed by now; each of the waits ends when every standby with a lease has replayed it. */
  async #mark(waits: number): Promise<Promise<void>[]> {
    const rows = await this.#needs.primary.call<{ server: string; timeline: string; seq: string }>('mark_standbys', {
      max: maxStandbys,
    });
    const end = performance.now() + maxReplayWaitMs;
    const marks = rows.map(({ server, timeline, seq }) => ({ server, timeline, seq: Number(seq) }));
    const replayed = Promise.all(marks.map((mark) => this.#waitFor(mark, end))).then(() => {});
    replayed.catch(() => {});
    return Array.from({ length: waits }, () => replayed);
  }

  async #waitFor(mark: Mark, end: number): Promise<void> {
    const standby = this.#standbys.find(({ server }) => server === mark.server);
    if (!standby) throw new Error('another process reads from a standby that this one does not know');
    for (let ms = firstPollMs; performance.now() < end; ms = Math.min(maxPollMs, ms * 2)) {
      if (await standby.shows(mark.server, mark).catch(() => false)) return;
      await pause(ms);
    }
    throw new Error('a standby has not replayed in time');
  }
}
