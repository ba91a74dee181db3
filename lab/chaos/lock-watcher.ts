import type { Sql } from 'postgres';

/** The longest times seen, in ms, true to the pause between two looks. */
export interface LongestLocks {
  /** That a lock on a whole table was held which keeps others from writing or reading, and which it was. */
  held: number;
  what: string;
  /** That anybody waited for any lock. */
  waited: number;
  looks: number;
}

/** Looks at a server's locks fifty times a second until it is told to stop, which then says what it saw. */
export function watchLocks(sql: Sql): { stop(): Promise<LongestLocks> } {
  const longest: LongestLocks = { held: 0, what: 'none', waited: 0, looks: 0 };
  const since = new Map<string, number>();
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const [held, [waiting]] = await Promise.all([
        sql<{ what: string }[]>`select distinct l.pid || ' ' || l.mode || ' on ' || c.relname as what
          from pg_locks l join pg_class c on c.oid = l.relation
          where l.granted and l.locktype = 'relation' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and l.mode in
            ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`,
        sql`select coalesce(max(extract(epoch from clock_timestamp() - waitstart) * 1000), 0)::float8 as ms
          from pg_locks where not granted`,
      ]);
      longest.looks += 1;
      longest.waited = Math.max(longest.waited, waiting!.ms);
      const now = performance.now();
      const seen = new Set(held.map(({ what }) => what));
      for (const what of since.keys()) if (!seen.has(what)) since.delete(what);
      for (const what of seen) {
        const begun = since.get(what) ?? now;
        since.set(what, begun);
        if (now - begun > longest.held) Object.assign(longest, { held: now - begun, what: what.replace(/^\d+ /, '') });
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return longest;
    },
  };
}
