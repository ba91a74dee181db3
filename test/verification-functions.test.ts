import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { insertingAccounts } from './support/accounts.ts';
import { emptyAuditTrail } from './support/database-pool.ts';
import { ago, agoOf, agos, bytes, hash, id, openFunctions, toPlain, uuid } from './support/function-calls.ts';

const { query, call, insert, meanwhile, close } = await openFunctions();
after(close);

const day = 86_400;

const result = async (text: string) => toPlain(await call(text));

const verification = (n: number, row: Record<string, string> = {}) =>
  insert('verification', {
    id: uuid(n),
    api_key_id: "'k'",
    phone_number: "'+12'",
    channel: "'sms'",
    created_at: ago(50),
    expires_at: ago(-100),
    ...row,
  });

/** The id of a key. */
const keyId = (digit: string) => digit.repeat(16);
const key = (name: string, row: Record<string, string> = {}) =>
  insert('api_key', {
    id: `'${keyId(name)}'`,
    name: "'shop'",
    secret_hash: bytes(1),
    scopes: "'{a,b}'",
    networks: "'{10.0.0.0/8}'",
    requests_per_minute: '7',
    lifetime_days: '30',
    created_at: ago(50),
    created_by: "'me'",
    changed_at: ago(40),
    expires_at: ago(-100),
    ...row,
  });

const challenge = (asker: number, row: Record<string, string> = {}) =>
  insert('challenge', {
    phone_number: "'+12'",
    device_trust: "'unknown_device'",
    asker: bytes(asker),
    id: uuid(asker),
    key_id: "'k'",
    code_length: '6',
    proof: bytes(asker),
    expires_at: ago(-300),
    is_of_network: 'false',
    sent_at: agos(9),
    ...row,
  });

/** An account, and rows that no call may touch. */
beforeEach(async () => {
  const tables =
    'verification, api_key, challenge, number_limit, rate_limit, account, guest, invite, invite_code, number_account';
  await query(
    tables
      .split(', ')
      .map((table) => `delete from ${table}`)
      .join(';'),
  );
  await query(emptyAuditTrail);
  await query(
    insertingAccounts(`select ${uuid(1)} as id, '+12' as phone_number, 'BBBBBB' as code, ${ago(99)} as created_at`),
  );
  await verification(99);
  await key('f');
});

/** The verifications of the tests; that the other one is as it was. */
async function verifications() {
  const rows = (await query('select * from verification order by id')).map((row) => toPlain(row));
  assert.deepEqual(rows.pop(), asInserted(99));
  return rows;
}

const asInserted = (n: number) => ({
  id: id(n),
  api_key_id: 'k',
  phone_number: '+12',
  channel: 'sms',
  sent: 1,
  created_at: 50,
  expires_at: -100,
});

test('a verification counts its messages, to a hundred', async () => {
  const send = (channel: string, expires: number) =>
    call(`insert_verification(${uuid(1)}, 'k', '+12', '${channel}', ${ago(-expires)})`);
  await send('sms', 100);
  const first = { ...asInserted(1), created_at: 0 };
  assert.deepEqual(await verifications(), [first]);
  await query(`update verification set created_at = ${ago(20)} where id = ${uuid(1)}`);
  await send('call', 200);
  const next = { ...first, created_at: 20, channel: 'call', expires_at: -200 };
  assert.deepEqual(await verifications(), [{ ...next, sent: 2 }]);
  for (const [before, sent] of [
    [98, 99],
    [99, 100],
    [100, 100],
  ]) {
    await query(`update verification set sent = ${before} where id = ${uuid(1)}`);
    await send('call', 200);
    assert.deepEqual(await verifications(), [{ ...next, sent }]);
  }
});

