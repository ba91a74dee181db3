/**
 * The offset, in milliseconds, between the time of our rules and the time of the database. Zero in production, where
 * the clock of the database is the only one, so that processes with different clocks agree; a test moves it.
 */
export interface Clock {
  readonly aheadMs: number;
}

/** The clock of production: that of the database. */
export const databaseClock: Clock = { aheadMs: 0 };
