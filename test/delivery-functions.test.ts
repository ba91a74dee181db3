import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';

const { query, meanwhile, close } = await openFunctions();
after(close);
beforeEach(() => query('delete from delivery; delete from early_receipt'));

/** A message by the provider `one` that was accepted 50 s ago, with these columns changed, as SQL. */
async function given(id: number, columns: Record<string, string> = {}) {
  const row = {
    id: `'${idOf(id)}'`,
    attempt: '1',
    challenge_id: `'${idOf(0)}'`,
    key_id: "'key'",
    code_length: '6',
    phone_number: "'+79160000000'",
    country: "'RU'",
    prefix: "'+7916'",
    language: "'ru'",
    state: "'accepted'",
    channel: "'sms'",
    provider: "'one'",
    reference: `'r${id}'`,
    requested_at: ago(60),
    useful_until: ago(-500),
    sent_at: ago(50),
    is_repeat: 'false',
    ...columns,
  };
  await query(`insert into delivery (${Object.keys(row)}) values (${Object.values(row)})`);
}

const idOf = (id: number) => `00000000-0000-4000-8000-00000000000${id}`;

/** A message with the columns that a receipt writes; times as seconds before the present. */
async function message(id: number) {
  const [row] = await query(
    `select state, delivered_at, failed_at, error, reason from delivery where id = '${idOf(id)}'`,
  );
  const { state, delivered_at, failed_at, error, reason } = row!;
  return [state, agoOf(delivered_at), agoOf(failed_at), error, reason];
}

const news = async (text: string) =>
  (await query(`select * from vouch.${text.slice(0, -1)}, ${ago(0)})`)).map((row) => Object.values(row));
const tell = (reference: string, state: string, reason: string | null = null) =>
  news(`record_receipts(array['${reference}'], 'one', array['${state}'], array[${reason && `'${reason}'`}]::text[])`);
const early = async () =>
  (await query('select provider, reference, state, reason from early_receipt order by 1, 2, 3')).map((row) =>
    Object.values(row).join(),
  );

test('a receipt is news once, with the seconds since the attempt', async () => {
  await given(1);
  await given(2);
  assert.deepEqual(await tell('r1', 'delivered'), [['delivered', 50]]);
  assert.deepEqual(await message(1), ['delivered', 0, null, null, null]);
  assert.deepEqual(await tell('r1', 'delivered'), []);
  assert.deepEqual(await message(2), ['accepted', null, null, null, null]);
  assert.deepEqual(await early(), []);
});

test('what failed may arrive after all, and what arrived is not taken back', async () => {
  await given(1);
  assert.deepEqual(await tell('r1', 'failed', 'absent'), [['failed', 50]]);
  assert.deepEqual(await message(1), ['failed', null, 0, 'rejected', 'absent']);
  await query(`update delivery set failed_at = ${ago(5)}`);
  assert.deepEqual(await tell('r1', 'failed'), []);
  assert.deepEqual(await message(1), ['failed', null, 5, 'rejected', 'it did not arrive']);
  assert.deepEqual(await tell('r1', 'delivered'), [['delivered', 50]]);
  assert.deepEqual(await message(1), ['delivered', 0, null, null, null]);
  await query(`update delivery set delivered_at = ${ago(3)}`);
  assert.deepEqual(await tell('r1', 'failed', 'absent'), []);
  assert.deepEqual(await tell('r1', 'delivered'), []);
  assert.deepEqual(await message(1), ['delivered', 3, null, null, null]);
});

test('a message that was given up as unknown gets its receipt, and a dropped one does not', async () => {
  await given(1, { state: "'unknown'", error: "'unknown'", reason: "'a reason'" });
  await given(2, { state: "'dropped'", sent_at: 'null' });
  assert.deepEqual(await tell('r1', 'delivered'), [['delivered', 50]]);
  assert.deepEqual(await message(1), ['delivered', 0, null, null, null]);
  for (const state of ['delivered', 'failed']) assert.deepEqual(await tell('r2', state), []);
  assert.deepEqual(await message(2), ['dropped', null, null, null, null]);
  assert.deepEqual(await early(), []);
});

