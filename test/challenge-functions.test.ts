// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { insertingAccounts } from './support/accounts.ts';
import { emptyAuditTrail } from './support/database-pool.ts';
import { ago, agoOf, agos, itemsOf, openFunctions } from './support/function-calls.ts';
import { messageId } from './support/message-id.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const bytes = (n: number) => `'\\x${`0${n}`.repeat(32)}'::bytea`;
const number = '+12';
const ofNumber = (trust = 'unknown_device') => `'${number}', '${trust}'`;
const own = `${ofNumber()}, ${bytes(1)}`;
const askersOf = (askers: readonly number[]) => `array[${askers.map(bytes).join(', ')}]::bytea[]`;
const idOf = (text: string | null) => (text === null ? null : Number(text.at(-1)));

/** The challenge of `own`, open for 300 s, with other columns. */
interface Row {
  number?: string;
  trust?: string;
  asker?: number;
  id?: number;
  key?: string;
  length?: number;
  proof?: number;
  expires?: number;
  guesses?: number;
  ofNetwork?: boolean;
  networkGuesses?: number;
  used?: boolean;
  sent?: number[];
  guessed?: number[];
  earlier?: number[];
}

const keyOf = ({ number: of = number, trust = 'unknown_device', asker = 1 }: Row) => `${of} ${trust} ${asker}`;

/** Challenges and limits that no call may touch, each of another number, device trust or asker. */
const others: readonly Row[] = [
  { number: '+32', sent: [1] },
  { number: '+32', trust: 'known_device', sent: [1] },
  { trust: 'known_device', sent: [2] },
  { asker: 0, sent: [3] },
].map((row) => ({ ...row, length: 8 }));
const otherLimits = [
  ['+32', 'unknown_device'],
  ['+32', 'known_device'],
  [number, 'known_device'],
] as const;

let untouched: Record<string, unknown>[] = [];

/** Only what no call may touch, except what the test has instead, and then the challenges of the test. */
async function given(...rows: Row[]) {
  const tables =
    'challenge, number_limit, delivery, refusal, rate_limit, daily_count, session, trusted_device, account, guest, invite, invite_code, number_account';
  // `truncate` takes five times as long for some rows
  await query(
    tables
      .split(', ')
      .map((table) => `delete from ${table}`)
      .join(';'),
  );
  const keys = new Set(rows.map(keyOf));
  for (const row of others) if (!keys.has(keyOf(row))) await insert(row);
  for (const [of, trust] of otherLimits) {
    await query(`insert into number_limit values ('${of}', '${trust}', ${agos(4)}, 100)`);
  }
  untouched = [...(await query('select * from challenge')), ...(await query('select * from number_limit'))];
  for (const row of rows) await insert(row);
}

async function insert(row: Row) {
  const { number: of = number, trust = 'unknown_device', asker = 1, key = 'k1', length = 6, expires = -300 } = row;
  const proof = bytes(row.proof ?? 4);
  const { guesses = 2, ofNetwork = false, networkGuesses = 0 } = row;
  await query(`insert into challenge (phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network, guesses,
      network_guesses, used_at, sent_at, guessed_at, earlier_ids)
    values ('${of}', '${trust}', ${bytes(asker)}, '${id(row.id ?? 1)}', '${key}', ${length}, ${proof}, ${ago(expires)}, ${ofNetwork}, ${guesses},
      ${networkGuesses}, ${row.used ? ago(50) : 'null'}, ${agos(...(row.sent ?? [100]))}, ${agos(...(row.guessed ?? [7, 8]))}, '{${(row.earlier ?? [3]).map(id).join()}}')`);
}

/** The messages and the failures of the number. */
async function givenNumber({ sent = [100], failures = 0, trust = 'unknown_device' }) {
  await query(`insert into number_limit values (${ofNumber(trust)}, ${agos(...sent)}, ${failures})
    on conflict (phone_number, device_trust) do update set sent_at = excluded.sent_at, failures = excluded.failures`);
}

/** Asserts that no call has touched the others. */
async function assertUntouched() {
  const rows = [...(await query('select * from challenge')), ...(await query('select * from number_limit'))];
  const textOf = (row: unknown) => JSON.stringify(row);
  const texts = rows.map(textOf);
  for (const row of untouched) assert.ok(texts.includes(textOf(row)), `${textOf(row)} is not in ${texts.join('\n')}`);
}

/** The challenge of an asker; that the others are as they were. */
async function stored(trust = 'unknown_device', asker = 1) {
  await assertUntouched();
  const [row] = await query(`select * from challenge
    where phone_number = '${number}' and device_trust = '${trust}' and asker = ${bytes(asker)}`);
  return { ...told(row), ...countsOf(row) };
}

async function storedNumber() {
  await assertUntouched();
  const [row] = await query(`select * from number_limit where (phone_number, device_trust) = (${ofNumber()})`);
  return row && { sent: itemsOf(row.sent_at).map(agoOf), failures: row.failures };
}

