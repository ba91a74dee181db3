import { pino } from 'pino';
import { openDatabase } from '../../src/db/open.ts';
import { databaseClock } from '../../src/kit/clock.ts';

/** A login of its own on the shared server, as the URL for one run of tests at a time; `clear` drops what a run left. */
export interface TestRole {
  readonly url: string;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a login under a name. Its tests see the server as if it were theirs. */
export async function createTestRole(serverUrl: string, name: string): Promise<TestRole> {
  const log = pino({ level: 'silent' });
  const db = await openDatabase({ databaseUrl: serverUrl, dataDir: '', poolSize: 1, log, clock: databaseClock });
  const { sql } = db;
  await sql`create role ${sql(name)} superuser login`;
  const own = new URL(serverUrl);
  own.username = name;
  return {
    url: own.href,
    async clear() {
      const left = await sql<{ datname: string }[]>`
        select datname from pg_database join pg_roles on pg_roles.oid = datdba where rolname = ${name}`;
      for (const { datname } of left) await sql`drop database ${sql(datname)} with (force)`;
    },
    close: () => db.close(),
  };
}
