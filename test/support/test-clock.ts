import type { Database } from '../../src/db/database.ts';
import type { Clock } from '../../src/kit/clock.ts';

/** Kept, since a test may put the clock of this process wrong. */
const { now } = Date;

/** A clock that a test turns and stops, in milliseconds ahead of the database. */
export class TestClock implements Clock {
  #aheadMs = 0;
  #stoppedAt: number | undefined;

  get aheadMs(): number {
    return this.#stoppedAt === undefined ? this.#aheadMs : this.#stoppedAt - now();
  }

  /** Its time in ms since 1970. */
  get time(): number {
    return this.#stoppedAt ?? now() + this.#aheadMs;
  }

  /** The clock goes on from there. */
  set aheadMs(aheadMs: number) {
    this.#stoppedAt = undefined;
    this.#aheadMs = aheadMs;
  }

  turn(seconds: number): void {
    this.aheadMs += seconds * 1000;
  }

  /**
   * Stops at a time in ms since 1970, until it is turned or set: so a second before an end is a second on a busy machine
   * too.
   */
  stop(at: number): void {
    this.#stoppedAt = at;
  }

  /** The database by this clock. */
  over<D extends Database>(database: D): D {
    const { sql } = database;
    const whenStopped = () => sql`${new Date(this.#stoppedAt ?? 0)}::timestamptz`;
    return { ...database, now: () => (this.#stoppedAt === undefined ? database.now() : whenStopped()) };
  }
}
