import { accessSync, constants, lstatSync, readdirSync, type Stats } from 'node:fs';
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { errorCode } from '../../kit/caught.ts';
import { StartupError } from '../startup-error.ts';
import type { OsUser } from './os-user.ts';

/**
 * A copy of the package's `native` folder in the temporary folder, if the OS user cannot read the package or it lacks
 * links. `verify` completes and tests it; a copy that fails is removed. Throws `StartupError`.
 */
export async function copyOf(native: string, verify: (copy: string) => Promise<void>): Promise<string> {
  let copy: string | undefined;
  try {
    copy = await mkdtemp(join(tmpdir(), await copyPrefix(native)));
    await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: isWanted });
    await openForAll(copy);
    await verify(copy);
    await chmod(copy, finishedMode);
    return copy;
  } catch (error) {
    if (copy) await rm(copy, { recursive: true, force: true });
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `The embedded PostgreSQL cannot be copied from ${native} to ${tmpdir()} (${errorCode(error)}): ` +
        'set TMPDIR to a folder with 100 MB of free space that this OS user may write, or set DATABASE_URL',
    );
  }
}

/**
 * Finished copies of earlier starts by this OS user. Anybody can put folders into the temporary folder, and its cleaner
 * can delete a part of ours; hence the check of owner, mode and sizes.
 */
export async function finishedCopies(native: string): Promise<string[]> {
  const prefix = await copyPrefix(native);
  const names = await readdir(tmpdir()).catch(() => []);
  const expectedSizes = sizesOf(native);
  const copies: string[] = [];
  for (const name of names.filter((name) => name.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    if ((await isFinishedAndOurs(folder)) && holds(folder, expectedSizes)) copies.push(folder);
  }
  return copies;
}

/** Whether the modes let the OS user read all files. A package has the modes of the umask of its installation. */
export function isReadableBy(native: string, osUser: OsUser): boolean {
  return entriesOf(native).every(({ path, stats }) => {
    if (osUser.uid === undefined) return isReadable(path);
    const neededMode = stats.isDirectory() ? 0o5 : 0o4;
    const shift = stats.uid === osUser.uid ? 6 : stats.gid === osUser.gid ? 3 : 0;
    return ((stats.mode >> shift) & neededMode) === neededMode;
  });
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The mode is set last, so it marks a finished copy. Until then the OS user may only traverse the folder. */
const finishedMode = 0o755;
const unfinishedMode = 0o711;

async function copyPrefix(native: string): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8'));
  return `vouch-postgres-${version}-${process.getuid?.()}-`;
}

async function openForAll(copy: string): Promise<void> {
  await chmod(copy, unfinishedMode);
  for (const { path, stats } of entriesOf(copy)) {
    const isProgram = relative(copy, path).startsWith('bin/') || (stats.mode & 0o100) !== 0;
    await chmod(path, stats.isDirectory() || isProgram ? 0o755 : 0o644);
  }
}

async function isFinishedAndOurs(folder: string): Promise<boolean> {
  const stats = await lstat(folder).catch(() => undefined);
  return !!stats?.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o777) === finishedMode;
}

function holds(folder: string, expectedSizes: Map<string, number>): boolean {
  try {
    const copied = sizesOf(folder);
    return [...expectedSizes].every(([file, size]) => copied.get(file) === size);
  } catch {
    // another process removes it at this moment
    return false;
  }
}

function sizesOf(folder: string): Map<string, number> {
  const files = entriesOf(folder).filter(({ stats }) => stats.isFile());
  return new Map(files.map(({ path, stats }) => [relative(folder, path), stats.size]));
}

/**
 * The files and folders that PostgreSQL needs to run; symbolic links lead to other members of the list. Synchronous,
 * because a thousand asynchronous calls cost a start a tenth of a second.
 */
function entriesOf(folder: string): { path: string; stats: Stats }[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  const entries = paths.filter(isWanted).map((path) => ({ path, stats: lstatSync(path) }));
  return entries.filter(({ stats }) => stats.isFile() || stats.isDirectory());
}

/** Static libraries are for compilers. */
function isWanted(path: string): boolean {
  return !path.endsWith('.a');
}
