import { spawn } from 'node:child_process';
import { mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../../kit/caught.ts';
import type { Log } from '../../kit/log.ts';
import { whenAborted } from '../../kit/shutdown.ts';
import { StartupError } from '../startup-error.ts';
import { explainStartFailure } from './explain-start-failure.ts';
import { changeOwner, type OsUser } from './os-user.ts';

/**
 * Initializes the cluster unless it exists. It is created next to its final path and renamed whole, so that neither a
 * kill nor a concurrent start can leave half of one. Durable when the promise is fulfilled. Throws, with nothing left,
 * when `requested` is aborted meanwhile.
 */
export async function initDataDirectory(
  cluster: string,
  binaries: string,
  osUser: OsUser,
  { log, requested }: { log: Log; requested: AbortSignal | undefined },
): Promise<void> {
  await removeLeftovers(cluster);
  requested?.throwIfAborted();
  if (await stat(join(cluster, 'PG_VERSION')).catch(() => undefined)) return;
  log.info({ directory: cluster }, 'database creation started');
  const unfinished = await mkdtemp(`${cluster}.new.${process.pid}.`);
  try {
    await changeOwner(osUser, unfinished);
    await initdb(unfinished, binaries, osUser, requested);
    await moveIntoPlace(cluster, unfinished);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/**
 * The cluster is the working folder of every process in it, so this path works even if they cannot traverse the real
 * one.
 */
export const clusterCwd = process.platform === 'linux' ? '/proc/self/cwd' : undefined;

const minutes = 60_000;

async function removeLeftovers(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    const maker = Number(new RegExp(`^${basename(cluster)}\\.new\\.(\\d+)\\.`).exec(name)?.[1]);
    if (!maker) continue;
    const folder = join(dirname(cluster), name);
    const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? 0);
    // An initdb that outlived its parent may still write: a folder that cannot be deleted now is left to the next
    // start.
    if (isDead(maker) || age > 10 * minutes) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

/**
 * Our own id in the name of a folder that we have not created yet belonged to an earlier process, as is usual in a
 * container.
 */
function isDead(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

async function initdb(
  folder: string,
  binaries: string,
  osUser: OsUser,
  requested: AbortSignal | undefined,
): Promise<void> {
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '-E', 'UTF8'];
  const options = [
    '-D',
    clusterCwd ?? folder,
    '-U',
    'vouch',
    '-A',
    'peer',
    '--no-instructions',
    ...locale,
    // Without these, initdb tries which values the machine permits. The server has its own at each start.
    '-c',
    'max_connections=100',
    '-c',
    'shared_buffers=128MB',
  ];
  const child = spawn(join(binaries, 'initdb'), options, {
    ...osUser,
    cwd: folder,
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  void whenAborted(requested).then(() => child.kill());
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  requested?.throwIfAborted();
  if (code !== 0) throw new StartupError(explainInitdb(output, dirname(folder)));
}

function explainInitdb(output: string, dataDir: string): string {
  const [, uid] = /could not look up effective user ID (\d+)/.exec(output) ?? [];
  if (uid) {
    return (
      `The OS user ${uid} has no name here, and PostgreSQL makes no database without one: add a line for it to ` +
      '/etc/passwd, run as an OS user that has a name, or set DATABASE_URL'
    );
  }
  return explainStartFailure(`PostgreSQL cannot make a database in ${dataDir}`, output);
}

async function moveIntoPlace(cluster: string, finished: string): Promise<void> {
  try {
    await rename(finished, cluster);
  } catch (error) {
    // A concurrent start was faster, and its cluster is as good as ours.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
  }
  const parent = await open(dirname(cluster));
  await parent.sync().finally(() => parent.close());
}
