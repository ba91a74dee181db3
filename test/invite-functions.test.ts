import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Row } from 'postgres';
import { insertingAccounts } from './support/accounts.ts';
import { emptyAuditTrail } from './support/database-pool.ts';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

const clear = () => query('truncate invite_code');
const id = (n: number) => `'00000000-0000-4000-8000-00000000000${n}'::uuid`;
const choosing = (n: number, codes: string) => `choose_code('{${codes}}', ${id(n)})`;
const choose = (n: number, codes: string) => query(`select vouch.${choosing(n, codes)}`);
const taken = (n: number, code: string) => `insert into invite_code (account_id, code) values (${id(n)}, '${code}')`;
const codes = async () => (await query('select code from invite_code order by account_id')).map(({ code }) => code);

test('an account gets the first of its codes that nobody has', async () => {
  await clear();
  await choose(1, 'BBBBBB,CCCCCCC');
  await choose(2, 'BBBBBB,CCCCCCC,DDDDDDDD');
  await choose(3, 'BBBBBB,CCCCCCC,DDDDDDDD,FFFFFFFFF');
  assert.deepEqual(await codes(), ['BBBBBB', 'CCCCCCC', 'DDDDDDDD']);
});

test('with each code taken the caller has to start anew, and nothing is written', async () => {
  await clear();
  await query(taken(1, 'BBBBBB'));
  await query(taken(2, 'CCCCCCC'));
  await assert.rejects(choose(3, 'BBBBBB,CCCCCCC'), { code: 'VO002' });
  assert.deepEqual(await codes(), ['BBBBBB', 'CCCCCCC']);
});

test('a code that another sign-up takes at the same moment is passed over', async () => {
  await clear();
  const statement = `select vouch.${choosing(2, 'BBBBBB,CCCCCCC')}`;
  await meanwhile(taken(1, 'BBBBBB'), statement);
  assert.deepEqual(await codes(), ['BBBBBB', 'CCCCCCC']);
});

test('the codes of a length end with one in a hundred, by the smallest rows that the table could have', async () => {
  await clear();
  for (const length of [6, 7, 8, 9]) {
    const most = 27 ** length / 100;
    const isFull = async (rows: number) =>
      (await query(`select vouch.is_length_full(repeat('B', ${length}), ${rows * 52}) as full`))[0]!.full;
    assert.deepEqual([await isFull(Math.floor(most)), await isFull(Math.ceil(most))], [false, true], `${length}`);
  }
});

test('no row of a code is smaller than the size by which they are counted', async () => {
  await clear();
  await query(`insert into invite_code (account_id, code)
    select gen_random_uuid(), translate(lpad(n::text, 6, '0'), '01', 'BC') from generate_series(222222, 223222) n`);
  const [row] = await query("select pg_relation_size('invite_code') / count(*)::float8 as bytes from invite_code");
  assert.ok(row!.bytes >= 52 && row!.bytes < 58, `${row!.bytes}`);
});

test('a code of a full length is passed over, also when it is free, and the last is not', async () => {
  await clear();
  await choose(1, 'BB,CCCCCC');
  // one page could hold 157 rows: of the codes of two letters 7 are given out, of three 196
  await choose(2, 'CC,DDDDDD');
  await choose(3, 'BBB,FFFFFF');
  await choose(4, 'DD');
  assert.deepEqual(await codes(), ['BB', 'DDDDDD', 'BBB', 'DD']);
});

const result = async (text: string) => (await query(`select vouch.${text} as value`))[0]!.value;
const accountId = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const codeOf = (n: number) => 'BCDFGHJKM'.charAt(n).repeat(6);
const tables = [
  'session',
  'account',
  'guest',
  'invite',
  'invite_code',
  'number_account',
  'counted_invite',
  'rate_limit',
];

/** Accounts of the numbers +10, +11 and so on, each a guest of the one that is given for it. */
async function people(...inviters: (number | null)[]) {
  await query(tables.map((table) => `delete from ${table}`).join(';'));
  await query(emptyAuditTrail);
  for (const [n, inviter] of inviters.entries()) {
    const account = `select ${id(n)} as id, '+1${n}' as phone_number, '${codeOf(n)}' as code, ${ago(90 + n)} as created_at`;
    await query(insertingAccounts(account, inviter === null ? 'null' : `'${codeOf(inviter)}'`));
  }
}
const invites = async () =>
  (await query('select * from invite order by account_id')).map((row) => [
    row.inviter_id === null ? null : Number(row.inviter_id.slice(-1)),
    row.redeemed_code,
    agoOf(row.redeemed_at),
    row.invited_count,
    agoOf(row.closed_at),
  ]);
