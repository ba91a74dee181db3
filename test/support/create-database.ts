import { pino } from 'pino';
import type { Sql } from 'postgres';
import { changeMonths } from '../../src/audit/months-store.ts';
import { createClient } from '../../src/db/client.ts';
import { connectSocket } from '../../src/db/connect.ts';
import { parseConnectionString } from '../../src/db/connection-string.ts';
import { createDatabase as wrapClient } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { changeDays } from '../../src/deliveries/days-store.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { firstOf } from '../../src/kit/present.ts';

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
  const admin = openTestDatabase(serverUrl);
  // a copy takes half the time of the migrations; the strategy `file_copy` takes ten times as long
  if (template) await admin.sql`create database ${admin.sql(name)} template ${admin.sql(template)} strategy wal_log`;
  else await admin.sql`create database ${admin.sql(name)}`;
  await admin.close();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  if (template || !migrated) return url.href;
  const created = openTestDatabase(url.href);
  await migrate({ sql: created.sql, log });
  const db = wrapClient(created.sql, databaseClock);
  await changeDays({ db, log, keepDays: 30, daysAhead: 1 });
  await changeMonths({ db, log, keepDays: 400, monthsAhead: 0 });
  await created.close();
  return url.href;
}

/** A connection string with one more parameter, whatever its form. */
export function withParameter(databaseUrl: string, name: string, value: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.set(name, value);
  return url.href;
}

/**
 * Connections to a database of tests, without the checks by which the product opens one, and gives one up that a busy
 * machine keeps waiting.
 */
export function openTestDatabase(databaseUrl: string, max = 1): { sql: Sql; close(): Promise<void> } {
  const params = parseConnectionString(databaseUrl);
  const host = firstOf(params.hosts);
  const socket = () => connectSocket(host, params, false);
  const sql = createClient(params, { socket, host: () => host, max, pooler: 'none', prepare: true });
  return { sql, close: () => sql.end() };
}