// biome-ignore lint/suspicious/noExplicitAny: rows of several functions
function told(row: any) {
  return {
    id: idOf(row.id),
    key: row.key_id,
    length: row.code_length,
    expires: agoOf(row.expires_at),
    earlier: itemsOf(row.earlier_ids).map(idOf),
    sent: itemsOf(row.sent_at).map(agoOf),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a row of the table
function countsOf(row: any) {
  return {
    guesses: row.guesses,
    ofNetwork: row.is_of_network,
    networkGuesses: row.network_guesses,
    guessed: itemsOf(row.guessed_at).map(agoOf),
    used: agoOf(row.used_at),
  };
}

const counts = { guesses: 2, ofNetwork: false, networkGuesses: 0, guessed: [7, 8], used: null };
const times = (count: number, first: number) => Array.from({ length: count }, (_, at) => first + at);

/** A failed message of the challenge of `own`. */
const failedMessage = (sent: number) =>
  query(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, useful_until, requested_at, is_repeat)
    values (${messageId(ago(sent))}, 1, '${id(1)}', 'k1', 6, '${number}', 'RU', '+1', 'ru', 'failed', 'sms', 'p', ${ago(-300)}, ${ago(sent)}, false)`);

test('the pause after a message follows the messages of the last hour, each window opens with its oldest', async () => {
  const waits = async (...sent: number[]) => {
    const { pause_wait, hour_wait, day_wait } = await call(`message_waits(${agos(...sent)})`);
    return [pause_wait, hour_wait, day_wait];
  };
  assert.deepEqual(await waits(0), [30, null, null]);
  assert.deepEqual(await waits(-5), [30, null, null]);
  assert.deepEqual(await waits(40), [-10, null, null]);
  assert.deepEqual(await waits(10, 3599), [50, null, null]);
  assert.deepEqual(await waits(10, 3600), [20, null, null]);
  assert.deepEqual(await waits(10, 20, 3599), [110, null, null]);
  assert.deepEqual(await waits(10, 20, 3600), [50, null, null]);
  assert.deepEqual(await waits(10, 20, 30, 40, 100), [110, 3500, null]);
  assert.deepEqual(await waits(10, 3700, 3710, 3720, 3730), [20, -130, null]);
  assert.deepEqual((await waits(...times(10, 4000))).slice(1), [-404, 86400 - 4009]);
});

/** The waits of an asker, which are the same with and without a lock. */
async function waitsOf({ asker = 1, trust = 'unknown_device', isTest = false } = {}) {
  const args = (locks: boolean) => `${ofNumber(trust)}, ${bytes(asker)}, ${locks}, ${isTest}`;
  const row = await call(`challenge_waits(${args(false)})`);
  assert.deepEqual({ ...(await call(`challenge_waits(${args(true)})`)) }, { ...row });
  return {
    waits: [row.pause_wait, row.hour_wait, row.day_wait],
    isFree: row.is_free,
    isLocked: row.is_locked,
    sent: row.sent_at && itemsOf(row.sent_at).map(agoOf),
  };
}

test('an asker is free when the own pause has ended and no window of the number is full', async () => {
  const free = { isFree: true, isLocked: false };
  const busy = { isFree: false, isLocked: false };
  await given();
  assert.deepEqual(await waitsOf(), { waits: [null, null, null], ...free, sent: null });
  for (const [seconds, left] of [
    [10, 20],
    [29.5, 0.5],
    [30, 0],
  ] as const) {
    await given({ sent: [seconds] });
    await givenNumber({ sent: [seconds, 50] });
    const sent = [seconds, 50];
    assert.deepEqual(await waitsOf(), { waits: [left, null, null], ...(left > 0 ? busy : free), sent });
    assert.deepEqual(await waitsOf({ asker: 2 }), { waits: [null, null, null], ...free, sent });
    assert.deepEqual(await waitsOf({ isTest: true }), { waits: [null, null, null], ...free, sent: null });
  }
  assert.deepEqual((await waitsOf({ trust: 'known_device' })).waits, [28, null, null]);
  await given({ sent: [130] });
  assert.deepEqual(await waitsOf(), { waits: [null, null, null], ...free, sent: null });
  await givenNumber({ sent: times(5, 130) });
  assert.deepEqual(await waitsOf(), { waits: [-100, 3466, null], ...busy, sent: times(5, 130) });
  assert.deepEqual(await waitsOf({ asker: 2 }), { waits: [null, 3466, null], ...busy, sent: times(5, 130) });
  await givenNumber({ sent: times(10, 4000) });
  assert.deepEqual(await waitsOf(), { waits: [-100, -404, 82391], ...busy, sent: times(10, 4000) });
  assert.deepEqual((await waitsOf({ asker: 2 })).waits, [null, -404, 82391]);
});

test('a number with a hundred failures in a row is locked for strangers', async () => {
  for (const failures of [99, 100, 101]) {
    await given({});
    await givenNumber({ failures });
    const isLocked = failures >= 100;
    const { waits, ...rest } = await waitsOf();
    assert.deepEqual(waits, [-70, null, null]);
    assert.deepEqual(rest, { isFree: !isLocked, isLocked, sent: [100] });
    const { isFree } = await waitsOf({ asker: 2 });
    assert.equal(isFree, !isLocked);
    const ofTest = await waitsOf({ isTest: true });
    assert.deepEqual([ofTest.isFree, ofTest.isLocked], [true, false]);
  }
  await givenNumber({ failures: 0 });
  const known = await waitsOf({ trust: 'known_device', asker: 2 });
  assert.deepEqual([known.isFree, known.isLocked], [true, false]);
});

test('the pause does not hold after a message that has not arrived', async () => {
  for (const [sent, failed, wait] of [
    [10, 10, -10],
    [29.5, 29.5, -29.5],
    [30, 30, 0],
    [40, 40, -10],
    [10, 12, 20],
  ] as const) {
    await given({ sent: [sent] });
    await givenNumber({ sent: [sent] });
    await failedMessage(failed);
    const { waits, isFree } = await waitsOf();
    assert.deepEqual([waits[0], isFree], [wait, wait <= 0]);
  }
});

test('a look for the waits locks the row of the number only if it is to', async () => {
  await given({});
  await givenNumber({});
  for (const locks of [false, true]) {
    await query('begin');
    await call(`challenge_waits(${own}, ${locks}, false)`);
    const rows = await query("select phone_number, device_trust from number_limit where xmax::text <> '0'");
    await query('rollback');
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      locks ? [[number, 'unknown_device']] : [],
    );
  }
});

/** The digits of a new code. Another asker (0) has guessed twice at a code that allows no more. */
async function lengthFor(
  rows: Row[],
  { trust = 'unknown_device', usual = 6, network = false, spray = false, sent = [10, 20] as number[] | null } = {},
) {
  await given(...rows);
  const args = `${ofNumber(trust)}, ${bytes(1)}, ${usual}::smallint, ${network}, ${spray}, ${sent ? agos(...sent) : 'null'}`;
  return (await call(`new_code_length(${args})`)).new_code_length;
}

/** A challenge with guesses of the day, and none open any more. */
const guessedAt = (count: number, row: Row = {}): Row => ({ expires: 1, guessed: times(count, 7), ...row });

test('codes have the greatest length when the guesses of a day could exceed nineteen', async () => {
  // the guesses made: with two of the other asker and five of the new code
  assert.equal(await lengthFor([guessedAt(12)]), 6);
  assert.equal(await lengthFor([guessedAt(13)]), 8);
  assert.equal(await lengthFor([guessedAt(12, { asker: 2 })]), 6);
  assert.equal(await lengthFor([guessedAt(13, { asker: 2 })]), 8);
  assert.equal(await lengthFor([guessedAt(6), guessedAt(6, { asker: 2 })]), 6);
  assert.equal(await lengthFor([guessedAt(7), guessedAt(6, { asker: 2 })]), 8);
  assert.equal(await lengthFor([guessedAt(12)], { usual: 4 }), 4);
  // guesses of a day ago
  assert.equal(await lengthFor([{ ...guessedAt(0), guessed: [...times(12, 7), 86_399] }]), 8);
  assert.equal(await lengthFor([{ ...guessedAt(0), guessed: [...times(12, 7), 86_400] }]), 6);
});

test('guesses that are open to other askers count as made, and the own end', async () => {
  const other = { asker: 2, guesses: 0, guessed: [] };
  const isShort = async (made: number, row: Row) => (await lengthFor([guessedAt(made), row])) === 6;
  /** The guesses of a challenge that count, whether made or open. */
  const assertCounted = async (counted: number, row: Row) => {
    assert.deepEqual(
      [await isShort(12 - counted, row), await isShort(13 - counted, row)],
      [true, false],
      JSON.stringify(row),
    );
  };
  await assertCounted(5, other);
  await assertCounted(5, { ...other, guesses: 2, guessed: [7, 8] });
  await assertCounted(1, { ...other, guesses: 4 });
  await assertCounted(0, { ...other, guesses: 5 });
  await assertCounted(9, { ...other, ofNetwork: true });
  await assertCounted(6, { ...other, ofNetwork: true, guesses: 1, networkGuesses: 2 });
  await assertCounted(0, { ...other, ofNetwork: true, guesses: 4, networkGuesses: 5 });
  await assertCounted(0, { ...other, used: true });
  await assertCounted(0, { ...other, expires: 0 });
  await assertCounted(5, { ...other, expires: -1 });
  await assertCounted(5, { ...other, length: 7 });
  await assertCounted(0, { ...other, length: 8 });
  await assertCounted(0, { ...other, trust: 'known_device', asker: 1 });
  await assertCounted(0, { ...other, number: '+32', asker: 1 });
  // the own challenge is replaced
  assert.equal(await lengthFor([{ guesses: 0, guessed: times(12, 7) }]), 6);
  assert.equal(await lengthFor([{ guesses: 0, guessed: times(13, 7) }]), 8);
});

test('a code that a client network requests reserves nine guesses', async () => {
  assert.equal(await lengthFor([guessedAt(8)], { network: true }), 6);
  assert.equal(await lengthFor([guessedAt(9)], { network: true }), 8);
  assert.equal(await lengthFor([guessedAt(9)]), 6);
});

test('codes have the usual length after fewer than two messages of a day', async () => {
  const full = [guessedAt(20)];
  for (const sent of [null, [], [10], [10, 87_001]]) assert.equal(await lengthFor(full, { sent }), 6);
  for (const sent of [
    [10, 20],
    [10, 87_000],
    [10, 20, 30],
  ])
    assert.equal(await lengthFor(full, { sent }), 8);
});

test('codes of strangers have the greatest length during a spray, those of known devices the usual one', async () => {
  assert.equal(await lengthFor([], { spray: true }), 8);
  assert.equal(await lengthFor([], { spray: true, sent: null }), 8);
  assert.equal(await lengthFor([], { spray: true, usual: 8 }), 8);
  assert.equal(await lengthFor([], { usual: 8 }), 8);
  assert.equal(await lengthFor([guessedAt(20)], { trust: 'known_device', spray: true }), 6);
  assert.equal(await lengthFor([guessedAt(20)], { trust: 'known_device' }), 6);
  assert.equal(await lengthFor([], { trust: 'known_device', usual: 8 }), 8);
});

/** The renewal of the challenge of `own` by a code of seven digits. */
const renewal = ({ min = 6, network = false } = {}) =>
  `renew_challenge(${own}, '${id(2)}', '{k2,k1}', ${min}::smallint, 7::smallint, ${bytes(6)}, ${network})`;

test('an open challenge is kept with its code, its guesses and its end', async () => {
  const kept = { id: 1, key: 'k1', length: 6, expires: -300, earlier: [3], sent: [0, 100] };
  const ofNetwork = { ofNetwork: true };
  const cases: [row: Row, network?: boolean][] = [
    [{}],
    [{ guesses: 4 }],
    [{ expires: -121 }],
    [{ length: 8 }],
    [{ ...ofNetwork, guesses: 3, networkGuesses: 5 }],
    [{ ...ofNetwork, guesses: 4, networkGuesses: 4 }],
    [{ ...ofNetwork, guesses: 5, networkGuesses: 3 }, true],
    [{ ...ofNetwork, guesses: 4, networkGuesses: 4 }, true],
  ];
  for (const [row, network = false] of cases) {
    await given(row);
    const expected = { ...kept, expires: row.expires ?? -300, length: row.length ?? 6 };
    assert.deepEqual(told(await call(renewal({ network }))), expected);
    const { guesses, networkGuesses, ofNetwork: isOfNetwork } = { ...counts, ...row };
    assert.deepEqual(await stored(), { ...expected, ...counts, guesses, networkGuesses, ofNetwork: isOfNetwork });
  }
});

test('a challenge whose code is no longer good is replaced', async () => {
  const fresh = { id: 2, key: 'k2', length: 7, expires: -600, earlier: [], sent: [0, 100] };
  const ofNetwork = { ofNetwork: true };
  const cases: [row: Row, network?: boolean][] = [
    [{ guesses: 5 }],
    [{ length: 5 }],
    [{ key: 'k0' }],
    [{ expires: -120 }],
    [{ guesses: 5, used: true }],
    [{ ...ofNetwork, guesses: 5, networkGuesses: 0 }],
    [{ ...ofNetwork, guesses: 4, networkGuesses: 5 }],
    [{ ...ofNetwork, guesses: 0, networkGuesses: 5 }, true],
    [{ ...ofNetwork, guesses: 5, networkGuesses: 4 }, true],
  ];
  for (const [row, network = false] of cases) {
    await given(row);
    assert.deepEqual(told(await call(renewal({ network }))), fresh, JSON.stringify(row));
    const isOfNetwork = row.ofNetwork ?? false;
    assert.deepEqual(await stored(), { ...fresh, ...counts, guesses: 0, ofNetwork: isOfNetwork });
  }
});

test('a challenge is kept if it has at least the digits that codes need', async () => {
  for (const [length, min, isKept] of [
    [6, 6, true],
    [7, 6, true],
    [6, 7, false],
    [7, 8, false],
  ] as const) {
    await given({ length });
    assert.equal(told(await call(renewal({ min }))).id, isKept ? 1 : 2);
  }
});

test('a challenge is of a client network from its first request by one on', async () => {
  for (const row of [{}, { used: true }, { expires: 0 }]) {
    for (const [before, request] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      await given({ ...row, ofNetwork: before });
      await call(renewal({ network: request }));
      assert.equal((await stored()).ofNetwork, before || request);
    }
  }
});

test('after a use only the code and its length are new, and a day has ten messages', async () => {
  await given({ used: true, sent: times(10, 100), ofNetwork: true, networkGuesses: 1 });
  const renewed = { id: 2, key: 'k2', length: 7, expires: -300, earlier: [3, 1], sent: [0, ...times(9, 100)] };
  assert.deepEqual(told(await call(renewal())), renewed);
  assert.deepEqual(await stored(), { ...renewed, ...counts, ofNetwork: true, networkGuesses: 1 });
});

test('a challenge has the proof of its code: an open one keeps it, and a new code brings its own', async () => {
  for (const [row, proof] of [
    [{}, 4],
    [{ used: true }, 6],
    [{ guesses: 5 }, 6],
  ] as const) {
    await given(row);
    await call(`renew_challenge(${own}, '${id(2)}', '{k2,k1}', 6::smallint, 6::smallint, ${bytes(6)}, false)`);
    const [renewed] = await query(`select proof = ${bytes(proof)} as has_it from challenge
      where phone_number = '${number}' and device_trust = 'unknown_device' and asker = ${bytes(1)}`);
    assert.equal(renewed!.has_it, true, JSON.stringify(row));
  }
});

test('a renewal sees the one before it', async () => {
  await given({});
  await meanwhile(
    `select vouch.renew_challenge(${own}, '${id(4)}', '{k2,k1}', 6::smallint, 6::smallint, ${bytes(6)}, false, ${ago(1)})`,
    `select vouch.${renewal().slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual((await stored()).sent, [0, 1, 100]);
});

const opening = (network = false) =>
  `open_challenge(${own}, '${id(2)}', '{k2,k1}', 6::smallint, 7::smallint, ${bytes(6)}, ${network})`;

test('the first request of an asker opens a challenge, and a later one renews it', async () => {
  const first = { id: 2, key: 'k2', length: 7, expires: -600, earlier: [], sent: [0] };
  for (const network of [false, true]) {
    await given();
    assert.deepEqual(told(await call(opening(network))), first);
    const opened = { ...counts, guesses: 0, guessed: [], ofNetwork: network };
    assert.deepEqual(await stored(), { ...first, ...opened });
    await query(`update challenge set id = '${id(5)}', key_id = 'k1' where id = '${id(2)}'`);
    const again = { ...first, id: 5, key: 'k1', sent: [0, 0] };
    assert.deepEqual(told(await call(opening(false))), again);
    assert.deepEqual(await stored(), { ...again, ...opened });
  }
  await given({});
  const kept = { id: 1, key: 'k1', length: 6, expires: -300, earlier: [3], sent: [0, 100] };
  assert.deepEqual(told(await call(opening())), kept);
  assert.equal((await stored()).ofNetwork, false);
  await given({});
  assert.deepEqual(told(await call(opening(true))), { ...first, sent: [0, 100] }, 'its network adds guesses');
  assert.equal((await stored()).ofNetwork, true);
  await given({ length: 5 });
  assert.deepEqual(told(await call(opening())), { ...first, sent: [0, 100] });
});

test('of two first requests of an asker one opens the challenge, and the other renews it', async () => {
  await given();
  const row = await meanwhile(
    `select vouch.open_challenge(${own}, '${id(4)}', '{k1}', 6::smallint, 6::smallint, ${bytes(6)}, false, ${ago(1)})`,
    `select * from vouch.${opening().slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual(told(row), { id: 4, key: 'k1', length: 6, expires: -599, earlier: [], sent: [0, 1] });
});

/** Counts a message of `own`; the waits only if there is no room for it. */
const counting = (sent: number[] | null) => `count_number_message(${own}, ${sent ? agos(...sent) : 'null'})`;
const countedOf = (row: Record<string, unknown>) => [row.is_counted, row.pause_wait, row.hour_wait, row.day_wait];

test('a message is counted at its number, which remembers ten', async () => {
  await given();
  assert.deepEqual(countedOf(await call(counting(null))), [true, null, null, null]);
  assert.deepEqual(await storedNumber(), { sent: [0], failures: 0 });
  await givenNumber({ sent: [100, 200], failures: 3 });
  assert.deepEqual(countedOf(await call(counting([100, 200]))), [true, null, null, null]);
  assert.deepEqual(await storedNumber(), { sent: [0, 100, 200], failures: 3 });
  await givenNumber({ sent: times(10, 100) });
  await call(counting(times(10, 100)));
  assert.deepEqual(await storedNumber(), { sent: [0, ...times(9, 100)], failures: 0 });
});

test('a request that was admitted as the first is counted after one that was faster, if there is room', async () => {
  for (const [row, sent, counted] of [
    [{ sent: [10], asker: 2 }, [10], [true, null, null, null]],
    [{ sent: [30] }, [10], [true, 0, null, null]],
    [{ sent: [10] }, [10], [false, 20, null, null]],
    [{ sent: [130], asker: 2 }, times(5, 130), [false, null, 3466, null]],
    [{ sent: [4000], asker: 2 }, times(10, 4000), [false, null, -404, 82391]],
  ] as const) {
    await given({ ...row, sent: [...row.sent] });
    await givenNumber({ sent: [...sent] });
    assert.deepEqual(countedOf(await call(counting(null))), counted);
    assert.deepEqual((await storedNumber())?.sent, counted[0] ? [0, ...sent].slice(0, 10) : sent);
  }
});

test('of several first messages to a number each sees those before it', async () => {
  const insertion = (sent: number[]) =>
    `insert into number_limit (phone_number, device_trust, sent_at) values (${ofNumber()}, ${agos(...sent)})`;
  const counted = `select * from vouch.${counting(null).slice(0, -1)}, ${ago(0)})`;
  await given();
  assert.deepEqual(countedOf(await meanwhile(insertion([1]), counted)), [true, null, null, null]);
  assert.deepEqual((await storedNumber())?.sent, [0, 1]);
  await given();
  assert.deepEqual(countedOf(await meanwhile(insertion(times(5, 1)), counted)), [false, null, 3595, null]);
  assert.deepEqual((await storedNumber())?.sent, times(5, 1));
});

test('the limits of a number are read with and without a lock', async () => {
  for (const locks of [false, true]) {
    await given();
    const read = async () => (await query(`select * from vouch.read_number_limit(${ofNumber()}, ${locks})`))[0]!;
    assert.deepEqual(Object.values(await read()), [null, null]);
    await givenNumber({ sent: [5, 6], failures: 7 });
    const row = await read();
    assert.deepEqual([itemsOf(row.sent_at).map(agoOf), row.failures], [[5, 6], 7]);
  }
});

test('failures of strangers are counted, lock the number and are forgotten', async () => {
  const isLocked = async () =>
    (await query(`select vouch.failures_of('${number}') >= vouch.max_failures() as is`))[0]!.is;
  const fail = () => query(`select vouch.count_number_failure('${number}')`);
  const forget = async () => (await call(`forget_failures('${number}')`)).forget_failures;
  await given();
  assert.deepEqual([await isLocked(), await forget()], [false, false]);
  await fail();
  assert.equal(await storedNumber(), undefined);
  await givenNumber({ sent: [5] });
  assert.equal(await forget(), false);
  await fail();
  await fail();
  assert.deepEqual(await storedNumber(), { sent: [5], failures: 2 });
  await givenNumber({ sent: [5], failures: 99 });
  assert.equal(await isLocked(), false);
  await fail();
  assert.equal(await isLocked(), true);
  assert.equal(await forget(), true);
  assert.deepEqual(await storedNumber(), { sent: [5], failures: 0 });
  await givenNumber({ failures: 1 });
  assert.deepEqual([await forget(), await forget()], [true, false]);
  assert.equal(await isLocked(), false);
});

const day = "date '2026-01-01'";

/** Wrong guesses of strangers, and counters that no call may touch. */
async function givenSpray(...shards: [shard: number, amount: number][]) {
  await query('delete from daily_count');
  await query(`insert into daily_count values (${day} - 1, 'failed_guesses', 2, 50), (${day}, 'messages:*', 2, 50)`);
  for (const [shard, amount] of shards) {
    await query(`insert into daily_count values (${day}, 'failed_guesses', ${shard}, ${amount})`);
  }
}

/** The wrong guesses of the day, each with its shard; that the other counters are as they were. */
async function spray() {
  const rows = await query('select day::text, scope, shard, amount::int from daily_count order by day, scope, shard');
  const isOfDay = (row: Record<string, unknown>) => row.day === '2026-01-01' && row.scope === 'failed_guesses';
  assert.deepEqual(
    rows.filter((row) => !isOfDay(row)).map((row) => Object.values(row)),
    [
      ['2025-12-31', 'failed_guesses', 2, 50],
      ['2026-01-01', 'messages:*', 2, 50],
    ],
  );
  return rows.filter(isOfDay).map(({ shard, amount }) => [shard, amount]);
}

test('wrong guesses of a day are counted in shards, and taken back as far as they were counted', async () => {
  const failed = async () => Number((await query(`select vouch.failed_guesses(${day}) as failed`))[0]!.failed);
  const count = (shard: number, amount: number) =>
    query(`select vouch.count_failed_guesses(${day}, ${shard}, ${amount})`);
  await givenSpray();
  assert.equal(await failed(), 0);
  await count(2, -1);
  await count(2, 0);
  assert.deepEqual(await spray(), []);
  await count(2, 1);
  await count(2, 3);
  await count(3, 7);
  assert.deepEqual(await spray(), [
    [2, 4],
    [3, 7],
  ]);
  assert.equal(await failed(), 11);
  await count(2, -3);
  assert.deepEqual(await spray(), [
    [2, 1],
    [3, 7],
  ]);
  await count(2, -3);
  assert.deepEqual(await spray(), [
    [2, 0],
    [3, 7],
  ]);
});

test('the guesses that an asker has left are those of its lane and those of both', async () => {
  const left = async (guesses: number, networkGuesses: number, network: boolean) =>
    (await query(`select vouch.guesses_left(${guesses}, ${networkGuesses}, ${network}) as left`))[0]!.left;
  for (const [guesses, networkGuesses, withToken, ofNetwork] of [
    [0, 0, 5, 5],
    [5, 0, 0, 4],
    [0, 5, 4, 0],
    [4, 0, 1, 5],
    [0, 4, 5, 1],
    [3, 5, 1, 0],
    [4, 4, 1, 1],
    [4, 5, 0, 0],
    [5, 4, 0, 0],
  ] as const) {
    assert.equal(await left(guesses, networkGuesses, false), withToken);
    assert.equal(await left(guesses, networkGuesses, true), ofNetwork);
  }
});

interface Guess {
  trust?: string;
  askers?: number[];
  network?: boolean;
  spray?: boolean;
  isTest?: boolean;
  proofs?: number[];
}

/** A judged guess. The challenge has the proof 4, and a guess is wrong by default. */
const guessing = ({
  trust = 'unknown_device',
  askers = [1],
  network = false,
  spray: isSpray = false,
  isTest = false,
  proofs = [3],
}: Guess) =>
  `judge_guess('${number}', '${trust}', ${askersOf(askers)}, ${askersOf(proofs)}, ${network}, ${isSpray}, ${isTest})`;

/** A judged guess with its challenge; null if it was not judged. */
// biome-ignore lint/suspicious/noExplicitAny: rows of several functions
function guessOf(row: any) {
  const { id: of, device_trust: trust, asker, is_right: isRight, guesses_left: left } = row;
  if (of !== null) return { id: idOf(of), trust, asker: asker[0], isRight, left };
  assert.deepEqual([trust, isRight], [null, null]);
  return null;
}

const guess = async (input: Guess = {}) => guessOf(await call(guessing(input)));
const first = { id: 1, trust: 'unknown_device', asker: 1, isRight: false };

test('a guess is counted in its lane while the challenge has guesses left', async () => {
  await given();
  assert.equal(await guess(), null);
  const ofNetwork = { ofNetwork: true };
  const cases: [row: Row, left: number, network?: boolean][] = [
    [{ guesses: 0 }, 4],
    [{ guesses: 4 }, 0],
    [{ expires: -1, guesses: 0 }, 4],
    [{ used: true, guesses: 1 }, 3],
    [{ ...ofNetwork, guesses: 0, networkGuesses: 5 }, 3],
    [{ ...ofNetwork, guesses: 3, networkGuesses: 5 }, 0],
    [{ ...ofNetwork, guesses: 1, networkGuesses: 0 }, 4, true],
    [{ ...ofNetwork, guesses: 5, networkGuesses: 3 }, 0, true],
    [{ ...ofNetwork, guesses: 0, networkGuesses: 4 }, 0, true],
  ];
  for (const [row, left, network = false] of cases) {
    await given(row);
    await givenNumber({});
    assert.deepEqual(await guess({ network }), { ...first, left });
    const { guesses = 0, networkGuesses = 0 } = row;
    const after = await stored();
    assert.deepEqual(
      [after.guesses, after.networkGuesses, after.guessed],
      network ? [guesses, networkGuesses + 1, [0, 7, 8]] : [guesses + 1, networkGuesses, [0, 7, 8]],
    );
  }
});

test('a guess is not counted at a challenge that has ended, has no guesses left, or is not of the client network', async () => {
  const ofNetwork = { ofNetwork: true };
  const cases: [row: Row, network?: boolean][] = [
    [{ guesses: 5 }],
    [{ expires: 0 }],
    [{ ...ofNetwork, guesses: 4, networkGuesses: 5 }],
    [{ ...ofNetwork, guesses: 5, networkGuesses: 4 }, true],
    [{ ...ofNetwork, guesses: 0, networkGuesses: 5 }, true],
    [{ ...ofNetwork, expires: 0 }, true],
    [{}, true],
    [{ used: true }, true],
  ];
  for (const [row, network = false] of cases) {
    await given(row);
    assert.equal(await guess({ network }), null);
    const { guesses, networkGuesses, guessed } = await stored();
    assert.deepEqual([guesses, networkGuesses, guessed], [row.guesses ?? 2, row.networkGuesses ?? 0, [7, 8]]);
  }
});

test('a challenge remembers its last twenty guesses', async () => {
  await given({ guessed: times(20, 7) });
  await guess();
  assert.deepEqual((await stored()).guessed, [0, ...times(19, 7)]);
});

test('a locked number is over for strangers', async () => {
  const known = { trust: 'known_device', id: 5 };
  for (const failures of [99, 100]) {
    const isLocked = failures === 100;
    await given({}, known);
    await givenNumber({ failures });
    assert.deepEqual(await guess(), isLocked ? null : { ...first, left: 2 });
    assert.equal((await stored()).guesses, isLocked ? 2 : 3);
    assert.equal((await guess({ trust: 'known_device' }))?.id, 5);
    assert.equal((await guess({ isTest: true }))?.id, 1);
  }
});

test('a short code is over for strangers during a spray', async () => {
  for (const [length, isShort] of [
    [7, true],
    [8, false],
  ] as const) {
    await given({ length }, { trust: 'known_device', id: 5, length });
    assert.equal((await guess())?.id, 1);
    assert.deepEqual(await guess({ spray: true }), isShort ? null : { ...first, left: 1 });
    assert.equal((await guess({ spray: true, trust: 'known_device' }))?.id, 5);
    assert.equal((await guess({ spray: true, isTest: true }))?.id, 1);
  }
});

test('a known device guesses at the challenge that is open, then at the one that has not ended, then at its own', async () => {
  const isKnown = async (unknown: Row, known: Row) => {
    // neither the order of rows nor the first one decides
    const rows = [unknown, { ...known, trust: 'known_device', id: 5 }];
    const trusts = [];
    for (const order of [rows, rows.toReversed()]) {
      await given(...order);
      trusts.push((await guess({ trust: 'known_device' }))?.trust);
      await assertUntouched();
    }
    assert.equal(trusts[0], trusts[1]);
    return trusts[0] === 'known_device';
  };
  assert.equal(await isKnown({}, {}), true);
  assert.equal(await isKnown({}, { used: true }), false);
  assert.equal(await isKnown({ used: true }, {}), true);
  assert.equal(await isKnown({}, { expires: 0 }), false);
  assert.equal(await isKnown({ used: true }, { used: true, expires: 0 }), false);
  assert.equal(await isKnown({ used: true }, { expires: 0 }), false);
  assert.equal(await isKnown({ used: true }, { used: true }), true);
  await given({}, { trust: 'known_device', id: 5 });
  assert.equal((await guess())?.trust, 'unknown_device');
});

test('a client network guesses at the open challenge of its tokens', async () => {
  const ofNetwork = { ofNetwork: true };
  const asker = async (one: Row, other: Row) => {
    const rows = [
      { ...ofNetwork, ...one },
      { ...ofNetwork, ...other, asker: 2, id: 5 },
    ];
    const askers = [];
    for (const order of [rows, rows.toReversed()]) {
      await given(...order);
      const counted = await guess({ askers: [1, 2], network: true });
      askers.push(counted?.asker);
      assert.equal((await stored('unknown_device', counted?.asker)).networkGuesses, 1);
      assert.equal((await stored('unknown_device', counted?.asker === 1 ? 2 : 1)).networkGuesses, 0);
    }
    assert.equal(askers[0], askers[1]);
    return askers[0];
  };
  assert.equal(await asker({}, { used: true }), 1);
  assert.equal(await asker({ used: true }, {}), 2);
  assert.equal(await asker({}, { expires: 0 }), 1);
  assert.equal(await asker({ expires: 0 }, {}), 2);
  assert.equal(await asker({ expires: 0 }, { used: true }), 2);
  assert.equal(await asker({ sent: [100, 110] }, { sent: [50, 200] }), 2, 'the newest message decides');
  assert.equal(await asker({ sent: [50, 200] }, { sent: [100, 110] }), 1);
  await given({}, { asker: 2, id: 5 });
  assert.equal((await guess({ askers: [2] }))?.id, 5);
  assert.equal(await guess({ askers: [3] }), null);
});

test('a guess counts on top of one that was faster, and not beyond the last', async () => {
  for (const [network, guesses, left] of [
    [false, 0, 3],
    [false, 4, null],
    [true, 0, 3],
    [true, 4, null],
  ] as const) {
    await given({ ofNetwork: true, ...(network ? { guesses: 0, networkGuesses: guesses } : { guesses }) });
    const row = await meanwhile(
      `select vouch.${guessing({ network }).slice(0, -1)}, ${ago(1)})`,
      `select * from vouch.${guessing({ network }).slice(0, -1)}, ${ago(0)})`,
    );
    assert.deepEqual(guessOf(row), left === null ? null : { ...first, left });
    assert.deepEqual((await stored()).guessed, left === null ? [1, 7, 8] : [0, 1, 7, 8]);
  }
});

test('a guess overwrites no change of another transaction', async () => {
  for (const [change, expected] of [
    ['guesses = 3', { guesses: 4 }],
    ['network_guesses = 3', { guesses: 3, networkGuesses: 3 }],
    [`guessed_at = ${agos(5)}`, { guesses: 3, guessed: [0, 5] }],
    ['guesses = 5', { guesses: 5, guessed: [7, 8] }],
    [`expires_at = ${ago(0)}, guesses = 1`, { guesses: 1, expires: 0, guessed: [7, 8] }],
  ] as const) {
    await given({});
    await meanwhile(
      `update challenge set ${change} where phone_number = '${number}' and device_trust = 'unknown_device' and asker = ${bytes(1)}`,
      `select * from vouch.${guessing({}).slice(0, -1)}, ${ago(0)})`,
    );
    const { id: _, key, length, earlier, sent, ...row } = await stored();
    assert.deepEqual(row, { expires: -300, ...counts, guessed: [0, 7, 8], ...expected });
  }
});

test('a guess is of the challenge that has replaced the one before meanwhile', async () => {
  await given({ used: true });
  const row = await meanwhile(
    `select vouch.renew_challenge(${own}, '${id(4)}', '{k2,k1}', 6::smallint, 6::smallint, ${bytes(6)}, false, ${ago(1)})`,
    `select * from vouch.${guessing({}).slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual(guessOf(row), { ...first, id: 4, left: 2 });
  await given({});
  const other = await meanwhile(
    `update challenge set id = '${id(4)}' where phone_number = '${number}' and device_trust = 'unknown_device' and asker = ${bytes(1)}`,
    `select * from vouch.${guessing({}).slice(0, -1)}, ${ago(0)})`,
  );
  assert.equal(other.id, id(4));
});

