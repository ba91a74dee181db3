import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { openTestDatabase } from '../test/support/create-database.ts';

/** The PostgreSQL of the tests: the server of `TEST_DATABASE_URL`, whose databases stay behind, or one of their own. */
export async function startTestServer(dataDir: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) return { url, stop: async () => {} };
  // the servers of test/support/distributed.ts take several connections for each one of the product
  const server = await startEmbedded({ dataDir, log: pino({ level: 'silent' }), connections: 190 });
  await admitServer(join(dataDir, 'postgres', 'pg_ident.conf'));
  await forgetDurability(server.url);
  return server;
}

/** Lets the server connect to itself: as root we run it as another OS user, which may not. */
async function admitServer(identFile: string): Promise<void> {
  const { uid } = await stat(identFile);
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const name = users.find((fields) => fields[2] === String(uid))?.[0];
  if (name !== undefined && uid !== process.getuid?.()) await appendFile(identFile, `vouch "${name}" vouch\n`);
}

/** Makes what the first start makes of a data folder, for `fillDataFolder` of the tests. */
export async function makeDataFolder(dataDir: string): Promise<void> {
  const server = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
  await server.stop();
}

/** Nothing of this server outlives the run, so that it need not wait for the disk. */
export async function forgetDurability(databaseUrl: string): Promise<void> {
  const { sql, close } = openTestDatabase(databaseUrl);
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum']) {
    await sql.unsafe(`alter system set ${setting} = off`);
  }
  await sql`select pg_reload_conf()`;
  await close();
}
