import { lstat, mkdir, readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StartupError } from '../startup-error.ts';
import { storageError } from '../storage-error.ts';

/** Creates `DATA_DIR` unless it exists. Throws `StartupError` if it is no folder that we may use. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  await refuseDanglingLink(dataDir);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const names = await readdir(dataDir);
    if (names.includes('PG_VERSION') && names.includes('global')) {
      throw new StartupError(
        `${dataDir} is itself the folder of a PostgreSQL: set DATA_DIR to ` +
          `${basename(dataDir) === 'postgres' ? join(dataDir, '..') : 'another folder'}`,
      );
    }
  } catch (error) {
    throw storageError(error, dataDir);
  }
}

/**
 * The folder of the cluster below `DATA_DIR`, with its links resolved: absent, empty, or a complete cluster of
 * PostgreSQL 18. Throws `StartupError` for anything else, with nothing touched.
 */
export async function findCluster(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'postgres');
  await refuseDanglingLink(folder);
  try {
    const stats = await lstat(folder).catch(absent);
    if (!stats) return folder;
    const cluster = stats.isSymbolicLink() ? await realpath(folder) : folder;
    await inspect(cluster);
    return cluster;
  } catch (error) {
    throw storageError(error, dataDir);
  }
}

/** Folders that are never empty, so that a cluster without one is lost. */
const essential = ['base', 'global', 'global/pg_control', 'pg_multixact', 'pg_wal', 'pg_xact'];

const recovery = `move the folder away to begin with an empty database, or put a backup in its place (vouch restore)`;

async function inspect(cluster: string): Promise<void> {
  if (!(await stat(cluster)).isDirectory()) throw new StartupError(`${cluster} is no folder: move it away`);
  const names = await readdir(cluster);
  if (names.includes('lost+found')) {
    throw new StartupError(`${cluster} is a mount point: mount the disk at DATA_DIR itself, its parent folder`);
  }
  if (names.length === 0) return;
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').then((text) => text.trim(), absent);
  if (version === undefined) {
    throw new StartupError(
      `${cluster} holds files (${listed(names)}) and no PG_VERSION, so it is no whole database: ${recovery}`,
    );
  }
  if (version !== '18') throw new StartupError(wrongVersion(cluster, version));
  const missing: string[] = [];
  for (const name of essential) if (!(await stat(join(cluster, name)).catch(absent))) missing.push(name);
  if (missing.length > 0) {
    throw new StartupError(`${cluster} is no whole database, for it lacks ${listed(missing)}: ${recovery}`);
  }
  const signal = names.find((name) => name === 'standby.signal' || name === 'recovery.signal');
  if (signal) {
    throw new StartupError(
      `${cluster} is set up to follow another server or an archive: remove ${signal} in it to use it as it is, or ` +
        'set DATABASE_URL to a server that you run yourself',
    );
  }
}

function wrongVersion(cluster: string, version: string): string {
  if (!/^\d{1,2}(\.\d{1,2})?$/.test(version)) {
    return `${cluster} is no whole database, for its PG_VERSION holds no version: ${recovery}`;
  }
  return (
    `${cluster} was made by PostgreSQL ${version}, and this is 18: run a PostgreSQL ${version} over it and set DATABASE_URL, ` +
    'or set DATA_DIR to another folder and bring the data there by pg_dump and psql'
  );
}

async function refuseDanglingLink(path: string): Promise<void> {
  if (!(await lstat(path).catch(absent))?.isSymbolicLink()) return;
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (!(stats instanceof Error)) return;
  if (stats.code !== 'ENOENT') throw storageError(stats, path);
  throw new StartupError(
    `${path} is a link to ${await readlink(path)}, which is not there: mount its disk or make that folder`,
  );
}

function listed(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')}, …` : names.join(', ');
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
