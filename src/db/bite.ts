import type { Database, Fragment } from './database.ts';

/** What one statement removed: whether there may be more, and where the next one goes on. */
export interface Bite {
  readonly gone: number;
  /** A full bite is followed by another one. */
  readonly isFull: boolean;
  /** The latest end among the rows removed, cut to the millisecond, so that nothing is passed over. */
  readonly until: Date | undefined;
}

const full = 1000;

/**
 * Removes at most a thousand rows in a statement of its own, that holds its locks for some milliseconds and waits for
 * none. `from` the end of the last one: what a bite removed stays in the index until a vacuum, and a next one from the
 * beginning would walk over all of it.
 */
export async function bite(db: Database, removal: (some: (over: Fragment) => Fragment) => Fragment): Promise<Bite> {
  const { sql } = db;
  const some = (over: Fragment) => sql`array(${over} limit ${full} for update skip locked)`;
  const [row] = await db.run(
    () => sql<{ gone: number; until: Date | null }[]>`with gone as (${removal(some)})
      select count(*)::int as gone, max(ended_at) as until from gone`,
  );
  return { gone: row!.gone, isFull: row!.gone >= full, until: row!.until ?? undefined };
}
