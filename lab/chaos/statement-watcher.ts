import type { Sql } from 'postgres';

/** The longest times seen on a server, in ms, true to the pause between two looks. */
export interface LongestTimes {
  /** A statement of the product that removes what is over. */
  cleanup: number;
  /** Any other statement of the product. */
  statement: number;
  /** A wait for a lock, by anybody. */
  lockWait: number;
  looks: number;
}

/** Looks at a server fifty times a second until it is told to stop, which then says what it saw. Needs PostgreSQL 14. */
export function watchStatements(sql: Sql): { readonly seen: LongestTimes; stop(): Promise<LongestTimes> } {
  const seen: LongestTimes = { cleanup: 0, statement: 0, lockWait: 0, looks: 0 };
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const [row] = await sql`select
          coalesce(max(ms) filter (where sweeps), 0)::float8 as sweep,
          coalesce(max(ms) filter (where not sweeps), 0)::float8 as statement,
          (select coalesce(max(extract(epoch from clock_timestamp() - waitstart) * 1000), 0)::float8
            from pg_locks where not granted and waitstart is not null) as lock_wait
        from (select extract(epoch from clock_timestamp() - query_start) * 1000 as ms, query like '%skip locked%' as sweeps
          from pg_stat_activity where application_name = 'vouch' and state = 'active') active`.catch(() => []);
      seen.looks += 1;
      seen.cleanup = Math.max(seen.cleanup, row?.sweep ?? 0);
      seen.statement = Math.max(seen.statement, row?.statement ?? 0);
      seen.lockWait = Math.max(seen.lockWait, row?.lock_wait ?? 0);
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  return {
    seen,
    async stop() {
      stopped = true;
      await watching;
      return seen;
    },
  };
}
