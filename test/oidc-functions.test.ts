import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { insertingAccounts } from './support/accounts.ts';
import { emptyAuditTrail } from './support/database-pool.ts';
import { ago, agos, bytes, hash, id, openFunctions, toPlain, uuid } from './support/function-calls.ts';

const { query, call, insert, meanwhile, close } = await openFunctions();
after(close);

const idle = 1000;

/** The result of a function that takes no time. */
const timeless = async (text: string) => toPlain((await query(`select * from vouch.${text}`))[0]);
const result = async (text: string) => toPlain(await call(text));

const tables =
  'oidc_record, oidc_name, oidc_client, signing_key, logout_notice, session, standby, rate_limit, trusted_device, challenge, number_limit';
let others: Record<string, Record<string, unknown>[]> = {};

const record = (key: string, row: Record<string, string> = {}) =>
  insert('oidc_record', { key: `'${key}'`, payload: "'1'", expires_at: ago(-100), ...row });
const name = (key: string, recordKey: string, expires = -100) =>
  insert('oidc_name', { key: `'${key}'`, record_key: `'${recordKey}'`, expires_at: ago(expires) });
const client = (key: string, row: Record<string, string> = {}) =>
  insert('oidc_client', { id: `'${key}'`, metadata: "'1'", created_at: ago(9), created_by: "'me'", ...row });
const signingKey = (key: string) =>
  insert('signing_key', {
    id: `'${key}'`,
    sealed: "'\\x01'",
    public_key: "'1'",
    created_at: ago(9),
    signs_from: ago(8),
  });
const notice = (n: number, row: Record<string, string> = {}) =>
  insert('logout_notice', {
    id: uuid(n),
    account_id: uuid(1),
    client_id: "'shop'",
    sid: "'s'",
    expires_at: ago(-100),
    ...row,
  });
/** A session of an account, and how many seconds ago it was used. */
const session = (n: number, used: number, account = 1) =>
  insert('session', {
    account_id: uuid(account),
    secret_hash: bytes(n),
    id: uuid(n),
    created_at: ago(99),
    last_used_at: ago(used),
    expires_at: ago(-1000),
    device: "''",
    address: "''",
  });
const ofSession = (n: number) => ({ account_id: uuid(1), session_hash: bytes(n) });
const haveStandbys = () => query(`insert into standby values ('*', '', 0, ${ago(99)}, ${ago(99)})`);

/** Two accounts, and in each table a row that no call may touch. */
beforeEach(async () => {
  const emptied = `${tables}, account, guest, invite, invite_code, number_account`.split(', ');
  await query(emptied.map((table) => `delete from ${table}`).join(';'));
  await query(emptyAuditTrail);
  for (const [n, code] of [
    [1, 'BBBBBB'],
    [2, 'CCCCCC'],
  ] as const)
    await query(
      insertingAccounts(`select ${uuid(n)} as id, '+1${n + 1}' as phone_number, '${code}' as code,
      ${ago(99)} as created_at`),
    );
  await record('other', { grant_key: "'g'", payload: "'9'" });
  await name('other', 'other');
  await client('other', { secret_hash: bytes(9) });
  await signingKey('other');
  await notice(99);
  await session(99, 950, 2);
  others = await rowsOf('other');
});

/** The rows of each table by a key: those of the tests, or the others. */
async function rowsOf(which: 'own' | 'other') {
  const isOther = `in ('other', '${id(99)}')`;
  const found: Record<string, Record<string, unknown>[]> = {};
  for (const [table, key] of [
    ['oidc_record', 'key'],
    ['oidc_name', 'key'],
    ['oidc_client', 'id'],
    ['signing_key', 'id'],
    ['logout_notice', 'id'],
    ['session', 'id'],
  ] as const) {
    const rows = await query(
      `select * from ${table} where (${key}::text ${isOther}) = ${which === 'other'} order by ${key}`,
    );
    found[table] = rows.map((row) => toPlain(row));
  }
  return found;
}

