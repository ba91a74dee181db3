import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { createDatabase, type Database, Json } from '../src/db/database.ts';
import { functionSchema } from '../src/db/functions.ts';
import { changeDays, deleteOldDeliveries } from '../src/deliveries/days-store.ts';
import { leastId } from '../src/deliveries/delivery.ts';
import { random } from '../src/kit/random.ts';
import { cleanUp } from '../src/runtime/cleanup.ts';
import { startPrimary } from '../src/runtime/primary.ts';
import { openTestDatabase } from './support/create-database.ts';
import { deepTest } from './support/depth.ts';
import { memoryLog } from './support/embedded-database.ts';
import { anyNumber, freshDatabase, openApp } from './support/harness.ts';
import { messageId } from './support/message-id.ts';

const noon = Date.parse('2031-06-15T12:00:00Z');
const dayMs = 86_400_000;

/** A database whose present is a noon, some days after the first one; what `changeDays` logs is kept. */
async function openDays(options = '') {
  const url = `${await freshDatabase()}${options}`;
  const { sql, close } = openTestDatabase(url, 4);
  after(close);
  const clock = { aheadMs: noon - Date.now() };
  const db = createDatabase(sql, clock);
  const lines: string[] = [];
  const change = (keepDays = 30, daysAhead = 7) =>
    changeDays({ db, log: memoryLog((line) => lines.push(line)), keepDays, daysAhead });
  const days = async () => (await sql.unsafe(`select ${functionSchema('public')}.days_of_deliveries()`)).length;
  return { url, sql, db, clock, change, days, lines };
}

/** The partition of each message, oldest first. */
async function places(sql: Sql): Promise<string[]> {
  const rows = await sql`select tableoid::regclass::text as place from delivery order by requested_at`;
  return rows.map(({ place }) => String(place));
}

/** Inserts messages of a number at a time. */
async function insert(sql: Sql, at: string, { count = 1, phone = '+79160000000' } = {}): Promise<void> {
  await sql.unsafe(`with made as (insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, requested_at, useful_until, sent_at, is_repeat, reference)
    select ${messageId(at)}, 1, gen_random_uuid(), 'k', 6, '${phone}', 'RU', '+7916', 'ru', 'accepted', 'sms', 'one', ${at},
      ${at}, ${at}, false, gen_random_uuid()::text from generate_series(1, ${count}) n
      returning reference, provider, id, phone_number, requested_at)
    insert into message_reference (reference, provider, id, phone_number, recorded_at) select * from made`);
}

const at = (days: number) => `timestamptz '${new Date(noon + days * dayMs).toISOString()}'`;

test('the ids of a day are those of its partition, and an id agrees with the time of its request', async () => {
  const { sql, db, change, days } = await openDays();
  await change();
  assert.equal(await days(), 8, 'today and seven days');
  for (const time of ['2031-06-15T00:00:00.000Z', '2031-06-15T23:59:59.999Z', '2031-06-16T00:00:00.000Z'])
    await insert(sql, `timestamptz '${time}'`);
  await insert(sql, at(-1));
  await insert(sql, at(40));
  assert.deepEqual(await places(sql), [
    'delivery_rest',
    'delivery_20310615',
    'delivery_20310615',
    'delivery_20310616',
    'delivery_rest',
  ]);
  const schema = functionSchema('public');
  for (const time of [0, 1, 1_764_261_803_123, noon, Date.parse('9999-12-31T23:59:59.999Z')]) {
    const [row] = await sql.unsafe(`select ${schema}.least_id('${new Date(time).toISOString()}'::timestamptz) as id,
      ${schema}.id_at('${random.id()}', '${new Date(time).toISOString()}'::timestamptz) as made`);
    assert.equal(row!.id, leastId(new Date(time)));
    assert.match(row!.made, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    assert.equal(row!.made.slice(0, 13), row!.id.slice(0, 13));
  }
  await assert.rejects(db.sql`update delivery_20310615 set id = ${leastId(new Date(noon + dayMs))}`, { code: '23514' });
});

test('a message and its fallbacks get ids of the time of the request by the clock of the database', async () => {
  const app = await openApp();
  app.clock.turn(5 * 86_400);
  const phone = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: phone });
  const [row] = await app.sql`select id, requested_at from delivery where phone_number = ${phone}`;
  assert.equal(row!.id.slice(0, 13), leastId(row!.requested_at).slice(0, 13));
  assert.equal(random.idAtTimeOf(row!.id).slice(0, 15), row!.id.slice(0, 15));
});

