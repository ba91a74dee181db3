import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { maskPhoneNumber, type PhoneNumber } from '../src/kit/phone-number.ts';
import { insertingAccounts } from './support/accounts.ts';
import { emptyAuditTrail } from './support/database-pool.ts';
import { ago, agoOf, itemsOf, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const uuid = (n: number) => `'${id(n)}'::uuid`;
const result = async (text: string) => (await query(`select vouch.${text} as value`))[0]!.value;
const keys = (...texts: string[]) => `'{${texts.join()}}'::text[]`;

/** Accounts 1 and 2, whose numbers are +12 and +13. */
async function clear() {
  const tables = ['reserved_name', 'account', 'guest', 'invite', 'invite_code', 'number_account'];
  await query(tables.map((table) => `delete from ${table}`).join(';'));
  await query(emptyAuditTrail);
  for (const [n, code] of [
    [1, 'BBBBBB'],
    [2, 'CCCCCC'],
  ] as const) {
    await query(
      insertingAccounts(
        `select ${uuid(n)} as id, '+1${n + 1}' as phone_number, '${code}' as code, ${ago(90 + n)} as created_at`,
      ),
    );
  }
}
const update = (n: number, changes: object, names = 'null', email = 'null') =>
  `update_account(${uuid(n)}, '${JSON.stringify(changes)}', ${names}, ${email})`;
const accounts = async () =>
  (await query('select * from account order by id')).map(({ username, first_name, last_name, email }) => [
    username,
    first_name,
    last_name,
    email,
  ]);
const arrayOf = (text: string | null) => (text === null ? null : itemsOf(text));

test('an account has its own number and time, and an erased one has neither', async () => {
  await clear();
  const found = async (n: number) => [
    await result(`number_of(${uuid(n)})`),
    agoOf(await result(`created_at_of(${uuid(n)})`)),
  ];
  assert.deepEqual(
    [await found(1), await found(2), await found(3)],
    [
      ['+12', 91],
      ['+13', 92],
      [null, null],
    ],
  );
});

test('only the given fields of the account change, and its old and new names are returned', async () => {
  await clear();
  const changed = async (text: string) => {
    const [row] = await query(`select * from vouch.${text}`);
    return [arrayOf(row!.old_keys), arrayOf(row!.new_keys)];
  };
  const named = update(1, { username: 'Ann', email: 'a@b.c' }, keys('s', 'c', 'w'), "'a@b.c'");
  const all = ['capital:c', 'email:a@b.c', 'small:s', 'written:w'];
  assert.deepEqual(await changed(named), [[], all]);
  assert.deepEqual(await changed(update(1, { first_name: 'A', last_name: 'B' })), [all, all]);
  assert.deepEqual(await accounts(), [
    ['Ann', 'A', 'B', 'a@b.c'],
    [null, null, null, null],
  ]);
  assert.deepEqual(await changed(update(1, { first_name: null, email: null })), [
    all,
    ['capital:c', 'small:s', 'written:w'],
  ]);
  assert.deepEqual((await accounts())[0], ['Ann', null, 'B', null]);
  assert.deepEqual(await changed(update(1, { last_name: 'C' })), [
    ['capital:c', 'small:s', 'written:w'],
    ['capital:c', 'small:s', 'written:w'],
  ]);
  assert.deepEqual(await accounts(), [
    ['Ann', null, 'C', null],
    [null, null, null, null],
  ]);
  assert.deepEqual(await changed(update(1, { username: null, email: 'd@e.f' }, 'null', "'d@e.f'")), [
    ['capital:c', 'small:s', 'written:w'],
    ['email:d@e.f'],
  ]);
  assert.deepEqual(await changed(update(3, { first_name: 'A' })), [null, null], 'it is erased');
});

test('an account has its own first name', async () => {
  await clear();
  await query("update account set first_name = 'name ' || phone_number");
  const names = [];
  for (const n of [1, 2, 3]) names.push(await result(`first_name_of(${uuid(n)})`));
  assert.deepEqual(names, ['name +12', 'name +13', null]);
});

test('an account has its own fields', async () => {
  await clear();
  await query("update account set last_name = 'name ' || phone_number");
  const fields = [];
  for (const n of [1, 2, 3]) fields.push((await result(`account_fields(${uuid(n)})`))?.last_name ?? null);
  assert.deepEqual(fields, ['name +12', 'name +13', null]);
});

test('a change of an account keeps the one that another request has just made', async () => {
  await clear();
  const other = `update account set first_name = 'other' where id = ${uuid(1)}`;
  await meanwhile(other, `select vouch.${update(1, { last_name: 'own' })}`);
  assert.deepEqual((await accounts())[0], [null, 'other', 'own', null]);
});

test('the erasure of an account returns its names and leaves other accounts', async () => {
  await clear();
  await query(`select vouch.${update(1, { username: 'Ann', email: 'a@b.c' }, keys('s', 'c', 'w'), "'a@b.c'")}`);
  const erased = async (n: number) => arrayOf(await result(`delete_account(${uuid(n)})`));
  assert.deepEqual(await erased(1), ['capital:c', 'email:a@b.c', 'small:s', 'written:w']);
  assert.deepEqual(
    (await query('select id from account')).map((row) => row.id),
    [id(2)],
  );
  assert.deepEqual(await erased(1), []);
});

const owners = async () =>
  (await query('select key, account_id from reserved_name order by key')).map((row) => [
    row.key,
    Number(row.account_id.slice(-1)),
  ]);
const reserve = (key: string, n: number) => query(`select vouch.reserve_name('${key}', ${uuid(n)})`);

test('a name belongs to the first that reserves it, until that account gives it back', async () => {
  await clear();
  await reserve('small:a', 1);
  await reserve('small:b', 1);
  await assert.rejects(reserve('small:a', 2), { code: 'VO002' });
  assert.equal(await result("owner_of_name('small:a')"), id(1));
  assert.equal(await result("owner_of_name('small:c')"), null);
  await query(`select vouch.release_name('small:a', ${uuid(2)})`);
  assert.deepEqual(await owners(), [
    ['small:a', 1],
    ['small:b', 1],
  ]);
  await query(`select vouch.release_name('small:a', ${uuid(1)})`);
  assert.deepEqual(await owners(), [['small:b', 1]]);
});

test('names that an account keeps are neither given back nor reserved again', async () => {
  await clear();
  for (const key of ['a', 'b', 'c']) await reserve(key, 1);
  const kept = () => query("select xmin::text from reserved_name where key = 'b'");
  const before = await kept();
  await query(`select vouch.replace_names(${keys('a', 'b')}, ${keys('b', 'd')}, ${uuid(1)})`);
  assert.deepEqual(await owners(), [
    ['b', 1],
    ['c', 1],
    ['d', 1],
  ]);
  assert.deepEqual([...(await kept())], [...before]);
});

test('another account has a name if it has one of its skeletons, and the name is told before the address', async () => {
  await clear();
  await query(`select vouch.replace_names('{}', vouch.name_keys(${keys('s', 'c', 'w')}, 'a@b.c'), ${uuid(1)})`);
  const taken = (n: number, names: string, email = 'null') => result(`find_taken(${uuid(n)}, ${names}, ${email})`);
  for (const names of [keys('s', 'x', 'x'), keys('x', 'c', 'x'), keys('x', 'x', 'w')]) {
    assert.equal(await taken(2, names), 'username_taken');
    assert.equal(await taken(1, names, "'a@b.c'"), null);
  }
  assert.equal(await taken(2, keys('c', 'w', 's')), null, 'each skeleton is compared with its own kind');
  assert.equal(await taken(2, keys('x', 'x', 'x'), "'a@b.c'"), 'email_taken');
  assert.equal(await taken(2, 'null', "'a@b.c'"), 'email_taken');
  assert.equal(await taken(2, keys('s', 'c', 'w'), "'a@b.c'"), 'username_taken');
  assert.equal(await taken(2, 'null', "'d@e.f'"), null);
});

test('a number has one account, which a second sign-in does not replace', async () => {
  await clear();
  const found = async (number: string) => [
    await result(`find_account('${number}')`),
    await result(`lock_account('${number}')`),
  ];
  assert.deepEqual(
    [await found('+12'), await found('+13'), await found('+14')],
    [
      [id(1), id(1)],
      [id(2), id(2)],
      [null, null],
    ],
  );
  const insert = (number: string, n: number) => query(`select vouch.insert_number_account('${number}', ${uuid(n)})`);
  await assert.rejects(insert('+12', 2), { code: 'VO002' });
  await insert('+14', 4);
  assert.deepEqual(
    [await found('+12'), await found('+14')],
    [
      [id(1), id(1)],
      [id(4), id(4)],
    ],
  );
});

test('the lock of an account waits for the transaction that changes its number', async () => {
  await clear();
  const change = `update number_account set account_id = ${uuid(2)} where phone_number = '+12'`;
  const { value } = await meanwhile(change, "select vouch.lock_account('+12') as value");
  assert.equal(value, id(2));
  const back = `update number_account set account_id = ${uuid(1)} where phone_number = '+12'`;
  const proven = await meanwhile(back, "select * from vouch.prove_number('+12')");
  assert.equal(proven.account_id, id(1));
});

test('a right code proves the number of its account, once, and no other number', async () => {
  await clear();
  await query(`update number_account set unproven_since = ${ago(9)}`);
  const lock = async () => (await query("select * from vouch.prove_number('+12')"))[0]!.was_unproven;
  assert.deepEqual([await lock(), await lock()], [true, false]);
  const rows = await query('select phone_number from number_account where unproven_since is not null');
  assert.deepEqual(
    rows.map((row) => row.phone_number),
    ['+13'],
  );
});

test('the account of a number is taken away only if it is still this one', async () => {
  await clear();
  await query(`insert into number_account values ('+14', ${uuid(1)})`);
  const remove = (number: string, n: number) => result(`delete_number_account('${number}', ${uuid(n)})`);
  assert.equal(await remove('+12', 2), null);
  assert.equal(await remove('+12', 1), id(1));
  assert.equal(await remove('+12', 1), null);
  assert.deepEqual(
    (await query('select phone_number from number_account order by 1')).map((row) => row.phone_number),
    ['+13', '+14'],
  );
});

const record = (n: number | null, event: string, details: string | null, seconds: number) =>
  query(`select vouch.record_event(${n === null ? 'null' : uuid(n)}, '${event}', 'succeeded', '+1 • 2',
    ${details === null ? 'null' : `'${details}'`}, '192.0.2.1', 'Firefox', ${ago(seconds)}) as event`);

test('an event is recorded with all that is known, and returned for the log', async () => {
  await clear();
  const [recorded] = await record(1, 'signed_in', 'a new account', 5);
  assert.deepEqual(recorded!.event, {
    event: 'signed_in',
    result: 'succeeded',
    account_id: id(1),
    number: '+1 • 2',
    details: 'a new account',
  });
  const [anonymous] = await record(null, 'backup_made', null, 4);
  assert.equal(anonymous!.event.account_id, null);
  const rows = await query(
    'select at, account_id, event, result, number, details, client_ip, device from audit_event order by at',
  );
  const common = { result: 'succeeded', number: '+1 • 2', client_ip: '192.0.2.1', device: 'Firefox' };
  assert.deepEqual(
    rows.map(({ at, ...row }) => ({ ...row, at: agoOf(at) })),
    [
      { ...common, account_id: id(1), at: 5, event: 'signed_in', details: 'a new account' },
      { ...common, account_id: '00000000-0000-0000-0000-000000000000', at: 4, event: 'backup_made', details: null },
    ],
  );
});

test('the newest events of an account come first, those of one moment in the order of their recording', async () => {
  await clear();
  for (const [details, seconds] of [
    ['a', 3],
    ['b', 2],
    ['c', 2],
    ['d', 4],
  ] as const) {
    await record(1, 'profile_changed', details, seconds);
  }
  await record(2, 'profile_changed', 'e', 1);
  const events = async (n: number, count: number) =>
    (await result(`events_of(${uuid(n)}, ${count})`)).map((row: { details: string }) => row.details).join('');
  assert.deepEqual([await events(1, 9), await events(1, 3), await events(3, 9)], ['cbad', 'cba', '']);
  const [event] = await result(`events_of(${uuid(2)}, 1)`);
  const { at, ...rest } = event;
  const expected = { event: 'profile_changed', result: 'succeeded', details: 'e' };
  assert.deepEqual([rest, agoOf(at)], [{ ...expected, client_ip: '192.0.2.1', device: 'Firefox' }, 1]);
});

test('the owner sees the name of an act, and neither who did it nor from where', async () => {
  await clear();
  const actor = JSON.stringify({
    kind: 'operator',
    id: 'ann',
    role: 'owner',
    client_ip: '192.0.2.9',
    device: 'Chrome',
  });
  await call(`record_act(${uuid(1)}, 'account_blocked', '${actor}', 'a target', '+1 • 2', 'details', null, null)`);
  const [event] = await result(`events_of(${uuid(1)}, 1)`);
  const { at, ...rest } = event;
  const expected = {
    event: 'operator_act',
    result: 'succeeded',
    client_ip: null,
    device: '',
    details: 'account_blocked',
  };
  assert.deepEqual([rest, agoOf(at)], [expected, 0]);
});

test('a wrong code is recorded for the account of the number, and also without one', async () => {
  await clear();
  for (const [number, n] of [
    ['+13', id(2)],
    ['+14', null],
  ] as const) {
    const { events } = await call(`record_wrong_code('${number}', 'masked', '192.0.2.1', 'Firefox')`);
    const event = { event: 'signed_in', result: 'failed', account_id: n, number: 'masked', details: null };
    assert.deepEqual(events, [event]);
  }
  const rows = await query('select client_ip, device, at from audit_event');
  assert.deepEqual(
    rows.map(({ client_ip: ip, device, at }) => [ip, device, agoOf(at)]),
    Array(2).fill(['192.0.2.1', 'Firefox', 0]),
  );
});

test('the same change was recorded if it was within a minute, for this account and with these details', async () => {
  await clear();
  await record(1, 'profile_changed', 'email', 59.999);
  await record(1, 'profile_changed', 'username', 60);
  const was = (n: number, event: string, details: string) =>
    call(`was_recorded(${uuid(n)}, '${event}', '${details}')`).then((row) => row.was_recorded);
  assert.equal(await was(1, 'profile_changed', 'email'), true);
  assert.equal(await was(1, 'profile_changed', 'username'), false);
  assert.equal(await was(1, 'profile_changed', 'last_name'), false);
  assert.equal(await was(1, 'signed_in', 'email'), false);
  assert.equal(await was(2, 'profile_changed', 'email'), false);
});

test('the database masks the numbers of every calling code as the log does', async () => {
  const numbers = Array.from({ length: 990 }, (_, at) => `+${at + 10}5551234`);
  const rows = await query(
    `select n, vouch.masked_number(n) as masked from unnest('{${numbers}}'::text[]) with ordinality o (n, at) order by at`,
  );
  assert.deepEqual(
    rows.map(({ n, masked }) => [n, masked]),
    numbers.map((number) => [number, maskPhoneNumber(number as PhoneNumber)]),
  );
});