/** The rows of a table that a test has made; that the others are as they were. */
async function stored(table = 'oidc_record') {
  assert.deepEqual(await rowsOf('other'), others);
  return (await rowsOf('own'))[table] ?? [];
}

/** The events of the audit trail. */
const events = async () =>
  (
    await query(
      'select event, details, session_id, ended_sessions, client_ip, device, act, actor, actor_id, target, after from audit_event order by id',
    )
  ).map((row) => toPlain(row));

test('a record is written, and again with another content and end: it stays consumed, and of its grant', async () => {
  await call("put_oidc_record('a', '1', 'g', 100)");
  const first = { key: 'a', payload: 1, grant_key: 'g', expires_at: -100, replays: 0 };
  assert.deepEqual(await stored(), [first]);
  await query(`update oidc_record set consumed_at = ${ago(5)} where key = 'a'`);
  await call("put_oidc_record('a', '2', 'h', 50)");
  assert.deepEqual(await stored(), [{ ...first, payload: 2, expires_at: -50, consumed_at: 5 }]);
});

test('a record that somebody has written is not written anew', async () => {
  const put = async (payload: number) =>
    (await call(`put_new_oidc_record('a', '${payload}', 100)`)).put_new_oidc_record;
  assert.equal(await put(1), true);
  assert.equal(await put(2), false);
  assert.deepEqual(await stored(), [{ key: 'a', payload: 1, expires_at: -100, replays: 0 }]);
});

test('a name is of one record, until it expires', async () => {
  const named = async () => (await call("oidc_record_named('n')")).oidc_record_named;
  assert.equal(await named(), null);
  await call("name_oidc_record('n', 'a', 100)");
  assert.deepEqual(await stored('oidc_name'), [{ key: 'n', record_key: 'a', expires_at: -100 }]);
  await call("name_oidc_record('n', 'b', 0.001)");
  assert.deepEqual(await stored('oidc_name'), [{ key: 'n', record_key: 'b', expires_at: -0.001 }]);
  assert.equal(await named(), 'b');
  await call("name_oidc_record('n', 'b', 0)");
  assert.equal(await named(), null);
});

test('a record is found with its grant and its session until it expires', async () => {
  await record('a', { payload: "'3'", grant_key: "'g'", ...ofSession(1), expires_at: ago(-0.001) });
  const found = { key: 'a', payload: 3, grant_key: 'g', account_id: id(1), session_hash: hash(1), is_consumed: false };
  assert.deepEqual(await result("oidc_record_of('a')"), found);
  await query(`update oidc_record set consumed_at = ${ago(5)} where key = 'a'`);
  assert.deepEqual(await result("oidc_record_of('a')"), { ...found, is_consumed: true });
  assert.deepEqual(await result("oidc_record_of('b')"), {});
  await query(`update oidc_record set expires_at = ${ago(0)} where key = 'a'`);
  assert.deepEqual(await result("oidc_record_of('a')"), {});
});

/** The key of the record that is found by its own key or a name, and whether it has been consumed. */
const found = async (key: string, named = 'null') => {
  const row = await result(`find_oidc_record('${key}', ${named}, ${idle})`);
  return row.key === undefined ? assert.deepEqual(row, {}) : [row.key, row.payload, row.is_consumed];
};

test('a record is found by its key, or by a name alone', async () => {
  await record('a', { consumed_at: ago(1) });
  await name('n', 'a');
  assert.deepEqual(await found('a'), ['a', 1, true]);
  assert.deepEqual(await found('b', "'n'"), ['a', 1, true]);
  assert.equal(await found('a', "'m'"), undefined);
  assert.equal(await found('b'), undefined);
});