const guests = async () =>
  (await query('select * from guest order by inviter_id, account_id')).map((row) => [
    Number(row.inviter_id.slice(-1)),
    Number(row.account_id.slice(-1)),
    agoOf(row.redeemed_at),
    row.phone_number,
  ]);
const closeInvite = (n: number) => query(`update invite set closed_at = ${ago(5)} where account_id = ${id(n)}`);

test('the owner of a code can be found until the account is erased', async () => {
  await people(null, null);
  await closeInvite(1);
  const found = async (code: string) => {
    const [row] = await query(`select * from vouch.find_inviter('${code}')`);
    return [row!.code, row!.account_id];
  };
  assert.deepEqual(
    [await found(codeOf(0)), await found(codeOf(1)), await found('ZZZZZZ')],
    [
      [codeOf(0), accountId(0)],
      [null, null],
      [null, null],
    ],
  );
  const owners = [await result(`owner_of_code('${codeOf(1)}')`), await result("owner_of_code('ZZZZZZ')")];
  assert.deepEqual(owners, [accountId(1), null]);
  const open = [await result(`is_open_invite(${id(0)})`), await result(`is_open_invite(${id(1)})`)];
  assert.deepEqual([...open, await result(`is_open_invite(${id(2)})`)], [true, false, false]);
});

test('a code of an earlier system is found as it is written, or in any case where it is the only one', async () => {
  await people(null, null, null, null);
  await query('delete from legacy_code');
  for (const [code, n] of [
    ['abcdef', 0],
    ['Abcdef', 1],
    ['ABcdeg', 2],
    [codeOf(0).toLowerCase(), 3],
  ] as const) {
    await query(`insert into legacy_code values (upper('${code}'), '${code}', ${id(n)})`);
  }
  const found = async (code: string) => {
    const [row] = await query(`select * from vouch.find_code('${code}')`);
    return [row!.code, row!.account_id === null ? null : Number(row!.account_id.slice(-1))];
  };
  assert.deepEqual(await found('abcdef'), ['abcdef', 0]);
  assert.deepEqual(await found('Abcdef'), ['Abcdef', 1]);
  assert.deepEqual(await found('ABCDEF'), [null, null], 'two differ in case alone');
  assert.deepEqual(await found('abcdeg'), ['ABcdeg', 2]);
  assert.deepEqual(await found(codeOf(0).toLowerCase()), [codeOf(0).toLowerCase(), 3], 'before one of ours');
  assert.deepEqual(await found(codeOf(0)), [codeOf(0), 0]);
  assert.deepEqual(await found(codeOf(1).toLowerCase()), [codeOf(1), 1]);
  assert.deepEqual(await found('zzzzzz'), [null, null]);
  await query('delete from legacy_code');
});

test('an invite that a browser remembers works for a week, while its owner has an account', async () => {
  await people(null, null);
  await closeInvite(1);
  const works = async (n: number, days: number) =>
    (await call(`does_remembered_work('${codeOf(n)}', ${ago(days * 86_400)})`)).does_remembered_work;
  assert.deepEqual(
    [await works(0, 6.999), await works(0, 7), await works(1, 1), await works(2, 1)],
    [true, false, false, false],
  );
});

test('a guest counts for an open invite, and leaves the list and not the count', async () => {
  await people(null, null, null);
  await closeInvite(1);
  const add = (inviter: number, guest: number, increment: number) =>
    call(`add_guest(${id(inviter)}, ${id(guest)}, '+1${guest}', 'N${guest}', ${increment})`).then(
      (row) => row.add_guest,
    );
  assert.equal(await add(0, 2, 1), accountId(0));
  assert.equal(await add(0, 1, 0), accountId(0));
  assert.equal(await add(1, 2, 1), null);
  assert.equal(await add(3, 2, 1), null);
  assert.deepEqual(
    (await invites()).map(([, , , count]) => count),
    [1, 0, 0],
  );
  assert.deepEqual(await guests(), [
    [0, 1, 0, '+11'],
    [0, 2, 0, '+12'],
  ]);
  await query(`insert into guest values (${id(2)}, ${id(1)}, ${ago(1)}, '+11')`);
  await query(`select vouch.delete_guest(${id(0)}, ${id(1)})`);
  assert.deepEqual(await guests(), [
    [0, 2, 0, '+12'],
    [2, 1, 1, '+11'],
  ]);
});

