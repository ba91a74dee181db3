import { lchown, readFile, stat } from 'node:fs/promises';
import { StartupError } from '../startup-error.ts';

/** The OS user of a PostgreSQL process; either both members are set or none. */
export type OsUser = { uid: number; gid: number } | Record<string, never>;

/**
 * Chooses the OS user of the server: our own, except as root, which PostgreSQL refuses. Then it is the owner of the
 * cluster, or the user `postgres`, or `nobody`. Throws `StartupError` if the cluster belongs to another user.
 */
export async function findOsUser(cluster: string): Promise<OsUser> {
  const owner = await stat(cluster).catch(() => undefined);
  const self = process.getuid?.();
  if (self !== 0) {
    if (!owner || owner.uid === self) return {};
    throw new StartupError(
      `${cluster} belongs to account ${owner.uid} and we run as ${self}: run as its owner or as root`,
    );
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const entries = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const entry = ['postgres', 'nobody'].map((name) => entries.find((fields) => fields[0] === name)).find(Boolean);
  return { uid: Number(entry?.[2] ?? 65534), gid: Number(entry?.[3] ?? 65534) };
}

/** Gives a file or folder to the OS user; does nothing if that is our own. Throws `StartupError`. */
export async function changeOwner(osUser: OsUser, path: string): Promise<void> {
  if (osUser.uid === undefined) return;
  await lchown(path, osUser.uid, osUser.gid).catch(({ code }: NodeJS.ErrnoException) => {
    throw new StartupError(
      `PostgreSQL refuses to run as root, and root may not give ${path} to OS user ${osUser.uid} (${code}): the file ` +
        'system keeps no owners, or the container lacks the capability CHOWN. ' +
        'Run as an ordinary OS user, set DATA_DIR to another folder, or set DATABASE_URL',
    );
  });
}