test('processes at once add each day once, and a second call changes nothing', async () => {
  const { change, days, sql } = await openDays();
  await Promise.all([change(), change(), change(), change()]);
  assert.equal(await days(), 8);
  const before = await sql`select oid from pg_class where relname like 'delivery%' order by 1`;
  await change();
  assert.deepEqual(await sql`select oid from pg_class where relname like 'delivery%' order by 1`, before);
});

test('a day of which messages are outside of its partition already is left out, and others are added', async () => {
  const { sql, change, days, clock } = await openDays();
  await insert(sql, at(0));
  await change();
  assert.equal(await days(), 7);
  await insert(sql, at(0));
  await insert(sql, at(1));
  assert.deepEqual(await places(sql), ['delivery_rest', 'delivery_rest', 'delivery_20310616']);
  clock.aheadMs += 40 * dayMs;
  await change();
  for (let from = new Date(0), more = true; more; ) {
    const batch = await deleteOldDeliveries({ ...createDatabase(sql, clock) }, from, 30);
    more = batch.hasMore;
    from = batch.nextFrom ?? from;
  }
  assert.deepEqual(await places(sql), []);
});

test('a day is dropped when all of it is older than the days that are kept', async () => {
  const { sql, change, lines, clock } = await openDays();
  await change();
  for (const day of [0, 1, 2]) await insert(sql, at(day), { count: 3 });
  clock.aheadMs += 31 * dayMs;
  await change(30, 0);
  assert.deepEqual([...new Set(await places(sql))], ['delivery_20310616', 'delivery_20310617']);
  assert.ok(
    lines.some((line) => /^messages of a day dropped .*2031-06-15/.test(line)),
    lines.join('\n'),
  );
  assert.ok(!lines.some((line) => line.includes('2031-06-16')));
});

test('a drop waits for a lock no longer than a moment, so that sign-ins go on, and is repeated later', async () => {
  const { url, sql, change, lines, clock, db } = await openDays();
  await change();
  await insert(sql, at(0));
  clock.aheadMs += 31 * dayMs;
  const holder = openTestDatabase(url);
  after(holder.close);
  await holder.sql`begin`;
  await holder.sql`select from delivery where id = ${leastId(new Date(noon))}`;
  const changed = change(30, 0);
  // it comes to its turn although the lock that the drop waits for is held until the end
  const written = writeMessage(db);
  assert.deepEqual(await changed, { isLeft: true });
  await written;
  assert.ok(lines.some((line) => /^partition postponed .*2031-06-15/.test(line)));
  assert.equal((await sql`select from delivery_20310615`).length, 1);
  await holder.sql`commit`;
  assert.deepEqual(await change(30, 0), { isLeft: false });
  assert.equal((await sql`select to_regclass('delivery_20310615') as name`)[0]!.name, null);
});

test('a message that is written while its day gets a partition waits for it, and is written', async () => {
  const { url, sql, db } = await openDays();
  const adder = openTestDatabase(url);
  after(adder.close);
  await adder.sql`begin`;
  await adder.sql.unsafe(`select ${functionSchema('public')}.add_day('2031-06-15', now())`);
  const written = writeMessage(db);
  await waitForLock(sql);
  await adder.sql`commit`;
  await written;
  assert.deepEqual(await places(sql), ['delivery_20310615']);
});

/** Resolves when a statement of this database waits for a lock of a table. */
async function waitForLock(sql: Sql): Promise<void> {
  while (
    (await sql`select from pg_stat_activity where datname = current_database() and wait_event = 'relation'`).length ===
    0
  )
    await sleep(5);
}

test('an added day waits for a lock no longer than a moment, so that sign-ins go on, and is repeated later', async () => {
  const { url, change, days, lines, db } = await openDays();
  await change(3650, 0);
  const before = await days();
  const holder = openTestDatabase(url);
  after(holder.close);
  await holder.sql`begin`;
  await holder.sql`select from delivery_rest`;
  const changed = change(3650, 1);
  const written = writeMessage(db);
  assert.deepEqual(await changed, { isLeft: false });
  await written;
  assert.ok(lines.some((line) => /^partition postponed .*2031-06-16/.test(line)));
  assert.equal(await days(), before);
  await holder.sql`commit`;
  await change(3650, 1);
  assert.equal(await days(), before + 1);
});