const networks = `'{narrow,wide}', '{guess,guess_48}', '{10,5}', 100`;

/** How far the buckets of the client networks are filled, in seconds after the present. */
async function taken() {
  const rows = await query('select * from rate_limit order by key');
  return rows.map(({ key, tat }) => [key, 0 - agoOf(tat)!]);
}

const refusals = async () =>
  (await query('select bucket, phone_number, rule, times from refusal')).map((row) => Object.values(row));

const verifying = ({
  askers = [1],
  network = false,
  isTest = false,
  devices = [] as number[],
  sprayLimit = 5,
  proofs = [3],
  blockKeys = '{}',
} = {}) =>
  `use_code('${number}', ${askersOf(devices)}, ${askersOf(askers)}, ${askersOf(proofs)}, ${network}, ${isTest}, ${networks}, ${sprayLimit}, '${blockKeys}', null)`;

async function verify(input: Parameters<typeof verifying>[0] = {}) {
  const row = await call(verifying(input));
  const { is_right: isRight, device_trust: trust, guesses_left: left } = row;
  return { guess: trust === null ? null : { isRight, trust, left }, limit: [row.limit_name, row.limit_wait] };
}

test('a right guess names the message of its challenge, if it is the only one', async () => {
  const [only] = await query(`select vouch.id_at('${id(1)}', ${ago(100)}) as id`);
  const cases: [row: Row, proofs: number[], named: unknown][] = [
    [{}, [4], only?.id],
    [{ sent: [100, 200] }, [4], null],
    [{}, [3], null],
    [{ sent: [100, 200] }, [3], null],
  ];
  for (const [row, proofs, named] of cases) {
    for (const text of [guessing({ proofs }), verifying({ proofs })]) {
      await given(row);
      await givenNumber({});
      await givenSpray();
      assert.equal((await call(text)).message_id, named, text);
    }
  }
});

