import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { cooldownSeconds, failuresToOpen, maxCooldownSeconds } from '../src/routing/breaker.ts';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);
beforeEach(() =>
  query('delete from delivery; delete from message_reference; delete from early_receipt; delete from breaker'),
);

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
  await query(`with made as (insert into delivery (${Object.keys(row)}) values (${Object.values(row)}) returning *)
    insert into message_reference (reference, provider, id, phone_number, recorded_at)
      select reference, provider, id, phone_number, requested_at from made where reference is not null on conflict do nothing`);
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

test('of two receipts at once the second sees the first, and what arrived is not taken back', async () => {
  await given(1);
  const receipt = (state: string) =>
    `select * from vouch.record_receipts('{r1}', 'one', '{${state}}', '{null}', ${ago(0)})`;
  assert.equal(await meanwhile(receipt('delivered'), receipt('failed')), undefined);
  assert.deepEqual(await message(1), ['delivered', 0, null, null, null]);
});

test('a reference is kept once for a message, and gets another number alone', async () => {
  await query('delete from message_reference');
  for (const reference of ['a', 'b', 'a']) {
    for (const provider of ['one', 'two']) {
      for (const id of [1, 2]) {
        await query(`select vouch.insert_reference('${reference}', '${provider}', '+1', '${idOf(id)}', ${ago(0)})`);
      }
    }
  }
  assert.equal((await query('select from message_reference')).length, 8);
  await query(`select vouch.renumber_reference('a', 'one', '${idOf(1)}', '+2')`);
  const rows = await query("select reference, provider, id::text from message_reference where phone_number = '+2'");
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [['a', 'one', idOf(1)]],
  );
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

test('an early receipt is for all messages of its reference', async () => {
  await given(1, { reference: "'same'" });
  await given(2, { reference: "'same'" });
  await query(`insert into early_receipt values ('one', 'same', 'failed', 'absent', ${ago(0)})`);
  assert.deepEqual(await news("apply_early_receipts('one')"), [
    ['failed', 50],
    ['failed', 50],
  ]);
  assert.deepEqual(await early(), []);
});

test('an early receipt waits for an hour', async () => {
  for (const [reference, seconds] of [
    ['old', 3601],
    ['young', 3600],
    ['r1', 3700],
  ] as const) {
    await query(`insert into early_receipt values ('one', '${reference}', 'failed', null, ${ago(seconds)})`);
  }
  await query(`insert into early_receipt values ('two', 'old', 'failed', null, ${ago(3700)})`);
  await given(1);
  assert.deepEqual(await news("apply_early_receipts('one')"), [['failed', 50]]);
  assert.deepEqual(await early(), ['one,young,failed,', 'two,old,failed,']);
});

test('an early receipt waits for a message of its own provider, and the delivered one counts in any order', async () => {
  await given(1, { provider: "'two'" });
  await query(`insert into early_receipt values ('one', 'r1', 'failed', 'absent', ${ago(2)})`);
  assert.deepEqual(await news("apply_early_receipts('one')"), []);
  assert.deepEqual(await early(), ['one,r1,failed,absent']);
  for (const setting of ['enable_indexscan', 'enable_bitmapscan']) await query(`set ${setting} = off`);
  await query('set plan_cache_mode = force_custom_plan');
  for (const states of [
    ['failed', 'delivered'],
    ['delivered', 'failed'],
  ]) {
    await query('delete from early_receipt');
    for (const state of states) await tell('r3', state);
    const [row] = await query("select * from vouch.take_early_receipt('one', 'r3')");
    assert.equal(row!.state, 'delivered');
  }
  await query('reset all');
});

test('a process that finds an early receipt taken changes nothing', async () => {
  await given(1);
  await query(`insert into early_receipt values ('one', 'r1', 'delivered', null, ${ago(0)})`);
  const applied = `select * from vouch.apply_early_receipts('one', ${ago(0)})`;
  assert.equal(await meanwhile("select vouch.take_early_receipt('one', 'r1')", applied), undefined);
  assert.deepEqual(await message(1), ['accepted', null, null, null, null]);
});

test('a receipt is for the messages of the last hour if there are any, and ends their leases', async () => {
  await given(1);
  await given(2, { reference: "'r1'", id: `vouch.least_id(${ago(2 * 86_400)})` });
  await given(3, { reference: "'r1'", state: "'delivered'" });
  assert.deepEqual(await tell('r1', 'delivered'), [['delivered', 50]], 'news of one of both');
  for (const table of ['delivery', 'message_reference'])
    await query(`delete from ${table} where id = '${idOf(1)}' or id = '${idOf(3)}'`);
  assert.deepEqual(await tell('r1', 'failed'), [['failed', 50]]);
  for (const state of ['delivered', 'failed']) {
    await query('delete from delivery');
    await given(1, { state: "'sending'", leased_until: ago(-9) });
    await tell('r1', state);
    assert.deepEqual(await columns(1, 'state, leased_until'), [state, null]);
  }
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

test('a message that is being sent becomes unknown, and one without use is dropped', async () => {
  await abandoned(
    [1, 'sending', { useful_until: ago(1) }],
    [2, 'waiting', { useful_until: ago(0) }],
    [4, 'waiting', { leased_until: ago(0) }],
  );
  const claimed = (await claim(10)) as { id: string; state: string; tried: string[] }[];
  assert.deepEqual(
    claimed.map(({ id, state, tried }) => [id, state, tried]),
    [
      [idOf(1), 'unknown', []],
      [idOf(2), 'dropped', []],
    ],
  );
  const rows = await query('select state, error, reason, leased_until is null as is_free from delivery order by id');
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ['unknown', 'unknown', 'whoever sent it ended before it was known', true],
      ['dropped', null, 'too late for its code', true],
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

test('a message is taken over only when its lease has ended, with what was tried within an hour of its request', async () => {
  const take = async () => (await call(`take_over(${phone}, '${idOf(1)}')`)).take_over;
  for (const [leased, isTaken] of [
    [0.001, true],
    [0, false],
    [-1, false],
  ] as const) {
    await query('delete from delivery');
    await abandoned([1, 'waiting', { leased_until: ago(leased) }]);
    assert.equal((await take()) !== null, isTaken);
  }
  for (const [from, tried] of [
    [3660.001, []],
    [3660, ['two']],
    [-3539.999, ['two']],
    [-3540, []],
  ] as const) {
    await query('delete from delivery');
    await abandoned([1, 'waiting']);
    await given(2, { id: `vouch.least_id(${ago(from)})`, provider: "'two'" });
    assert.deepEqual((await take()).tried, tried, `${from}`);
  }
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
  await query(
    `update breaker set open_until = ${ago(0)}, failures = 1000000, changed_at = ${ago(9)} where provider = 'one'`,
  );
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

test('a breaker opens for its own provider alone, and so does its probe', async () => {
  await fail('two');
  for (let failures = 0; failures < 3; failures += 1) await fail();
  const untils = async () =>
    (await query('select open_until from breaker order by provider')).map((row) => agoOf(row.open_until));
  assert.deepEqual(await untils(), [-cooldownSeconds, null]);
  await query(`update breaker set open_until = ${ago(1)}`);
  assert.equal((await call(`claim_probe('one', ${cooldownSeconds})`)).is_claimed, true);
  assert.deepEqual(await untils(), [-cooldownSeconds, 1]);
  await query(`update breaker set openings = 12, open_until = ${ago(1)}`);
  await call(`count_failure('one', 'HTTP 503', 3, 10, 1e9)`);
  assert.deepEqual(await untils(), [-10 * 2 ** 10, 1], 'a cooldown is doubled ten times at most');
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
  const finish = (
    next: string,
  ) => `select vouch.finish_attempts(array_fill('+79160000000'::text, array[2]), array['${idOf(1)}', '${idOf(2)}']::uuid[],
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
    await query('commit');
    assert.equal(await commit(), 'on');
  }
});

const shown = (value: unknown) => (value instanceof Date ? agoOf(value) : value);

/** Columns of a message, times as seconds before the present. */
async function columns(id: number, names: string) {
  const [row] = await query(`select ${names} from delivery where id = '${idOf(id)}'`);
  return row && Object.values(row).map(shown);
}

const attemptColumns = 'state, reason, leased_until, sent_at, provider, channel, segments, price, currency';

test('an attempt begins at a waiting message, which is dropped if it is too late for its code', async () => {
  const waiting = {
    state: "'waiting'",
    sent_at: 'null',
    reference: 'null',
    leased_until: ago(-3),
    reason: "'a reason'",
  };
  await given(1, waiting);
  await given(2, { ...waiting, useful_until: ago(0) });
  await given(3, { ...waiting, state: "'sending'", sent_at: ago(50) });
  await given(4, waiting);
  const ids = [1, 2, 3].map((id) => `'${idOf(id)}'`);
  const started = await news(
    `start_attempts(array_fill(${phone}::text, array[3]), array[${ids}]::uuid[], '{a,b,c}', '{telegram,voice,sms}', '{2,3,4}', '{7,8,9}', '{EUR,USD,RUB}')`,
  );
  assert.deepEqual(started, [
    [idOf(1), 'sending'],
    [idOf(2), 'dropped'],
  ]);
  assert.deepEqual(await columns(1, attemptColumns), ['sending', 'a reason', -15, 0, 'a', 'telegram', 2, '7', 'EUR']);
  const late = ['dropped', 'too late for its code', null, null, 'b', 'voice', 3, '8', 'USD'];
  assert.deepEqual(await columns(2, attemptColumns), late);
  const kept = ['a reason', -3, 50, 'one', 'sms', null, null, null];
  assert.deepEqual(await columns(3, attemptColumns), ['sending', ...kept]);
  assert.deepEqual(await columns(4, attemptColumns), ['waiting', 'a reason', -3, null, ...kept.slice(3)]);
});

const outcomeColumns = 'state, leased_until, reference, error, reason, segments, accepted_at, failed_at';

test('an attempt is finished once, also after it was given up as unknown', async () => {
  const finish = async (state: string, rest: string) =>
    (await call(`finish_attempt(${phone}, '${idOf(1)}', '${state}', ${rest})`)).id;
  const begun = { state: "'sending'", reference: 'null', leased_until: ago(-9), segments: '3' };
  await given(1, begun);
  await given(2, begun);
  assert.equal(await finish('accepted', "'x', null, null, null"), idOf(1));
  assert.deepEqual(await columns(1, outcomeColumns), ['accepted', null, 'x', null, null, 3, 0, null]);
  assert.deepEqual(await columns(2, outcomeColumns), ['sending', -9, null, null, null, 3, null, null]);
  for (const state of ['accepted', 'delivered', 'failed', 'dropped', 'waiting']) {
    await query(`update delivery set state = '${state}', leased_until = ${state === 'waiting' ? ago(-1) : 'null'}
      where id = '${idOf(1)}'`);
    assert.equal(await finish('failed', "'y', null, null, null"), null, state);
  }
  await query(`update delivery set state = 'unknown', leased_until = null, accepted_at = null where id = '${idOf(1)}'`);
  assert.equal(await finish('failed', "null, 2::smallint, 'rejected', 'absent'"), idOf(1));
  assert.deepEqual(await columns(1, outcomeColumns), ['failed', null, null, 'rejected', 'absent', 2, null, 0]);
});

test('a fallback follows an attempt that has failed, while its code is of use and was not used', async () => {
  const finish = (next = `'${idOf(4)}'`) =>
    news(`finish_attempts(array[${phone}], array['${idOf(1)}']::uuid[], '{failed}', '{null}', '{null}', '{refused}', '{a}',
      array[${next}]::uuid[], '{two}', '{voice}', '{2}', '{7}', '{EUR}')`);
  const begun = { state: "'sending'", reference: 'null', leased_until: ago(-9), attempt: '2' };
  for (const id of [2, 0]) await given(id, { attempt: '5', country: "'KZ'" });
  await given(1, { ...begun, client_network: "'net'", is_repeat: 'true' });
  assert.deepEqual(await finish(), [[idOf(4)]]);
  const inherited =
    'challenge_id, key_id, code_length, phone_number, country, prefix, language, client_network, requested_at';
  assert.deepEqual(await columns(4, inherited), await columns(1, inherited));
  assert.deepEqual(await columns(4, `attempt, is_repeat, useful_until, ${attemptColumns}`), [
    ...[3, true, -500],
    ...['sending', null, -15, 0, 'two', 'voice', 2, '7', 'EUR'],
  ]);
  for (const settled of [
    { useful_until: ago(0) },
    { completed_at: ago(1) },
    { state: "'accepted'", leased_until: 'null' },
  ]) {
    await query('delete from delivery');
    await given(1, { ...begun, ...settled });
    assert.deepEqual(await finish(), []);
    assert.equal(await columns(4, 'id'), undefined);
  }
  await query('delete from delivery');
  await given(1, begun);
  assert.deepEqual(await finish('null'), []);
  assert.deepEqual(await columns(1, outcomeColumns), ['failed', null, null, 'refused', 'a', null, null, 0]);
});

const phone = "'+79160000000'";
const challenge = `'${idOf(0)}'`;
/** A message of another challenge, and one of another number, which no call for this challenge may see. */
async function givenOthers(first: number, columns: Record<string, string>) {
  await given(first, { ...columns, challenge_id: `'${idOf(9)}'` });
  await given(first + 1, { ...columns, phone_number: "'+79160000001'" });
}

test('a new message waits, is sent at once, or is dropped, and repeats an earlier one of its challenge', async () => {
  const fields = { id: idOf(9), country: 'RU', prefix: '+7', language: 'ru', channel: 'sms', provider: 'p' };
  const attempt = `'{"provider": "q", "channel": "voice", "segments": 2, "price": "7", "currency": "EUR"}'`;
  const insert = async ({ dropped = null as string | null, tries = false, isFirst = false } = {}) => {
    const { insert_delivery: id } = await call(`insert_delivery(${phone}, ${challenge}, 'k', 7::smallint, ${ago(-600)},
      '${JSON.stringify({ ...fields, dropped, clientNetwork: 'net' })}', ${tries ? attempt : 'null'}, ${isFirst})`);
    const [row] = await query(`delete from delivery where id = '${id}' returning ${attemptColumns}, is_repeat`);
    return Object.values(row!).map(shown);
  };
  const first = [null, -3, null, 'p', 'sms', null, null, null];
  assert.deepEqual(await insert(), ['waiting', ...first, false]);
  assert.deepEqual(await insert({ tries: true }), ['sending', null, -15, 0, 'q', 'voice', 2, '7', 'EUR', false]);
  for (const tries of [false, true]) {
    const [state, reason, leased, sent] = await insert({ dropped: 'no route', tries });
    assert.deepEqual([state, reason, leased, sent], ['dropped', 'no route', null, null]);
  }
  await givenOthers(2, {});
  assert.equal((await insert()).at(-1), false);
  await given(1);
  assert.equal((await insert()).at(-1), true);
  assert.equal((await insert({ isFirst: true })).at(-1), false);
  await call(`insert_delivery(${phone}, ${challenge}, 'k', 7::smallint, ${ago(-600)},
    '${JSON.stringify({ ...fields, clientNetwork: 'net' })}', null, false)`);
  const stored = 'attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, client_network';
  const [row] = await query(
    `select ${stored}, requested_at, useful_until, id::text from delivery where code_length = 7`,
  );
  assert.deepEqual(Object.values(row!).map(shown), [
    ...[1, idOf(0), 'k', 7, '+79160000000', 'RU', '+7', 'ru', 'net', 0, -570],
    `019b796d-d600-7${idOf(9).slice(15)}`,
  ]);
});

test('the providers that were tried are told oldest first, of all challenges of a number', async () => {
  const tried = async () =>
    (await call(`tried_providers(${phone}, array[${challenge}, '${idOf(8)}']::uuid[])`)).tried_providers;
  await givenOthers(6, {});
  assert.equal(await tried(), null);
  await given(1, { provider: "'c'", requested_at: ago(60), attempt: '2' });
  await given(2, { provider: "'b'", requested_at: ago(60) });
  await given(3, { provider: "'d'", requested_at: ago(59), challenge_id: `'${idOf(8)}'` });
  await given(4, { provider: "'a'", requested_at: ago(61), attempt: '3' });
  assert.equal(await tried(), 'a,b,c,d');
});

test('a pause ends with a last message that failed, is unknown, or is being sent for too long', async () => {
  const undelivered = async () => agoOf((await call(`undelivered_at(${phone}, ${challenge})`)).undelivered_at);
  const sending = { state: "'sending'", reference: 'null' };
  for (const [columns, expected] of [
    [{ state: "'failed'" }, 60],
    [{ state: "'unknown'" }, 60],
    [{ ...sending, leased_until: ago(0.001) }, 60],
    [{ ...sending, leased_until: ago(0) }, null],
    [{ state: "'waiting'", reference: 'null', leased_until: ago(1) }, null],
    [{}, null],
    [{ state: "'failed'", completed_at: ago(1) }, null],
  ] as const) {
    await query('delete from delivery');
    await givenOthers(6, { state: "'failed'", requested_at: ago(5) });
    await given(1, columns);
    assert.equal(await undelivered(), expected, JSON.stringify(columns));
  }
  const failed = { state: "'failed'" };
  for (const [first, other, expected] of [
    [failed, { ...failed, requested_at: ago(70) }, 60],
    [failed, { requested_at: ago(70), attempt: '2' }, 60],
    [failed, { requested_at: ago(50) }, null],
    [failed, { attempt: '2' }, null],
    [{ ...failed, attempt: '2' }, {}, 60],
    [failed, { requested_at: ago(50), challenge_id: `'${idOf(9)}'` }, 60],
    [failed, { requested_at: ago(50), phone_number: "'+79160000001'" }, 60],
    [failed, { requested_at: ago(50), id: `vouch.least_id(${ago(3600)})` }, null],
    [failed, { requested_at: ago(50), id: `vouch.least_id(${ago(3600.001)})` }, 60],
    [failed, { requested_at: ago(50), id: `vouch.least_id(${ago(-59.999)})` }, null],
    [failed, { requested_at: ago(50), id: `vouch.least_id(${ago(-60)})` }, 60],
  ] as const) {
    await query('delete from delivery');
    await given(1, first);
    await given(2, other);
    assert.equal(await undelivered(), expected, JSON.stringify(other));
  }
});

test('a used code completes the newest message that has left, and drops those that wait', async () => {
  const complete = async () =>
    (await call(`complete_deliveries(${phone}, ${challenge}, null)`)).complete_deliveries as unknown;
  const waiting = { state: "'waiting'", sent_at: 'null', reference: 'null', leased_until: ago(-2), provider: "'w'" };
  await givenOthers(7, waiting);
  assert.equal(await complete(), null);
  await given(1, { attempt: '2', requested_at: ago(70), sent_at: ago(40), reason: "'a reason'", provider: "'two'" });
  await given(2, { requested_at: ago(70) });
  await given(3, { ...waiting, requested_at: ago(65), provider: "'v'" });
  await given(6, { requested_at: ago(80) });
  await given(4, { state: "'failed'", requested_at: ago(50) });
  await given(5, { ...waiting, requested_at: ago(90), attempt: '3' });
  const ended = { country: 'RU', channel: 'sms' };
  assert.deepEqual(await complete(), [
    { ...ended, provider: 'v', end: 'dropped', seconds: null },
    { ...ended, provider: 'two', end: 'completed', seconds: 40 },
    { ...ended, provider: 'w', end: 'dropped', seconds: null },
  ]);
  const rows = [];
  for (const id of [1, 2, 3, 4, 5, 6, 7, 8]) rows.push(await columns(id, 'state, completed_at, leased_until, reason'));
  assert.deepEqual(rows, [
    ['accepted', 0, null, 'a reason'],
    ['accepted', null, null, null],
    ['dropped', null, null, 'its challenge was over'],
    ['failed', null, null, null],
    ['dropped', null, null, 'its challenge was over'],
    ['accepted', null, null, null],
    ['waiting', null, -2, null],
    ['waiting', null, -2, null],
  ]);
  await query('delete from delivery');
  await given(1, { state: "'sending'", reference: 'null', leased_until: ago(-9) });
  assert.deepEqual(await complete(), [{ ...ended, provider: 'one', end: 'completed', seconds: 50 }]);
  assert.deepEqual(await columns(1, 'state, completed_at, leased_until'), ['sending', 0, -9]);
  await query(`update delivery set state = 'waiting', completed_at = null`);
  const row = await meanwhile(
    "update delivery set state = 'sending'",
    `select vouch.complete_all_deliveries(${phone}, ${challenge}, ${ago(0)})`,
  );
  assert.equal(row.complete_all_deliveries, null, 'it does not wait any more');
});

test('a used code finds its only message by its id, and looks at all where a fallback may have followed', async () => {
  const complete = async (id: number) =>
    (await call(`complete_deliveries(${phone}, ${challenge}, '${idOf(id)}')`)).complete_deliveries as unknown;
  const ended = { country: 'RU', channel: 'sms', end: 'completed' };
  const accepted = { accepted_at: ago(49) };
  const sending = { state: "'sending'", reference: 'null', leased_until: ago(-9) };
  for (const columns of [accepted, { ...accepted, state: "'delivered'" }, sending]) {
    await query('delete from delivery');
    await given(1, columns);
    await given(2, { ...accepted, provider: "'two'", requested_at: ago(40) });
    await given(3, { ...accepted, phone_number: "'+79160000001'", provider: "'three'" });
    assert.deepEqual(await complete(1), [{ ...ended, provider: 'one', seconds: 50 }], 'no other is looked at');
    assert.deepEqual(await columnsOfAll('completed_at'), [[0], [null], [null]]);
  }
  // after a failed attempt, a receipt may say that it was delivered after all; the fallback has been sent meanwhile
  for (const columns of [
    { state: "'delivered'" },
    { ...accepted, state: "'failed'" },
    { state: "'unknown'" },
    { ...accepted, state: "'unknown'" },
    { ...sending, state: "'waiting'" },
  ]) {
    await query('delete from delivery');
    await given(1, { ...columns, requested_at: ago(65) });
    await given(2, { ...accepted, provider: "'two'" });
    const [first] = (await complete(1)) as unknown[];
    assert.deepEqual(first, { ...ended, provider: 'two', seconds: 50 }, JSON.stringify(columns));
  }
});

/** Columns of the messages in the order of their ids. */
async function columnsOfAll(names: string) {
  const ids = await query('select right(id::text, 1)::int as id from delivery order by id');
  return Promise.all(ids.map(({ id }) => columns(Number(id), names)));
}

test('an erased person is removed from the own messages, and what waits is dropped', async () => {
  const network = { client_network: "'net'" };
  await given(1, { ...network, state: "'waiting'", reference: 'null', leased_until: ago(-2) });
  await given(2, { ...network, state: "'sending'", reference: 'null', leased_until: ago(-9) });
  await given(3, network);
  await given(4, { ...network, phone_number: "'+79160000001'" });
  await query(`select vouch.anonymize_deliveries(${phone})`);
  const rows = [];
  for (const id of [1, 2, 3, 4]) rows.push(await columns(id, 'phone_number, client_network, state, leased_until'));
  assert.deepEqual(rows, [
    ['', null, 'dropped', null],
    ['', null, 'sending', -9],
    ['', null, 'accepted', null],
    ['+79160000001', 'net', 'accepted', null],
  ]);
  const references = await query('select reference, phone_number from message_reference order by 1');
  assert.deepEqual(
    references.map((row) => Object.values(row)),
    [
      ['r3', ''],
      ['r4', '+79160000001'],
    ],
  );
  assert.deepEqual(await tell('r3', 'delivered'), [['delivered', 50]], 'a receipt still finds it');
});

test('the state of a message is that of its last fallback, and does not tell whether its code was used', async () => {
  const state = async (id = 1) => {
    const row = await call(`message_state(${phone}, '${idOf(id)}')`);
    return [agoOf(row.now), row.state, row.error];
  };
  assert.deepEqual(await state(), [0, null, null]);
  const error = { error: "'refused'" };
  const waiting = { state: "'waiting'", reference: 'null', leased_until: ago(-2) };
  const cases: [Record<string, string>, string, string?][] = [
    [{ ...error }, 'sent'],
    [{ ...error, state: "'delivered'" }, 'sent'],
    [{ ...error, state: "'unknown'", useful_until: ago(1) }, 'sent'],
    [{ ...error, state: "'failed'" }, 'failed', 'refused'],
    [{ ...error, state: "'failed'", completed_at: ago(1) }, 'sent'],
    [{ ...error, state: "'dropped'" }, 'sent'],
    [{ ...error, state: "'dropped'", useful_until: ago(0) }, 'failed', 'refused'],
    [{ ...error, ...waiting }, 'sending'],
    [{ ...error, ...waiting, useful_until: ago(0) }, 'failed', 'refused'],
    [{ ...error, ...waiting, state: "'sending'" }, 'sending'],
  ];
  for (const [row, expected, told = null] of cases) {
    await query('delete from delivery');
    await given(1, row);
    assert.deepEqual(await state(), [0, expected, told], JSON.stringify(row));
  }
  await query('delete from delivery');
  const failed = { state: "'failed'", ...error };
  await given(1, failed);
  await given(2, { ...waiting, attempt: '2' });
  assert.deepEqual(await state(), [0, 'sending', null]);
  await query(`update delivery set attempt = 3 - attempt`);
  assert.deepEqual(await state(), [0, 'failed', 'refused']);
  for (const other of [
    { challenge_id: `'${idOf(9)}'` },
    { phone_number: "'+79160000001'" },
    { requested_at: ago(59) },
    { id: "'019b796c-eb9f-ffff-ffff-ffffffffffff'" },
    { id: "'019b796c-eba1-0000-0000-000000000000'" },
  ]) {
    await query('delete from delivery');
    await given(1, failed);
    await given(2, { attempt: '2', ...other });
    assert.deepEqual(await state(), [0, 'failed', 'refused'], JSON.stringify(other));
  }
  for (const other of ['019b796c-eba0-0000-0000-000000000000', '019b796c-eba0-ffff-ffff-ffffffffffff']) {
    await query('delete from delivery');
    await given(1, failed);
    await given(2, { id: `'${other}'`, attempt: '2' });
    assert.deepEqual(await state(), [0, 'sent', null]);
  }
});

test('a look at messages goes back as far as it needs, and ends a minute after the present', async () => {
  const [hour, day] = [3600, 86_400];
  const claimed = { state: "'waiting'", reference: 'null', leased_until: ago(1) };
  const looks: [call: string, seconds: number, columns: Record<string, string>][] = [
    [`select from vouch.claim_abandoned(9, 50, ${ago(0)})`, 50, claimed],
    [`select 1 where vouch.has_delivery(${phone}, ${challenge}, ${ago(0)})`, hour, {}],
    [`select 1 where vouch.tried_providers(${phone}, array[${challenge}]::uuid[], ${ago(0)}) is not null`, hour, {}],
    [`select 1 where vouch.undelivered_at(${phone}, ${challenge}, ${ago(0)}) is not null`, hour, { state: "'failed'" }],
    [`select 1 where vouch.complete_all_deliveries(${phone}, ${challenge}, ${ago(0)}) is not null`, hour, {}],
    [`select from vouch.messages_of_reference('r1', 'one', ${ago(0)})`, 3 * day, {}],
    [`select from vouch.queued_messages(9, ${ago(0)})`, 12 * hour, claimed],
  ];
  for (const [text, seconds, columns] of looks) {
    for (const [from, count] of [
      [seconds + 0.001, 0],
      [seconds, 1],
      [-59.999, 1],
      [-60, 0],
    ] as const) {
      await query('delete from delivery; delete from message_reference');
      await given(1, { ...columns, id: `vouch.least_id(${ago(from)})` });
      assert.equal((await query(text)).length, count, `${text} ${from}`);
    }
  }
});

test('the outcomes of a route are those of its newest sent messages that are old enough, of the last week', async () => {
  const route = `'[{"provider":"one","country":"RU"}]'`;
  const outcomes = async (max = 9) =>
    (await query(`select * from vouch.recent_outcomes(${max}, ${route}, 30, ${ago(0)})`)).map((row) =>
      Object.values(row).map(shown),
    );
  const week = 7 * 86_400;
  const at = (seconds: number) => ({ id: `vouch.least_id(${ago(seconds)})` });
  for (const [changed, count] of [
    [{}, 1],
    [{ provider: "'two'" }, 0],
    [{ country: "'KZ'" }, 0],
    [{ sent_at: 'null' }, 0],
    [{ requested_at: ago(30) }, 0],
    [{ requested_at: ago(30.001) }, 1],
    [{ error: "'refused'" }, 0],
    [{ error: "'unknown'" }, 1],
    [{ error: "'refused'", accepted_at: ago(1) }, 1],
    [{ phone_number: "''" }, 0],
    [{ phone_number: "''", completed_at: ago(1) }, 1],
    [at(week), 1],
    [at(week + 0.001), 0],
    [at(-59.999), 1],
    [at(-60), 0],
  ] as const) {
    await query('delete from delivery');
    await given(1, changed as Record<string, string>);
    assert.equal((await outcomes()).length, count, JSON.stringify(changed));
  }
  await query('delete from delivery');
  await given(1, { requested_at: ago(70) });
  await given(2, { client_network: "'net'", is_repeat: 'true', completed_at: ago(1) });
  await given(3, { requested_at: ago(80) });
  assert.deepEqual(await outcomes(2), [
    ['one', 'RU', 'net', 60, true, true],
    ['one', 'RU', null, 70, false, false],
  ]);
});

/** Messages by the seconds since their requests, the newest last, each with whether its code was used. */
async function givenOutcomes(
  provider: string,
  outcomes: readonly (readonly [number, 0 | 1])[],
  rest: Record<string, string> = {},
) {
  for (const [seconds, completed] of outcomes) {
    await given(1, {
      id: `vouch.id_at(gen_random_uuid(), ${ago(seconds)})`,
      provider: `'${provider}'`,
      requested_at: ago(seconds),
      completed_at: completed ? ago(1) : 'null',
      ...rest,
    });
  }
}

/** The observed outcomes of each route as digits, oldest first: those in the window of its country, and its newest. */
async function routeStats(window: number, newest = 9, elsewhere = 3) {
  const routes = [
    ['one', 'RU'],
    ['two', 'RU'],
    ['one', 'KZ'],
  ].map(([provider, country]) => ({ provider, country }));
  const rows = await query(
    `select * from vouch.route_stats('${JSON.stringify(routes)}', 30, ${window}, ${newest}, ${elsewhere}, ${ago(0)})`,
  );
  return Object.fromEntries(rows.map((row) => [`${row.provider} ${row.country}`, [row.first, row.all]]));
}

test('a window of outcomes is of a country, its newest are of a route, and repeated requests are none of the window', async () => {
  await givenOutcomes('one', [
    [100, 1],
    [90, 0],
    [80, 1],
    [70, 0],
  ]);
  await givenOutcomes('two', [
    [95, 1],
    [65, 1],
  ]);
  await givenOutcomes('one', [[60, 0]], { country: "'KZ'" });
  const expected = { 'two RU': ['1', '11'], 'one KZ': ['0', '0'] };
  assert.deepEqual(await routeStats(3, 2), { 'one RU': ['10', '10'], ...expected });
  await givenOutcomes(
    'one',
    [
      [75, 1],
      [62, 1],
    ],
    { is_repeat: 'true' },
  );
  assert.deepEqual(await routeStats(3, 2), { 'one RU': ['10', '01'], ...expected });
  assert.deepEqual((await routeStats(3))['one RU'], ['10', '101101']);
  await givenOutcomes('one', [[110, 1]]);
  assert.deepEqual((await routeStats(3))['one RU'], ['10', '101101'], 'twice as many as a window at most');
  assert.deepEqual((await routeStats(4))['one RU'], ['010', '1101101']);
});

test('unused codes of one client network count up to its used ones and one more, unless only this route has none', async () => {
  const ofA = { client_network: "'a'" };
  await givenOutcomes(
    'one',
    [
      [90, 0],
      [80, 0],
      [70, 0],
    ],
    ofA,
  );
  await givenOutcomes('one', [
    [60, 0],
    [59, 0],
  ]);
  assert.deepEqual(await routeStats(9), { 'one RU': ['000', '000'] });
  await givenOutcomes(
    'two',
    [
      [95, 1],
      [94, 1],
    ],
    ofA,
  );
  await givenOutcomes('one', [[95, 1]], { ...ofA, country: "'KZ'" });
  assert.equal((await routeStats(9))['one RU']![1], '000', 'used codes of other routes add none');
  assert.equal((await routeStats(9, 9, 2))['one RU']![1], '00000', 'the country has two used codes elsewhere');
  await givenOutcomes('one', [[50, 1]], { client_network: "'b'" });
  assert.equal((await routeStats(9, 9, 2))['one RU']![1], '0001', 'the route has one, too');
  await givenOutcomes('one', [[100, 1]], ofA);
  assert.equal((await routeStats(9, 9, 2))['one RU']![1], '100001');
  await givenOutcomes('one', [[99, 1]], ofA);
  assert.equal((await routeStats(9, 9, 2))['one RU']![1], '11000001');
  await query('delete from delivery');
  for (const seconds of [90, 70]) await givenOutcomes('one', [[seconds, 0]], ofA);
  await givenOutcomes('one', [[80, 1]]);
  assert.equal((await routeStats(9))['one RU']![1], '10', 'the newest of them counts');
});

test('the queue has the messages that wait or are being sent, by provider and state', async () => {
  const open = { reference: 'null', leased_until: ago(-3) };
  for (const id of [1, 2]) await given(id, { ...open, state: "'waiting'" });
  await given(3, { ...open, state: "'sending'", provider: "'two'" });
  await given(4);
  const queue = async (max: number) => (await news(`queued_messages(${max})`)).sort();
  assert.deepEqual(await queue(9), [
    ['one', 'waiting', 2],
    ['two', 'sending', 1],
  ]);
  assert.equal((await queue(1)).length, 1);
});

test('the reference of an attempt is kept with its outcome, and none of a message that is settled', async () => {
  await query('delete from message_reference');
  await given(1, { state: "'sending'", reference: 'null', leased_until: ago(-9) });
  await given(2, { reference: 'null' });
  const ids = [1, 2].map((id) => `'${idOf(id)}'`);
  const none = "'{null,null}'";
  await news(`finish_attempts(array[${phone}, ${phone}], array[${ids}]::uuid[], '{accepted,accepted}', '{x,y}', ${none},
    ${none}, ${none}, array[null, null]::uuid[], ${none}, ${none}, ${none}, ${none}, ${none})`);
  const rows = await query('select reference, provider, phone_number, id::text from message_reference');
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [['x', 'one', '+79160000000', idOf(1)]],
  );
});
