import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { devKey } from '../src/config/dev-key.ts';
import { explainStartFailure } from '../src/db/embedded/explain-start-failure.ts';
import { nodeArguments } from './support/child-script.ts';
import { testOf } from './support/depth.ts';
import { emptyFolder, type ProcessLine, startupRefusal } from './support/embedded-database.ts';

const isRoot = process.getuid?.() === 0;

type State = (dataDir: string) => Promise<unknown>;

/** A folder with the names that a cluster of PostgreSQL 18 has: enough for what is judged before it is started. */
async function likeACluster(dataDir: string): Promise<string> {
  const cluster = join(dataDir, 'postgres');
  for (const name of ['base', 'global', 'pg_multixact', 'pg_wal', 'pg_xact'])
    await mkdir(join(cluster, name), { recursive: true });
  await writeFile(join(cluster, 'global', 'pg_control'), 'x');
  await writeFile(join(cluster, 'PG_VERSION'), '18\n');
  return cluster;
}

const without =
  (name: string): State =>
  async (dataDir) =>
    rm(join(await likeACluster(dataDir), name), { recursive: true });
const withFile =
  (name: string, text: string): State =>
  async (dataDir) =>
    writeFile(join(await likeACluster(dataDir), name), text);

const refused: Record<string, [State, RegExp]> = {
  'DATA_DIR is a file': [
    (dir) => writeFile(dir, ''),
    /cannot be used: something else stands there: move it away.*DATA_DIR/,
  ],
  'a part of the path is a file': [
    async (dir) => {
      await rm(join(dir, '..'), { recursive: true });
      await writeFile(join(dir, '..'), '');
    },
    /cannot be used: a file stands where a folder has to be.*DATA_DIR/,
  ],
  'DATA_DIR is a link to nothing': [
    (dir) => symlink('/mnt/gone', dir),
    /is a link to \/mnt\/gone, which is not there: mount/,
  ],
  'DATA_DIR is a link to itself': [(dir) => symlink(dir, dir), /links lead in a circle: correct them/],
  'DATA_DIR is the folder of a PostgreSQL itself': [
    async (dir) => {
      await mkdir(join(dir, 'global'), { recursive: true });
      await writeFile(join(dir, 'PG_VERSION'), '18\n');
    },
    /is itself the folder of a PostgreSQL: set DATA_DIR to/,
  ],
  'the cluster is a file': [
    async (dir) => {
      await mkdir(dir);
      await writeFile(join(dir, 'postgres'), '');
    },
    /postgres is no folder: move it away/,
  ],
  'the cluster is a link to nothing': [
    async (dir) => {
      await mkdir(dir);
      await symlink('/mnt/gone', join(dir, 'postgres'));
    },
    /postgres is a link to \/mnt\/gone, which is not there: mount/,
  ],
  'the cluster is the mount point of a disk': [
    (dir) => mkdir(join(dir, 'postgres', 'lost+found'), { recursive: true }),
    /postgres is a mount point: mount the disk at DATA_DIR itself/,
  ],
  'the cluster holds somebody else’s files': [
    async (dir) => {
      await mkdir(join(dir, 'postgres'), { recursive: true });
      await writeFile(join(dir, 'postgres', 'notes.txt'), '');
    },
    /holds files \(notes\.txt\) and no PG_VERSION.*move the folder away.*vouch restore/,
  ],
  'PG_VERSION is missing': [without('PG_VERSION'), /no PG_VERSION.*vouch restore/],
  'another major version made it': [
    withFile('PG_VERSION', '17\n'),
    /was made by PostgreSQL 17, and this is 18: .*pg_dump/,
  ],
  'PG_VERSION is garbage': [withFile('PG_VERSION', '\0\0\0'), /PG_VERSION holds no version.*vouch restore/],
  'pg_wal is missing': [without('pg_wal'), /lacks pg_wal: .*vouch restore/],
  'global and base are missing': [
    async (dir) => {
      const cluster = await likeACluster(dir);
      for (const name of ['global', 'base']) await rm(join(cluster, name), { recursive: true });
    },
    /lacks base, global, global\/pg_control: .*vouch restore/,
  ],
  'pg_wal is a link to a disk that is not mounted': [
    async (dir) => {
      const cluster = await likeACluster(dir);
      await rm(join(cluster, 'pg_wal'), { recursive: true });
      await symlink('/mnt/gone', join(cluster, 'pg_wal'));
    },
    /lacks pg_wal/,
  ],
  'it is set up as a standby': [withFile('standby.signal', ''), /follow another server.*remove standby\.signal/],
  'it is set up to recover from an archive': [withFile('recovery.signal', ''), /remove recovery\.signal/],
  'the path is too long for any file system': [async () => {}, /path is too long: shorten it/],
};

for (const [name, [state, says]] of Object.entries(refused)) {
  test(`DATA_DIR is refused with the mend where ${name}`, async (t) => {
    const dataDir = join(await emptyFolder(t), 'parent', name.includes('too long') ? 'x'.repeat(300) : 'data');
    await mkdir(join(dataDir, '..'));
    await state(dataDir);
    assert.match(await startupRefusal(dataDir), says);
  });
}

