import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { cooldownSeconds, failuresToOpen, maxCooldownSeconds } from '../src/routing/breaker.ts';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);
beforeEach(() => query('delete from delivery; delete from early_receipt; delete from breaker'));

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

/** Ids of the minute before the present, which is that of most messages. */
const idOf = (id: number) => `019b796c-eba0-7000-8000-00000000000${id}`;

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

/** Messages whose leases ended, each by its id and state, the first the longest ago. */
async function abandoned(...messages: [id: number, state: 'waiting' | 'sending', columns?: Record<string, string>][]) {
  for (const [at, [id, state, columns]] of messages.entries()) {
    await given(id, { state: `'${state}'`, reference: 'null', leased_until: ago(20 - at), ...columns });
  }
}

const claim = async (max: number) => (await news(`claim_abandoned(${max}, 3600)`)).map(([message]) => message);

test('a message that was never sent is taken over under a new lease, with what was tried before', async () => {
  await abandoned([1, 'waiting', { provider: "'three'", attempt: '3' }]);
  await given(2, { requested_at: ago(70), provider: "'two'" });
  await given(3, { requested_at: ago(80), challenge_id: `'${idOf(9)}'` });
  await given(4, { requested_at: ago(80), phone_number: "'+79160000001'" });
  await given(5, { requested_at: ago(70), provider: "'four'", attempt: '2' });
  await given(6, { requested_at: ago(75) });
  assert.deepEqual(await claim(10), [
    {
      id: idOf(1),
      attempt: 3,
      challengeId: idOf(0),
      keyId: 'key',
      codeLength: 6,
      phoneNumber: '+79160000000',
      country: 'RU',
      language: 'ru',
      state: 'waiting',
      provider: 'three',
      channel: 'sms',
      expiresIn: 500,
      tried: ['one', 'two', 'four'],
    },
  ]);
  const [row] = await query('select state, reason, leased_until from delivery where leased_until is not null');
  assert.deepEqual([row!.state, row!.reason, agoOf(row!.leased_until)], ['waiting', null, -6]);
  assert.deepEqual(await claim(10), [], 'its lease has just begun');
});

test('a message that is being sent becomes unknown, and one without use or a number is dropped', async () => {
  await abandoned(
    [1, 'sending', { useful_until: ago(1) }],
    [2, 'waiting', { useful_until: ago(0) }],
    [3, 'waiting', { phone_number: 'null' }],
    [4, 'waiting', { leased_until: ago(0) }],
  );
  const claimed = (await claim(10)) as { id: string; state: string; tried: string[] }[];
  assert.deepEqual(
    claimed.map(({ id, state, tried }) => [id, state, tried]),
    [
      [idOf(1), 'unknown', []],
      [idOf(2), 'dropped', []],
      [idOf(3), 'dropped', []],
    ],
  );
  const rows = await query('select state, error, reason, leased_until is null as is_free from delivery order by id');
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ['unknown', 'unknown', 'whoever sent it ended before it was known', true],
      ['dropped', null, 'too late for its code', true],
      ['dropped', null, null, true],
      ['waiting', null, null, false],
    ],
  );
});

test('the longest abandoned are taken over first, and what another process holds is passed over', async () => {
  await abandoned([3, 'waiting'], [1, 'waiting'], [2, 'waiting']);
  const ids = async (max: number) => ((await claim(max)) as { id: string }[]).map(({ id }) => id);
  assert.deepEqual(await ids(1), [idOf(3)]);
  const held = `select from delivery where id = '${idOf(1)}' for update`;
  const claimed = await meanwhile(held, `select * from vouch.claim_abandoned(10, 3600, ${ago(0)})`);
  assert.equal(claimed.message.id, idOf(2));
  assert.deepEqual(await ids(10), [idOf(1)]);
});

const fail = (provider = 'one') =>
  call(`count_failure('${provider}', 'HTTP 503', ${failuresToOpen}, ${cooldownSeconds}, ${maxCooldownSeconds})`);
/** The seconds for which the breaker of a provider stays open. */
async function openFor() {
  const [row] = await query("select open_until from breaker where provider = 'one'");
  return row?.open_until && 0 - agoOf(row.open_until)!;
}