/** Records a message as a request for a code does. */
function writeMessage(db: Database) {
  return db.call('request_code', requestOf(anyNumber()));
}

function requestOf(phone: string) {
  return {
    phone_number: phone,
    devices: [],
    asker: random.bytes(32),
    is_of_network: false,
    challenge_id: random.id(),
    key_ids: ['k'],
    code_length: 6,
    proofs: [random.bytes(32), random.bytes(32)],
    attempt: null,
    keys: ['sms:1'],
    names: ['network_messages'],
    quotas: [100_000],
    window: 3600,
    daily: new Json([]),
    is_test: false,
    spray_limit: 1000,
    block_keys: [],
    client_ip: '192.0.2.1',
    delivery: new Json({
      id: random.id(),
      country: 'RU',
      prefix: '+7916',
      language: 'ru',
      channel: 'sms',
      provider: 'one',
    }),
  };
}

test('a role that does not own the table writes beside the days, deletes by key, and the log says how to mend it', async () => {
  const { url, sql, lines, clock } = await openDays();
  const role = `sender_${random.word('abcdefgh', 8)}`;
  await sql.unsafe(
    `create role ${role}; grant select, insert, update, delete on all tables in schema public to ${role}`,
  );
  const own = openTestDatabase(url);
  after(own.close);
  await own.sql.unsafe(`set role ${role}`);
  const db = createDatabase(own.sql, clock);
  const log = memoryLog((line) => lines.push(line));
  for (let turn = 0; turn < 2; turn += 1)
    assert.deepEqual(await changeDays({ db, log, keepDays: 30, daysAhead: 7 }), { isLeft: false });
  assert.equal(lines.length, 1, 'once a process');
  assert.match(lines[0]!, /^messages not partitioned by day alter table delivery owner to/);
  await writeMessage(db);
  assert.deepEqual(await places(sql), ['delivery_rest']);
  clock.aheadMs += 31 * dayMs;
  assert.equal((await deleteOldDeliveries(db, new Date(0), 30)).deleted, 1);
  await sql.unsafe(`drop owned by ${role}; drop role ${role}`).simple();
});

test('a day of a published table is not dropped while it has messages, which are deleted by key instead', async () => {
  const { sql, db, change, clock, lines } = await openDays();
  await change();
  await insert(sql, at(0), { count: 2 });
  await sql`create publication other for table delivery`;
  clock.aheadMs += 31 * dayMs;
  assert.deepEqual(await change(30, 0), { isLeft: false });
  assert.ok(!lines.some((line) => line.includes('2031-06-15')));
  assert.equal((await deleteOldDeliveries(db, new Date(0), 30)).deleted, 2);
  await change(30, 0);
  assert.ok(lines.some((line) => /^messages of a day dropped .*2031-06-15/.test(line)));
});

/** A database with thirty days of messages, and the number of partitions that a statement scans or inserts into. */
async function openThirty() {
  const opened = await openDays();
  const { sql, change, clock } = opened;
  for (let day = -30; day <= 0; day += 10) {
    clock.aheadMs = noon - Date.now() + day * dayMs;
    await change(60, day === 0 ? 7 : 9);
  }
  const schema = functionSchema('public');
  const read = (text: string) =>
    sql.begin(async (transaction) => {
      const counts = async () => {
        const rows =
          await transaction`select relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0) + n_tup_ins as reads
          from pg_stat_xact_user_tables where relname like 'delivery%'`;
        return new Map(rows.map(({ relname, reads }) => [relname, Number(reads)]));
      };
      const before = await counts();
      await transaction.unsafe(text.replaceAll('vouch.', `${schema}.`));
      return [...(await counts())].filter(([name, reads]) => reads > (before.get(name) ?? 0)).length;
    }) as Promise<number>;
  return { ...opened, read };
}