const unlimited = [null, null];
const judged = { isRight: false, trust: 'unknown_device' };

test('a guess at a challenge counts at no client network, and another at each', async () => {
  await given({ ofNetwork: true });
  await givenSpray();
  assert.deepEqual(await verify(), { guess: { ...judged, left: 2 }, limit: unlimited });
  assert.deepEqual(await verify({ network: true }), { guess: { ...judged, left: 4 }, limit: unlimited });
  assert.deepEqual(await taken(), []);
  assert.deepEqual(await verify({ askers: [3] }), { guess: null, limit: unlimited });
  assert.deepEqual(await taken(), [
    ['narrow', 10],
    ['wide', 20],
  ]);
  assert.deepEqual(await verify({ askers: [3] }), { guess: null, limit: unlimited });
  assert.deepEqual(await taken(), [
    ['narrow', 20],
    ['wide', 40],
  ]);
  const { guesses, networkGuesses } = await stored();
  assert.deepEqual([guesses, networkGuesses], [3, 1]);
  assert.deepEqual([await refusals(), await spray()], [[], []]);
});

test('a guess at a challenge that is over counts at no client network, but at a test number', async () => {
  await givenSpray([2, 5]);
  for (const over of [{ guesses: 5 }, { expires: 0 }, { length: 6 }]) {
    await given(over);
    await givenSpray([2, 5]);
    assert.deepEqual(await verify(), { guess: null, limit: unlimited });
    assert.deepEqual(await taken(), []);
  }
  await given({ guesses: 5 });
  assert.deepEqual(await verify({ isTest: true }), { guess: null, limit: unlimited });
  assert.deepEqual(await taken(), [
    ['narrow', 10],
    ['wide', 20],
  ]);
});

