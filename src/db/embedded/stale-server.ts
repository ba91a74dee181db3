import { execFile } from 'node:child_process';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DataDirLockedError, StartupError } from '../startup-error.ts';

/** The setting in which a server keeps the id of the process that started it. */
export const ownerSetting = 'vouch.owner';

/**
 * Leaves the cluster without a server. A server whose starter is dead is shut down; stale lock files are removed, even
 * if their process id belongs to another program now. Throws `DataDirLockedError`, with nothing touched, if the starter
 * lives.
 */
export async function stopStaleServer(cluster: string): Promise<void> {
  const pid = await readLockPid(join(cluster, 'postmaster.pid'));
  const server = pid === undefined ? undefined : await serverOf(cluster, pid);
  if (server?.owner !== undefined && server.owner === server.parent) {
    throw new DataDirLockedError(cluster, `process ${server.owner}`);
  }
  if (server) return stopOrphan(cluster, server.pid);
  if (await isListening(cluster)) throw new DataDirLockedError(cluster, 'a server in another container');
  for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) await removeIfStale(cluster, join(cluster, name));
}

interface Server {
  pid: number;
  parent: number;
  /**
   * The process that started the server. It is alive as long as it is the parent: the kernel gives an orphan another
   * parent at once.
   */
  owner: number | undefined;
}

async function readLockPid(lock: string): Promise<number | undefined> {
  const text = await readFile(lock, 'utf8').catch(() => '');
  return Number.parseInt(text, 10) || undefined;
}

/** The process of this id, if it is a server of this very cluster and not a program that got the id later. */
async function serverOf(cluster: string, pid: number): Promise<Server | undefined> {
  try {
    const { parent, words } = process.platform === 'linux' ? await readProc(cluster, pid) : await readPs(cluster, pid);
    const owner = words.find((word) => word.startsWith(`${ownerSetting}=`))?.slice(ownerSetting.length + 1);
    return { pid, parent, owner: owner === undefined ? undefined : Number(owner) };
  } catch {
    return undefined;
  }
}

async function readProc(cluster: string, pid: number): Promise<{ parent: number; words: string[] }> {
  const [clusterStats, cwdStats] = await Promise.all([stat(cluster), stat(`/proc/${pid}/cwd`)]);
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  if (clusterStats.ino !== cwdStats.ino || clusterStats.dev !== cwdStats.dev || !words[0]?.endsWith('postgres'))
    throw new Error('a stranger');
  const state = await readFile(`/proc/${pid}/stat`, 'utf8');
  return { parent: Number(state.slice(state.lastIndexOf(')')).split(' ')[2]), words };
}

async function readPs(cluster: string, pid: number): Promise<{ parent: number; words: string[] }> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'ppid=', '-o', 'args=', '-p', String(pid)]);
  const [parent, ...words] = stdout.trim().split(/\s+/);
  if (!words[0]?.endsWith('postgres') || !stdout.includes(` -D ${cluster} `)) throw new Error('a stranger');
  return { parent: Number(parent), words };
}

/** A fast shutdown, as `pg_ctl stop` does it. */
async function stopOrphan(cluster: string, pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await pause(10)) {
    if (!(await serverOf(cluster, pid))) return;
  }
  throw new StartupError(`A server that an earlier process left over ${cluster} does not stop: end process ${pid}`);
}

/** Whether a server listens on the socket of this cluster. */
export async function isListening(cluster: string): Promise<boolean> {
  const folder = await open(cluster).catch(() => undefined);
  if (!folder) return false;
  // a path of any length works through the file descriptor
  const path = process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : cluster;
  try {
    return await new Promise((resolve) => {
      const socket = connect(`${path}/.s.PGSQL.5432`);
      socket.once('connect', () => resolve(!!socket.destroy()));
      socket.once('error', () => resolve(false));
    });
  } finally {
    await folder.close();
  }
}

/**
 * Removes a stale lock file. PostgreSQL replaces the file of a dead process, but refuses to start if its id is in use.
 * The file is moved away before it is judged; if a second start has put its own there in between, that one is restored.
 */
async function removeIfStale(cluster: string, lock: string): Promise<void> {
  const holder = await readLockPid(lock);
  // PostgreSQL does not start over a lock file without a process id
  if (holder === undefined)
    return (await staysUnreadable(lock)) ? rm(lock, { recursive: true, force: true }) : undefined;
  const movedLock = `${lock}.${process.pid}`;
  await rename(lock, movedLock).catch(() => {});
  const movedPid = Math.abs((await readLockPid(movedLock)) ?? holder);
  if (movedPid !== holder && (await serverOf(cluster, movedPid))) await link(movedLock, lock).catch(() => {});
  await rm(movedLock, { force: true });
}

/**
 * Whether a lock file stays without a process id; a starting server creates its file and writes the id within a second.
 */
async function staysUnreadable(lock: string): Promise<boolean> {
  for (const deadline = Date.now() + 1000; Date.now() < deadline; await pause(50)) {
    const stats = await stat(lock).catch(() => undefined);
    if (!stats || (await readLockPid(lock)) !== undefined) return false;
  }
  return true;
}