test('a record lives as long as its grant, and a grant as long as its session', async () => {
  const live = async () => (await call(`is_live_oidc_grant('g', ${idle})`)).is_live_oidc_grant;
  await record('a', { grant_key: "'g'" });
  assert.deepEqual([await live(), await found('a')], [false, undefined]);
  await record('g', { ...ofSession(1), payload: "'2'" });
  assert.deepEqual([await live(), await found('a'), await found('g')], [false, undefined, undefined]);
  await session(1, 999);
  assert.deepEqual([await live(), await found('a'), await found('g')], [true, ['a', 1, false], ['g', 2, false]]);
  await query(`update session set last_used_at = ${ago(1000)} where id = ${uuid(1)}`);
  assert.deepEqual([await live(), await found('a'), await found('g')], [false, undefined, undefined]);
});

test('a record is consumed once, and not after its end', async () => {
  const consume = async (key: string) => (await call(`consume_oidc_record('${key}')`)).consume_oidc_record;
  await record('a', { expires_at: ago(-0.001) });
  await record('b', { expires_at: ago(0) });
  assert.deepEqual([await consume('a'), await consume('b'), await consume('c')], [true, false, false]);
  assert.deepEqual(
    (await stored()).map(({ consumed_at }) => consumed_at),
    [0, undefined],
  );
  await query(`update oidc_record set consumed_at = ${ago(5)} where key = 'a'`);
  assert.equal(await consume('a'), false);
  assert.equal((await stored())[0]?.consumed_at, 5);
});

test('the end of a record is that of its session, in the trail, and on standbys where there are any', async () => {
  const end = (key: string) => result(`end_oidc_record('${key}')`);
  for (const hasStandbys of [false, true]) {
    if (hasStandbys) await haveStandbys();
    await query(emptyAuditTrail);
    await record('a', { grant_key: "'g'" });
    await record('g', ofSession(1));
    await session(1, 5);
    await session(2, 5);
    assert.deepEqual(await end('a'), { on_standbys: false });
    assert.deepEqual(await events(), []);
    const ended = {
      event: 'sessions_ended',
      result: 'succeeded',
      account_id: id(1),
      number: '+1  12',
      details: 'sessions: 1, by its app',
    };
    assert.deepEqual(await end('g'), { on_standbys: hasStandbys, events: [ended] });
    assert.deepEqual(await events(), [
      { event: ended.event, details: ended.details, ended_sessions: [id(1)], device: '', actor: 'person' },
    ]);
    assert.deepEqual(await stored(), []);
    assert.deepEqual(
      (await stored('session')).map((row) => row.id),
      [id(2)],
    );
    assert.deepEqual(await end('g'), { on_standbys: false });
    await record('g', ofSession(1));
    assert.deepEqual(await end('g'), { on_standbys: hasStandbys }, 'the session has ended before');
    await query(`delete from session where id = ${uuid(2)}`);
  }
  await record('g', { grant_key: "'h'", ...ofSession(1) });
  assert.deepEqual(await timeless("delete_oidc_record('g')"), { account_id: id(1), session_hash: hash(1) });
  assert.deepEqual(await timeless("delete_oidc_record('g')"), {});
});

const sealed = { sealed: "'\\x05'", successor_key: "'s'", predecessor_key: "'p'", grant_key: "'g'" };
const begin = (attempt: number) => `begin_oidc_exchange('a', ${uuid(attempt)})`;

test('an exchange begins once in ten seconds, until its response is sealed', async () => {
  assert.deepEqual(await result(begin(7)), { outcome: 'unknown' });
  await record('a', { grant_key: "'g'", expires_at: ago(-0.001) });
  assert.deepEqual(await result(begin(7)), { outcome: 'begun', grant_key: 'g' });
  const [begun] = await stored();
  assert.deepEqual([begun?.consumed_at, begun?.attempt], [0, id(7)]);
  for (const [seconds, isLate] of [
    [0, false],
    [10, false],
    [10.001, true],
  ] as const) {
    await query(`update oidc_record set consumed_at = ${ago(seconds)}, attempt = ${uuid(6)} where key = 'a'`);
    const outcome = isLate ? 'begun' : 'busy';
    assert.deepEqual(await result(begin(8)), { outcome, grant_key: 'g', is_late: isLate });
    const [row] = await stored();
    assert.deepEqual([row?.consumed_at, row?.attempt], isLate ? [0, id(8)] : [seconds, id(6)]);
  }
  await query("delete from oidc_record where key = 'a'");
  await record('a', { ...sealed, consumed_at: ago(11), attempt: uuid(6) });
  const before = await stored();
  const facts = { sealed: '05', successor_key: 's', predecessor_key: 'p', grant_key: 'g' };
  assert.deepEqual(await result(begin(8)), { outcome: 'sealed', is_late: true, ...facts });
  assert.deepEqual(await stored(), before);
  await query(`update oidc_record set expires_at = ${ago(0)} where key = 'a'`);
  assert.deepEqual(await result(begin(8)), { outcome: 'unknown' });
});

