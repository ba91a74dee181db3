import { pino } from 'pino';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';

/** Makes a database with our schema on a server, of which tests make copies, and returns its name. */
export async function makeTemplate(serverUrl: string): Promise<string> {
  const name = 'vouch_template';
  const log = pino({ level: 'silent' });
  const open = (databaseUrl: string) =>
    openDatabase({ databaseUrl, dataDir: '', poolSize: 1, log, clock: databaseClock });
  const admin = await open(serverUrl);
  await admin.sql`create database ${admin.sql(name)}`;
  await admin.close();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const template = await open(url.href);
  await migrate({ sql: template.sql, log });
  await template.close();
  return name;
}
