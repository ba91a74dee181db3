import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import type { DeliveryRow } from './delivery-audit.ts';

const lookEveryMs = 250;
const askingAgain = 0.2;

/** Looks at `delivery` while it is worked on: how long tries stay open, and which ones nobody can speak for. */
export class DeliveryWatcher {
  /** The longest, in ms, that a try was seen to be waiting or sending. */
  longestMs = 0;
  /** Taken over by a process that died as well before it began. */
  readonly leftTwice = new Set<string>();
  readonly #sql: Sql;
  readonly #takenBefore = new Set<string>();
  #stopped = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Looks four times a second until it is stopped. Of the numbers whose message is unknown, or has been sending for
   * longer than its lease, one in five asks again at once; resolves when they have been answered.
   */
  async watch(askAgain: (number: string) => Promise<void>): Promise<void> {
    const seen = new Set<string>();
    const asking: Promise<void>[] = [];
    while (!this.#stopped) {
      await this.#look();
      for (const number of await this.#unknown()) {
        if (seen.has(number)) continue;
        seen.add(number);
        if (Math.random() < askingAgain) asking.push(askAgain(number));
      }
      await pause(lookEveryMs);
    }
    await Promise.all(asking);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Until no try is waiting or sending, or so many ms have passed. */
  async waitUntilDone(ms: number): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end; await pause(50)) {
      const [row] = await this.#sql`select count(*)::int as open from delivery where leased_until is not null`;
      if (row!.open === 0) return;
    }
  }

  allRows(): Promise<DeliveryRow[]> {
    return this.#sql<DeliveryRow[]>`select id, phone_number as number, state,
      (extract(epoch from requested_at) * 1000)::float8 as "askedAt", (extract(epoch from sent_at) * 1000)::float8 as "beganAt"
      from delivery`;
  }

  async #look(): Promise<void> {
    const rows = await this
      .#sql`select id, (extract(epoch from now() - coalesce(sent_at, requested_at)) * 1000)::float8 as ms,
        state = 'waiting' and leased_until - requested_at > interval '4 seconds' as taken
      from delivery where leased_until is not null`;
    for (const { id, ms, taken } of rows) {
      this.longestMs = Math.max(this.longestMs, ms);
      if (!taken) continue;
      if (this.#takenBefore.has(id)) this.leftTwice.add(id);
      this.#takenBefore.add(id);
    }
  }

  /** Asked for so lately that the pause after a message would hold. */
  async #unknown(): Promise<string[]> {
    const rows = await this.#sql`select phone_number as number from delivery
      where requested_at > now() - interval '25 seconds'
        and (state = 'unknown' or state = 'sending' and leased_until < now())`;
    return rows.map(({ number }) => number as string);
  }
}
