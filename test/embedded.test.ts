import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cacheMegabytes, processMemory } from '../src/db/embedded/cache-size.ts';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { DataDirLockedError } from '../src/db/startup-error.ts';
import { isUnavailable } from '../src/db/unavailable.ts';
import { deepTest } from './support/depth.ts';
import {
  cleanup,
  DatabaseProcess,
  dataFolder,
  emptyFolder,
  eventually,
  isAlive,
  memoryLog,
  openLoggedDatabase,
  serverPid,
} from './support/embedded-database.ts';

const nobody = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

test('the cache of PostgreSQL is an eighth of the memory, within bounds', () => {
  const gibibyte = 1024 ** 3;
  const sizes = [0, 0.5, 1, 1.5, 8, 15.999, 16, 24, 512].map((memory) => cacheMegabytes(memory * gibibyte));
  assert.deepEqual(sizes, [128, 128, 128, 192, 1024, 2047, 2048, 2048, 2048]);
  assert.ok(processMemory() > 0 && processMemory() <= totalmem());
});

describe('embedded PostgreSQL', { concurrency: 2 }, () => {
  test('what was committed is there after a restart, and nobody reaches it by the network', async (t) => {
    const dataDir = await dataFolder(t);
    const first = await openLoggedDatabase(t, { dataDir });
    await first.sql`create table note as select 'kept' as text`;
    await first.close();
    const second = await openLoggedDatabase(t, { dataDir });
    assert.deepEqual([...(await second.sql`select text from note`)], [{ text: 'kept' }]);
    const [server] = await second.sql`
      select current_setting('fsync') as fsync, current_setting('listen_addresses') as addresses,
        current_setting('timezone') as zone, current_setting('server_version_num')::int / 10000 as version,
        pg_size_bytes(current_setting('shared_buffers')) / 1024 ^ 2 as cache`;
    const cache = cacheMegabytes(processMemory());
    assert.deepEqual({ ...server }, { fsync: 'on', addresses: '', zone: 'UTC', version: 18, cache });
    assert.equal((await stat(join(dataDir, 'postgres'))).mode & 0o777, 0o700);
  });

  deepTest('a path too long for the address of a socket works, and its url leads there', async (t) => {
    const dataDir = join(await emptyFolder(t), 'deep'.repeat(30));
    const server = await startEmbedded({ dataDir, log: memoryLog(() => {}) });
    cleanup(t, () => server.stop());
    const database = await openLoggedDatabase(t, { databaseUrl: server.url });
    assert.deepEqual([...(await database.sql`select current_user::text as name`)], [{ name: 'vouch' }]);
    await database.close();
  });

  deepTest('a killed PostgreSQL is started again, and calls fail quickly until they work', async (t) => {
    const dataDir = await dataFolder(t);
    const database = await openLoggedDatabase(t, { dataDir });
    await database.sql`create table note as select 'kept' as text`;
    const killed = await serverPid(dataDir);
    process.kill(killed, 'SIGKILL');
    let failures = 0;
    let slowest = 0;
    const rows = await eventually('a call that works', async () => {
      const begun = performance.now();
      const outcome = await database.run(() => database.sql`select text from note`).catch((fault) => fault);
      slowest = Math.max(slowest, performance.now() - begun);
      if (!(outcome instanceof Error)) return (await serverPid(dataDir)) !== killed && outcome;
      failures += 1;
      assert.ok(isUnavailable(outcome), String(outcome));
      return undefined;
    });
    assert.deepEqual([...rows], [{ text: 'kept' }]);
    assert.ok(failures > 0 && slowest < 2000, `${failures} failures, the slowest ${slowest} ms`);
    const said = database.lines.join('\n');
    assert.match(said, /postgres exited .*SIGKILL/);
    assert.match(said, /postgres restarted/);
    assert.match(said, /database unreachable/);
  });

  deepTest('a PostgreSQL of which one process is killed ends whole and is started again', async (t) => {
    const database = await openLoggedDatabase(t, { dataDir: await emptyFolder(t) });
    const [backend] = await database.sql`select pg_backend_pid() as pid`;
    process.kill(backend!.pid, 'SIGKILL');
    await eventually('a call that works on the next one', async () => {
      const rows = await database.run(() => database.sql`select 1`).catch(() => undefined);
      return rows && database.lines.join('\n').includes('postgres restarted');
    });
    assert.match(database.lines.join('\n'), /postgres exited/);
  });

  test('a start after the death of the owner alone stops the orphan and keeps what was committed', async (t) => {
    const dataDir = await dataFolder(t);
    const owner = new DatabaseProcess(t, { DATA_DIR: dataDir });
    await owner.waitForLine((said) => said.ready);
    const orphan = await serverPid(dataDir);
    await owner.kill();
    assert.ok(isAlive(orphan));
    const database = await openLoggedDatabase(t, { dataDir });
    assert.notEqual(await serverPid(dataDir), orphan);
    await eventually('the orphan to be gone', () => !isAlive(orphan));
    assert.equal((await database.sql`select 1 as one`)[0]?.one, 1);
  });

  deepTest('a start after the death of both works', async (t) => {
    const dataDir = await dataFolder(t);
    const owner = new DatabaseProcess(t, { DATA_DIR: dataDir });
    await owner.waitForLine((said) => said.ready);
    const server = await serverPid(dataDir);
    await owner.kill();
    process.kill(server, 'SIGKILL');
    const database = await openLoggedDatabase(t, { dataDir });
    assert.equal((await database.sql`select 1 as one`)[0]?.one, 1);
  });

  test('a second start on a folder in use is refused, says what to do, and does the first no harm', async (t) => {
    const dataDir = await dataFolder(t);
    const first = await openLoggedDatabase(t, { dataDir });
    const server = await serverPid(dataDir);
    const [connection] = await first.sql`select pg_backend_pid() as pid`;
    const refused = await new DatabaseProcess(t, { DATA_DIR: dataDir }).outcome();
    assert.equal(refused.refused, 'DataDirLockedError');
    assert.match(refused.message!, new RegExp(`^${dataDir}/postgres is in use by process ${process.pid}: .*DATA_DIR`));
    await assert.rejects(startEmbedded({ dataDir, log: memoryLog(() => {}) }), DataDirLockedError);
    assert.equal(await serverPid(dataDir), server);
    assert.equal((await first.sql`select pg_backend_pid() as pid`)[0]?.pid, connection?.pid);
    assert.deepEqual(
      first.lines.filter((line) => !line.startsWith('database creation started')),
      [],
    );
  });

  deepTest('of two first starts at once one wins and the other is refused', async (t) => {
    const dataDir = await emptyFolder(t);
    const both = [new DatabaseProcess(t, { DATA_DIR: dataDir }), new DatabaseProcess(t, { DATA_DIR: dataDir })];
    const outcomes = await Promise.all(both.map((opener) => opener.outcome()));
    assert.deepEqual(outcomes.map((said) => said.refused ?? 'ready').sort(), ['DataDirLockedError', 'ready']);
    assert.deepEqual((await readdir(dataDir)).sort(), ['postgres', 'postgres.log']);
  });

  deepTest('a lock file whose process id went to a stranger does not block, and the stranger lives', async (t) => {
    const dataDir = await dataFolder(t);
    await (await openLoggedDatabase(t, { dataDir })).close();
    const { uid, gid } = await stat(join(dataDir, 'postgres'));
    const stranger = spawn('sleep', ['60'], { uid, gid, cwd: '/', stdio: 'ignore' });
    cleanup(t, () => stranger.kill());
    await once(stranger, 'spawn');
    for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
      const lock = join(dataDir, 'postgres', name);
      await writeFile(
        lock,
        `${stranger.pid}\n${dataDir}/postgres\n1700000000\n5432\n.\n\n 16039944        12\nready   \n`,
      );
      await chown(lock, uid, gid);
    }
    const database = await openLoggedDatabase(t, { dataDir });
    assert.equal((await database.sql`select 1 as one`)[0]?.one, 1);
    assert.ok(isAlive(stranger.pid!));
  });

  deepTest('a first start that is killed while the cluster is made leaves nothing that hinders the next', async (t) => {
    const dataDir = await emptyFolder(t);
    const killed = new DatabaseProcess(t, { DATA_DIR: dataDir });
    await eventually('the unfinished cluster', async () => {
      const [unfinished] = await readdir(dataDir);
      return unfinished && (await readdir(join(dataDir, unfinished))).includes('PG_VERSION');
    });
    await killed.kill();
    assert.match((await readdir(dataDir)).join(), /^postgres\.new\.\d+\.\w+$/);
    await (await openLoggedDatabase(t, { dataDir })).close();
    const database = await openLoggedDatabase(t, { dataDir });
    assert.equal((await database.sql`select 1 as one`)[0]?.one, 1);
    assert.deepEqual((await readdir(dataDir)).sort(), ['postgres', 'postgres.log']);
  });

  deepTest('a start that PostgreSQL refuses shows the end of its log and what to do', async (t) => {
    const dataDir = await dataFolder(t);
    await (await openLoggedDatabase(t, { dataDir })).close();
    await writeFile(join(dataDir, 'postgres', 'postgresql.auto.conf'), 'max_connections = many\n');
    const refused = await new DatabaseProcess(t, { DATA_DIR: dataDir }).outcome();
    assert.equal(refused.refused, 'StartupError');
    assert.match(
      refused.message!,
      /invalid value.*max_connections.*correct postgresql\.conf or postgresql\.auto\.conf.*postgres\.log/,
    );
  });

  deepTest(
    'root may keep the data in a folder that only root can enter',
    { skip: !isRoot && 'not root' },
    async (t) => {
      const parent = join(await emptyFolder(t), 'closed');
      await mkdir(parent, { mode: 0o700 });
      const dataDir = join(parent, 'data');
      const database = await openLoggedDatabase(t, { dataDir });
      assert.notEqual((await stat(join(dataDir, 'postgres'))).uid, 0);
      assert.equal((await stat(parent)).mode & 0o777, 0o700);
      assert.equal((await database.sql`select 1 as one`)[0]?.one, 1);
    },
  );

  deepTest(
    'an ordinary user starts it, then root over the same folder, then the user again',
    {
      skip: isRoot ? !reachesUs(nobody) && 'nobody but root can enter this checkout, or run this Node.js' : 'not root',
    },
    async (t) => {
      const parent = await emptyFolder(t);
      await chmod(parent, 0o711);
      const dataDir = join(parent, 'data');
      await mkdir(dataDir);
      await chown(dataDir, nobody.uid, nobody.gid);
      for (const account of [nobody, {}, nobody]) {
        const opener = new DatabaseProcess(t, { DATA_DIR: dataDir, HOME: parent }, account);
        assert.deepEqual(await opener.outcome(), { ready: true });
        await opener.stop();
      }
      assert.equal((await stat(join(dataDir, 'postgres'))).uid, nobody.uid);
    },
  );
});

/** Whether an account can run this Node.js and read this checkout, which may lie in a folder of root's own. */
function reachesUs(account: { uid: number; gid: number }): boolean {
  const script = fileURLToPath(import.meta.url);
  return spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(script)})`], account).status === 0;
}
