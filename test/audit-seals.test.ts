import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { maxSealed, sealArguments, sealEvents } from '../src/audit/seal-store.ts';
import { type KnownSeal, verifyTrail } from '../src/audit/verify-trail.ts';
import { createDatabase } from '../src/db/database.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { secretKeys } from '../src/kit/secret.ts';
import type { Actor } from '../src/operators/actor.ts';
import { openTestDatabase } from './support/create-database.ts';
import { freshDatabase } from './support/harness.ts';

const keys = secretKeys(['k'.repeat(32)]);
const operator: Actor = { kind: 'command_line', id: 'ann' };

/** A database with a trail of some events, which are sealed a few at a time. */
async function openTrail(events = 10, aSeal = 3) {
  const url = await freshDatabase();
  const { sql, close } = openTestDatabase(url, 3);
  after(close);
  const db = createDatabase(sql, databaseClock);
  /** Seals what there is: transactions in other databases of the server may keep it waiting for a moment. */
  const seal = async () => {
    for (let left = 1; left > 0; await pause(5)) {
      await db.call('seal_events', { ...sealArguments(keys), max: aSeal });
      const [row] = await sql<{ left: number }[]>`select (select count(*)::int from audit_event)
        - (select coalesce(sum(cardinality(ids)), 0)::int from audit_seal) as left`;
      left = row!.left;
    }
  };
  await insert(sql, events);
  await seal();
  const verify = async (known: KnownSeal[] = [], by = keys) => {
    const found = await verifyTrail({ db, keys: by }, operator, known);
    assert.equal(found.code, 'verified');
    return found;
  };
  /** Each flaw as its name and the id of its event or the number of its seal. */
  const flaws = async (known?: KnownSeal[], by?: typeof keys) =>
    (await verify(known, by)).flaws.map(({ flaw, id }) => `${flaw} ${id}`);
  /** Changes what the server refuses to change: only a superuser can. */
  const tamper = (text: string) =>
    sql.unsafe(`set local session_replication_role = replica; ${text}; set local session_replication_role = origin`);
  return { url, sql, db, seal, verify, flaws, tamper };
}

function insert(sql: Sql, count: number, at = 'now()') {
  return sql.unsafe(`insert into audit_event (at, event, result, device, details)
    select ${at}, 'signed_in', 'succeeded', 'Firefox', n from generate_series(1, ${count}) n`);
}

test('events cannot be changed or deleted, not even one by one in their partition', async () => {
  const { sql } = await openTrail(2);
  const refused = { code: '23000', message: 'the audit trail is append-only' };
  const [row] = await sql`select tableoid::regclass::text as place from audit_event limit 1`;
  assert.match(row!.place, /^audit_event_\d{6}$/);
  for (const table of ['audit_event', row!.place]) {
    await assert.rejects(sql.unsafe(`update ${table} set details = 'x'`), refused);
    await assert.rejects(sql.unsafe(`delete from ${table}`), refused);
  }
  assert.equal((await sql`select from audit_event`).length, 2);
});

test('a trail as it was written has no flaw, and tells its newest seal', async () => {
  const { sql, verify, seal } = await openTrail();
  const { months, flaws } = await verify();
  assert.deepEqual(flaws, []);
  assert.deepEqual(
    months.map(({ seals, events, waiting }) => [seals, events, waiting]),
    [[4, 10, 0]],
  );
  assert.match(months[0]!.hash, /^[0-9a-f]{64}$/);
  await insert(sql, 2);
  assert.equal((await verify()).months[0]!.waiting, 2);
  await seal();
  assert.equal((await verify()).months[0]!.seals, 5);
});

