import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ago, agoOf, agos, itemsOf, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const own = "'+1', 'unknown_device'";

/** The challenge of `own`, open for 300 s, with other columns. */
interface Row {
  trust?: string;
  id?: number;
  key?: string;
  length?: number;
  expires?: number;
  guesses?: number;
  used?: boolean;
  sent?: number[];
  guessed?: number[];
}

/** Challenges of another number and of another trust, which no call may touch, and then those of the test. */
async function given(...rows: Row[]) {
  await query('truncate challenge, delivery, refusal');
  const decoys = ['unknown_device', 'known_device'].map((trust) => ({ number: '+2', trust, id: 9, sent: [1] }));
  const spare = rows.some(({ trust }) => trust === 'known_device')
    ? []
    : [{ number: '+1', trust: 'known_device', id: 8, sent: [2] }];
  for (const row of [...decoys, ...spare]) await insert(row);
  untouched = [...(await query('select * from challenge'))];
  for (const row of rows) await insert(row);
}

let untouched: Record<string, unknown>[] = [];

async function insert(row: Row & { number?: string }) {
  const { number = '+1', trust = 'unknown_device', key = 'k1', length = 6, expires = -300, guesses = 2 } = row;
  await query(`insert into challenge (phone_number, device_trust, id, key_id, code_length, expires_at, guesses, used_at, sent_at,
      guessed_at, earlier_ids) values ('${number}', '${trust}', '${id(row.id ?? 1)}', '${key}', ${length}, ${ago(expires)}, ${guesses},
      ${row.used ? ago(50) : 'null'}, ${agos(...(row.sent ?? [100]))}, ${agos(...(row.guessed ?? [7, 8]))}, '{${id(3)}}')`);
}

/** The challenge of `own`; that the others are as they were. */
async function stored(trust = 'unknown_device') {
  const rows = await query(`select * from challenge order by phone_number, device_trust`);
  for (const row of untouched) {
    const isSame = (other: typeof row) =>
      other.phone_number === row.phone_number && other.device_trust === row.device_trust;
    assert.deepEqual(rows.find(isSame), row);
  }
  return told(rows.find((row) => row.phone_number === '+1' && row.device_trust === trust)!);
}

// biome-ignore lint/suspicious/noExplicitAny: rows of several functions
function told(row: any) {
  return {
    id: Number(row.id.at(-1)),
    key: row.key_id,
    expires: agoOf(row.expires_at),
    earlier: itemsOf(row.earlier_ids).map((one) => Number(one.at(-1))),
    sent: itemsOf(row.sent_at).map(agoOf),
    ...('guesses' in row
      ? {
          guesses: row.guesses,
          guessed: itemsOf(row.guessed_at).map(agoOf),
          used: agoOf(row.used_at),
          length: row.code_length,
        }
      : {}),
  };
}

const times = (count: number, first: number) => Array.from({ length: count }, (_, at) => first + at);

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

test('a challenge is free when its pause has ended and no window is full', async () => {
  const waits = async (isTest = false) => {
    const row = await call(`challenge_waits(${own}, false, ${isTest})`);
    assert.deepEqual({ ...(await call(`challenge_waits(${own}, true, ${isTest})`)) }, { ...row });
    return [row.pause_wait, row.hour_wait, row.day_wait, row.is_free];
  };
  await query('truncate challenge');
  assert.deepEqual(await waits(), [null, null, null, true]);
  await given({ sent: [10] });
  assert.deepEqual(await waits(), [20, null, null, false]);
  assert.deepEqual(await waits(true), [null, null, null, true]);
  await given({ sent: [29.5] });
  assert.deepEqual(await waits(), [0.5, null, null, false]);
  await given({ sent: [30] });
  assert.deepEqual(await waits(), [0, null, null, true]);
  await given({ sent: times(5, 130) });
  assert.deepEqual(await waits(), [-10, 3466, null, false]);
  await given({ sent: times(10, 4000) });
  assert.deepEqual(await waits(), [-3970, -404, 82391, false]);
});