test('a client network that has used up its guesses still guesses at a challenge, and at nothing else', async () => {
  await given({});
  await query(`insert into rate_limit values ('wide', ${ago(-80)})`);
  assert.deepEqual(await verify({ askers: [3] }), { guess: null, limit: unlimited });
  await query(`update rate_limit set tat = ${ago(-80.5)}`);
  assert.deepEqual(await verify({ askers: [3] }), { guess: null, limit: ['guess_48', 0.5] });
  assert.deepEqual(await taken(), [
    ['narrow', 80.5],
    ['wide', 80.5],
  ]);
  assert.deepEqual(await refusals(), [['network:wide:12', number, 'guess_48', 1]]);
  assert.deepEqual(await verify(), { guess: { ...judged, left: 2 }, limit: unlimited });
  assert.equal((await stored()).guesses, 3);
});

test('a test number whose limit is reached is refused before any challenge', async () => {
  await given({});
  await query(`insert into rate_limit values ('wide', ${ago(-80)})`);
  assert.equal((await verify({ isTest: true })).guess?.isRight, false);
  await query(`update rate_limit set tat = ${ago(-80.5)}`);
  assert.deepEqual(await verify({ isTest: true }), { guess: null, limit: ['guess_48', 0.5] });
  assert.equal((await stored()).guesses, 3);
  assert.deepEqual(await taken(), [['wide', 80.5]]);
  assert.deepEqual(await refusals(), [['network:wide:12', number, 'guess_48', 1]]);
});

