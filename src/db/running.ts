import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { shortPath } from './embedded.ts';

/** A PostgreSQL of our own that another process runs over this folder: its `DATABASE_URL`; undefined where none runs. */
export async function runningDatabase(dataDir: string): Promise<{ url: string; forget(): Promise<void> } | undefined> {
  const cluster = join(resolve(dataDir), 'postgres');
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  if (lines[7]?.trim() !== 'ready' || !isAlive(Number(lines[0]))) return undefined;
  const { path, forget } = await shortPath(cluster);
  return { url: `postgres://vouch@localhost/postgres?host=${encodeURIComponent(path)}`, forget };
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}