const planted: [name: string, change: string, flaws: string[]][] = [
  ['a changed event', "update audit_event set device = 'Chrome' where id = 5", ['event_changed 5']],
  ['a changed reason', "update audit_event set details = '' where id = 10", ['event_changed 10']],
  [
    'a time that is a microsecond later',
    "update audit_event set at = at + interval '1 us' where id = 9",
    ['event_changed 9'],
  ],
  ['a missing event', 'delete from audit_event where id = 5', ['event_missing 5']],
  ['the newest event, which is missing', 'delete from audit_event where id = 10', ['event_missing 10']],
  [
    'two events that changed their places',
    `create table two as select * from audit_event where id in (4, 5); delete from audit_event where id in (4, 5);
      insert into audit_event (at, id, event, result, device, details, xid) overriding system value
        select at, 9 - id, event, result, device, details, xid from two`,
    ['event_changed 4', 'event_changed 5'],
  ],
  [
    'an event that was added to the past',
    `insert into audit_event (at, id, event, result, device, xid) overriding system value
      select at, 11, event, result, device, '3' from audit_event where id = 5`,
    ['event_unsealed 11'],
  ],
  [
    'a removed seal',
    'delete from audit_seal where number = 2',
    ['seal_missing 2', 'event_unsealed 4', 'event_unsealed 5', 'event_unsealed 6'],
  ],
  [
    'the newest seal, removed',
    'delete from audit_seal where number = 4',
    ['newest_seal_missing 4', 'event_unsealed 10'],
  ],
  [
    'the newest seal, removed with its event',
    'delete from audit_seal where number = 4; delete from audit_event where id = 10',
    ['newest_seal_missing 4'],
  ],
  ['the mark of the newest seal, removed', 'delete from audit_month', ['newest_seal_missing 4']],
  [
    'two seals that changed their places',
    'update audit_seal set number = -number where number in (2, 3); update audit_seal set number = 5 + number where number < 0',
    ['seal_changed 2', 'seal_changed 3', 'seal_changed 4'],
  ],
  [
    'two events in another order within their seal',
    "update audit_seal set ids = '{1,3,2}' where number = 1",
    ['seal_changed 1', 'event_changed 3', 'event_changed 2'],
  ],
  ['all that is known of a month', 'delete from audit_month; delete from audit_seal', []],
];

const intact = openTrail();

for (const [name, change, expected] of planted) {
  test(`a verification finds ${name}`, async () => {
    const { sql } = await intact;
    const known = expected.length > 0 ? [] : [{ month: month(), number: 4, hash: '' }];
    const rolledBack = new Error('rolled back');
    const planting = sql.begin(async (transaction) => {
      await transaction.unsafe(`set local session_replication_role = replica; ${change}`);
      const db = createDatabase(transaction as unknown as Sql, databaseClock);
      const found = await verifyTrail({ db, keys }, operator, known);
      assert.equal(found.code, 'verified');
      const names = found.flaws.map(({ flaw, id }) => `${flaw} ${id}`);
      assert.deepEqual(names, expected.length > 0 ? expected : ['newest_seal_missing 4']);
      throw rolledBack;
    });
    await assert.rejects(planting, rolledBack);
  });
}

const month = () => `${new Date().toISOString().slice(0, 7)}-01`;

test('a chain that was calculated anew after a change is forged, without the key', async () => {
  const { sql, db, flaws, tamper } = await openTrail(3);
  await tamper("update audit_event set device = 'Chrome' where id = 2");
  await tamper(`delete from audit_seal; delete from audit_month; delete from audit_position`);
  const forged = { ...sealArguments(keys), key: Buffer.alloc(128) };
  for (let sealed = 0; sealed < 3; await pause(5)) sealed += (await db.call('seal_events', forged)).length;
  const [row] = await sql`select count(*)::int as seals from audit_seal`;
  assert.deepEqual(await flaws(), [
    ...Array.from({ length: row!.seals }, (_, at) => `seal_forged ${at + 1}`),
    `seal_forged ${row!.seals}`,
  ]);
});

test('a seal by a key that is gone is checked all the same, except for its keyed hash', async () => {
  const { flaws, tamper } = await openTrail();
  const other = secretKeys(['o'.repeat(32)]);
  assert.deepEqual(await flaws([], other), []);
  await tamper("update audit_event set device = 'Chrome' where id = 5");
  assert.deepEqual(await flaws([], other), ['event_changed 5']);
});

test('a trail that was put back to an old state is found by a seal that is known from elsewhere, and by nothing else', async () => {
  const { sql, verify, flaws, tamper, seal } = await openTrail(3, 3);
  await sql`create table old as select * from audit_month`;
  await insert(sql, 3);
  await seal();
  const { months } = await verify();
  const known = [{ month: month(), number: 2, hash: months[0]!.hash }];
  assert.deepEqual(await flaws(known), []);
  await tamper(`delete from audit_event where id > 3; delete from audit_seal where number = 2; delete from audit_month;
    insert into audit_month select * from old`);
  assert.deepEqual(await flaws(), [], 'nothing in the database tells');
  assert.deepEqual(await flaws(known), ['newest_seal_missing 2']);
});