test('with thirty days, what a sign-in does reads two of them at most, at noon and at midnight', async (t) => {
  const { sql, read, days } = await openThirty();
  assert.equal(await days(), 38);
  await insert(sql, at(-2), { count: 20 });
  const phone = "'+79160000000'";
  const id = leastId(new Date(noon - 2 * dayMs)).replace('-0000-', '-7000-');
  await sql`update delivery set id = ${id}, challenge_id = ${id}, reference = 'r' where id = (select id from delivery limit 1)`;
  await sql`update message_reference set id = ${id}, reference = 'r' where id = (select id from message_reference limit 1)`;
  for (const [place, now, most] of [
    ['noon', at(-2), 1],
    ['midnight', `timestamptz '${new Date(noon - 2.5 * dayMs).toISOString()}'`, 2],
  ] as const) {
    const calls = {
      has_delivery: `select vouch.has_delivery(${phone}, '${id}', ${now})`,
      undelivered_at: `select vouch.undelivered_at(${phone}, '${id}', ${now})`,
      tried_providers: `select vouch.tried_providers(${phone}, array['${id}']::uuid[], ${now})`,
      complete_all_deliveries: `select vouch.complete_all_deliveries(${phone}, '${id}', ${now})`,
      complete_only_delivery: `select vouch.complete_only_delivery(${phone}, '${id}', ${now})`,
      start_attempts: `select vouch.start_attempts(array[${phone}], array['${id}']::uuid[], array['one'], array['sms'], array[1]::smallint[],
        array[1]::bigint[], array['EUR'], ${now})`,
      finish_attempts: `select vouch.finish_attempts(array[${phone}], array['${id}']::uuid[], array['accepted'], array['r'], array[1]::smallint[],
        array[null], array[null], array[null]::uuid[], array['one'], array['sms'], array[1]::smallint[],
        array[1]::bigint[], array['EUR'], ${now})`,
      message_state: `select vouch.message_state(${phone}, '${id}', ${now})`,
      take_over: `select vouch.take_over(${phone}, '${id}', ${now})`,
      claim_abandoned: `select vouch.claim_abandoned(50, 43200, ${now})`,
      queued_messages: `select vouch.queued_messages(9, ${now})`,
    };
    for (const [name, text] of Object.entries(calls)) {
      // a plan for all values would come with the sixth call
      for (let turn = 0; turn < 7; turn += 1) {
        const count = await read(text);
        const bound = name === 'claim_abandoned' || name === 'queued_messages' ? 2 : most;
        assert.ok(count >= 1 && count <= bound, `${name} at ${place} reads ${count}`);
      }
    }
    t.diagnostic(`${place}: ${Object.keys(calls).length} functions`);
  }
  const request = `vouch.request_code('+79160000001', '{}', sha256('a'), false, gen_random_uuid(), array['k'], 6::smallint, array[sha256('p')], null, array['a'],
    array['a'], array[9], 3600, '[]', false, 9, '{}', '192.0.2.1', '{"id":"${random.id()}","country":"RU","prefix":"+7","language":"ru","channel":"sms","provider":"one"}', `;
  assert.equal(await read(`select ${request}${at(-2)})`), 1);
  assert.equal(await read(`select ${request}${at(-1.99999)})`), 1);
  const receipt = (reference: string, now: string) =>
    read(`select vouch.record_receipts(array['${reference}'], 'one', array['delivered'], array[null], ${now})`);
  assert.equal(await receipt('r', at(-2)), 1);
  assert.equal(await receipt('r', at(-1)), 1);
  assert.equal(await receipt('unknown', at(0)), 0);
  assert.equal(await read(`select vouch.recent_outcomes(9, '[{"provider":"one","country":"RU"}]', 60, ${at(0)})`), 8);
});

test('a receipt is applied for three days', async () => {
  const { sql, change, db, clock } = await openDays();
  await change();
  await insert(sql, at(0), { count: 2 });
  const references = (await sql`select reference from delivery`).map(({ reference }) => String(reference));
  const receipt = (reference: string) =>
    db.call('record_receipts', { references: [reference], provider: 'one', states: ['delivered'], reasons: [null] });
  clock.aheadMs += 3 * dayMs - 60_000;
  assert.equal((await receipt(references[0]!)).length, 1);
  clock.aheadMs += 120_000;
  assert.equal((await receipt(references[1]!)).length, 0);
});