test('the owner of a code sees a guest by the name that was last, also when it changes while a code is redeemed', async () => {
  const names = async () => (await query('select first_name from guest')).map((row) => row.first_name);
  const show = (name: string) => `show_first_name(${id(1)}, ${name})`;
  await people(null, 0, null);
  await query(`select vouch.${show("'Ada'")}, vouch.show_first_name(${id(2)}, 'Bo')`);
  assert.deepEqual(await names(), ['Ada']);
  await query(
    `select vouch.rename_guest(${id(2)}, ${id(1)}, 'another'), vouch.rename_guest(${id(0)}, ${id(2)}, 'other')`,
  );
  assert.deepEqual(await names(), ['Ada']);
  await query(`select vouch.${show('null')}`);
  assert.deepEqual(await names(), [null]);
  await people(null, null);
  const redeems = `select vouch.lock_invite(${id(1)});
    select vouch.set_inviter(${id(1)}, ${id(0)}, '${codeOf(0)}', ${ago(0)});
    select vouch.add_guest(${id(0)}, ${id(1)}, '+11', vouch.first_name_of(${id(1)}), 1, ${ago(0)})`;
  await meanwhile(redeems, `select vouch.${show("'Ada'")}`);
  assert.deepEqual(await names(), ['Ada']);
});

const key = (n: number) => `decode(repeat('0${n}', 128), 'hex')`;
const pair = (n: number, inviter = 0, number = '+12') => `vouch.pair_hash(${key(n)}, ${id(inviter)}, '${number}')`;

test('a pair of a number and its inviter counts once in a year, whichever key it was kept by', async () => {
  await people(null);
  const increment = async (...keys: number[]) =>
    (await call(`count_increment(vouch.pair_hashes(array[${keys.map(key)}], ${id(0)}, '+12'))`)).count_increment;
  const keep = async (hash: string, days: number) => {
    await query('delete from counted_invite');
    await query(`select vouch.keep_counted(${hash}, ${ago(days * 86_400)})`);
  };
  assert.equal(await increment(1, 2), 1);
  for (const n of [1, 2]) {
    await keep(pair(n), 364.999);
    assert.equal(await increment(1, 2), 0);
    await keep(pair(n), 365);
    assert.equal(await increment(1, 2), 1);
  }
  await keep(pair(1, 1), 1);
  assert.equal(await increment(1, 2), 1, 'another inviter');
  await keep(pair(1, 0, '+13'), 1);
  assert.equal(await increment(1, 2), 1, 'another number');
  await query(`select vouch.keep_counted(${pair(1, 0, '+13')}, ${ago(0)})`);
  assert.deepEqual(
    (await query('select erased_at from counted_invite')).map((row) => agoOf(row.erased_at)),
    [0],
  );
});

const bucket = async () => {
  const [row] = await query("select tat from rate_limit where key = 'k'");
  return row === undefined ? undefined : 0 - agoOf(row.tat)!;
};
const signUp = async (code: string, { opened = null as number | null, keys = [1] } = {}) => {
  const pairKeys = keys.map((n) => `0${n}`.repeat(128));
  const bare = {
    code,
    openedAt: null,
    keys: ['k'],
    names: ['n'],
    quotas: [2],
    window_seconds: 100,
    pair_keys: pairKeys,
  };
  const openedAt = opened === null ? '' : `, 'openedAt', ${ago(opened * 86_400)}`;
  const invite = `jsonb_build_object('a', 1${openedAt}) || '${JSON.stringify(opened === null ? bare : { ...bare, openedAt: undefined })}'`;
  const row = await call(`redeem_at_sign_up('+12', ${id(2)}, (${invite})::json)`);
  return [row.inviter_id, row.code];
};

