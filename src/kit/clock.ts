/**
 * The distance, in milliseconds, between the time that our rules see and the time of the database.
 * Zero in production, where the database's clock is the only one, so that processes with clocks of their own agree;
 * a test turns it.
 */
export interface Clock {
  readonly aheadMs: number;
}

/** The clock that production uses: the database's own. */
export const databaseClock: Clock = { aheadMs: 0 };
