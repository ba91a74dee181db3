import type { TestContext } from 'node:test';
import { createDatabase } from './create-database.ts';
import { cleanup, emptyFolder } from './embedded-database.ts';
import { Postgres } from './postgres.ts';

/**
 * A server with a database, to be killed. It writes what commits asynchronously to disk after ten seconds, unless a durable
 * commit does it before.
 */
export async function startCrashServer(t: TestContext): Promise<{ server: Postgres; url: string }> {
  const settings = { wal_writer_delay: '10s', autovacuum: 'off', wal_level: 'minimal', max_wal_senders: '0' };
  const server = await Postgres.start({ folder: await emptyFolder(t), settings });
  cleanup(t, () => server.stop());
  return { server, url: await createDatabase(server.url(), 'crash') };
}