test('a sign-up with a code counts for its owner, for a week after the link was opened, and an unknown one is limited', async () => {
  await people(null, null);
  assert.deepEqual(await signUp(codeOf(0), { opened: 6.999 }), [accountId(0), codeOf(0)]);
  assert.equal(await bucket(), 0, 'a known code leaves its unit');
  await query('delete from guest');
  assert.deepEqual(await signUp(codeOf(0), { opened: 7 }), [null, null]);
  assert.equal(await bucket(), 50);
  assert.deepEqual(await signUp('ZZZZZZ'), [null, null]);
  assert.equal(await bucket(), 100);
  assert.deepEqual(await signUp(codeOf(0)), [null, null], 'no code is tried any more');
  assert.deepEqual(await guests(), []);
  await query('delete from rate_limit');
  await query(`select vouch.keep_counted(${pair(2)}, ${ago(1)})`);
  assert.deepEqual(await signUp(codeOf(0), { keys: [1, 2] }), [accountId(0), codeOf(0)]);
  assert.deepEqual(await guests(), [[0, 2, 0, '+12']]);
  assert.equal((await invites())[0]![3], 1, 'the second time does not count');
  await query('delete from guest; delete from counted_invite');
  await query(`select vouch.keep_counted(${pair(1)}, ${ago(1)})`);
  await signUp(codeOf(0), { keys: [1, 2] });
  assert.equal((await invites())[0]![3], 1, 'by the first key, too');
  await query('delete from guest; delete from counted_invite');
  await signUp(codeOf(0), { keys: [1, 2] });
  assert.equal((await invites())[0]![3], 2);
  const [row] = await query(`select * from vouch.redeem_at_sign_up('+12', ${id(2)}, null, ${ago(0)})`);
  assert.equal(row!.inviter_id, null);
});

test('a sign-up has no inviter whose account is erased at the same moment', async () => {
  await people(null);
  const invite = {
    code: codeOf(0),
    keys: ['k'],
    names: ['n'],
    quotas: [2],
    window_seconds: 100,
    pair_keys: ['01'.repeat(128)],
  };
  const row = await meanwhile(
    `update invite set closed_at = ${ago(0)}`,
    `select * from vouch.redeem_at_sign_up('+12', ${id(2)}, '${JSON.stringify(invite)}', ${ago(0)})`,
  );
  assert.deepEqual([row.inviter_id, row.code], [null, null]);
});

test('a new invite is redeemed if there is an inviter', async () => {
  await people(null);
  for (const [n, inviter, code] of [
    [1, id(0), `'${codeOf(0)}'`],
    [2, 'null', 'null'],
  ] as const) {
    await call(`insert_invite(${id(n)}, '${codeOf(n)}', ${inviter}, ${code})`);
  }
  assert.deepEqual(await invites(), [
    [null, null, null, 0, null],
    [0, codeOf(0), 0, 0, null],
    [null, null, null, 0, null],
  ]);
});

test('the root of a tree is the inviter without an inviter', async () => {
  await people(null, 0, 1, null);
  const roots = [];
  for (const n of [0, 1, 2, 3]) roots.push(Number((await result(`root_of(${id(n)})`)).slice(-1)));
  assert.deepEqual(roots, [0, 0, 0, 3]);
  assert.equal(await result(`inviter_of(${id(2)})`), accountId(1));
});

const micros = (seconds: number) => `(extract(epoch from ${ago(seconds)}) * 1000000)::bigint`;

