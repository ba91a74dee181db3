import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { devKeyFile } from '../config/dev-key.ts';
import type { Database } from '../db/database.ts';
import { copyBackup } from '../db/embedded/base-backup.ts';
import { findCluster, prepareDataDir } from '../db/embedded/data-directory.ts';
import { startEmbedded } from '../db/embedded/server.ts';
import { copyFile, type FileContent, readContent } from '../kit/copy-file.ts';
import type { Log } from '../kit/log.ts';
import type { CommandOutput } from './command.ts';
import { restoreDump } from './dump.ts';
import { type BackupManifest, readManifest } from './manifest.ts';

type Where = Pick<Config, 'dataDir' | 'databaseUrl' | 'secretKeys'>;

/**
 * Restores a backup into an empty `DATA_DIR`, or into the empty database of `DATABASE_URL`. Refuses to overwrite
 * anything, and leaves nothing after an error. `isEmpty` checks that database. Throws with the fix.
 */
export async function restore(
  config: Where,
  folder: string,
  { log, isEmpty }: { log: Log; isEmpty: () => Promise<boolean> },
): Promise<CommandOutput> {
  const source = resolve(folder);
  const manifest = await readManifest(source);
  const hasKey = await judgeKey(config, source, manifest);
  if (manifest.kind === 'files') await restoreFiles(config, source, manifest, log);
  else await restoreDatabase(config, source, manifest, isEmpty);
  if (hasKey === 'to be copied') await copyFile(join(source, 'secret-key'), devKeyFile(config.dataDir));
  const target = config.databaseUrl ? 'The database of DATABASE_URL' : config.dataDir;
  const key = manifest.secret_key
    ? 'The key of the backup is there too.'
    : 'The backup has no key: set SECRET_KEYS as it was, or open codes and known devices count no more.';
  return {
    json: { from: source, kind: manifest.kind, taken_at: manifest.taken_at, has_secret_key: !!manifest.secret_key },
    text: `${target} holds what was there at ${manifest.taken_at}. ${key}`,
    isGood: true,
  };
}

async function restoreFiles(
  { dataDir, databaseUrl }: Where,
  source: string,
  manifest: BackupManifest,
  log: Log,
): Promise<void> {
  if (databaseUrl) {
    throw new Error(
      `${source} is a backup of an embedded PostgreSQL: restore it without DATABASE_URL, and bring the data to your ` +
        'server by pg_dump and pg_restore',
    );
  }
  await prepareDataDir(dataDir);
  const cluster = await findCluster(dataDir);
  if (await stat(join(cluster, 'PG_VERSION')).catch(() => undefined)) {
    throw new Error(
      `${dataDir} holds a database, which is not overwritten: set DATA_DIR to an empty folder, or move it away`,
    );
  }
  const temporary = await mkdtemp(`${cluster}.new.${process.pid}.`);
  try {
    await copyBackup(join(source, 'postgres'), temporary, manifest.files);
    await rename(temporary, cluster);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  try {
    // PostgreSQL completes it from its log: an error shows here, and not at the next start of the product
    const server = await startEmbedded({ dataDir, log });
    await server.stop();
  } catch (error) {
    await rm(cluster, { recursive: true, force: true });
    throw error;
  }
}

async function restoreDatabase(
  { databaseUrl }: Where,
  source: string,
  { files }: BackupManifest,
  isEmpty: () => Promise<boolean>,
): Promise<void> {
  const file = join(source, 'vouch.dump');
  if (!databaseUrl) {
    throw new Error(`${source} is a backup of a database of your own: set DATABASE_URL to an empty one`);
  }
  if (!(await isEmpty())) {
    throw new Error('The database of DATABASE_URL holds tables, which are not overwritten: create an empty database');
  }
  for (const content of files) await refuseOther(file, content);
  await restoreDump(databaseUrl, file);
}

async function refuseOther(file: string, { sha256 }: FileContent): Promise<void> {
  const content = await readContent(file).catch(() => undefined);
  if (content?.sha256 !== sha256) throw new Error(`${file} is not as it was backed up: take another backup`);
}

/** Whether a database has no table, view or sequence of its own. */
export async function isEmpty({ sql }: Pick<Database, 'sql'>): Promise<boolean> {
  const rows = await sql`
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname !~ '^(pg_|information_schema$)' limit 1`;
  return rows.length === 0;
}

/** Runs before anything is written: an existing key is not overwritten, and a required key has to be intact. */
async function judgeKey(
  { dataDir, secretKeys }: Where,
  source: string,
  { secret_key }: BackupManifest,
): Promise<string> {
  if (!secret_key || secretKeys) return 'not needed';
  await refuseOther(join(source, 'secret-key'), secret_key);
  const present = await readContent(devKeyFile(dataDir)).catch(() => undefined);
  if (!present) return 'to be copied';
  if (present.sha256 === secret_key.sha256) return 'there';
  throw new Error(`${devKeyFile(dataDir)} is another key, which is not overwritten: move it away`);
}
