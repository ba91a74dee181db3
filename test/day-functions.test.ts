import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { openTestDatabase } from './support/create-database.ts';
import { ago, openFunctions } from './support/function-calls.ts';

const { query, url, close } = await openFunctions();
const other = openTestDatabase(url);
after(async () => {
  await other.close();
  await close();
});

/** A day that is far from those of the migration. */
const day = '2031-06-15';
const result = async (text: string) => (await query(`select vouch.${text} as value`))[0]!.value;
const add = (date = day) => result(`add_day('${date}', ${ago(0)})`);
const drop = (date = day) => result(`drop_day('${date}', ${ago(0)})`);
const days = async () =>
  (await query('select d::text as day from vouch.days_of_deliveries() d')).map((row) => String(row.day));
const least = (time: string) => `vouch.least_id('${time}Z')`;
const insert = (messageId: string, table = 'delivery') =>
  query(`insert into ${table} (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, requested_at, useful_until, is_repeat)
    values (${messageId}, 1, gen_random_uuid(), 'key', 6, '+12', 'RU', '+1', 'ru', 'accepted', 'sms', 'one', ${ago(0)},
      ${ago(0)}, false)`);

/** No day, and no message. */
async function clear() {
  await query('truncate delivery');
  for (const date of await days()) assert.equal(await drop(date), true);
  assert.deepEqual(await days(), []);
}

test('the days are those of the partitions of messages, in their order', async () => {
  await clear();
  for (const date of ['2031-06-16', day]) assert.equal(await add(date), true);
  await query('create table other (id uuid) partition by list (id)');
  await query('create table delivery_20310617 partition of other default');
  assert.deepEqual(await days(), [day, '2031-06-16']);
  assert.equal(await add('2031-06-17'), false, 'a table of that name is no partition');
  await query('drop table other');
});

test('a day is added once, with the ids from its first millisecond to its last', async () => {
  await clear();
  assert.equal(await add(), true);
  assert.equal(await add(), false);
  await insert(least('2031-06-15 00:00'));
  await insert(least('2031-06-15 23:59:59.999'));
  await insert(least('2031-06-14 23:59:59.999'));
  await insert(least('2031-06-16 00:00'));
  const [row] = await query(`select count(*)::int as count from delivery_20310615`);
  assert.equal(row!.count, 2);
});

test('a day of which a message is outside of all days is not added, and its neighbours are', async () => {
  await clear();
  for (const time of ['2031-06-15 00:00', '2031-06-15 23:59:59.999']) {
    await query('truncate delivery');
    await insert(least(time));
    assert.equal(await add(), false, time);
    assert.deepEqual(await days(), []);
  }
  for (const time of ['2031-06-14 23:59:59.999', '2031-06-16 00:00']) {
    await query('truncate delivery');
    await insert(least(time));
    assert.equal(await add(), true, time);
    assert.equal(await drop(), true);
  }
});

test('no day is added while there is much outside of all days', async () => {
  await clear();
  const limit = async (bytes: string) =>
    query(`create or replace function vouch.max_rest() returns bigint language sql immutable return ${bytes}`);
  assert.equal(Number(await result('max_rest()')), 64 * 1024 * 1024);
  await insert(least('2031-01-01'));
  const [row] = await query("select pg_relation_size('delivery_rest')::int as bytes");
  await limit(`${row!.bytes - 1}`);
  assert.equal(await add(), false);
  await limit(row!.bytes);
  assert.equal(await add(), true);
  await limit('64 * 1024 * 1024');
});