test('a guess that belongs to no challenge waits for those before it', async () => {
  await given();
  await query(`insert into rate_limit values ('narrow', ${ago(-10)}), ('wide', ${ago(-80)})`);
  const row = await meanwhile(
    `update rate_limit set tat = ${ago(-85)} where key = 'wide'`,
    `select * from vouch.${verifying().slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual([row.device_trust, row.limit_name, row.limit_wait], [null, 'guess_48', 5]);
  assert.deepEqual(await refusals(), [['network:wide:12', number, 'guess_48', 1]]);
});

test('a day with too many wrong guesses is a spray', async () => {
  await given({});
  await givenSpray([2, 3], [7, 1]);
  assert.equal((await verify()).guess?.isRight, false);
  await givenSpray([2, 3], [7, 2]);
  assert.equal((await verify()).guess, null);
  assert.deepEqual(await taken(), [], 'the guess belongs to a challenge');
  assert.equal((await verify({ sprayLimit: 6 })).guess?.isRight, false);
  assert.equal((await verify({ isTest: true })).guess?.isRight, false);
});

test('a device that the account trusts guesses at its own challenge', async () => {
  await given({}, { trust: 'known_device', id: 5 });
  await trustDevice(7);
  assert.equal((await verify({ devices: [7] })).guess?.trust, 'known_device');
  assert.equal((await verify({ devices: [8] })).guess?.trust, 'unknown_device');
});

test('a right guess tells its challenge, and a wrong one none', async () => {
  await given({});
  assert.equal((await call(verifying())).challenge_id, null);
  assert.equal((await call(verifying({ proofs: [4] }))).challenge_id, id(1));
});

test('a block refuses a guess before it is judged, and a request before it counts', async () => {
  await given({});
  const blockKeys = `{number:${number}}`;
  await query(`insert into block (key, value, id, kind, reason, created_at, created_by)
    values ('number:${number}', '${number}', '${id(9)}', 'number', 'r', ${ago(0)}, 'o')`);
  const guessed = await call(verifying({ proofs: [4], blockKeys }));
  assert.deepEqual([guessed.blocked_by, guessed.is_right, guessed.device_trust], ['number', null, null]);
  assert.deepEqual(await refusals(), [[`number:${number}:blocked_number`, number, 'blocked_number', 1]]);
  await query('delete from refusal');
  const requested = await call(requesting({ blockKeys }));
  assert.deepEqual([requested.blocked_by, requested.id, agoOf(requested.now)], ['number', null, 0]);
  assert.deepEqual(await refusals(), [[`number:${number}:blocked_number`, number, 'blocked_number', 1]]);
  const { used, guesses, sent } = await stored();
  assert.deepEqual([used, guesses, sent, await taken(), await storedNumber()], [null, 2, [100], [], undefined]);
  assert.deepEqual((await query('select refused_count from block')).map(Object.values), [['2']]);
  await query('delete from block');
});

test('a wrong guess of a stranger counts at the number and the day, one at a test number at its own limit', async () => {
  for (const [trust, isTest, counted] of [
    ['unknown_device', false, 1],
    ['unknown_device', true, 0],
    ['known_device', false, 0],
    ['known_device', true, 0],
  ] as const) {
    await given({});
    await givenNumber({ failures: 4 });
    await givenSpray([2, 6], [3, 1]);
    await query(emptyAuditTrail);
    const { events } = await call(
      `reject_code(${ofNumber(trust)}, ${isTest}, '+1 •2', '192.0.2.1', 'Firefox', ${networks})`,
    );
    assert.deepEqual((await storedNumber())?.failures, 4 + counted);
    assert.deepEqual(await spray(), [
      [2, 6 + counted],
      [3, 1],
    ]);
    const ofTest = [
      ['narrow', 10],
      ['wide', 20],
    ];
    assert.deepEqual(await taken(), isTest ? ofTest : []);
    const failed = { event: 'signed_in', result: 'failed', account_id: null, number: '+1 •2', details: null };
    assert.deepEqual(events, [failed]);
    const [row, ...more] = await query('select * from audit_event');
    assert.deepEqual(
      [row!.event, row!.client_ip, row!.device, agoOf(row!.at)],
      ['signed_in', '192.0.2.1', 'Firefox', 0],
    );
    assert.deepEqual([more, await refusals()], [[], []]);
  }
});

/** A guess with the proof of the code, among others. */
const right = (input: Guess = {}) => guessing({ proofs: [3, 4, 5], ...input });

/** The wrong guesses that a right one forgives; null if it was not right. */
async function use(input: Guess = {}) {
  const row = await call(right(input));
  assert.equal(row.is_right === true, row.wrong_guesses !== null && row.is_right);
  return row.is_right ? row.wrong_guesses : null;
}

test('a right guess uses its challenge up once, before it ends, and counts nowhere', async () => {
  await given({ earlier: [] });
  assert.equal(await use({ proofs: [] }), null);
  assert.equal(await use({ proofs: [3, 5] }), null);
  assert.deepEqual([(await stored()).used, (await stored()).guesses], [null, 4]);
  assert.equal(await use(), 4);
  const { used, guesses, guessed } = await stored();
  assert.deepEqual([used, guesses, guessed], [0, 4, [0, 0, 7, 8]]);
  assert.equal(await use(), null, 'it is used');
  assert.equal((await stored()).guesses, 5, 'a guess at a used code counts');
  await given({ expires: 0 });
  assert.equal(await use(), null);
  await given({ earlier: [], expires: -1 });
  assert.equal(await use(), 2);
  await given({ guesses: 5 });
  assert.equal(await use(), null, 'no guess was left');
  await given();
  assert.equal(await use(), null);
  await assertUntouched();
});

test('a right guess tells the wrong ones, unless a used challenge before it has told them', async () => {
  for (const [guesses, networkGuesses, network, wrong] of [
    [0, 0, false, 0],
    [4, 0, false, 4],
    [1, 3, false, 4],
    [0, 0, true, 0],
    [2, 2, true, 4],
    [4, 4, true, 8],
  ] as const) {
    await given({ guesses, networkGuesses, ofNetwork: true, earlier: [] });
    assert.equal(await use({ network }), wrong);
    const used = await stored();
    assert.deepEqual([used.guesses, used.networkGuesses, used.guessed], [guesses, networkGuesses, [7, 8]]);
    await given({ guesses, networkGuesses, ofNetwork: true, earlier: [3] });
    assert.equal(await use({ network }), 0);
  }
});

test('a right guess of a stranger tells the failures of its number', async () => {
  await given({});
  await givenNumber({ failures: 7 });
  assert.equal((await call(right())).failures, 7);
  await given({});
  assert.equal((await call(right())).failures, 0);
  await given({ trust: 'known_device' });
  assert.equal((await call(right({ trust: 'known_device' }))).failures, null, 'they are not looked at');
});

test('of two right guesses at once one is right, and the other counts', async () => {
  await given({});
  const text = `select * from vouch.${right().slice(0, -1)}, ${ago(0)})`;
  assert.equal((await meanwhile(text, text)).is_right, false);
  const { guesses, used } = await stored();
  assert.deepEqual([guesses, used], [3, 0]);
});

test('a right guess waits for those before it: when they took the last one left, it is not judged', async () => {
  await given({ guesses: 4 });
  const row = await meanwhile(
    `select vouch.${guessing({}).slice(0, -1)}, ${ago(1)})`,
    `select * from vouch.${right().slice(0, -1)}, ${ago(0)})`,
  );
  assert.equal(guessOf(row), null);
  assert.equal((await stored()).used, null);
});

test('a block ends the codes of its number, also for a guess that began seconds before it', async () => {
  await given({}, { asker: 2, id: 5 });
  await query(`select vouch.expire_challenges('${number}', ${ago(-5)})`);
  assert.equal(await use(), null);
  assert.equal(await use({ askers: [2] }), null);
  const [other] = await query(`select * from challenge where phone_number = '+32' and device_trust = 'unknown_device'`);
  assert.equal(agoOf(other!.expires_at), -300, 'codes of other numbers go on');
});

test('a right guess is none when its code has ended meanwhile, as by a block', async () => {
  await given({});
  const row = await meanwhile(
    `update challenge set expires_at = ${ago(0)} where phone_number = '${number}' and device_trust = 'unknown_device'`,
    `select * from vouch.${right().slice(0, -1)}, ${ago(0)})`,
  );
  assert.equal(guessOf(row), null);
});

test('a sign-in forgets the failures of its number, and takes its wrong guesses back', async () => {
  for (const [guesses, left] of [
    [0, 5],
    [1, 4],
    [5, 0],
    [6, 0],
  ] as const) {
    await given({});
    await givenNumber({ failures: 7 });
    await givenSpray([2, 5], [3, 1]);
    await call(`forgive_guesses('${number}', false, ${guesses})`);
    assert.deepEqual(await storedNumber(), { sent: [100], failures: 7 });
    await call(`forgive_guesses('${number}', true, 0)`);
    assert.deepEqual(await storedNumber(), { sent: [100], failures: 0 });
    assert.deepEqual(await spray(), [
      [2, left],
      [3, 1],
    ]);
  }
});

interface Request {
  asker?: number;
  network?: boolean;
  isTest?: boolean;
  devices?: number[];
  daily?: string;
  sprayLimit?: number;
  usual?: number;
  attempt?: boolean;
  blockKeys?: string;
}

const requesting = ({
  asker = 1,
  network = false,
  isTest = false,
  devices = [],
  daily = '[]',
  sprayLimit = 5,
  usual = 6,
  attempt = false,
  blockKeys = '{}',
}: Request = {}) =>
  `request_code('${number}', ${askersOf(devices)}, ${bytes(asker)}, ${network}, '${id(2)}', '{k2,k1}', ${usual}::smallint, ${askersOf([6, 8])},
    ${attempt ? attemptAtQ : 'null'}, '{narrow,wide}', '{network_messages,network_messages_48}', '{10,5}', 100, '${daily}', ${isTest}, ${sprayLimit}, '${blockKeys}', null,
    json_build_object('id', gen_random_uuid(), 'country', 'RU', 'prefix', '+1', 'language', 'ru', 'channel', 'sms', 'provider', 'p'))`;

const attemptAtQ = `'{"provider": "q", "channel": "telegram", "segments": 2, "price": "85000", "currency": "EUR"}'`;

const request = (input: Request = {}) => call(requesting(input));

/** An account of the number that trusts a device. */
async function trustDevice(device: number) {
  await query(
    insertingAccounts(
      `select '${id(7)}'::uuid as id, '${number}' as phone_number, '222222' as code, ${ago(0)} as created_at`,
    ),
  );
  await query(`insert into trusted_device values ('${id(7)}', ${bytes(device)}, ${ago(9)})`);
}

test('a request opens the challenge of its asker, and counts its message at the number', async () => {
  await given({ asker: 2, sent: [10] });
  await givenNumber({ sent: [10] });
  const row = await request({ network: true });
  const {
    id: of,
    key_id: key,
    code_length: length,
    is_new: isNew,
    expires_in: expires,
    resend_in: resend,
    tried,
  } = row;
  assert.deepEqual(
    { of: idOf(of), key, length, isNew, expires, resend, tried },
    { of: 2, key: 'k2', length: 6, isNew: true, expires: 600, resend: 30, tried: null },
  );
  assert.deepEqual([agoOf(row.now), row.is_locked], [0, false]);
  assert.deepEqual(await storedNumber(), { sent: [0, 10], failures: 0 });
  const { sent, ofNetwork } = await stored();
  assert.deepEqual([sent, ofNetwork], [[0], true]);
  assert.deepEqual((await stored('unknown_device', 2)).sent, [10]);
  assert.deepEqual(
    [await taken(), await refusals()],
    [
      [
        ['narrow', 10],
        ['wide', 20],
      ],
      [],
    ],
  );
});

const messageRows = () =>
  query(`select id, state, provider, channel, segments, price, currency, sent_at, leased_until, reason from delivery
    where phone_number = '${number}'`);

test('an attempt begins with the record of a new code, of a renewed one too, and else the message waits', async () => {
  const begins = async (input: Request = {}) => {
    await query('delete from delivery');
    const { has_begun: hasBegun } = await request({ attempt: true, ...input });
    const rows = await messageRows();
    return [hasBegun, ...rows.map(({ state }) => state)];
  };
  await given({ asker: 2, sent: [40] });
  assert.deepEqual(await begins(), [true, 'sending']);
  const [row] = await messageRows();
  assert.deepEqual([agoOf(row!.sent_at), agoOf(row!.leased_until)], [0, -15]);
  const { state, provider, channel, segments, price, currency, reason } = row!;
  const begun = { state, provider, channel, segments, price, currency, reason };
  assert.deepEqual(begun, {
    state: 'sending',
    provider: 'q',
    channel: 'telegram',
    segments: 2,
    price: '85000',
    currency: 'EUR',
    reason: null,
  });
  await given({ sent: [700], expires: -1 });
  assert.deepEqual(await begins(), [true, 'sending'], 'an expired code is replaced');
  await given({ sent: [40] });
  assert.deepEqual(await begins(), [false, 'waiting'], 'an open code is sent again');
  await given({ asker: 2, sent: [40] });
  assert.deepEqual(await begins({ attempt: false }), [false, 'waiting']);
  const [waiting] = await messageRows();
  assert.deepEqual([waiting!.provider, waiting!.segments, waiting!.sent_at], ['p', null, null]);
  await given({ asker: 2, sent: [40] });
  await query(`insert into daily_count values (${day}, 'failed_guesses', 0, 5)`);
  assert.deepEqual(await begins(), [false, 'waiting'], 'the code has eight digits');
});

test('a code of the usual length and one of eight digits are each right with the proof of its length', async () => {
  for (const [failed, length, right, wrong] of [
    [4, 6, 6, 8],
    [5, 8, 8, 6],
  ] as const) {
    await given({ asker: 2, sent: [40] });
    await query(`insert into daily_count values (${day}, 'failed_guesses', 0, ${failed})`);
    assert.equal((await request()).code_length, length);
    assert.equal((await verify({ proofs: [wrong] })).guess?.isRight, false);
    assert.equal((await verify({ proofs: [right] })).guess?.isRight, true);
  }
});

test('the open codes of a blocked number end an hour ago, and those of a forgotten number are deleted', async () => {
  const ends = async () => {
    const rows = await query(`select phone_number, expires_at from challenge order by phone_number, expires_at`);
    return rows.map(({ phone_number: of, expires_at: at }) => [of, agoOf(at)]);
  };
  await given({ expires: -300 }, { asker: 2, expires: 3599 }, { asker: 3, expires: 3601 });
  const ofOther = (await ends()).filter(([of]) => of === '+32');
  assert.equal(ofOther.length, 2);
  await call(`expire_challenges('${number}')`);
  assert.deepEqual(await ends(), [[number, 3601], ...Array.from({ length: 4 }, () => [number, 3600]), ...ofOther]);
  await query(`select vouch.forget_challenges('${number}')`);
  assert.deepEqual(await ends(), ofOther);
});

test('the response to a request tells the messages of its asker alone', async () => {
  await given({ sent: [40] });
  await givenNumber({ sent: [1, 2, 3, 40] });
  const row = await request();
  assert.deepEqual([idOf(row.id), row.is_new, row.resend_in], [1, false, 60]);
  assert.equal((await request({ asker: 2 })).id, null);
  assert.equal((await request({ isTest: true, asker: 3 })).resend_in, 0);
});

test('a request after the fourth message of an hour tells when the hour has room again', async () => {
  const sent = [130, 200, 300, 400];
  await given({ sent });
  await givenNumber({ sent });
  assert.equal((await request()).resend_in, 3200);
});

test('a code that is sent again, or replaced after its use, tells the providers that were tried, and is planned anew', async () => {
  for (const [used, challenge] of [
    [false, 1],
    [true, 2],
  ] as const) {
    await given({ used, sent: [40], earlier: [] });
    await failedMessage(40);
    const row = await request({ attempt: true });
    assert.deepEqual([idOf(row.id), row.tried, row.has_begun], [challenge, 'p', false]);
    const [message] = await query(`select is_repeat from delivery where requested_at = ${ago(0)}`);
    assert.equal(message!.is_repeat, !used, 'a new code repeats none');
  }
});

test('the windows of a number refuse every asker, and the pause its own', async () => {
  await given({ sent: [10] });
  await givenNumber({ sent: times(4, 10) });
  const paused = await request();
  assert.deepEqual([paused.id, paused.pause_wait, paused.hour_wait], [null, 20, null]);
  assert.equal((await storedNumber())?.sent.length, 4);
  assert.equal(idOf((await request({ asker: 2 })).id), 2);
  const full = await request({ asker: 3 });
  assert.deepEqual([full.id, full.pause_wait, full.hour_wait], [null, null, 3587]);
  assert.deepEqual(await storedNumber(), { sent: [0, ...times(4, 10)], failures: 0 });
  assert.deepEqual((await refusals()).sort(), [
    [`number:${number}:hour`, number, 'hour', 1],
    [`number:${number}:pause`, number, 'pause', 1],
  ]);
});

test('a request that a wait refuses asks no counter of the day, and takes no unit', async () => {
  const full = { daily: '[{"scope":"a","max":1,"cost":2,"typicalCost":1}]' };
  await given({ sent: [10] });
  await givenNumber({ sent: [10] });
  const paused = await request(full);
  assert.deepEqual([paused.pause_wait, paused.daily_scope], [20, null]);
  await query(`insert into rate_limit values ('wide', ${ago(-80.5)})`);
  const limited = await request({ ...full, asker: 2 });
  assert.deepEqual([limited.limit_wait, limited.daily_scope], [0.5, null]);
  assert.deepEqual(await taken(), [['wide', 80.5]], 'the other network keeps its unit');
  assert.equal((await request({ ...full, asker: 2, isTest: true })).daily_scope, null);
  await query('delete from rate_limit');
  assert.equal((await request({ ...full, asker: 2 })).daily_scope, 'a');
});

test('a request that finds a faster one is told the waits that it leaves', async () => {
  for (const [sent, hour, day, rule] of [
    [times(5, 10), 3586, null, 'hour'],
    [times(10, 4000), -404, 82_391, 'day'],
  ] as const) {
    await given({ asker: 2 });
    const row = await meanwhile(
      `insert into number_limit values (${ofNumber()}, ${agos(...sent)})`,
      `select * from vouch.${requesting({}).slice(0, -1)}, ${ago(0)})`,
    );
    assert.deepEqual([row.id, row.pause_wait, row.hour_wait, row.day_wait], [null, null, hour, day]);
    assert.deepEqual(await refusals(), [[`number:${number}:${rule}`, number, rule, 1]]);
  }
});

test('a request waits for the one before it at its number, unless the day refuses it anyway', async () => {
  const full = { daily: '[{"scope":"a","max":1,"cost":2,"typicalCost":1}]' };
  for (const [input, waits] of [
    [{}, [null, 3586]],
    [full, ['a', null]],
  ] as const) {
    await given({ asker: 2 });
    await givenNumber({ sent: [100] });
    const row = await meanwhile(
      `update number_limit set sent_at = ${agos(...times(5, 10))} where (phone_number, device_trust) = (${ofNumber()})`,
      `select * from vouch.${requesting(input).slice(0, -1)}, ${ago(0)})`,
    );
    assert.deepEqual([row.id, row.daily_scope, row.hour_wait], [null, ...waits]);
  }
});

test('a request whose network has sent its last message meanwhile is refused, and counts none', async () => {
  await given();
  await query(`insert into rate_limit values ('narrow', ${ago(-10)}), ('wide', ${ago(-80)})`);
  const row = await meanwhile(
    `update rate_limit set tat = ${ago(-80.5)} where key = 'wide'`,
    `select * from vouch.${requesting({ daily: '[{"scope":"a","max":5,"cost":2,"typicalCost":1}]' }).slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual([row.id, row.limit_name, row.limit_wait], [null, 'network_messages_48', 0.5]);
  assert.deepEqual(await refusals(), [['network:wide:12', number, 'network_messages_48', 1]]);
  assert.deepEqual([await storedNumber(), (await query('select from daily_count')).length], [undefined, 0]);
});