test('an exchange waits for another one of its token, and sees that it has begun', async () => {
  await record('a');
  const row = await meanwhile(
    `update oidc_record set consumed_at = ${ago(1)} where key = 'a'`,
    `select * from vouch.${begin(7).slice(0, -1)}, ${ago(0)})`,
  );
  assert.equal(row.outcome, 'busy');
});

const exchange = () => result(`exchange_oidc_token('a', ${uuid(7)}, ${idle})`);
const lastUse = async () => (await stored('session'))[0]?.last_used_at;

test('an exchange that begins is a use of the session, if that lives', async () => {
  await record('g', ofSession(1));
  for (const [used, then] of [
    [999, 0],
    [900, 0],
    [899, 899],
    [1000, 1000],
  ] as const) {
    await query(`delete from session where id = ${uuid(1)}; delete from oidc_record where key = 'a'`);
    await session(1, used);
    await record('a', { grant_key: "'g'", consumed_at: ago(5) });
    assert.deepEqual(await exchange(), { outcome: 'busy' });
    assert.equal(await lastUse(), used);
    await query("update oidc_record set consumed_at = null where key = 'a'");
    assert.deepEqual(await exchange(), { outcome: 'begun' });
    assert.equal(await lastUse(), then);
  }
  await query("delete from oidc_record where key in ('a', 'g')");
  assert.deepEqual(await exchange(), { outcome: 'unknown' });
  assert.equal(await lastUse(), 1000);
});

test('a repetition gets the sealed response until the successor has been used or has ended', async () => {
  await record('a', { ...sealed, consumed_at: ago(5), attempt: uuid(6) });
  await session(1, 950);
  await record('g', ofSession(1));
  assert.deepEqual(await exchange(), { outcome: 'used' }, 'there is no successor');
  await record('s');
  assert.deepEqual(await exchange(), { outcome: 'sealed', sealed: '05' });
  assert.equal(await lastUse(), 950);
  await query(`update oidc_record set consumed_at = ${ago(1)} where key = 's'`);
  assert.deepEqual(await exchange(), { outcome: 'used' });
});

test('three generations in a row that were repeated late are theft', async () => {
  for (const [before, consumed, replays, outcome] of [
    [undefined, 11, 1, 'sealed'],
    [0, 11, 1, 'sealed'],
    [1, 11, 2, 'sealed'],
    [2, 11, 3, 'used'],
    [3, 11, 4, 'used'],
    [9, 10, 7, 'sealed'],
  ] as const) {
    await query("delete from oidc_record where key <> 'other'");
    await record('a', { ...sealed, consumed_at: ago(consumed), replays: '7' });
    if (before !== undefined) await record('p', { replays: String(before) });
    await record('s');
    assert.equal((await exchange()).outcome, outcome);
    const counts = (await stored()).map((row) => [row.key, row.replays]);
    const predecessor = before === undefined ? [] : [['p', before]];
    assert.deepEqual(counts, [['a', replays], ...predecessor, ['s', 0]]);
  }
});

