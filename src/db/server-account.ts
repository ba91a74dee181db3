import { lchown, readFile, stat } from 'node:fs/promises';
import { CannotStart } from './start-error.ts';

/** The account that a process of PostgreSQL runs as; both members are there or none. */
export type Account = { uid: number; gid: number } | Record<string, never>;

/**
 * Who runs the server over this cluster: ourselves, except where we are root, whom PostgreSQL refuses. Then the owner of
 * the cluster, or the account `postgres`, or `nobody`. Throws `CannotStart` where the cluster is somebody else's.
 */
export async function serverAccount(cluster: string): Promise<Account> {
  const owner = await stat(cluster).catch(() => undefined);
  const self = process.getuid?.();
  if (self !== 0) {
    if (!owner || owner.uid === self) return {};
    throw new CannotStart(
      `${cluster} belongs to account ${owner.uid} and we run as ${self}: run as its owner or as root`,
    );
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].map((name) => accounts.find((fields) => fields[0] === name)).find(Boolean);
  return { uid: Number(found?.[2] ?? 65534), gid: Number(found?.[3] ?? 65534) };
}

/** Makes a file or folder the account's own; nothing to do where the account is ourselves. Throws `CannotStart`. */
export async function giveTo(account: Account, path: string): Promise<void> {
  if (account.uid === undefined) return;
  await lchown(path, account.uid, account.gid).catch(({ code }: NodeJS.ErrnoException) => {
    throw new CannotStart(
      `PostgreSQL refuses to run as root, and root may not give ${path} to OS user ${account.uid} (${code}): the file ` +
        'system keeps no owners, or the container lacks the capability CHOWN. ' +
        'Run as an ordinary OS user, set DATA_DIR to another folder, or set DATABASE_URL',
    );
  });
}
