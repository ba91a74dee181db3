import { chmod, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { devKeyFile } from '../config/dev-key.ts';
import { type BackupFile, copyRunningCluster, hasCluster } from '../db/embedded/base-backup.ts';
import { findRunningServer } from '../db/embedded/find-running-server.ts';
import { startEmbedded } from '../db/embedded/server.ts';
import { copyFile, type FileContent, readContent } from '../kit/copy-file.ts';
import type { Log } from '../kit/log.ts';
import { present } from '../kit/present.ts';
import type { CommandOutput } from './command.ts';
import { dump } from './dump.ts';
import { type BackupManifest, writeManifest } from './manifest.ts';

type Where = Pick<Config, 'dataDir' | 'databaseUrl' | 'secretKeys'>;

/**
 * Writes a backup into a new folder, while the server goes on. A folder without `manifest.json` is not a backup; after
 * an error it is removed. Throws with the fix.
 */
export async function backup(config: Where, folder: string, log: Log): Promise<CommandOutput> {
  const target = resolve(folder);
  const names = await readdir(target).catch((): string[] => []);
  if (names.length > 0) throw new Error(`${target} is not empty: name a new folder, and keep the older backup`);
  await mkdir(target, { recursive: true, mode: 0o700 });
  // an empty folder that was there before may be open to all
  await chmod(target, 0o700);
  try {
    const takenAt = new Date();
    const { kind, files }: Pick<BackupManifest, 'kind' | 'files'> = config.databaseUrl
      ? { kind: 'dump', files: await dumpTo(config.databaseUrl, target) }
      : { kind: 'files', files: await copyTo(config.dataDir, target, log) };
    const secretKey = await copyKey(config, target);
    await writeManifest(target, {
      kind,
      taken_at: takenAt.toISOString(),
      postgresql: 18,
      files,
      secret_key: secretKey ?? null,
    });
    const size = files.reduce((sum, file) => sum + file.size, 0);
    return {
      json: { folder: target, kind, taken_at: takenAt, size, has_secret_key: !!secretKey },
      text: `${target} holds a backup of ${Math.ceil(size / 1_000_000)} MB. ${aboutKey(config, secretKey)}`,
      isGood: true,
    };
  } catch (error) {
    for (const name of await readdir(target)) await rm(join(target, name), { recursive: true, force: true });
    throw error;
  }
}

async function dumpTo(databaseUrl: string, target: string): Promise<BackupManifest['files']> {
  const file = join(target, 'vouch.dump');
  await dump(databaseUrl, file);
  return [{ path: 'vouch.dump', ...(await readContent(file)) }];
}

async function copyTo(dataDir: string, target: string, log: Log): Promise<BackupFile[]> {
  if (!(await hasCluster(dataDir)))
    throw new Error(`There is no database in ${dataDir}: set DATA_DIR, or DATABASE_URL`);
  const runningServer = await findRunningServer(dataDir);
  const startedServer = runningServer ? undefined : await startEmbedded({ dataDir, log });
  const host = runningServer ? new URL(runningServer.url).searchParams.get('host') : startedServer?.options.host;
  try {
    return await copyRunningCluster(
      present(host, 'the socket of the database'),
      await realpath(join(dataDir, 'postgres')),
      join(target, 'postgres'),
    );
  } finally {
    await runningServer?.release();
    await startedServer?.stop();
  }
}

async function copyKey({ dataDir, secretKeys }: Where, target: string): Promise<FileContent | undefined> {
  const file = devKeyFile(dataDir);
  if (secretKeys || !(await stat(file).catch(() => undefined))) return undefined;
  return copyFile(file, join(target, 'secret-key'));
}

function aboutKey({ dataDir, secretKeys }: Where, copied: FileContent | undefined): string {
  if (copied) return `The key of ${dataDir} is in it: guard it like the key.`;
  if (secretKeys) return 'SECRET_KEYS is not in it: keep it apart, or open codes and known devices count no more.';
  return `There is no key in ${dataDir}, so there is none in it.`;
}