test('an exchange is finished once, by its own attempt, and its token has a successor', async () => {
  const finish = async (attempt: number) =>
    (await call(`finish_oidc_exchange('a', ${uuid(attempt)}, '\\x06', 's')`)).finish_oidc_exchange;
  await record('a', { attempt: uuid(6) });
  await record('b', { attempt: uuid(6) });
  await record('s');
  const before = await stored();
  assert.equal(await finish(7), false);
  assert.deepEqual(await stored(), before);
  assert.equal(await finish(6), true);
  const [token, same, successor] = await stored();
  assert.deepEqual(same, before[1], 'another token of the same attempt');
  assert.deepEqual([token?.sealed, token?.successor_key, token?.predecessor_key], ['06', 's', undefined]);
  assert.deepEqual(
    [successor?.sealed, successor?.successor_key, successor?.predecessor_key],
    [undefined, undefined, 'a'],
  );
  await query("update oidc_record set sealed = '\\x07' where key = 'a'");
  assert.equal(await finish(6), false);
  assert.equal((await stored())[0]?.sealed, '07');
});

/** The grant of an app that a person allows. */
const grant = (payload: number, max: number, account = 1) =>
  `open_oidc_grant('g', '${payload}', ${uuid(account)}, ${bytes(5)}, ${uuid(5)}, 100, ${max}, 'Shop', 'Moscow', '192.0.2.1', 'Firefox')`;

test('a grant has a session within the maximum of the person, which the trail names', async () => {
  const expected = { key: 'g', payload: 1, account_id: id(1), session_hash: hash(5), expires_at: -100, replays: 0 };
  for (const [sessions, hasStandbys] of [
    [1, false],
    [2, false],
    [1, true],
    [2, true],
  ] as const) {
    await query(
      `delete from oidc_record where key = 'g'; delete from session where id <> ${uuid(99)}; delete from standby`,
    );
    await query(emptyAuditTrail);
    if (hasStandbys) await haveStandbys();
    for (let n = 1; n <= sessions; n += 1) await session(n, 10 * n);
    const ended = sessions === 2 ? [id(2)] : [];
    const event = {
      event: 'signed_in',
      result: 'succeeded',
      account_id: id(1),
      number: '+1  12',
      details: 'app Shop',
    };
    assert.deepEqual(await result(grant(1, 2)), {
      is_alive: true,
      on_standbys: hasStandbys && sessions === 2,
      events: [event],
    });
    assert.deepEqual(await stored(), [expected]);
    const rows = await stored('session');
    assert.deepEqual(
      rows.map((row) => row.id),
      [id(1), id(5)],
    );
    assert.deepEqual(rows[1], {
      account_id: id(1),
      secret_hash: hash(5),
      id: id(5),
      created_at: 0,
      last_used_at: 0,
      expires_at: -100,
      device: 'Shop',
      address: 'Moscow',
    });
    const [stay] = await events();
    assert.deepEqual([stay?.session_id, stay?.ended_sessions ?? []], [id(5), ended]);
    assert.deepEqual([stay?.client_ip, stay?.device], ['192.0.2.1', 'Firefox']);
  }
});

test('a grant that is open gets other scopes, and no other session', async () => {
  await record('g', ofSession(3));
  await session(3, 5);
  assert.deepEqual(await result(grant(2, 1)), { is_alive: true, on_standbys: false });
  const [row] = await stored();
  assert.deepEqual([row?.payload, row?.session_hash, row?.expires_at], [2, hash(3), -100]);
  assert.deepEqual(
    (await stored('session')).map(({ id }) => id),
    [id(3)],
  );
  assert.deepEqual(await events(), []);
});

test('an account that has been erased, or has another number by now, gets no grant', async () => {
  assert.deepEqual(await result(grant(1, 1, 3)), { is_alive: false, on_standbys: false });
  await query(`update number_account set account_id = ${uuid(2)} where phone_number = '+12'`);
  assert.deepEqual(await result(grant(1, 1)), { is_alive: false, on_standbys: false });
  assert.deepEqual([await stored(), await stored('session'), await events()], [[], [], []]);
});

