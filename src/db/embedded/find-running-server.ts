import { join, resolve } from 'node:path';
import { embeddedUrl, shortPath } from './socket-path.ts';
import { isListening } from './stale-server.ts';

/** The `DATABASE_URL` of an embedded PostgreSQL that another process runs over this folder; undefined if none runs. */
export async function findRunningServer(
  dataDir: string,
): Promise<{ url: string; release(): Promise<void> } | undefined> {
  const { path, release: forget } = await shortPath(join(resolve(dataDir), 'postgres'));
  if (await isListening(path)) return { url: embeddedUrl(path), release: forget };
  await forget();
  return undefined;
}