test('a page of guests begins after its cursor, newest first, those of one moment in the order of their ids', async () => {
  await people(null, null, null, null, null, null);
  for (const [n, inviter, seconds] of [
    [1, 0, 3],
    [2, 0, 2],
    [3, 0, 2],
    [4, 0, 1],
    [5, 2, 2],
  ] as const) {
    await query(`insert into guest values (${id(inviter)}, ${id(n)}, ${ago(seconds)}, '+1${n}')`);
  }
  const page = async (cursor: string, count: number, inviter = 0) =>
    (await result(`invited_page(${id(inviter)}, ${cursor}, ${count})`)).map(
      (one: { phone_number: string }) => one.phone_number,
    );
  assert.deepEqual(await page('null, null', 9), ['+14', '+13', '+12', '+11']);
  assert.deepEqual(await page('null, null', 2), ['+14', '+13']);
  assert.deepEqual(await page(`${micros(2)}, ${id(3)}`, 9), ['+12', '+11']);
  assert.deepEqual(await page(`${micros(2)}, ${id(2)}`, 9), ['+11']);
  assert.deepEqual(await page(`${micros(2)}, null`, 9), ['+13', '+12', '+11']);
  assert.deepEqual(await page(`${micros(3)}, ${id(1)}`, 9), []);
  assert.deepEqual(await page('null, null', 9, 1), []);
  const [guest] = await result(`invited_page(${id(2)}, null, null, 1)`);
  const [row] = await query(`select ${micros(2)}::text as micros`);
  assert.deepEqual(guest, { phone_number: '+15', first_name: null, micros: row!.micros, account_id: accountId(5) });
});

const idle = 2000;
const session = (n: number, { used = 1, expires = 1000 } = {}) =>
  query(`insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
    values (${id(n)}, sha256('${n}'), ${id(n)}, ${ago(99)}, ${ago(used)}, ${ago(-expires)}, '', '')`);
const credential = (n: number) => `${id(n)}, sha256('${n}'), ${idle}`;
const lastUses = async () =>
  (await query('select last_used_at from session order by id')).map((row) => agoOf(row.last_used_at));

test('the own invite is that of a live session, with a page of guests if one is wanted', async () => {
  await people(null, 0, null);
  for (const n of [0, 1]) await session(n, { used: 900 });
  await session(2, { expires: 0 });
  const read = (n: number, count: number) => call(`read_own_invite(${credential(n)}, null, null, ${count})`);
  const own = await read(0, 9);
  assert.deepEqual([own.redeemed_code, own.invited_count, own.invited.length], [null, 1, 1]);
  assert.deepEqual(await lastUses(), [0, 900, 1]);
  assert.deepEqual((await read(0, 1)).invited.length, 1);
  assert.deepEqual((await read(0, 0)).invited, []);
  const guest = await read(1, 9);
  assert.deepEqual([guest.redeemed_code, guest.invited_count, guest.invited], [codeOf(0), 0, []]);
  assert.deepEqual(new Set(Object.values(await read(2, 9))), new Set([null]));
});

test('the invite of an erased account is closed, and its pair is kept if somebody had invited it', async () => {
  await people(null, 0, null);
  await query(`insert into guest values (${id(2)}, ${id(1)}, ${ago(1)}, '+11')`);
  const end = (n: number) => call(`end_invite(${id(n)}, '+1${n}', ${key(1)})`);
  await end(2);
  assert.equal((await query('select from counted_invite')).length, 0);
  await end(1);
  assert.deepEqual(
    (await invites()).map(([, , , , closed]) => closed),
    [null, 0, 0],
  );
  assert.deepEqual(await guests(), [[2, 1, 1, '+11']]);
  const [row] = await query(`select pair_hash = ${pair(1, 0, '+11')} as is_own, erased_at from counted_invite`);
  assert.deepEqual([row!.is_own, agoOf(row!.erased_at)], [true, 0]);
});

const hang = (account: number, inviter: number, root: number | null) =>
  `hang_below(${id(account)}, ${id(inviter)}, '${codeOf(inviter)}', ${root === null ? 'null::uuid' : id(root)}`;
const hanging = async (account: number, inviter: number, root: number | null) =>
  (await call(`${hang(account, inviter, root)})`)).hang_below;

test('an account is hung below another once, unless one of them has changed since it was looked at', async () => {
  await people(null, null, 1, null);
  assert.equal(await hanging(2, 0, null), false, 'it has redeemed one');
  await closeInvite(3);
  assert.equal(await hanging(3, 0, null), false, 'it is erased');
  assert.equal(await hanging(0, 3, null), false, 'the inviter is erased');
  assert.equal(await hanging(1, 0, null), false, 'it has invited somebody, and nobody has looked for the root');
  await people(null, null, 1, 0);
  assert.equal(await hanging(1, 3, 3), false, 'the root has an inviter by now');
  assert.deepEqual((await invites())[1], [null, null, null, 1, null]);
  assert.equal(await hanging(1, 3, 0), true);
  assert.deepEqual((await invites())[1], [3, codeOf(3), 0, 1, null]);
  await people(null, null, null);
  assert.equal(await hanging(2, 0, null), true);
  assert.equal(await hanging(1, 0, 0), true, 'the root may be the inviter');
  assert.deepEqual(
    (await invites()).map(([inviter]) => inviter),
    [null, 0, 0],
  );
});

