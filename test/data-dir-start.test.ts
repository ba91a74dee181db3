import assert from 'node:assert/strict';
import { chmod, chown, cp, lutimes, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deepTest } from './support/depth.ts';
import { emptyFolder, openLoggedDatabase, startupRefusal } from './support/embedded-database.ts';

const isRoot = process.getuid?.() === 0;

deepTest(
  'a cluster that root copied with cp -r, by a way that lost modes and empty folders, starts again',
  async (t) => {
    const parent = await emptyFolder(t);
    const original = join(parent, 'original');
    const first = await openLoggedDatabase(t, { dataDir: original });
    await first.sql`create table note as select 'kept' as text`;
    await first.close();
    const dataDir = join(parent, 'a copy, with spaces — и кириллицей '.padEnd(110, 'x'));
    await cp(original, dataDir, { recursive: true });
    const cluster = join(dataDir, 'postgres');
    for (const name of [
      'pg_notify',
      'pg_tblspc',
      'pg_replslot',
      'pg_twophase',
      'pg_stat_tmp',
      'pg_logical/snapshots',
    ]) {
      await rm(join(cluster, name), { recursive: true, force: true });
    }
    await rm(join(cluster, 'postgresql.conf'));
    await rm(join(cluster, 'pg_hba.conf'));
    await chmod(join(cluster, 'base'), 0o500);
    await chmod(join(cluster, 'PG_VERSION'), 0o444);
    if (isRoot)
      for (const name of ['', ...(await readdir(cluster, { recursive: true }))]) await chown(join(cluster, name), 0, 0);
    await chmod(cluster, 0o755);
    await writeFile(join(cluster, 'postmaster.pid'), 'garbage\n');
    await writeFile(join(cluster, '.s.PGSQL.5432.lock'), '');
    await writeFile(join(cluster, 'vouch.machine'), 'another-boot\nold-laptop\n');
    const copy = await openLoggedDatabase(t, { dataDir });
    assert.deepEqual([...(await copy.sql`select text from note`)], [{ text: 'kept' }]);
    assert.equal((await stat(cluster)).mode & 0o777, 0o700);
    assert.match(copy.lines.join('\n'), /data directory check started old-laptop/);
    await copy.close();

    await writeFile(join(cluster, 'vouch.machine'), 'another-boot\nother-host\n');
    await chown(join(cluster, 'vouch.machine'), (await stat(cluster)).uid, (await stat(cluster)).gid);
    const beat = setInterval(() => {
      const now = new Date();
      void lutimes(join(cluster, 'vouch.machine'), now, now);
    }, 500);
    assert.match(await startupRefusal(dataDir), /in use by another machine, other-host: stop it first/);
    clearInterval(beat);
    await rm(join(cluster, 'vouch.machine'));

    for (const name of await readdir(join(cluster, 'pg_wal')))
      await rm(join(cluster, 'pg_wal', name), { recursive: true });
    assert.match(await startupRefusal(dataDir), /checkpoint record.*copied while its server ran.*vouch restore/);
  },
);

deepTest('an empty folder, and a link to one on another disk, are filled', async (t) => {
  const parent = await emptyFolder(t);
  const disk = join(parent, 'disk');
  const dataDir = join(parent, 'data');
  await mkdir(disk);
  await mkdir(join(dataDir, 'lost+found'), { recursive: true });
  await symlink(disk, join(dataDir, 'postgres'));
  const database = await openLoggedDatabase(t, { dataDir });
  assert.equal((await database.sql`select 1 as one`)[0]?.one, 1);
  await database.close();
  assert.ok((await readdir(disk)).includes('PG_VERSION'));
  assert.deepEqual((await readdir(dataDir)).sort(), ['lost+found', 'postgres', 'postgres.log']);
});