test('the pause does not hold after a message that has not arrived', async () => {
  for (const [sent, wait] of [
    [10, -10],
    [29.5, -29.5],
    [30, 0],
  ] as const) {
    await given({ sent: [sent] });
    await query(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, useful_until, requested_at, is_repeat)
      values ('${id(1)}', 1, '${id(1)}', 'k1', 6, '+1', 'RU', '+1', 'ru', 'failed', 'sms', 'p', ${ago(-300)}, ${ago(sent)}, false)`);
    const row = await call(`challenge_waits(${own}, false, false)`);
    assert.deepEqual([row.pause_wait, row.is_free], [wait, true]);
  }
});

test('a look for the waits locks the row of the number only if it is to', async () => {
  await given({});
  for (const locks of [false, true]) {
    await query('begin');
    await call(`challenge_waits(${own}, ${locks}, false)`);
    const [row] = await query(
      "select xmax::text <> '0' as locked from challenge where phone_number = '+1' and device_trust = 'unknown_device'",
    );
    await query('rollback');
    assert.equal(row!.locked, locks);
  }
});

const renewal = (length = 6) => `renew_challenge(${own}, '${id(2)}', '{k2,k1}', ${length}::smallint)`;

test('an open challenge is kept with its code, its guesses and its end', async () => {
  const kept = { id: 1, key: 'k1', expires: -300, earlier: [3], sent: [0, 100] };
  for (const row of [{}, { guesses: 4 }, { expires: -121 }]) {
    await given(row);
    const expected = { ...kept, expires: row.expires ?? -300 };
    assert.deepEqual(told(await call(renewal())), expected);
    assert.deepEqual(await stored(), {
      ...expected,
      guesses: row.guesses ?? 2,
      guessed: [7, 8],
      used: null,
      length: 6,
    });
  }
});

test('a challenge whose code is no longer good is replaced', async () => {
  const fresh = { id: 2, key: 'k2', expires: -600, earlier: [], sent: [0, 100] };
  for (const row of [{ guesses: 5 }, { length: 8 }, { key: 'k0' }, { expires: -120 }, { guesses: 5, used: true }]) {
    await given(row);
    assert.deepEqual(told(await call(renewal())), fresh, JSON.stringify(row));
    assert.deepEqual(await stored(), { ...fresh, guesses: 0, guessed: [7, 8], used: null, length: 6 });
  }
});

test('after a use only the code is new, and a day has ten messages', async () => {
  await given({ used: true, sent: times(10, 100) });
  const renewed = { id: 2, key: 'k2', expires: -300, earlier: [3, 1], sent: [0, ...times(9, 100)] };
  assert.deepEqual(told(await call(renewal())), renewed);
  assert.deepEqual(await stored(), { ...renewed, guesses: 2, guessed: [7, 8], used: null, length: 6 });
});

test('a renewal sees the one before it', async () => {
  await given({});
  await meanwhile(
    `select vouch.renew_challenge(${own}, '${id(4)}', '{k2,k1}', 6::smallint, ${ago(1)})`,
    `select vouch.${renewal().slice(0, -1)}, ${ago(0)})`,
  );
  assert.deepEqual((await stored()).sent, [0, 1, 100]);
});

test('of several first requests one opens the challenge, and the others find its pause', async () => {
  const open = (isFirst: boolean) => call(`open_challenge(${own}, '${id(2)}', '{k2,k1}', 6::smallint, ${isFirst})`);
  await query('truncate challenge');
  const first = { id: 2, key: 'k2', expires: -600, earlier: [], sent: [0] };
  untouched = [];
  const opened = await open(true);
  assert.deepEqual(told(opened), first);
  assert.equal(opened.pause_wait, null);
  assert.deepEqual(await stored(), { ...first, guesses: 0, guessed: [], used: null, length: 6 });
  const late = await open(true);
  assert.deepEqual([late.id, late.pause_wait], [null, 30]);
  assert.deepEqual((await stored()).sent, [0]);
  const again = await open(false);
  assert.deepEqual([...itemsOf(again.sent_at).map(agoOf), again.pause_wait], [0, 0, null]);
  await given({});
  assert.deepEqual(told(await open(true)), { id: 1, key: 'k1', expires: -300, earlier: [3], sent: [0, 100] });
});

test('a request that was admitted as the first finds the pause of one that is not committed yet', async () => {
  await given({});
  const row = await meanwhile(
    `select vouch.renew_challenge(${own}, '${id(4)}', '{k2,k1}', 6::smallint, ${ago(0)})`,
    `select * from vouch.open_challenge(${own}, '${id(2)}', '{k2,k1}', 6::smallint, true, ${ago(0)})`,
  );
  assert.deepEqual([row.id, row.pause_wait], [null, 60]);
  assert.deepEqual((await stored()).sent, [0, 100]);
});

const guess = async (trust = 'unknown_device') => {
  const row = await call(`count_guess('+1', '${trust}')`);
  return [row.id && Number(row.id.at(-1)), row.device_trust, row.key_id, row.code_length, row.guesses, row.day_wait];
};
const uncounted = (day: number | null = null) => [null, null, null, null, null, day];

test('a guess is counted while the challenge and the day have guesses left', async () => {
  await query('truncate challenge');
  assert.deepEqual(await guess(), uncounted());
  for (const row of [{ guesses: 0 }, { guesses: 4 }, { expires: -1, guesses: 0 }, { used: true, guesses: 1 }]) {
    await given(row);
    assert.deepEqual(await guess(), [1, 'unknown_device', 'k1', 6, row.guesses + 1, null]);
    const { guesses, guessed } = await stored();
    assert.deepEqual([guesses, guessed], [row.guesses + 1, [0, 7, 8]]);
  }
  for (const row of [{ guesses: 5 }, { expires: 0 }]) {
    await given(row);
    assert.deepEqual(await guess(), uncounted());
    assert.deepEqual((await stored()).guessed, [7, 8]);
  }
  await given({ guessed: [...times(19, 7), 86_399] });
  assert.deepEqual(await guess(), uncounted(1));
  await given({ guessed: [...times(19, 7), 86_400] });
  assert.deepEqual(await guess(), [1, 'unknown_device', 'k1', 6, 3, 0]);
  assert.deepEqual((await stored()).guessed, [0, ...times(19, 7)]);
});

test('a known device guesses at the challenge that is open, then at the one that has not ended, then at its own', async () => {
  const isKnown = async (unknown: Row, known: Row) => {
    // neither the order of rows nor the first one decides
    const rows = [unknown, { ...known, trust: 'known_device', id: 5 }];
    const answers = [];
    for (const order of [rows, rows.toReversed()]) {
      await given(...order);
      answers.push((await guess('known_device'))[1]);
      await stored();
    }
    assert.equal(answers[0], answers[1]);
    return answers[0] === null ? null : answers[0] === 'known_device';
  };
  assert.equal(await isKnown({}, {}), true);
  assert.equal(await isKnown({}, { used: true }), false);
  assert.equal(await isKnown({ used: true }, {}), true);
  assert.equal(await isKnown({}, { expires: 0 }), false);
  assert.equal(await isKnown({ used: true }, { used: true, expires: 0 }), false);
  assert.equal(await isKnown({ used: true }, { expires: 0 }), false);
  assert.equal(await isKnown({ used: true }, { used: true }), true);
  await given({}, { trust: 'known_device', id: 5 });
  assert.equal((await guess())[1], 'unknown_device');
});

test('a guess counts on top of one that was faster, and not beyond the last', async () => {
  for (const [guesses, last] of [
    [0, 2],
    [4, null],
  ] as const) {
    await given({ guesses });
    const row = await meanwhile(
      `select vouch.count_guess('+1', 'unknown_device', ${ago(1)})`,
      `select * from vouch.count_guess('+1', 'unknown_device', ${ago(0)})`,
    );
    assert.equal(row.guesses, last);
    assert.deepEqual((await stored()).guessed, last ? [0, 1, 7, 8] : [1, 7, 8]);
  }
});

test('a guess is of the challenge that has replaced the one before meanwhile', async () => {
  await given({ used: true });
  const row = await meanwhile(
    `select vouch.renew_challenge(${own}, '${id(4)}', '{k2,k1}', 6::smallint, ${ago(1)})`,
    `select * from vouch.count_guess('+1', 'unknown_device', ${ago(0)})`,
  );
  assert.deepEqual([row.id, row.guesses], [id(4), 3]);
});

test('a guess beyond those of a day is recorded as refused', async () => {
  for (const [oldest, refused] of [
    [86_399.5, 1],
    [86_400, 0],
  ] as const) {
    await given({ guessed: [...times(19, 7), oldest] });
    const row = await call(`verify_code('+1', '{}'::bytea[])`);
    assert.deepEqual(
      [row.id?.at(-1), row.device_trust, row.key_id, row.code_length, row.guesses, row.day_wait],
      refused ? [undefined, null, null, null, null, 0.5] : ['1', 'unknown_device', 'k1', 6, 3, 0],
    );
    const rows = await query('select bucket, phone_number, rule from refusal');
    assert.equal(rows.length, refused);
    if (refused) assert.deepEqual({ ...rows[0] }, { bucket: 'number:+1:guess', phone_number: '+1', rule: 'guess' });
  }
});

test('a challenge is used once, before it ends, and its right guess is taken back', async () => {
  const use = async (n = 1) => (await call(`use_challenge(${own}, '${id(n)}')`)).use_challenge;
  await given({});
  assert.equal(await use(2), false);
  assert.equal((await stored()).used, null);
  assert.equal(await use(), true);
  const { used, guesses, guessed } = await stored();
  assert.deepEqual([used, guesses, guessed], [0, 1, [8]]);
  assert.equal(await use(), false);
  await given({ expires: 0 });
  assert.equal(await use(), false);
  await given({ expires: -1 });
  assert.equal(await use(), true);
});

test('of two that use a challenge at once one succeeds', async () => {
  await given({});
  const use = `select vouch.use_challenge(${own}, '${id(1)}', ${ago(0)}) as ok`;
  assert.equal((await meanwhile(use, use)).ok, false);
});