test('a breaker opens at the third failure in a row, and failures while it is open prolong nothing', async () => {
  for (const failures of [1, 2]) assert.deepEqual({ ...(await fail()) }, { failures, state: 'closed' });
  assert.equal(await openFor(), null);
  assert.deepEqual({ ...(await fail()) }, { failures: 3, state: 'open' });
  await query(`update breaker set open_until = ${ago(-4)}`);
  assert.deepEqual({ ...(await fail()) }, { failures: 4, state: 'open' });
  assert.equal(await openFor(), 4);
  assert.deepEqual({ ...(await fail('two')) }, { failures: 1, state: 'closed' });
  const read = async (max: number) => (await news(`read_breakers(${max})`)).map((row) => row.join());
  assert.deepEqual(await read(10), ['one,4,open,HTTP 503', 'two,1,closed,HTTP 503']);
  assert.deepEqual(await read(1), ['one,4,open,HTTP 503']);
  await query(`update breaker set open_until = ${ago(0)}, failures = 1000000 where provider = 'one'`);
  assert.deepEqual(await read(1), ['one,1000000,half-open,HTTP 503']);
  assert.equal((await fail()).failures, 1_000_000, 'it counts no further');
  const [row] = await query("select openings, changed_at, reason from breaker where provider = 'one'");
  assert.deepEqual([row!.openings, agoOf(row!.changed_at), row!.reason], [2, 0, 'HTTP 503']);
});

test('each cooldown in a row is twice as long, up to five minutes, and a recovery forgets them', async () => {
  const cooldowns = [];
  for (let opening = 0; opening < 12; opening += 1) {
    await query(`update breaker set open_until = ${ago(1)} where open_until is not null`);
    for (let failures = 0; failures < (opening === 0 ? 3 : 1); failures += 1) await fail();
    cooldowns.push(await openFor());
  }
  assert.deepEqual(cooldowns, [10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300]);
  await fail('two');
  await query(`select vouch.reset_breaker('one', ${ago(0)})`);
  assert.deepEqual({ ...(await fail()) }, { failures: 1, state: 'closed' });
  assert.equal((await fail('two')).failures, 2);
});

test('one of two processes claims the probe of a half-open breaker, and releases it if nothing was decided', async () => {
  const claimed = async () => (await call(`claim_probe('one', ${cooldownSeconds})`)).is_claimed;
  const release = () => query(`select vouch.release_probe('one', ${ago(0)})`);
  assert.equal(await claimed(), false, 'it is closed');
  for (let failures = 0; failures < 3; failures += 1) for (const provider of ['one', 'two']) await fail(provider);
  assert.equal(await claimed(), false, 'it is open');
  await release();
  const probe = `select vouch.claim_probe('one', ${cooldownSeconds}, ${ago(0)}) as is_claimed`;
  assert.equal((await meanwhile(probe, probe)).is_claimed, false);
  assert.equal(await openFor(), cooldownSeconds);
  await release();
  assert.equal(await openFor(), 0);
  await query(`update breaker set open_until = ${ago(2)} where provider = 'one'`);
  await release();
  assert.equal(await openFor(), -2, 'it is half-open anyhow');
  assert.equal(await claimed(), true);
  const [two] = await query("select open_until from breaker where provider = 'two'");
  assert.equal(agoOf(two!.open_until), -10);
});

test('outcomes commit asynchronously, and those with an attempt that follows do not', async () => {
  await given(1, { state: "'sending'", reference: 'null', leased_until: ago(-10) });
  const finish = (next: string) => `select vouch.finish_attempts(array['${idOf(1)}', '${idOf(2)}']::uuid[],
    '{failed,failed}', '{null,null}', '{null,null}', '{refused,refused}', '{a,b}', array[${next}]::uuid[], '{two,two}',
    '{sms,sms}', '{1,1}', '{null,null}', '{null,null}', ${ago(0)})`;
  const commit = async () => (await query('show synchronous_commit'))[0]!.synchronous_commit;
  // the server of the tests commits nothing durably
  await query('set synchronous_commit = on');
  for (const [next, expected] of [
    ['null, null', 'off'],
    [`null, '${idOf(3)}'`, 'on'],
    [`'${idOf(3)}', null`, 'on'],
  ] as const) {
    await query('begin');
    await query(finish(next));
    assert.equal(await commit(), expected, next);
    await query('rollback');
    assert.equal(await commit(), 'on');
  }
});
