import { lutimes, open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../../kit/log.ts';
import { DataDirLockedError } from '../startup-error.ts';
import { replaceFile } from './file-ownership.ts';
import type { OsUser } from './os-user.ts';

const heartbeatMs = 1000;
/** Several heartbeats, for a busy machine or file server. */
const silenceMs = 6000;

/**
 * Throws `DataDirLockedError` if another machine runs a server over the cluster (NFS, a shared volume): PostgreSQL itself
 * does not notice, and both would ruin it. A mark of another machine, or of this one before its last boot, counts as
 * stale when its time no longer changes.
 */
export async function refuseOtherMachine(cluster: string, log: Log): Promise<void> {
  const [boot, machine] = (await readFile(mark(cluster), 'utf8').catch(() => '')).split('\n');
  if (!boot || boot === (await bootId())) return;
  log.info({ machine, directory: cluster, seconds: silenceMs / 1000 }, 'data directory check started');
  if (await isBeating(mark(cluster))) throw new DataDirLockedError(cluster, `another machine, ${machine}`);
}

/** Marks the cluster of our server as used by this machine until `release`. */
export async function markMachine(cluster: string, osUser: OsUser): Promise<{ release(): Promise<void> }> {
  await replaceFile(mark(cluster), `${await bootId()}\n${hostname()}\n`, osUser);
  const beat = () => {
    const now = new Date();
    void lutimes(mark(cluster), now, now).catch(() => {});
  };
  const timer = setInterval(beat, heartbeatMs).unref();
  return {
    release: async () => {
      clearInterval(timer);
      await rm(mark(cluster), { force: true }).catch(() => {});
    },
  };
}

function mark(cluster: string): string {
  return join(cluster, 'vouch.machine');
}

async function isBeating(file: string): Promise<boolean> {
  const first = await timeOf(file);
  for (const deadline = Date.now() + silenceMs; Date.now() < deadline; await pause(200)) {
    const now = await timeOf(file);
    if (now !== first) return now !== undefined;
  }
  return false;
}

/** Opening the file gets its current time, even if a network file system caches older ones. */
async function timeOf(file: string): Promise<number | undefined> {
  const handle = await open(file).catch(() => undefined);
  try {
    return (await handle?.stat())?.mtimeMs;
  } finally {
    await handle?.close();
  }
}

/**
 * The id of the kernel's boot. Containers on one kernel share it: they notice each other by the socket in the folder.
 */
async function bootId(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname());
  return id.trim();
}