const failures: [written: string, says: RegExp][] = [
  [
    'FATAL:  could not write lock file "postmaster.pid": No space left on device',
    /file system is full: free some space/,
  ],
  [
    'FATAL:  could not create lock file "postmaster.pid": Read-only file system',
    /mounted read-only: mount it for writing/,
  ],
  [
    'LOG:  invalid value for parameter "max_connections": "many"\nFATAL:  configuration file "x" contains errors',
    /max_connections.*correct postgresql\.conf or postgresql\.auto\.conf/,
  ],
  ['FATAL:  database files are incompatible with server', /another build of PostgreSQL made it/],
  [
    'LOG:  invalid checkpoint record\nPANIC:  could not locate a valid checkpoint record at 0/1',
    /copied while its server ran.*vouch restore/,
  ],
  ['FATAL:  could not locate required checkpoint record at 0/2', /copied while its server ran.*vouch restore/],
  ['FATAL:  could not open directory "pg_xact": No such file or directory', /damaged.*vouch restore/],
  ['FATAL:  incorrect checksum in control file', /damaged.*vouch restore/],
  ['LOG:  could not bind Unix address "./.s.PGSQL.5432": Operation not supported', /takes no sockets: .*local disk/],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', /shared memory is too small/],
  ['FATAL:  something new', /\(something new\): correct what that names.*DATABASE_URL/],
];

for (const [written, says] of failures) {
  test(`a PostgreSQL that ends with ${JSON.stringify(written.split('\n').at(-1))} is told with the mend`, () => {
    const message = explainStartFailure('PostgreSQL does not start', `2026-01-01 00:00:00 UTC [1] ${written}\n`);
    assert.match(message, says);
    assert.doesNotMatch(message, /\n|FATAL|PANIC|LOG/);
  });
}

const mounts: Record<string, RegExp> = {
  'mount -t tmpfs -o ro none': /mounted read-only: mount it for writing/,
  'mount -t tmpfs -o size=4m none': /(file system is full|cannot make a database).*free some space/,
};

for (const [mount, says] of Object.entries(mounts)) {
  testOf(mount.includes(' ro '))(
    `DATA_DIR is refused with the mend on a file system made by ${mount}`,
    {
      skip: !canMount() && 'only root mounts a file system',
    },
    async (t) => {
      const place = await emptyFolder(t);
      const said = inMount(`${mount} ${place}`, place);
      assert.equal(said.refused, 'StartupError');
      assert.match(said.message!, says);
      assert.doesNotMatch(said.message!, /\n|FATAL|initdb/);
    },
  );
}

test('files of another OS user are named, with the command that mends it', {
  skip: !isRoot && 'not root',
}, async (t) => {
  const dataDir = await emptyFolder(t);
  const cluster = await likeACluster(dataDir);
  for (const name of ['', ...(await readdir(cluster, { recursive: true }))])
    await chown(join(cluster, name), 65_534, 65_534);
  await chown(join(cluster, 'PG_VERSION'), 4711, 4711);
  assert.match(await startupRefusal(dataDir), /PG_VERSION belongs to OS user 4711, .*chown -R 65534 /);
});

test('a key in DATA_DIR that is empty, cut, garbled or unreadable is refused with the mend, and an open one is closed', async (t) => {
  const dataDir = await emptyFolder(t);
  const file = join(dataDir, 'secret-key');
  for (const text of [
    '',
    'short',
    '\n',
    '\0'.repeat(43),
    '\ufffd'.repeat(40),
    `${'a'.repeat(40)}\n${'b'.repeat(40)}`,
  ]) {
    await writeFile(file, text);
    assert.throws(() => devKey(dataDir), /secret-key holds no key: put the key of a backup there, or remove it/);
  }
  await rm(file);
  await mkdir(file);
  assert.throws(() => devKey(dataDir), /secret-key|data.*cannot be used: a folder stands where a file has to be/);
  await rm(file, { recursive: true });
  await symlink('/mnt/gone', file);
  assert.throws(() => devKey(dataDir), /cannot be used: .*a link leads nowhere/);
  await rm(file);
  const key = devKey(dataDir);
  await chmod(file, 0o644);
  assert.equal(devKey(dataDir), key);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

function canMount(): boolean {
  return isRoot && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

/** What a process that opens the database says where this is mounted. */
function inMount(mount: string, dataDir: string): ProcessLine {
  const { stdout, stderr } = spawnSync(
    'unshare',
    [
      '--mount',
      'sh',
      '-c',
      `${mount} && exec "$0" "$@"`,
      process.execPath,
      ...nodeArguments('test/support/database-process.ts'),
    ],
    {
      env: {
        PATH: process.env.PATH,
        DATA_DIR: dataDir,
      },
      encoding: 'utf8',
      timeout: 120_000,
    },
  );
  const last = stdout.trim().split('\n').at(-1);
  assert.ok(last, stderr);
  return JSON.parse(last);
}