test('of receipts of one reference in one call the delivered one counts, and a long reason is cut', async () => {
  await given(1);
  await given(2, { sent_at: 'null' });
  const told = await news(
    `record_receipts('{r2,r1,r1,r3,r3}', 'one', '{failed,failed,delivered,delivered,failed}', array['${'x'.repeat(201)}', 'a', null, null, 'b'])`,
  );
  assert.deepEqual(told, [
    ['delivered', 50],
    ['failed', null],
  ]);
  assert.deepEqual(await message(1), ['delivered', 0, null, null, null]);
  assert.deepEqual(await message(2), ['failed', null, 0, 'rejected', 'x'.repeat(200)]);
  assert.deepEqual(await early(), ['one,r3,delivered,b']);
});

test('a receipt is for its provider alone, and for all messages of its reference', async () => {
  await given(1, { provider: "'two'" });
  assert.deepEqual(await tell('r1', 'failed', 'absent'), []);
  assert.deepEqual(await early(), ['one,r1,failed,absent']);
  assert.deepEqual(await message(1), ['accepted', null, null, null, null]);
  await given(2, { reference: "'same'" });
  await given(3, { reference: "'same'" });
  assert.equal((await tell('same', 'delivered')).length, 2);
});

test('a receipt that came early is applied once its reference is recorded, delivered before failed', async () => {
  for (const state of ['failed', 'delivered', 'failed']) await tell('r1', state, state === 'failed' ? 'absent' : null);
  await tell('r2', 'failed', 'absent');
  await query("insert into early_receipt select 'two', reference, state, reason, received_at from early_receipt");
  assert.deepEqual(await news("apply_early_receipts('one')"), []);
  assert.equal((await early()).length, 6);
  await given(1);
  await given(2);
  assert.deepEqual(await news("apply_early_receipts('one')"), [
    ['delivered', 50],
    ['failed', 50],
  ]);
  assert.deepEqual(await message(1), ['delivered', 0, null, null, null]);
  assert.deepEqual(await message(2), ['failed', null, 0, 'rejected', 'absent']);
  assert.deepEqual(await early(), ['two,r1,delivered,', 'two,r1,failed,absent', 'two,r2,failed,absent']);
  await query(`insert into early_receipt values ('one', 'r1', 'failed', null, ${ago(0)})`);
  assert.deepEqual(await news("apply_early_receipts('one')"), [], 'it is no news');
  assert.equal((await early()).length, 3);
});

test('an early receipt is applied by one of two processes', async () => {
  await given(1);
  await query(`insert into early_receipt values ('one', 'r1', 'delivered', null, ${ago(0)})`);
  const taken = await meanwhile(
    "select vouch.take_early_receipt('one', 'r1')",
    "select * from vouch.take_early_receipt('one', 'r1')",
  );
  assert.deepEqual({ ...taken }, { state: null, reason: null });
  assert.deepEqual(await message(1), ['accepted', null, null, null, null]);
  assert.deepEqual(await news("apply_early_receipts('one')"), []);
});

test('an early receipt waits for an hour', async () => {
  for (const [reference, seconds] of [
    ['old', 3601],
    ['young', 3599],
    ['r1', 3700],
  ] as const) {
    await query(`insert into early_receipt values ('one', '${reference}', 'failed', null, ${ago(seconds)})`);
  }
  await query(`insert into early_receipt values ('two', 'old', 'failed', null, ${ago(3700)})`);
  await given(1);
  assert.deepEqual(await news("apply_early_receipts('one')"), [['failed', 50]]);
  assert.deepEqual(await early(), ['one,young,failed,', 'two,old,failed,']);
});