test('a request is refused whose day another one fills meanwhile, and is not counted at its number', async () => {
  await given();
  await query(`insert into daily_count values (${day}, 'a', 0, 3)`);
  const row = await meanwhile(
    `update daily_count set amount = 4 where scope = 'a'`,
    `select * from vouch.${requesting({ daily: '[{"scope":"a","max":5,"cost":2,"typicalCost":1}]' }).slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual([row.id, row.daily_scope, await storedNumber()], [null, 'a', undefined]);
  assert.deepEqual(await refusals(), [['network:wide:12', number, 'daily_max', 1]]);
});

test('of two first requests of an asker at once the second has to wait for the pause', async () => {
  await given();
  const row = await meanwhile(
    `insert into number_limit values (${ofNumber()}, ${agos(1)}); select vouch.${opening().slice(0, -1)}, ${ago(1)})`,
    `select * from vouch.${requesting().slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual([row.id, row.pause_wait, (await storedNumber())?.sent], [null, 29, [1]]);
  assert.deepEqual(await refusals(), [[`number:${number}:pause`, number, 'pause', 1]]);
});

test('a locked number has no more messages for strangers', async () => {
  await given();
  await givenNumber({ failures: 100 });
  const row = await request();
  assert.deepEqual([row.id, row.is_locked, row.pause_wait, row.limit_wait], [null, true, null, 0]);
  assert.deepEqual(await refusals(), [[`number:${number}:locked`, number, 'locked', 1]]);
  assert.deepEqual([await taken(), (await storedNumber())?.sent], [[], [100]]);
  assert.equal(idOf((await request({ isTest: true })).id), 2);
  await trustDevice(7);
  await query(`update number_limit set failures = 0, sent_at = ${agos(90)} where device_trust = 'known_device'`);
  untouched = [];
  assert.equal(idOf((await request({ devices: [7], asker: 2 })).id), 2);
});

test('codes that a spray makes too short are replaced, and those of known devices and test numbers are kept', async () => {
  const renewed = async (failed: number, input: Request = {}) => {
    await given({}, { trust: 'known_device', sent: [100] });
    await givenNumber({});
    await givenSpray([2, failed]);
    await trustDevice(7);
    const row = await request(input);
    return [idOf(row.id), row.code_length];
  };
  assert.deepEqual(await renewed(4), [1, 6]);
  assert.deepEqual(await renewed(5), [2, 8]);
  assert.deepEqual(await renewed(499), [2, 8]);
  assert.deepEqual(await renewed(5, { isTest: true }), [1, 6]);
  assert.deepEqual(await renewed(500, { isTest: true }), [1, 6]);
  assert.deepEqual(await renewed(500, { devices: [7] }), [1, 6]);
});

test('a day with a hundred times as many wrong guesses as a spray has no more codes for strangers', async () => {
  const counter = '[{"scope":"a","max":5,"cost":2,"typicalCost":1}]';
  for (const daily of ['[]', counter]) {
    await given({});
    await givenNumber({});
    await givenSpray([2, 499]);
    assert.equal((await request({ daily })).daily_scope, null);
    await given({});
    await givenNumber({});
    await givenSpray([2, 500]);
    const over = await request({ daily });
    assert.deepEqual([over.id, over.daily_scope, over.daily_wait], [null, 'failed_guesses', 43_200]);
    assert.deepEqual(await refusals(), [['network:wide:12', number, 'guesses_of_day', 1]]);
    assert.deepEqual([await taken(), (await storedNumber())?.sent], [[], [100]]);
  }
});

test('a code is longer if the guesses of the day could exceed nineteen, unless the number is for tests', async () => {
  const rows: Row[] = [guessedAt(13, { asker: 2 })];
  for (const [isTest, length] of [
    [false, 8],
    [true, 6],
  ] as const) {
    await given(...rows);
    await givenNumber({ sent: [10, 20] });
    assert.equal((await request({ isTest })).code_length, length);
  }
  // an open challenge is kept, and so is its code
  await given({}, ...rows);
  await givenNumber({ sent: [100, 200] });
  assert.deepEqual([(await request()).code_length, (await stored()).id], [6, 1]);
});

test('a limit that opens last names the refusal, and of several the first', async () => {
  const longest = async (...waits: (number | null)[]) =>
    (
      await query(
        `select vouch.longest_wait(${waits.map((wait) => wait ?? 'null').join(', ')}, 'network_messages') as name`,
      )
    )[0]!.name;
  assert.equal(await longest(3, 2, 2, 2), 'pause');
  assert.equal(await longest(2, 3, 2, 2), 'hour');
  assert.equal(await longest(2, 2, 3, 2), 'day');
  assert.equal(await longest(2, 2, 2, 3), 'network_messages');
  assert.equal(await longest(3, 3, 3, 3), 'pause');
  assert.equal(await longest(2, 3, 3, 3), 'hour');
  assert.equal(await longest(2, null, 3, 3), 'day');
  assert.equal(await longest(null, null, null, 3), 'network_messages');
});

test('a sign-in takes back the wrong guesses of a stranger; those of a known device and at a test number count nowhere', async () => {
  for (const [trust, network, back, isTest = false] of [
    ['unknown_device', false, 5],
    ['unknown_device', true, 5],
    ['known_device', false, 0],
    ['unknown_device', false, 0, true],
  ] as const) {
    // the wrong guess below is one more
    await given({ trust, guesses: 2, networkGuesses: 2, ofNetwork: true, earlier: [] });
    await givenNumber({ failures: 1 });
    await givenSpray([2, 9]);
    await trustDevice(7);
    const device = trust === 'known_device' ? 7 : 6;
    const signIn = (proof: number) => call(signing(6, proof, isTest, network, device));
    assert.equal((await signIn(2)).account_id, null);
    assert.equal((await storedNumber())?.failures, 1);
    assert.equal((await signIn(4)).account_id, id(7));
    assert.equal((await storedNumber())?.failures, isTest ? 1 : 0);
    assert.deepEqual(await spray(), [[2, 9 - back]]);
    const { guesses, networkGuesses, used } = await stored(trust);
    assert.deepEqual([guesses, networkGuesses, used], network ? [2, 3, 0] : [3, 2, 0]);
  }
});

/** The guesses of strangers at short codes of the day: made and open. */
async function shortGuesses() {
  const rows =
    await query(`select asker, is_of_network, guesses, network_guesses, used_at, expires_at > ${ago(0)} as open,
    code_length, cardinality(guessed_at) as made from challenge where phone_number = '${number}' and device_trust = 'unknown_device'`);
  let sum = 0;
  for (const row of rows) {
    sum += row.made;
    if (row.used_at === null && row.open && row.code_length < 8)
      sum += row.is_of_network ? 9 - row.guesses - row.network_guesses : 5 - row.guesses;
  }
  return sum;
}
const fresh = { guesses: 0, guessed: [] };

test('of several first requests at once each counts the guesses of those before it', async () => {
  await given();
  const change = [2, 3, 4]
    .map(
      (asker) =>
        `select vouch.open_challenge(${ofNumber()}, ${bytes(asker)}, '${id(asker)}', '{k1}', 6::smallint, 6::smallint, ${bytes(6)}, false, ${ago(1)})`,
    )
    .join(';');
  await query(`delete from challenge where asker = ${bytes(0)}`);
  untouched = [];
  const row = await meanwhile(
    `insert into number_limit values (${ofNumber()}, ${agos(1, 2, 3)}, 0); ${change}`,
    `select * from vouch.${requesting().slice(0, -1)}, ${ago(0)})`,
  );
  assert.equal(row.code_length, 8);
  assert.ok((await shortGuesses()) <= 19);
});

test('a used challenge that is renewed exceeds no guesses of a day', async () => {
  await given({ ...fresh, used: true, sent: [100] }, guessedAt(12, { asker: 2 }), { ...fresh, asker: 3 });
  await givenNumber({ sent: [100, 200, 300] });
  assert.equal(await shortGuesses(), 19);
  await call(requesting());
  assert.ok((await shortGuesses()) <= 19, `${await shortGuesses()}`);
});

test('a request with the token of a client network reserves the guesses of both lanes', async () => {
  await given({ ...fresh, ofNetwork: true, expires: 1 }, guessedAt(12, { asker: 2 }));
  await givenNumber({ sent: [100, 200, 300] });
  await call(requesting());
  assert.ok((await shortGuesses()) <= 19, `${await shortGuesses()}`);
});

test('an open challenge that becomes one of a client network reserves the guesses of both lanes', async () => {
  await given(fresh, guessedAt(12, { asker: 2 }));
  await givenNumber({ sent: [100, 200, 300] });
  assert.equal(await shortGuesses(), 19);
  await call(requesting({ network: true }));
  assert.ok((await shortGuesses()) <= 19, `${await shortGuesses()}`);
});

/** A sign-in by the code of a proof, whose session has this number. */
const signing = (session: number, proof: number, isTest = false, network = false, device = session) =>
  `sign_in('${number}', array[${bytes(session)}, ${bytes(device)}], ${askersOf([1])}, ${askersOf([proof])}, ${network}, ${isTest}, ${networks}, 1000, '{}',
    '192.0.2.1', 'Firefox', '${id(7)}', '{222222}', null, json_build_object('id', '${id(session)}', 'lifeSeconds', 1000, 'max', 50,
      'secretHash', encode(${bytes(session)}, 'hex'), 'address', 'x'))`;

test('the wrong guesses of a test number, which counted nothing, are not taken back', async () => {
  await given({});
  await givenSpray([2, 5]);
  await guess({ isTest: true });
  await call(`reject_code(${ofNumber()}, true, '+1 •2', 'x', 'x', ${networks})`);
  await guess({ isTest: true });
  assert.notEqual((await call(signing(1, 4, true))).account_id, null);
  assert.deepEqual(await spray(), [[2, 5]]);
});

test('wrong guesses are taken back once', async () => {
  await given({ guesses: 3, guessed: [7, 8, 9], sent: [100], earlier: [] });
  await givenNumber({ sent: [100] });
  await givenSpray([2, 20]);
  await call(signing(1, 4));
  assert.deepEqual(await spray(), [[2, 17]]);
  const again = await call(requesting({ sprayLimit: 1000 }));
  assert.equal(again.id, id(2));
  await guess();
  await call(signing(3, 6));
  assert.deepEqual(await spray(), [[2, 17]]);
});

test('a test number signs in more than twenty times within the life of a code', async () => {
  await given({ ...fresh });
  for (let time = 0; time < 30; time += 1) {
    const [row] = await query(
      `select id from challenge where phone_number = '${number}' and device_trust = 'unknown_device' and asker = ${bytes(1)}`,
    );
    assert.equal((await call(right({ isTest: true }))).id, row!.id);
    await query(
      `select * from vouch.renew_challenge(${own}, gen_random_uuid(), '{k2,k1}', 6::smallint, 6::smallint, ${bytes(4)}, false, ${ago(0)})`,
    );
  }
});
