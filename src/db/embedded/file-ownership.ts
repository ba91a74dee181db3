import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync, type Stats, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { random } from '../../kit/random.ts';
import { StartupError } from '../startup-error.ts';
import type { OsUser } from './os-user.ts';

/** Folders that are usually empty, which many ways of copying leave out. Other folders make a cluster complete. */
const emptyFolders = [
  'pg_commit_ts',
  'pg_dynshmem',
  'pg_logical',
  'pg_logical/mappings',
  'pg_logical/snapshots',
  'pg_multixact/members',
  'pg_multixact/offsets',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_tblspc',
  'pg_twophase',
];

/**
 * Restores the owner, the modes and the empty folders of a copied cluster, which `cp -r` by root or a copy by way of
 * another file system loses. Throws `StartupError` if files belong to another OS user. Synchronous, because a thousand
 * asynchronous calls cost a start a tenth of a second.
 */
export function restoreOwnership(cluster: string, osUser: OsUser): void {
  const owner = osUser.uid ?? process.getuid?.();
  const top = lstatSync(cluster);
  // The top folder is given last: until then only processes of root can get in and replace a file.
  const isRootsCopy = osUser.uid !== undefined && top.uid === 0;
  for (const [path, stats] of entriesOf(cluster)) {
    if (isRootsCopy) lchownSync(path, osUser.uid, osUser.gid);
    else if (stats.uid !== owner) throw foreignOwnerError(path, stats.uid, owner, cluster);
    const mode = stats.isDirectory() ? 0o700 : 0o600;
    if (!stats.isSymbolicLink() && (stats.mode & mode) !== mode) chmodSync(path, (stats.mode & 0o777) | mode);
  }
  createMissing(cluster, osUser);
  if ((top.mode & 0o727) !== 0o700) chmodSync(cluster, 0o700);
  if (isRootsCopy) lchownSync(cluster, osUser.uid, osUser.gid);
  if ((lstatSync(cluster).mode & 0o727) !== 0o700) {
    throw new StartupError(`The file system of ${cluster} keeps no modes: set DATA_DIR to a folder on a local disk`);
  }
}

/**
 * Replaces a file by a new one: a concurrent start always finds a complete file, and root does not write through a link
 * that a process of the OS user has put there.
 */
export async function replaceFile(path: string, text: string, osUser: OsUser): Promise<void> {
  const temporary = `${path}.${random.id()}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    if (osUser.uid !== undefined) await file.chown(osUser.uid, osUser.gid);
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

function createMissing(cluster: string, osUser: OsUser): void {
  const add = (name: string, make: (path: string) => void) => {
    const path = join(cluster, name);
    if (lstatSync(path, { throwIfNoEntry: false })) return;
    make(path);
    if (osUser.uid !== undefined) lchownSync(path, osUser.uid, osUser.gid);
  };
  for (const name of emptyFolders) add(name, (path) => mkdirSync(path, { mode: 0o700 }));
  add('postgresql.conf', (path) => writeFileSync(path, '', { mode: 0o600, flag: 'wx' }));
}

function entriesOf(folder: string): [path: string, stats: Stats][] {
  const entries: [string, Stats][] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) continue;
    entries.push([path, stats]);
    if (!stats.isDirectory()) continue;
    // a folder that its owner may not read cannot be traversed
    if ((stats.mode & 0o700) !== 0o700 && stats.uid === process.getuid?.()) chmodSync(path, 0o700);
    entries.push(...entriesOf(path));
  }
  return entries;
}

function foreignOwnerError(path: string, uid: number, owner: number | undefined, cluster: string): StartupError {
  return new StartupError(
    `${path} belongs to OS user ${uid}, and the database to OS user ${owner}: chown -R ${owner} '${cluster}'`,
  );
}