test('a verification is found by its own key, with its state', async () => {
  const find = async (n: number, by = 'k') => {
    const rows = await query(`select * from vouch.find_verification(${uuid(n)}, '${by}', ${ago(0)})`);
    return rows.map((row) => toPlain(row));
  };
  const row = asInserted(1);
  const { api_key_id: _, ...facts } = row;
  for (const [columns, changed, status] of [
    [{}, 50, 'pending'],
    [{ expires_at: ago(-0.001) }, 50, 'pending'],
    [{ expires_at: ago(0) }, 50, 'expired'],
    [{ expires_at: ago(0), approved_at: ago(4) }, 4, 'approved'],
    [{ expires_at: ago(0), canceled_at: ago(3) }, 3, 'canceled'],
  ] as const) {
    await query(`delete from verification where id = ${uuid(1)}`);
    await verification(1, columns);
    const expires = 'expires_at' in columns ? (columns.expires_at === ago(0) ? 0 : -0.001) : -100;
    assert.deepEqual(await find(1), [{ ...facts, expires_at: expires, changed_at: changed, status }]);
  }
  assert.deepEqual([await find(1, 'other'), await find(2)], [[], []]);
});

test('a verification ends once, approved or canceled', async () => {
  const mark = async (as: string) => (await call(`mark_${as}(${uuid(1)})`))[`mark_${as}`];
  for (const [as, other] of [
    ['approved', 'canceled'],
    ['canceled', 'approved'],
  ] as const) {
    assert.equal(await mark(as), false);
    await verification(1);
    assert.equal(await mark(as), true);
    assert.deepEqual(await verifications(), [{ ...asInserted(1), [`${as}_at`]: 0 }]);
    await query(`update verification set ${as}_at = ${ago(5)} where id = ${uuid(1)}`);
    assert.deepEqual([await mark(as), await mark(other)], [false, false]);
    assert.deepEqual(await verifications(), [{ ...asInserted(1), [`${as}_at`]: 5 }]);
    await query(`delete from verification where id = ${uuid(1)}`);
  }
});

/** The check of a code of an asker: the challenge has the id of the asker. */
const approve = (asker: number, proof: number, n: number, phone = '+12') =>
  result(`approve_verification('${phone}', '{}', array[${bytes(asker)}], array[${bytes(proof)}], false, false,
    '{network}', '{guess}', '{9}', 100, 9, '{}', '192.0.2.1', 'Firefox', ${uuid(n)}, 'k')`);
const events = async () =>
  (await query('select account_id, event, details, number, client_ip, device from audit_event order by id')).map(
    (row) => toPlain(row),
  );

test('a right code approves its verification alone, once, in the trail', async () => {
  await verification(1);
  await challenge(1);
  const wrong = await approve(1, 5, 1);
  assert.deepEqual([wrong.is_right, wrong.is_approved, wrong.guesses_left], [false, undefined, 4]);
  assert.deepEqual([await verifications(), await events()], [[asInserted(1)], []]);
  const right = await approve(1, 1, 1);
  assert.deepEqual([right.is_right, right.is_approved], [true, true]);
  const event = {
    event: 'number_verified',
    result: 'succeeded',
    account_id: id(1),
    number: '+1  12',
    details: 'key k',
  };
  assert.deepEqual(right.events, [event]);
  const { result: _, ...row } = event;
  assert.deepEqual(await events(), [{ ...row, client_ip: '192.0.2.1', device: 'Firefox' }]);
  assert.deepEqual(await verifications(), [{ ...asInserted(1), approved_at: 0 }]);
  const again = await approve(1, 1, 1);
  assert.deepEqual([again.is_right, again.is_approved], [false, undefined], 'its code is used up');
});

test('the code of another challenge, or of a verification that has ended, approves nothing', async () => {
  await verification(1);
  await verification(2, { canceled_at: ago(3) });
  await challenge(2);
  await challenge(3);
  for (const [asker, n] of [
    [3, 1],
    [2, 2],
  ] as const) {
    const { is_right, is_approved, ...rest } = await approve(asker, asker, n);
    assert.deepEqual([is_right, is_approved, rest.events], [true, false, undefined]);
  }
  assert.deepEqual(
    (await verifications()).map((row) => [row.approved_at, row.canceled_at]),
    [
      [undefined, undefined],
      [undefined, 3],
    ],
  );
  assert.deepEqual(await events(), []);
});