test('an app gets a notice of a session that lives', async () => {
  const note = (sid: string) => call(`note_oidc_logout('g', 'shop', '${sid}', 300, ${idle})`);
  await note('s');
  await record('g', ofSession(1));
  await session(1, 1000);
  await note('s');
  assert.deepEqual(await stored('logout_notice'), []);
  await query(`update session set last_used_at = ${ago(999)} where id = ${uuid(1)}`);
  await note('s');
  const noted = { id: id(1), account_id: id(1), client_id: 'shop', sid: 's', expires_at: -300, retries: 0 };
  assert.deepEqual(await stored('logout_notice'), [noted]);
  await query(`update logout_notice set expires_at = ${ago(-200)} where id = ${uuid(1)}`);
  await note('t');
  assert.deepEqual(await stored('logout_notice'), [{ ...noted, sid: 't', expires_at: -200 }]);
});

const due = async () =>
  Object.fromEntries((await stored('logout_notice')).map((row) => [Number(String(row.id).slice(-2)), row.next_at]));

test('the notices of ended sessions are queued once', async () => {
  for (const n of [1, 2, 3]) await notice(n);
  await query(`update logout_notice set next_at = ${ago(-60)} where id = ${uuid(2)}`);
  await call(`queue_logouts('["${id(1)}", "${id(2)}"]')`);
  assert.deepEqual(await due(), { 1: 0, 2: -60, 3: undefined });
  await call('queue_logouts(null)');
});

const claim = async (max: number, busy = '{}') =>
  (await query(`select * from vouch.claim_logouts(${max}, '${busy}', 30, ${ago(0)})`)).map((row) => toPlain(row));
const idsOf = (rows: readonly Record<string, unknown>[]) => rows.map((row) => Number(String(row.id).slice(-2)));

test('notices that are due are leased by their times, except those of busy apps', async () => {
  const given = async () => {
    await query(`delete from logout_notice where id <> ${uuid(99)}`);
    for (const [n, app, seconds] of [
      [1, 'shop', 0],
      [2, 'shop', 20],
      [3, 'bank', 10],
      [4, 'shop', -0.001],
    ] as const)
      await notice(n, { client_id: `'${app}'`, next_at: ago(seconds), retries: '2' });
  };
  await given();
  const listed = await query(`select due_logouts as id from vouch.due_logouts(9, '{}', ${ago(0)})`);
  assert.deepEqual(idsOf(listed), [2, 3, 1]);
  assert.deepEqual(idsOf(await claim(2)), [2, 3]);
  assert.deepEqual(await due(), { 1: 0, 2: -30, 3: -30, 4: -0.001 });
  assert.deepEqual(await claim(9), [
    {
      id: id(1),
      account_id: id(1),
      client_id: 'shop',
      sid: 's',
      expires_at: -100,
      retries: 2,
      next_at: -30,
    },
  ]);
  assert.deepEqual(await claim(9), []);
  await given();
  assert.deepEqual(idsOf(await claim(9, '{bank,phone}')), [2, 1]);
  assert.deepEqual(idsOf(await claim(9, '{shop,phone}')), [3]);
});

const lease = (n: number) => `select * from vouch.lease_logout(${uuid(n)}, 30, ${ago(0)})`;

test('a notice that another worker has, or that is not due any more, is not leased', async () => {
  await notice(1, { next_at: ago(0) });
  await notice(2, { next_at: ago(-0.001) });
  assert.deepEqual((await query(lease(2))).length, 0);
  assert.equal(await meanwhile(`select from logout_notice where id = ${uuid(1)} for update`, lease(1)), undefined);
  assert.deepEqual(await due(), { 1: 0, 2: -0.001 });
  assert.equal((await query(lease(1))).length, 1);
  assert.deepEqual(await due(), { 1: -30, 2: -0.001 });
});