test('one process after the other changes the days, each waiting for a moment only', async () => {
  await clear();
  await other.sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(7380271944)`;
    await assert.rejects(add(), { code: '55P03' });
    await assert.rejects(drop(), { code: '55P03' });
  });
  assert.equal(await add(), true);
  const [row] = await query('show lock_timeout');
  assert.notEqual(row!.lock_timeout, '200ms', 'the next transaction may wait');
});

test('a message that is on its way is waited for before its day is added', async () => {
  await clear();
  await other.sql.begin(async (transaction) => {
    await transaction`update delivery set state = 'failed'`;
    await assert.rejects(add(), { code: '55P03' });
  });
  assert.deepEqual(await days(), []);
});

test('a day is dropped with its messages, unless it is replicated: then it has to be empty', async () => {
  await clear();
  assert.equal(await drop(), false, 'there is none');
  await add();
  await insert(least('2031-06-15 12:00'));
  assert.equal(await drop(), true);
  assert.deepEqual((await query('select from delivery')).length, 0);
  for (const how of ['', ' with (publish_via_partition_root = true)']) {
    await add();
    await query(`create publication copy for table delivery${how}`);
    await insert(least('2031-06-15 12:00'));
    assert.equal(await drop(), false);
    await query('delete from delivery');
    assert.equal(await drop(), true);
    await query('drop publication copy');
  }
  await query('create publication copy for table account');
  await add();
  await insert(least('2031-06-15 12:00'));
  assert.equal(await drop(), true, 'another table is replicated');
  await query('drop publication copy');
  await query('create schema elsewhere');
  await query('create table elsewhere.delivery (id int); create table elsewhere.delivery_20310615 (id int)');
  await query('create publication copy for tables in schema elsewhere');
  await add();
  await insert(least('2031-06-15 12:00'));
  assert.equal(await drop(), true, 'a table of that name in another schema');
  await query('drop publication copy');
  await query('drop schema elsewhere cascade');
});

test('the days to add are today and the next ones, those to drop are older than the kept ones', async () => {
  await clear();
  const change = async (time: string, ahead: number, kept: number) =>
    (await query(`select day, is_over from vouch.days_to_change(${ahead}, ${kept}, '${time}Z')`)).map((row) => [
      row.day,
      row.is_over,
    ]);
  await query("set time zone 'Pacific/Kiritimati'");
  assert.deepEqual(await change('2031-06-15 23:59:59', 1, 2), [
    ['2031-06-15', false],
    ['2031-06-16', false],
  ]);
  assert.deepEqual(await change('2031-06-15', 0, 2), [['2031-06-15', false]]);
  assert.equal(await add('2031-06-16'), true);
  assert.deepEqual(await change('2031-06-15', 1, 2), [['2031-06-15', false]]);
  assert.equal(await drop('2031-06-16'), true);
  for (const date of [day, '2031-06-12', '2031-06-13']) assert.equal(await add(date), true);
  assert.deepEqual(await change('2031-06-15 23:59:59', 1, 2), [
    ['2031-06-16', false],
    ['2031-06-12', true],
  ]);
  assert.deepEqual(await change('2031-06-16 00:00', 0, 2), [
    ['2031-06-16', false],
    ['2031-06-12', true],
    ['2031-06-13', true],
  ]);
  await query('reset time zone');
});

test('days are changed by a role that owns the table and may create in its schema', async (t) => {
  const role = `days_${randomBytes(4).toString('hex')}`;
  const [owner] = await query("select relowner::regrole::text as name from pg_class where oid = 'delivery'::regclass");
  const [schema] = await query("select split_part('vouch.x', '.', 1) as name");
  await query(`create role ${role}; grant usage on schema ${schema!.name} to ${role}`);
  await query('revoke create on schema public from public');
  t.after(() => query(`reset role; drop owned by ${role}; drop role ${role}`));
  const may = async () => {
    await query(`set role ${role}`);
    const is = await result(`may_partition(${ago(0)})`);
    await query('reset role');
    return is;
  };
  assert.equal(await may(), false);
  await query(`grant create on schema public to ${role}`);
  assert.equal(await may(), false);
  await query(`grant ${owner!.name} to ${role} with inherit true`).catch(() =>
    query(`grant ${owner!.name} to ${role}`),
  );
  assert.equal(await may(), true);
});