test('accounts are hung below each other by their newest state', async () => {
  await people(null, null, null);
  const change = `update invite set closed_at = ${ago(0)} where account_id = ${id(0)}`;
  const { value } = await meanwhile(change, `select vouch.${hang(1, 0, null)}, ${ago(0)}) as value`);
  assert.equal(value, false);
});

const buckets = "'{k}', '{n}', '{2}', 100";
const redeem = async (n: number, code: string): Promise<Row> => {
  const { events, ...row } = await call(
    `redeem(${credential(n)}, '${code}', ${key(3)}, '{k}', '{number,n}', '{2,9}', 100, array[${key(1)}, ${key(2)}], '{}', null, '192.0.2.1', 'Firefox')`,
  );
  return {
    ...row,
    events: events?.map(({ result: outcome, details }: Record<string, string>) => [outcome, details]) ?? null,
  };
};
const common = {
  alive: true,
  blocked_by: null,
  present_code: null,
  found_code: null,
  is_known: false,
  circle: false,
  redeemed: false,
};
const allowed = { ...common, allowed: true, limit_wait: 0, limit_name: 'number', events: null };

test('a code is redeemed by a live session that has redeemed none, and its owner sees the guest', async () => {
  await people(null, null, 1);
  for (const n of [0, 1, 2]) await session(n, { used: n === 1 ? 900 : 1 });
  const { limit_name: _, limit_wait: __, ...redeemed } = await redeem(1, codeOf(0));
  assert.deepEqual(redeemed, {
    ...common,
    own_code: codeOf(1),
    found_code: codeOf(0),
    is_known: true,
    redeemed: true,
    allowed: true,
    events: [['succeeded', `inviter ${accountId(0)}`]],
  });
  assert.deepEqual(await lastUses(), [1, 0, 1]);
  assert.deepEqual(await invites(), [
    [null, null, null, 1, null],
    [0, codeOf(0), 0, 1, null],
    [1, codeOf(1), 92, 0, null],
  ]);
  assert.deepEqual((await guests())[0], [0, 1, 0, '+11']);
  const again = await redeem(1, codeOf(0));
  assert.deepEqual([again.present_code, again.redeemed, again.allowed, again.events], [codeOf(0), false, false, null]);
  const [event] = await query('select account_id, number, client_ip, device, at from audit_event');
  const { at, ...rest } = event!;
  assert.deepEqual(
    [rest, agoOf(at)],
    [{ account_id: accountId(1), number: '+1  11', client_ip: '192.0.2.1', device: 'Firefox' }, 0],
  );
});

test('nobody redeems their own code, one that closes a circle, or any without a live session', async () => {
  await people(null, 0, 1);
  for (const n of [0, 1]) await session(n);
  await session(2, { expires: 0 });
  const own = { ...allowed, own_code: codeOf(0), is_known: true };
  assert.deepEqual(await redeem(0, codeOf(0)), { ...own, found_code: codeOf(0) });
  for (const n of [1, 2]) {
    assert.deepEqual(await redeem(0, codeOf(n)), { ...own, found_code: codeOf(n), circle: true });
  }
  const dead = await redeem(2, codeOf(0));
  assert.deepEqual(
    [dead.alive, dead.own_code, dead.is_known, dead.allowed, dead.redeemed],
    [false, null, false, false, false],
  );
  assert.equal((await query('select from audit_event')).length, 0);
});

test('a person who has invited others redeems a code of another tree', async () => {
  await people(null, 0, null);
  await session(0);
  assert.equal((await redeem(0, codeOf(2))).redeemed, true);
  assert.equal((await invites())[0]![0], 2);
});