test('a notice waits for its next attempt, and is deleted alone', async () => {
  for (const n of [1, 2]) await notice(n, { next_at: ago(5), retries: '2' });
  await call(`retry_logout(${uuid(1)}, 60)`);
  assert.deepEqual(
    (await stored('logout_notice')).map((row) => [row.retries, row.next_at]),
    [
      [3, -60],
      [2, 5],
    ],
  );
  await call(`delete_logout_notice(${uuid(1)})`);
  assert.deepEqual(await due(), { 2: 5 });
});

const actor = JSON.stringify({ kind: 'operator', id: 'ann', role: 'admin', device: 'Firefox', client_ip: '192.0.2.1' });
const acted = (details: string, after?: unknown) => ({
  event: 'operator_act',
  details,
  client_ip: '192.0.2.1',
  device: 'Firefox',
  act: 'manage_clients',
  actor: 'operator',
  actor_id: 'ann',
  target: 'client:a',
  ...(after === undefined ? {} : { after }),
});
const isRecorded = async (text: string) => {
  const { recorded } = await call(text);
  assert.equal(recorded === null, (await events()).length === 0);
  return recorded && [recorded.act, recorded.target, recorded.details];
};

test('a client is added once, and both are in the trail', async () => {
  const add = (metadata: number) =>
    isRecorded(`add_oidc_client('a', '${metadata}', '\\x0102', ${bytes(1)}, '${actor}')`);
  assert.deepEqual(await add(1), ['manage_clients', 'client:a', 'added']);
  const row = { id: 'a', metadata: 1, logo: '0102', secret_hash: hash(1), created_at: 0, created_by: 'operator:ann' };
  assert.deepEqual(await stored('oidc_client'), [row]);
  assert.deepEqual(await events(), [acted('added', 1)]);
  await query(emptyAuditTrail);
  assert.equal(await add(2), null);
  assert.deepEqual(await stored('oidc_client'), [row]);
});

test('a client is read with its secrets, its picture apart', async () => {
  const read = async (key: string) => (await call(`oidc_client_of('${key}')`)).oidc_client_of;
  const logo = async (key: string) => (await result(`oidc_client_logo('${key}')`)).oidc_client_logo;
  await client('a', { secret_hash: bytes(1), logo: "'\\x03'" });
  assert.deepEqual(await read('a'), { metadata: 1, secret_hash: hash(1), previous_hash: null });
  assert.deepEqual([await logo('a'), await read('b'), await logo('b')], ['03', null, undefined]);
  for (const [seconds, previous] of [
    [-0.001, hash(2)],
    [0, null],
  ] as const) {
    await query(`update oidc_client set previous_hash = ${bytes(2)}, previous_until = ${ago(seconds)} where id = 'a'`);
    assert.deepEqual(await read('a'), { metadata: 1, secret_hash: hash(1), previous_hash: previous });
  }
});

test('a client with a secret gets a new one, and the present one stays for the overlap', async () => {
  const rotate = (key: string) => isRecorded(`rotate_oidc_client('${key}', ${bytes(3)}, 60, '${actor}')`);
  await client('public');
  assert.deepEqual([await rotate('public'), await rotate('b')], [null, null]);
  await client('a', { secret_hash: bytes(1), previous_hash: bytes(2), previous_until: ago(-9) });
  assert.deepEqual(await rotate('a'), ['manage_clients', 'client:a', 'rotated']);
  const [row, without] = await stored('oidc_client');
  assert.deepEqual([row?.secret_hash, row?.previous_hash, row?.previous_until], [hash(3), hash(1), -60]);
  assert.deepEqual([without?.secret_hash, without?.previous_hash], [undefined, undefined]);
  assert.deepEqual(await events(), [acted('rotated')]);
});

test('a client is removed once', async () => {
  const remove = () => isRecorded(`remove_oidc_client('a', '${actor}')`);
  await client('a');
  await client('b');
  assert.deepEqual(await remove(), ['manage_clients', 'client:a', 'removed']);
  assert.deepEqual(
    (await stored('oidc_client')).map((row) => row.id),
    ['b'],
  );
  assert.deepEqual(await events(), [acted('removed')]);
  await query(emptyAuditTrail);
  assert.equal(await remove(), null);
});