/** How many seconds before the present each challenge expires, by its asker. */
const ends = async () =>
  Object.fromEntries(
    (await query('select right(id::text, 2)::int as n, expires_at from challenge order by n')).map(
      ({ n, expires_at }) => [n, agoOf(expires_at)],
    ),
  );

test('a verification is canceled once, and its code with it', async () => {
  const cancel = async () =>
    (await call(`cancel_verification('+12', array[${bytes(1)}], ${uuid(1)})`)).cancel_verification;
  await challenge(1);
  assert.equal(await cancel(), false);
  assert.deepEqual(await ends(), { 1: -300 });
  await verification(1);
  assert.equal(await cancel(), true);
  assert.deepEqual(await ends(), { 1: 0 });
  assert.deepEqual(await verifications(), [{ ...asInserted(1), canceled_at: 0 }]);
});

test('an open challenge is found by its number and its asker, the newest first', async () => {
  const open = async () =>
    (await query(`select * from vouch.open_challenge_of('+12', array[${bytes(1)}, ${bytes(2)}], ${ago(0)})`)).map(
      (row) => toPlain(row),
    );
  const own = { id: id(1), asker: hash(1), is_used_up: false };
  const given = async (...rows: (readonly [asker: number, row?: Record<string, string>])[]) => {
    await query('delete from challenge');
    for (const [asker, row] of rows) await challenge(asker, row);
  };
  for (const row of [
    { phone_number: "'+13'" },
    { device_trust: "'known_device'" },
    { asker: bytes(3) },
    { used_at: ago(1) },
    { expires_at: ago(0) },
  ]) {
    await given([1, row]);
    assert.deepEqual(await open(), [], JSON.stringify(row));
    await given([1, row], [2]);
    assert.deepEqual(await open(), [{ id: id(2), asker: hash(2), is_used_up: false }], JSON.stringify(row));
  }
  for (const [guesses, network, isUsedUp] of [
    [4, 0, false],
    [5, 0, true],
    [4, 4, false],
    [4, 5, true],
    [0, 5, false],
  ] as const) {
    await given([1, { guesses: String(guesses), network_guesses: String(network), expires_at: ago(-0.001) }]);
    assert.deepEqual(await open(), [{ ...own, is_used_up: isUsedUp }], `${guesses} ${network}`);
  }
  await given([2, { sent_at: agos(20, 30) }], [1, { sent_at: agos(10, 50) }]);
  assert.deepEqual(await open(), [own]);
});

test('the end of an open challenge is of its number, asker and id alone', async () => {
  const end = (askers: readonly number[], n: number) =>
    call(`end_challenge('+12', array[${askers.map(bytes)}], ${uuid(n)})`);
  const rows: readonly Record<string, string>[] = [
    { expires_at: ago(-0.001) },
    { asker: bytes(2), id: uuid(2) },
    { asker: bytes(3), id: uuid(1) },
    { device_trust: "'known_device'", id: uuid(1) },
    { phone_number: "'+13'", id: uuid(1) },
  ];
  const endsInOrder = async () =>
    (
      await query(
        "select expires_at from challenge order by phone_number, device_trust = 'known_device', array_position(array" +
          `[${[1, 2, 3].map(bytes)}], asker::bytea)`,
      )
    ).map(({ expires_at }) => agoOf(expires_at));
  for (const row of rows) await challenge(1, row);
  await end([1, 2], 1);
  assert.deepEqual(await endsInOrder(), [0, -300, -300, -300, -300]);
  for (const row of [{ used_at: ago(1) }, { expires_at: ago(5) }]) {
    await query('delete from challenge');
    await challenge(1, row);
    await end([1], 1);
    assert.deepEqual(await ends(), { 1: 'used_at' in row ? -300 : 5 });
  }
});

/** The API keys of the tests; that the other one is as it was. */
async function keys() {
  const rows = (await query('select * from api_key order by id')).map((row) => toPlain(row));
  assert.deepEqual(rows.pop(), keyRow('f'));
  return rows;
}