test('unknown codes are limited by number and network, and with none left no code is tried', async () => {
  await people(null, null);
  await session(1);
  const refused = { ...allowed, own_code: codeOf(1), events: [['refused', 'a code that nobody has']] };
  for (let times = 0; times < 2; times += 1) assert.deepEqual(await redeem(1, 'ZZZZZZ'), refused);
  assert.deepEqual(await redeem(1, codeOf(0)), {
    ...common,
    own_code: codeOf(1),
    found_code: codeOf(0),
    allowed: false,
    limit_wait: 50,
    limit_name: 'number',
    events: null,
  });
  assert.ok(Math.abs((await bucket())! - 200 / 9) < 0.001);
  const rows = await query(`select key from rate_limit where key = 'redeem:' || encode(
    vouch.keyed_hash(${key(3)}, convert_to('+11', 'UTF8')), 'hex')`);
  assert.equal(rows.length, 1, 'the number is hashed');
  assert.deepEqual(await guests(), []);
});

test('a code counts once for an erased person who comes back', async () => {
  await people(null, null);
  await session(1);
  await query(`select vouch.keep_counted(${pair(2, 0, '+11')}, ${ago(1)})`);
  assert.equal((await redeem(1, codeOf(0))).redeemed, true);
  assert.equal((await invites())[0]![3], 0);
  assert.equal((await guests()).length, 1);
});

test('an account that is erased meanwhile redeems nothing', async () => {
  await people(null, null);
  await session(1);
  const erasure = `delete from account where id = ${id(1)}; update invite set closed_at = ${ago(0)} where account_id = ${id(1)}`;
  const text = `redeem(${credential(1)}, '${codeOf(0)}', ${key(3)}, '{k}', '{number,n}', '{2,9}', 100, array[${key(1)}], '{}', null, '', '', ${ago(0)})`;
  const row = await meanwhile(erasure, `select * from vouch.${text}`);
  assert.equal(row.redeemed, false);
  assert.deepEqual(await guests(), []);
  await query(`insert into invite (account_id, code) values (${id(2)}, '${codeOf(2)}')`);
  const [erased] = await query(`select * from vouch.invite_of(${id(2)})`);
  assert.deepEqual([erased!.code, erased!.phone_number], [codeOf(2), null]);
});

const open = (code: string, n?: number) =>
  call(`open_link('${code}', ${buckets}, ${n === undefined ? `null, null, ${idle}` : credential(n)})`);

test('a link is known while its owner has an account, and unknown ones are limited', async () => {
  await people(null, null);
  await closeInvite(1);
  const known = await open(codeOf(0));
  assert.deepEqual(
    [known.allowed, known.is_known, known.code, known.alive, agoOf(known.now)],
    [true, true, codeOf(0), false, 0],
  );
  assert.equal(await bucket(), 0);
  for (const code of ['ZZZZZZ', codeOf(1)]) {
    const unknown = await open(code);
    assert.deepEqual([unknown.allowed, unknown.is_known, unknown.limit_wait], [true, false, 0]);
  }
  assert.equal(await bucket(), 100);
  const limited = await open(codeOf(0));
  assert.deepEqual([limited.allowed, limited.limit_wait, limited.alive, limited.circle], [false, 50, false, false]);
});

test('a link tells the owner of a live session what they have, and whether it closes a circle', async () => {
  await people(null, 0, null, null);
  for (const n of [0, 1]) await session(n, { used: 900 });
  await session(2, { expires: 0 });
  const told = async (code: string, n: number) => {
    const row = await open(code, n);
    return [row.alive, row.own_code, row.redeemed_code, row.circle];
  };
  assert.deepEqual(await told(codeOf(1), 0), [true, codeOf(0), null, true]);
  assert.deepEqual(await lastUses(), [0, 900, 1]);
  assert.deepEqual(await told(codeOf(0), 0), [true, codeOf(0), null, true], 'the own one');
  assert.deepEqual(await told(codeOf(2), 0), [true, codeOf(0), null, false]);
  assert.deepEqual(await told('ZZZZZZ', 0), [true, codeOf(0), null, false]);
  assert.deepEqual(await told(codeOf(1), 1), [true, codeOf(1), codeOf(0), false], 'it has no guests');
  assert.deepEqual(await told(codeOf(0), 2), [false, null, null, false]);
  await session(3);
  assert.deepEqual(await told(codeOf(3), 3), [true, codeOf(3), null, false], 'the own one of nobody’s inviter');
});
