import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { writeNewFile } from '../kit/copy-file.ts';

const Manifest = Type.Object({
  format: Type.Literal('vouch-backup-1'),
  /**
   * `files`: the folder of an embedded PostgreSQL; `dump`: the output of pg_dump for the database of `DATABASE_URL`.
   */
  kind: Type.Union([Type.Literal('files'), Type.Literal('dump')]),
  taken_at: Type.String(),
  postgresql: Type.Integer(),
  files: Type.Array(Type.Object({ path: Type.String(), size: Type.Integer(), sha256: Type.String() })),
  /** The key in `DATA_DIR`; null if there was none. */
  secret_key: Type.Union([Type.Object({ size: Type.Integer(), sha256: Type.String() }), Type.Null()]),
});

/** The manifest of a backup. It is written last, so a backup without one is incomplete. */
export type BackupManifest = Static<typeof Manifest>;

/** Finishes a backup. */
export async function writeManifest(folder: string, manifest: Omit<BackupManifest, 'format'>): Promise<void> {
  const text = JSON.stringify({ format: 'vouch-backup-1', ...manifest }, undefined, 1);
  await writeNewFile(join(folder, 'manifest.json'), `${text}\n`);
}

/** Throws if the folder has no complete backup, or if the manifest has a path outside of it. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => '');
  const read = parseJson(text);
  const isOurs = Value.Check(Manifest, read) && read.files.every(({ path }) => !/^\/|(^|\/)\.\.(\/|$)/.test(path));
  if (!isOurs) throw new Error(`${folder} holds no finished backup: its manifest.json is missing or damaged`);
  return read;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
