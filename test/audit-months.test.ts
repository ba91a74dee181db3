import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Sql } from 'postgres';
import { changeMonths } from '../src/audit/months-store.ts';
import { sealEvents } from '../src/audit/seal-store.ts';
import { createDatabase } from '../src/db/database.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { openTestDatabase } from './support/create-database.ts';
import { memoryLog } from './support/embedded-database.ts';
import { freshDatabase } from './support/harness.ts';

const noon = Date.parse('2031-06-15T12:00:00Z');
const keys = secretKeys(['k'.repeat(32)]);

async function openMonths() {
  const { sql, close } = openTestDatabase(await freshDatabase(), 2);
  after(close);
  const clock = { aheadMs: noon - Date.now() };
  const db = createDatabase(sql, clock);
  const lines: string[] = [];
  const change = (keepDays = 400, monthsAhead = 1) =>
    changeMonths({ db, log: memoryLog((line) => lines.push(line)), keepDays, monthsAhead });
  return { sql, db, clock, change, lines };
}

const insert = (sql: Sql, at: string) =>
  sql`insert into audit_event (at, event, result, device) values (${at}::text::timestamptz, 'signed_in', 'failed', ${at})`;
const places = async (sql: Sql) =>
  (await sql`select tableoid::regclass::text as place, at from audit_event order by at`).map(({ place }) => place);
const devices = async (sql: Sql) => (await sql`select device from audit_event order by at`).map(({ device }) => device);

test('each month of UTC is a partition, and an event of no month is recorded all the same', async () => {
  const { sql, change } = await openMonths();
  await change();
  for (const at of ['2031-05-31T23:59:59.999Z', '2031-06-01T00:00Z', '2031-07-31T23:59:59.999Z', '2031-08-01T00:00Z'])
    await insert(sql, at);
  assert.deepEqual(await places(sql), [
    'audit_event_rest',
    'audit_event_203106',
    'audit_event_203107',
    'audit_event_rest',
  ]);
  await change();
  assert.equal((await places(sql)).length, 4, 'and again nothing changes');
});

test('the trail is kept for AUDIT_KEEP_DAYS, and dropped by whole months with its seals', async () => {
  const { sql, db, clock, change, lines } = await openMonths();
  await change();
  await insert(sql, '2031-05-31T23:00Z');
  await insert(sql, '2031-06-30T23:00Z');
  await insert(sql, '2031-07-01T01:00Z');
  for (let sealed = 0; sealed < 3; ) sealed += await sealEvents(db, keys);
  clock.aheadMs = Date.parse('2031-07-31T12:00:00Z') - Date.now();
  await change(31);
  assert.deepEqual(
    await devices(sql),
    ['2031-06-30T23:00Z', '2031-07-01T01:00Z'],
    'the last day of June is 31 days old',
  );
  clock.aheadMs = Date.parse('2031-08-01T12:00:00Z') - Date.now();
  await change(31);
  assert.deepEqual(await devices(sql), ['2031-07-01T01:00Z']);
  const months = await sql`select distinct month::text as month from audit_seal`;
  assert.deepEqual([...months], [{ month: '2031-07-01' }]);
  assert.deepEqual([...(await sql`select month::text as month from audit_month`)], [{ month: '2031-07-01' }]);
  assert.deepEqual(
    lines.filter((line) => line.includes('dropped') && line.includes('2031')),
    ['audit trail of a month dropped 2031-05-01', 'audit trail of a month dropped 2031-06-01'],
  );
});

test('a month of which an event is in the default partition gets none, since the event cannot move', async () => {
  const { sql, change } = await openMonths();
  await insert(sql, '2031-06-10T00:00Z');
  await change();
  await insert(sql, '2031-06-11T00:00Z');
  assert.deepEqual(await places(sql), ['audit_event_rest', 'audit_event_rest']);
});

test('a month whose locks are taken waits for the next time', async () => {
  const { sql, change, lines } = await openMonths();
  await sql.begin(async (transaction) => {
    await insert(transaction as never, '2031-06-10T00:00Z');
    await change();
  });
  assert.match(lines[0]!, /^partition postponed/);
  await sql`truncate audit_event`;
  await change();
  await insert(sql, '2031-06-11T00:00Z');
  assert.deepEqual(await places(sql), ['audit_event_203106']);
});
