import { join, resolve } from 'node:path';
import { embeddedUrl, shortPath } from './socket-path.ts';
import { answers } from './stale-server.ts';

/** The `DATABASE_URL` of an embedded PostgreSQL that another process runs over this folder; undefined if none runs. */
export async function runningDatabase(dataDir: string): Promise<{ url: string; forget(): Promise<void> } | undefined> {
  const { path, forget } = await shortPath(join(resolve(dataDir), 'postgres'));
  if (await answers(path)) return { url: embeddedUrl(path), forget };
  await forget();
  return undefined;
}
