import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { migrate } from '../src/db/migrate.ts';
import { deepTest } from './support/depth.ts';
import {
  cleanup,
  DatabaseProcess,
  dataFolder,
  emptyFolder,
  eventually,
  memoryLog,
  openLoggedDatabase,
} from './support/embedded-database.ts';
import { freshDatabase } from './support/harness.ts';

deepTest('four processes at once apply each migration once', async (t) => {
  const server = await startEmbedded({ dataDir: await dataFolder(t), log: memoryLog(() => {}) });
  cleanup(t, () => server.stop());
  const all = Array.from({ length: 4 }, () => new DatabaseProcess(t, { DATABASE_URL: server.url, MIGRATE: 'yes' }));
  for (const one of all) assert.deepEqual(await one.outcome(), { ready: true });
  const names = (await readdir(new URL('../migrations/', import.meta.url)))
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const said = all.flatMap((one) => one.lines.flatMap(({ log }) => (log ? [log] : [])));
  assert.deepEqual(
    said.sort(),
    names.map((name) => `migration applied ${name}`),
  );
  const database = await openLoggedDatabase(t, { databaseUrl: server.url });
  assert.deepEqual(
    (await database.sql`select name from migration order by name`).map((row) => row.name),
    names,
  );
});

deepTest('a migration that fails leaves nothing of itself, keeps those before it, and is tried again', async (t) => {
  const database = await openLoggedDatabase(t, { dataDir: await dataFolder(t) });
  const path = await emptyFolder(t);
  const folder = pathToFileURL(`${path}/`);
  await writeFile(join(path, '0001_one.sql'), 'create table one (id int);');
  await writeFile(join(path, '0002_two.sql'), 'create table two (id int); select 1 / 0;');
  database.lines.length = 0;
  const run = () => migrate({ sql: database.sql, log: memoryLog((line) => database.lines.push(line)), folder });
  await assert.rejects(run(), { code: '22012' });
  const [made] =
    await database.sql`select to_regclass('one') is not null as one, to_regclass('two') is not null as two`;
  assert.deepEqual({ ...made }, { one: true, two: false });
  await writeFile(join(path, '0002_two.sql'), 'create table two (id int);');
  await run();
  assert.deepEqual(database.lines, ['migration applied 0001_one.sql', 'migration applied 0002_two.sql']);
});

deepTest('a database that a newer version migrated is used, with a warning', async (t) => {
  const database = await openLoggedDatabase(t, { dataDir: await dataFolder(t) });
  const path = await emptyFolder(t);
  const folder = pathToFileURL(`${path}/`);
  await writeFile(join(path, '0001_later.sql'), 'create table later (id int);');
  database.lines.length = 0;
  const run = () => migrate({ sql: database.sql, log: memoryLog((line) => database.lines.push(line)), folder });
  await run();
  await rm(join(path, '0001_later.sql'));
  await run();
  assert.deepEqual(database.lines.slice(1), ['database newer than this version 0001_later.sql']);
});

deepTest(
  'a migration that waits for a lock holds nobody up for longer than a second, and is tried again',
  async (t) => {
    const dataDir = await dataFolder(t);
    const database = await openLoggedDatabase(t, { dataDir });
    const path = await emptyFolder(t);
    const folder = pathToFileURL(`${path}/`);
    await writeFile(join(path, '0001_one.sql'), 'create table one (id int);');
    database.lines.length = 0;
    const log = memoryLog((line) => database.lines.push(line));
    await migrate({ sql: database.sql, log, folder });
    await writeFile(join(path, '0002_two.sql'), 'alter table one add column more int;');
    let migrated: Promise<void> | undefined;
    await database.sql.begin(async (reader) => {
      await reader`select from one`;
      migrated = migrate({ sql: database.sql, log, folder });
      await eventually('the wait for the lock', async () => {
        const [row] = await database.sql`select count(*)::int as waits from pg_locks where not granted`;
        return row!.waits > 0;
      });
      const begun = performance.now();
      await database.sql`select from one`;
      // the reader still has its lock: the migration gave way
      const ms = performance.now() - begun;
      assert.ok(ms > 100, `the migration held nobody up: ${ms} ms`);
    });
    await migrated;
    assert.match(database.lines[1]!, /^migration postponed 0002_two\.sql 2: ./);
    assert.equal(database.lines.at(-1), 'migration applied 0002_two.sql');
  },
);

deepTest('a migration outside a transaction makes its index while others write, once', async (t) => {
  const server = await startEmbedded({ dataDir: await dataFolder(t), log: memoryLog(() => {}) });
  cleanup(t, () => server.stop());
  const database = await openLoggedDatabase(t, { databaseUrl: server.url });
  const other = await openLoggedDatabase(t, { databaseUrl: server.url });
  const path = await emptyFolder(t);
  const folder = pathToFileURL(`${path}/`);
  await writeFile(join(path, '0001_one.sql'), 'create table one (id int); insert into one values (1), (1);');
  await writeFile(
    join(path, '0002_two.sql'),
    '-- outside a transaction\ndrop index concurrently if exists one_by_id;\ncreate unique index concurrently one_by_id on one (id);\n',
  );
  const log = memoryLog((line) => database.lines.push(line));
  const run = (by = database) => migrate({ sql: by.sql, log, folder });
  await assert.rejects(run(), { code: '23505' });
  await database.sql`truncate one`;
  let migrated: Promise<unknown> | undefined;
  await database.sql.begin(async (writer) => {
    await writer`insert into one values (3)`;
    migrated = Promise.all([run(), run(other)]);
    await eventually('the wait for the writer', async () => {
      const [row] =
        await database.sql`select count(*)::int as waits from pg_locks where locktype = 'virtualxid' and not granted`;
      return row!.waits > 0;
    });
    // were it held up, it would wait for the migration, which waits for its transaction
    await writer`insert into one values (4)`;
    await pause(300);
    // PostgreSQL would wait for a transaction of the process whose turn it is not, and that process for its turn
    const looks: unknown[][] = [];
    for (let look = 0; look < 10; look += 1) {
      const open = await database.sql`select pid from pg_stat_activity where state = 'idle in transaction'`;
      looks.push(open.map(({ pid }) => pid));
      await pause(20);
    }
    const throughout = looks[0]!.filter((pid) => looks.every((look) => look.includes(pid)));
    assert.equal(throughout.length, 2, 'of the writer, and of the process that migrates');
  });
  await migrated;
  const [index] = await database.sql`select indisvalid from pg_index where indexrelid = 'one_by_id'::regclass`;
  assert.equal(index?.indisvalid, true);
  assert.deepEqual(database.lines, ['migration applied 0001_one.sql', 'migration applied 0002_two.sql']);
  const [{ statement_timeout: after } = {}] = await database.sql`show statement_timeout`;
  assert.equal(after, '8s');
});

test('a migration ends with the client that it uses', async (t) => {
  const database = await openLoggedDatabase(t, { databaseUrl: await freshDatabase({ migrated: false }) });
  await database.close();
  await assert.rejects(migrate({ sql: database.sql, log: memoryLog(() => {}) }), { code: 'CONNECTION_ENDED' });
});
