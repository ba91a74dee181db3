import { pino } from 'pino';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { databaseClock } from '../../src/kit/clock.ts';

const log = pino({ level: 'silent' });

/**
 * Creates a database on a server and returns its URL: a copy of the database `template`, or else a new one, with our
 * schema if it is to be migrated.
 */
export async function createDatabase(
  serverUrl: string,
  name: string,
  { template, migrated = true }: { template?: string | undefined; migrated?: boolean } = {},
): Promise<string> {
  const admin = await openTestDatabase(serverUrl);
  // a copy takes half the time of the migrations; the strategy `file_copy` takes ten times as long
  if (template) await admin.sql`create database ${admin.sql(name)} template ${admin.sql(template)} strategy wal_log`;
  else await admin.sql`create database ${admin.sql(name)}`;
  await admin.close();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  if (template || !migrated) return url.href;
  const created = await openTestDatabase(url.href);
  await migrate({ sql: created.sql, log });
  await created.close();
  return url.href;
}

/** A connection to a database of tests. */
export function openTestDatabase(databaseUrl: string) {
  return openDatabase({ databaseUrl, dataDir: '', poolSize: 1, log, clock: databaseClock });
}
