import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded/server.ts';

/** The PostgreSQL of the tests: the server of `TEST_DATABASE_URL`, whose databases stay behind, or one of their own. */
export async function startTestServer(dataDir: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL;
  return url ? { url, stop: async () => {} } : startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
}
