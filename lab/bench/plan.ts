/** What a part of the benchmarks is given. */
export interface Plan {
  /** A migrated, empty database of a PostgreSQL for this run. */
  readonly url: string;
  /** The same for the client `postgres`. */
  readonly server: { host: string; port: number; user: string; database: string };
  /** A folder for this run. */
  readonly dataDir: string;
  /** Length of each measurement, and how often each is taken. */
  readonly seconds: number;
  readonly rounds: number;
  /** The most accounts that are made. */
  readonly maxAccounts: number;
  /** The commit that this tree is compared with; empty if none is named. */
  readonly against: string;
}
