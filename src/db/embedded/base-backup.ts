import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { errorCode } from '../../kit/caught.ts';
import { copyFile, type FileContent, writeNewFile } from '../../kit/copy-file.ts';
import { onlyRow } from '../../kit/present.ts';

/** A file of a backup, with the data by which a restore verifies it. */
export interface BackupFile extends FileContent {
  readonly path: string;
}

/**
 * Copies the cluster of a running server, as `pg_basebackup` does: PostgreSQL replays concurrent changes from its log
 * (PostgreSQL manual, 25.3.4, low-level API). `host` is the folder of its socket. `target` gets the files.
 */
export async function copyRunningCluster(host: string, cluster: string, target: string): Promise<BackupFile[]> {
  const sql = postgres({
    host,
    port: 5432,
    user: 'vouch',
    database: 'postgres',
    max: 1,
    max_lifetime: null,
    onnotice: () => {},
  });
  try {
    // Retains the log that is written meanwhile. The slot ends with the connection, as the backup does if we die.
    await sql`select pg_create_physical_replication_slot(${`vouch_backup_${process.pid}`}, true, true)`;
    await sql`select pg_backup_start('vouch', true)`;
    const files = await copyTree(cluster, target, '');
    files.push(await copyControlFile(cluster, target));
    return [...files, ...(await finish(sql, cluster, target))];
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const control = join('global', 'pg_control');

/** Files of the running server, and files that each start creates (PostgreSQL manual, 25.3.4.3). */
const isExcluded = (path: string): boolean =>
  path === control ||
  /^(postmaster\.(pid|opts)|\.s\.PGSQL\..*|vouch\.machine|pgsql_tmp.*|pg_internal\.init.*)$/.test(basename(path));

/** Folders that have to exist, but empty. */
const emptyFolders = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
]);

async function copyTree(cluster: string, target: string, folder: string): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  await mkdir(join(target, folder), { recursive: true, mode: 0o700 });
  if (emptyFolders.has(folder)) return files;
  for (const entry of await readdir(join(cluster, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (isExcluded(path)) continue;
    // pg_wal may be a link to another disk
    if (entry.isDirectory() || emptyFolders.has(path)) files.push(...(await copyTree(cluster, target, path)));
    else if (entry.isFile()) files.push(...(await copyUnlessDeleted(cluster, target, path)));
  }
  return files;
}

/** Copies a file unless a concurrent drop of its table has deleted it. */
async function copyUnlessDeleted(cluster: string, target: string, path: string): Promise<BackupFile[]> {
  try {
    return [{ path, ...(await copyFile(join(cluster, path), join(target, path))) }];
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return [];
  }
}

/** The server writes the control file in one piece, but a reader may see half of it: two equal reads are whole. */
async function copyControlFile(cluster: string, target: string): Promise<BackupFile> {
  let [before, now] = [Buffer.alloc(0), await readFile(join(cluster, control))];
  while (!now.equals(before)) [before, now] = [now, await readFile(join(cluster, control))];
  return { path: control, ...(await writeNewFile(join(target, control), now)) };
}

/** Ends the backup, and copies the part of the log from its start to its end. */
async function finish(sql: Sql, cluster: string, target: string): Promise<BackupFile[]> {
  const stopResult = onlyRow(await sql`select lsn::text, labelfile from pg_backup_stop(false)`);
  const last = onlyRow(await sql`select pg_walfile_name(${stopResult.lsn}::pg_lsn) as name`);
  const [, first = ''] = /\(file ([0-9A-F]{24})\)/.exec(stopResult.labelfile) ?? [];
  const label = await writeNewFile(join(target, 'backup_label'), stopResult.labelfile);
  const files = [{ path: 'backup_label', ...label }];
  for (const name of (await readdir(join(cluster, 'pg_wal'))).sort()) {
    if (!/^[0-9A-F]{24}$/.test(name) || name < first || name > last.name) continue;
    const path = join('pg_wal', name);
    files.push({ path, ...(await copyFile(join(cluster, path), join(target, path))) });
  }
  return files;
}

/** Whether a cluster lies in the folder. */
export async function hasCluster(dataDir: string): Promise<boolean> {
  return (await stat(join(dataDir, 'postgres', 'PG_VERSION')).catch(() => undefined)) !== undefined;
}

/** Copies the files of a backup into an empty folder. Throws if one differs from the manifest. */
export async function copyBackup(source: string, target: string, files: readonly BackupFile[]): Promise<void> {
  for (const { path, size, sha256 } of files) {
    await mkdir(dirname(join(target, path)), { recursive: true, mode: 0o700 });
    const copied = await copyFile(join(source, path), join(target, path));
    if (copied.size !== size || copied.sha256 !== sha256)
      throw new Error(`${join(source, path)} is not as it was backed up: take another backup`);
  }
}