test('a signing key is added once, sealed anew and deleted, each alone', async () => {
  const add = async (sealedAs: string) =>
    (await call(`insert_signing_key('a', '${sealedAs}', '2', 60)`)).insert_signing_key;
  assert.deepEqual([await add('\\x02'), await add('\\x03')], [true, false]);
  const row = { id: 'a', sealed: '02', public_key: 2, created_at: 0, signs_from: -60 };
  assert.deepEqual(await stored('signing_key'), [row]);
  await call("reseal_signing_key('a', '\\x04')");
  assert.deepEqual(await stored('signing_key'), [{ ...row, sealed: '04' }]);
  await call("delete_signing_key('a')");
  assert.deepEqual(await stored('signing_key'), []);
});

test('the session of an app that authenticates counts its requests, and a missing one counts none', async () => {
  const use = () => result("use_auth_session('a', 2, 100)");
  assert.deepEqual(await use(), {});
  assert.equal((await query('select from rate_limit')).length, 0);
  await record('a', { payload: "'3'" });
  assert.deepEqual(await use(), { payload: 3, read_at: 0 });
  assert.deepEqual(await use(), { payload: 3, read_at: 0 });
  assert.deepEqual(await use(), { payload: 3, read_at: 0, limit_wait: 50 });
  const rows = await query('select key, tat from rate_limit');
  assert.deepEqual(
    rows.map((row) => toPlain(row)),
    [{ key: 'a', tat: -100 }],
  );
});

/** The sign-in by a code in an app: the proof is that of the challenge, or of another code. */
const signIn = (proof: number) => {
  const session = JSON.stringify({ id: id(4), secretHash: hash(4), lifeSeconds: 1000, max: 9, address: '' });
  const opened = JSON.stringify({ key: 'g', payload: '{"scope":"openid"}', lifeSeconds: 500 });
  return result(`sign_in_app('+12', array[${bytes(4)}], array[${bytes(4)}], array[${bytes(proof)}], false, false,
    '{network}', '{guess}', '{9}', 100, 9, '{}', '192.0.2.1', 'Shop', ${uuid(9)}, '{DDDDDD}', null, '${session}', '${opened}')`);
};

test('a right code in an app opens a session and its grant, and a wrong one neither', async () => {
  await query(`insert into challenge (phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network,
      guesses, sent_at, guessed_at)
    values ('+12', 'unknown_device', ${bytes(4)}, ${uuid(4)}, 'k', 6, ${bytes(4)}, ${ago(-300)}, false, 1, ${agos(9)}, ${agos(1)})`);
  const wrong = await signIn(5);
  assert.deepEqual([wrong.is_right, wrong.expires_at, wrong.guesses_left], [false, undefined, 3]);
  assert.deepEqual([await stored(), await stored('session')], [[], []]);
  const right = await signIn(4);
  assert.deepEqual([right.is_right, right.account_id, right.created, right.expires_at], [true, id(1), false, -1000]);
  assert.deepEqual(await stored(), [
    {
      key: 'g',
      payload: { scope: 'openid', accountId: id(1) },
      account_id: id(1),
      session_hash: hash(4),
      expires_at: -500,
      replays: 0,
    },
  ]);
  assert.deepEqual(
    (await stored('session')).map((row) => row.id),
    [id(4)],
  );
});

test('forward auth finds the session of a pass, with the number if it is asked for, and writes nothing', async () => {
  const resolve = (n: number, withNumber: boolean) =>
    result(`resolve_session(${uuid(1)}, ${bytes(n)}, ${idle}, ${withNumber})`);
  await session(1, 950);
  assert.deepEqual(await resolve(1, false), { session_id: id(1) });
  assert.deepEqual(await resolve(1, true), { session_id: id(1), phone_number: '+12' });
  assert.deepEqual(await resolve(2, true), {});
  assert.equal(await lastUse(), 950);
});