test('an event whose transaction began early and ended late is sealed once, and nothing before it is missed', async () => {
  const { sql, db, verify, seal } = await openTrail(1);
  let commit = () => {};
  let isWritten = () => {};
  const written = new Promise<void>((resolve) => {
    isWritten = resolve;
  });
  const late = sql.begin(async (transaction) => {
    await transaction`insert into audit_event (at, event, result, device) values (now(), 'signed_in', 'failed', 'late')`;
    isWritten();
    await new Promise<void>((resolve) => {
      commit = resolve;
    });
  });
  await written;
  await insert(sql, 4);
  for (let run = 0; run < 3; run += 1) await sealEvents(db, keys);
  assert.equal((await verify()).months[0]!.waiting, 4, 'later ones wait for it');
  commit();
  await late;
  await seal();
  const { months, flaws } = await verify();
  assert.deepEqual([flaws, months[0]!.events, months[0]!.waiting], [[], 6, 0]);
  const rows = await sql`select unnest(ids) as id from audit_seal order by number`;
  assert.equal(new Set(rows.map(({ id }) => id)).size, 6);
  assert.equal(rows.length, 6);
});

test('processes that seal at once and writers beside them leave each event in one seal', async () => {
  const { sql, db, verify, flaws, seal } = await openTrail(0);
  const write = async () => {
    for (let n = 0; n < 20; n += 1) await insert(sql, 1 + (n % 3));
  };
  const sealing = async () => {
    for (let n = 0; n < 20; n += 1) await sealEvents(db, keys);
  };
  await Promise.all([write(), write(), sealing(), sealing(), sealing()]);
  await seal();
  assert.deepEqual(await flaws(), []);
  const { months } = await verify();
  assert.deepEqual([months[0]!.events, months[0]!.waiting], [78, 0]);
});

test('events of two months have seals in the chain of each', async () => {
  const { sql, verify, seal } = await openTrail(0);
  for (const at of ["'2031-01-31T23:59:59.999Z'", "'2031-02-01T00:00:00Z'", "'2031-01-31T23:59:59Z'"])
    await insert(sql, 1, at);
  await seal();
  const { months, flaws } = await verify();
  assert.deepEqual(flaws, []);
  assert.deepEqual(
    months.map((one) => [one.month, one.seals, one.events]),
    [
      ['2031-01-01', 2, 2],
      ['2031-02-01', 1, 1],
    ],
  );
});

test('after a copy into another cluster, whose transactions have lower numbers, every event is sealed once', async () => {
  const { sql, db, verify, seal } = await openTrail(5);
  // three that were not sealed before the copy, with numbers of the old cluster
  await sql`insert into audit_event (at, event, result, device, xid)
    select now(), 'signed_in', 'succeeded', 'old', '900000000000' from generate_series(1, 3)`;
  await sql`update audit_position set system = 'old', after_xid = '800000000000'`;
  await insert(sql, 2);
  await seal();
  await insert(sql, 4);
  await seal();
  await sealEvents(db, keys);
  const { months, flaws } = await verify();
  assert.deepEqual([flaws, months[0]!.events, months[0]!.waiting], [[], 14, 0]);
  const rows = await sql`select unnest(ids) as id from audit_seal`;
  assert.equal(rows.length, 14);
});

test('a batch has a thousand events, and the next one goes on', async () => {
  const { sql, db, flaws } = await openTrail(0);
  await insert(sql, maxSealed + 5);
  let batches: number[] = [];
  while (batches.reduce((sum, one) => sum + one, 0) < maxSealed + 5) batches = [...batches, await sealEvents(db, keys)];
  assert.deepEqual(batches.filter(Boolean), [maxSealed, 5]);
  assert.deepEqual(await flaws(), []);
});

test('an operator without the role verifies nothing', async () => {
  const { db } = await openTrail(1);
  const viewer: Actor = {
    kind: 'operator',
    id: 'x',
    role: 'support',
    clientIp: '192.0.2.1',
    device: '',
    hasFreshCode: true,
  };
  assert.deepEqual(await verifyTrail({ db, keys }, viewer, []), { code: 'act_not_allowed', act: 'read_audit' });
});