const keyRow = (name: string) => ({
  id: keyId(name),
  name: 'shop',
  secret_hash: hash(1),
  scopes: '{a,b}',
  networks: '{10.0.0.0/8}',
  requests_per_minute: 7,
  lifetime_days: 30,
  created_at: 50,
  created_by: 'me',
  changed_at: 40,
  expires_at: -100,
});

const actor = JSON.stringify({ kind: 'operator', id: 'ann', role: 'admin', device: 'Firefox', client_ip: '192.0.2.1' });
const acts = async () =>
  (await query('select act, actor_id, target, details, after from audit_event order by id')).map((row) => toPlain(row));
const act = (details: string) => ({ act: 'manage_keys', actor_id: 'ann', target: `key:${keyId('a')}`, details });

test('a key is added for its days, and the trail names it', async () => {
  const added = await result(
    `add_api_key('${keyId('a')}', 'shop', ${bytes(1)}, '{a,b}', '{10.0.0.0/8}', 7, 30, '${actor}')`,
  );
  assert.equal(added.expires_at, -30 * day);
  assert.ok(added.recorded);
  const times = { created_at: 0, changed_at: 0, expires_at: -30 * day };
  assert.deepEqual(await keys(), [{ ...keyRow('a'), ...times, created_by: 'operator:ann' }]);
  const [{ after: details, ...row } = {}] = await acts();
  assert.deepEqual(row, act('added'));
  const { expires_at: expires, ...rest } = details as Record<string, string>;
  assert.deepEqual(rest, { name: 'shop', scopes: ['a', 'b'], networks: ['10.0.0.0/8'] });
  assert.equal(agoOf(expires ?? ''), -30 * day);
});

test('the secrets of a key are valid until they end, and none after it is revoked', async () => {
  const find = async () =>
    (await query(`select * from vouch.find_api_key('${keyId('a')}', ${ago(0)})`)).map((row) => toPlain(row))[0];
  assert.equal(await find(), undefined);
  const rights = { scopes: ['a', 'b'], networks: ['10.0.0.0/8'], requests_per_minute: 7 };
  for (const [row, isLive, isPreviousLive] of [
    [{ expires_at: ago(-0.001) }, true, false],
    [{ expires_at: ago(0) }, false, false],
    [{ revoked_at: ago(1) }, false, false],
    [{ previous_hash: bytes(2), previous_until: ago(-0.001) }, true, true],
    [{ previous_hash: bytes(2), previous_until: ago(0) }, true, false],
    [{ previous_hash: bytes(2), previous_until: ago(-9), revoked_at: ago(1) }, false, false],
  ] as const) {
    await query(`delete from api_key where id = '${keyId('a')}'`);
    await key('a', row);
    const previous = 'previous_hash' in row ? hash(2) : '';
    const secrets = { secret_hash: hash(1), previous_hash: previous };
    const states = { is_live: isLive, is_previous_live: isPreviousLive };
    assert.deepEqual(await find(), { ...secrets, ...states, ...rights }, JSON.stringify(row));
  }
});

const lastUse = async () => (await keys())[0]?.last_used_at;

test('the use of a key is noted once a minute', async () => {
  await key('a');
  for (const [before, then] of [
    [undefined, 0],
    [59.999, 59.999],
    [60, 0],
    [61, 0],
  ]) {
    await query(
      `update api_key set last_used_at = ${before === undefined ? 'null' : ago(before)} where id = '${keyId('a')}'`,
    );
    await call(`touch_api_key('${keyId('a')}')`);
    assert.equal(await lastUse(), then);
  }
});

test('a request counts against the limit of its key in a minute, and a refused one is no use', async () => {
  await key('a');
  const admit = async () => (await call(`admit_api_key('${keyId('a')}', 'bucket', 2)`)).admit_api_key;
  assert.deepEqual([await admit(), await admit()], [null, null]);
  assert.equal(await lastUse(), 0);
  await query(`update api_key set last_used_at = null where id = '${keyId('a')}'`);
  assert.equal(await admit(), 30);
  assert.equal(await lastUse(), undefined);
});