test('the messages of a number are found by its index in a day that has no statistics yet', async () => {
  const { sql, change } = await openDays();
  await change();
  await sql`alter table delivery_20310615 set (autovacuum_enabled = off)`;
  await sql.unsafe(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, requested_at, useful_until, is_repeat)
    select ${messageId(`(${at(0)} + n * interval '0.5 s')`)}, 1, gen_random_uuid(), 'k', 6, '+' || n, 'RU', '', 'ru', 'accepted', 'sms',
      'one', ${at(0)} + n * interval '0.5 s', ${at(0)}, false from generate_series(1, 20000) n`);
  const plan =
    await sql`explain select from delivery d where d.phone_number = '+7' and d.id >= ${leastId(new Date(noon))}::uuid
    and d.id < ${leastId(new Date(noon + 3_600_000))}::uuid and d.challenge_id = ${random.id()}::uuid`;
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(text, /Index (?:Only )?Scan using delivery_20310615_pkey/);
});

test('the erasure of an account reaches the messages of all days', async () => {
  const { sql, db, change } = await openDays();
  await change();
  for (const day of [-40, 0, 3, 400]) await insert(sql, at(day), { phone: '+79160000009' });
  await db.sql.unsafe(`select ${functionSchema('public')}.anonymize_deliveries('+79160000009')`);
  assert.equal((await sql`select from delivery where phone_number <> ''`).length, 0);
  assert.equal((await sql`select from delivery`).length, 4);
});

/** 300,000 for the figures of docs/decisions/041-deliveries-by-day.md. */
const dayRows = Number(process.env.DAY_ROWS ?? 5000);

deepTest('a day is dropped beside sign-ins, none of which fails; the same rows are deleted by key', async (t) => {
  const app = await openApp({ networkMessagesPerHour: 100_000 });
  const { sql, close } = openTestDatabase(app.databaseUrl, 2);
  after(close);
  await sql`set statement_timeout = 0`;
  const log = memoryLog(() => {});
  const at = (days: number) => createDatabase(sql, { aheadMs: -days * dayMs });
  await changeDays({ db: at(42), log, keepDays: 30, daysAhead: 1 });
  for (const days of [42, 41]) {
    await sql.unsafe(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, requested_at, useful_until, sent_at, is_repeat, reference)
      select ${messageId('moment')}, 1, gen_random_uuid(), 'k', 6, '+7' || n, 'RU', '+7916', 'ru', 'accepted', 'sms', 'one', moment,
        moment, moment, false, gen_random_uuid()::text from generate_series(1, ${dayRows}) n, lateral (select date_trunc('day', now(), 'utc')
          - interval '${days} days' + n * interval '86399 s' / ${dayRows} as moment) m`);
  }
  const waits: number[] = [];
  let isOver = false;
  const signIns = Promise.all(
    [1, 2].map(async () => {
      while (!isOver) {
        const start = performance.now();
        await app.signIn(anyNumber());
        waits.push(performance.now() - start);
      }
    }),
  );
  const measured = async (what: string, run: () => Promise<unknown>) => {
    const [start, first] = [performance.now(), waits.length];
    await run();
    const during = waits.slice(first);
    t.diagnostic(
      `${what}: ${(performance.now() - start).toFixed(0)} ms, ${during.length} sign-ins, longest ${Math.max(0, ...during).toFixed(0)} ms`,
    );
  };
  await measured(`deletion of ${dayRows} rows by key`, async () => {
    for (let from = new Date(0), more = true; more; ) {
      const batch = await deleteOldDeliveries(at(0), from, 41);
      more = batch.hasMore;
      from = batch.nextFrom ?? from;
    }
  });
  assert.equal((await sql`select from delivery where requested_at < now() - interval '30 days'`).length, dayRows);
  await measured('nothing', () => new Promise((resolve) => setTimeout(resolve, 300)));
  await measured(`drop of ${dayRows} rows, and of the partition of the others`, async () => {
    for (let isLeft = true; isLeft; ) ({ isLeft } = await changeDays({ db: at(0), log, keepDays: 30, daysAhead: 0 }));
  });
  isOver = true;
  await signIns;
  assert.equal((await sql`select from delivery where requested_at < now() - interval '30 days'`).length, 0);
  assert.ok(waits.length > 3);
});

test('the start makes the partitions of today and tomorrow, the clean-up those of two days ahead', async () => {
  const databaseUrl = await freshDatabase({ migrated: false });
  const log = memoryLog(() => {}) as never;
  const never = new AbortController().signal;
  const config = { databaseUrl, databasePooler: 'none', dataDir: '', sms: { deliveriesKeepDays: 30 } };
  const { db, close } = await startPrimary(config as never, log, {
    connections: 2,
    others: 0,
    shutdown: { requested: never, forced: never } as never,
  });
  const days = async () => (await db.sql`select from pg_inherits where inhparent = 'delivery'::regclass`).length - 1;
  assert.equal(await days(), 2);
  const sessionLife = { idleSeconds: 1, lifetimeSeconds: 1 };
  await cleanUp({ db, sessionLife, log, deliveriesKeepDays: 30, auditKeepDays: 400 } as never, never);
  assert.equal(await days(), 3);
  await close();
});
