import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The names of the migrations that this version has, in their order. */
export function migrationNames(): string[] {
  return readdirSync(join(root, 'migrations'))
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

/** The compiled product as it will be with more migrations, by name, in a folder of its own. */
export function nextVersion(folder: string, migrations: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const part of ['dist', 'public', 'migrations', 'package.json']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(migrations)) writeFileSync(join(folder, 'migrations', name), text);
  return folder;
}

/**
 * The product as it was before a migration came: the commit before the one that added it, compiled in a folder of its
 * own, with the packages of now. Throws where the history is not there.
 */
export function versionBefore(migration: string, folder: string): string {
  const git = (...words: string[]) => execFileSync('git', ['-C', root, ...words], { maxBuffer: 2 ** 28 });
  const added = git('log', '--diff-filter=A', '--format=%H', '--', `migrations/${migration}`).toString().trim();
  if (!added) throw new Error(`The history does not tell when migrations/${migration} came: fetch it whole`);
  mkdirSync(folder, { recursive: true });
  const archive = git('archive', `${added.split('\n').at(-1)}~1`);
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, [join(folder, 'scripts', 'build.mjs')], { cwd: folder, stdio: 'inherit' });
  return folder;
}