const rotate = (name: string, overlap: number) =>
  result(`rotate_api_key('${keyId(name)}', ${bytes(3)}, ${overlap}, '${actor}')`);

test('a key gets a new secret, and the present one stays for the overlap, within its own end', async () => {
  assert.deepEqual(await rotate('a', 60), { outcome: 'key_unknown' });
  for (const [overlap, row, until] of [
    [60, {}, -60],
    [200, {}, -100],
    [0, {}, 0],
    [60, { previous_hash: bytes(2), previous_until: ago(0) }, -60],
    [0, { previous_hash: bytes(2), previous_until: ago(-50) }, 0],
  ] as const) {
    await query(`delete from api_key where id = '${keyId('a')}'`);
    await query(emptyAuditTrail);
    await key('a', row);
    const { recorded, ...facts } = await rotate('a', overlap);
    assert.deepEqual(facts, { outcome: 'rotated', name: 'shop', previous_until: until, expires_at: -30 * day });
    assert.ok(recorded);
    const changed = { secret_hash: hash(3), previous_hash: hash(1), previous_until: until };
    assert.deepEqual(await keys(), [{ ...keyRow('a'), ...changed, changed_at: 0, expires_at: -30 * day }]);
    const [{ after: details, ...stay } = {}] = await acts();
    assert.deepEqual(stay, act('rotated'));
    const times = details as Record<string, string>;
    assert.deepEqual([agoOf(times.previous_until ?? ''), agoOf(times.expires_at ?? '')], [until, -30 * day]);
  }
});

test('a key that is revoked, or has two secrets, gets no other', async () => {
  for (const [row, facts] of [
    [{ revoked_at: ago(1) }, { outcome: 'key_revoked' }],
    [
      { previous_hash: bytes(2), previous_until: ago(-0.001) },
      { outcome: 'key_overlaps', previous_until: -0.001 },
    ],
  ] as const) {
    await query(`delete from api_key where id = '${keyId('a')}'`);
    await key('a', row);
    const before = await keys();
    for (const overlap of [60, 1]) assert.deepEqual(await rotate('a', overlap), { ...facts, name: 'shop' });
    assert.deepEqual([await keys(), await acts()], [before, []]);
  }
});

const revoke = (name: string) => result(`revoke_api_key('${keyId(name)}', '${actor}')`);

test('a key is revoked once', async () => {
  assert.deepEqual(await revoke('a'), { outcome: 'key_unknown' });
  await key('a');
  const { recorded, ...facts } = await revoke('a');
  assert.deepEqual(facts, { outcome: 'revoked', name: 'shop' });
  assert.ok(recorded);
  assert.deepEqual(await keys(), [{ ...keyRow('a'), revoked_at: 0, changed_at: 0 }]);
  assert.deepEqual(await acts(), [act('revoked')]);
  await query(`update api_key set revoked_at = ${ago(5)}, changed_at = ${ago(5)} where id = '${keyId('a')}'`);
  assert.deepEqual(await revoke('a'), { outcome: 'key_revoked', name: 'shop' });
  assert.deepEqual(await keys(), [{ ...keyRow('a'), revoked_at: 5, changed_at: 5 }]);
});

test('a rotation and a revocation see a revocation of the same moment', async () => {
  for (const statement of [
    `select * from vouch.replace_api_key_secret('${keyId('a')}', ${bytes(3)}, 60, ${ago(0)})`,
    `select * from vouch.end_api_key('${keyId('a')}', ${ago(0)})`,
  ]) {
    await query(`delete from api_key where id = '${keyId('a')}'`);
    await key('a');
    const row = await meanwhile(`update api_key set revoked_at = ${ago(5)} where id = '${keyId('a')}'`, statement);
    assert.equal(row.outcome, 'key_revoked');
    assert.equal((await keys())[0]?.revoked_at, 5);
  }
});
