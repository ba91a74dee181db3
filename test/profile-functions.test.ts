import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { insertingAccounts } from './support/accounts.ts';
import { emptyAuditTrail } from './support/database-pool.ts';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const uuid = (n: number) => `'${id(n)}'::uuid`;
const bytes = (n: number) => `sha256('${n}')`;
const idle = 2000;
const tables = 'session,trusted_device,reserved_name,account,guest,invite,invite_code,number_account,rate_limit';

/** Account 1, of +12, which has invited account 2, of +13. */
async function clear() {
  for (const table of [...tables.split(','), 'operator', 'standby', 'delivery', 'refusal', 'counted_invite']) {
    await query(`delete from ${table}`);
  }
  await query(emptyAuditTrail);
  for (const [n, code, inviter] of [
    [1, 'BBBBBB', 'null'],
    [2, 'CCCCCC', "'BBBBBB'"],
  ] as const) {
    const account = `select ${uuid(n)} as id, '+1${n + 1}' as phone_number, '${code}' as code, ${ago(90 + n)} as created_at`;
    await query(insertingAccounts(account, inviter));
  }
}
const session = (n: number, { account = 1, used = 1, created = 99, expires = 1000 } = {}) =>
  query(`insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
    values (${uuid(account)}, ${bytes(n)}, ${uuid(n)}, ${ago(created)}, ${ago(used)}, ${ago(-expires)}, '', '')`);
const lastUses = async () =>
  (await query('select last_used_at from session order by id')).map((row) => agoOf(row.last_used_at));

const arrays = (credentials: readonly (readonly [account: number, hash: number])[]) =>
  `array[${credentials.map(([account]) => uuid(account))}]::uuid[], array[${credentials.map(([, hash]) => bytes(hash))}]::bytea[]`;
const read = (credentials: readonly (readonly [number, number])[], page = 'null, null, 9') =>
  query(`select * from vouch.read_profiles(${arrays(credentials)}, ${idle}, ${page}, ${ago(0)}) order by ordinal`);

test('each credential of a live session reads the profile of its own account, and no other reads any', async () => {
  await clear();
  await session(1, { used: 1999.999, expires: 0.001 });
  await session(2, { used: 2000 });
  await session(3, { expires: 0 });
  await session(4, { account: 2 });
  const rows = await read([
    [1, 1],
    [1, 2],
    [1, 3],
    [1, 4],
    [2, 4],
    [2, 1],
    [1, 9],
    [1, 1],
  ]);
  assert.deepEqual(
    rows.map((row) => [row.ordinal, row.id]),
    [
      [1, id(1)],
      [5, id(2)],
      [8, id(1)],
    ],
  );
});

test('a profile has the fields of its account and its invite, and a page of the people whom it invited', async () => {
  await clear();
  await query(`update account set username = 'ann', username_keys = '{s,c,w}', first_name = 'A', last_name = 'B',
    email = 'a@b.c', email_key = 'a@b.c' where id = ${uuid(2)}`);
  await session(1);
  await session(2, { account: 2 });
  const [inviter, guest] = await read([
    [1, 1],
    [2, 2],
  ]);
  const { redeemed_ms: redeemed, ...fields } = guest!;
  assert.equal(agoOf(new Date(redeemed)), 92);
  const { invited, ...other } = inviter!;
  assert.deepEqual(fields, {
    ordinal: 2,
    id: id(2),
    phone_number: '+13',
    username: 'ann',
    first_name: 'A',
    last_name: 'B',
    email: 'a@b.c',
    own_code: 'CCCCCC',
    redeemed_code: 'BBBBBB',
    invited_count: 0,
    invited: [],
    is_touch_due: false,
  });
  assert.deepEqual([other.redeemed_code, other.redeemed_ms, other.invited_count], [null, null, 1]);
  assert.deepEqual(
    invited.map((one: { phone_number: string; account_id: string }) => [one.phone_number, one.account_id]),
    [['+13', id(2)]],
  );
  const [before] = await read([[1, 1]], `${invited[0].micros}, ${uuid(2)}, 9`);
  const [none] = await read([[1, 1]], 'null, null, 0');
  assert.deepEqual([before!.invited, none!.invited], [[], []]);
});

test('a read records the last use of a session once in 15 minutes', async () => {
  await clear();
  for (const [n, used] of [900, 899.999, 901].entries()) await session(n + 1, { used, account: n === 2 ? 2 : 1 });
  const rows = await read([
    [1, 1],
    [1, 2],
    [2, 3],
  ]);
  assert.deepEqual(
    rows.map((row) => row.is_touch_due),
    [false, false, false],
  );
  assert.deepEqual(await lastUses(), [0, 899.999, 0]);
});

test('a read at a standby needs what the server has replayed, and reads the first page', async () => {
  await clear();
  await session(1);
  await query(`insert into standby (server, timeline, seq, created_at, renewed_at)
    values (vouch.own_server(), '7/0001', 100, ${ago(0)}, ${ago(0)})`);
  const readAt = (timeline: string, seq: number) =>
    query(
      `select * from vouch.read_profiles_at_standby(${arrays([[1, 1]])}, ${idle}, 9, '${timeline}', ${seq}, ${ago(0)})`,
    );
  assert.deepEqual([...(await readAt('7/0001', 100))], [...(await read([[1, 1]]))]);
  await assert.rejects(readAt('7/0001', 101), { code: 'VO003' });
  await assert.rejects(readAt('7/0002', 1), { code: 'VO003' });
});

const credential = (hash = 1) => `${uuid(1)}, ${bytes(hash)}, ${idle}`;
const changing = (
  changes: object,
  { hash = 1, names = 'null', email = 'null', details = Object.keys(changes).join(' ') } = {},
) => `${credential(hash)}, '{k}', '{names}', '{2}', 100, '${JSON.stringify(changes)}', ${names}, ${email}, '${details}',
    '192.0.2.1', 'Firefox'`;
const change = async (...input: Parameters<typeof changing>) => {
  const { alive, taken, wait, events } = await call(`change_profile(${changing(...input)})`);
  return {
    alive,
    taken,
    wait,
    events: events?.map(({ result, details }: Record<string, string>) => [result, details]) ?? null,
  };
};
const names = (text: string) => `'{${text},${text},${text}}'::text[]`;
const bucket = async () => {
  const [row] = await query("select tat from rate_limit where key = 'k'");
  return row === undefined ? undefined : 0 - agoOf(row.tat)!;
};
const firstNames = async () => (await query('select first_name from account order by id')).map((row) => row.first_name);

test('a change of a profile is recorded once a minute, and touches its session', async () => {
  await clear();
  await session(1, { used: 900 });
  await session(2, { account: 2, used: 900 });
  const changed = { alive: true, taken: null, wait: 0 };
  assert.deepEqual(await change({ first_name: 'A' }), { ...changed, events: [['succeeded', 'first_name']] });
  assert.deepEqual(await change({ first_name: 'B' }), { ...changed, events: null });
  assert.deepEqual(await change({ last_name: 'B' }), { ...changed, events: [['succeeded', 'last_name']] });
  assert.deepEqual(await change({ last_name: 'C' }, { details: '' }), { ...changed, events: null });
  assert.deepEqual(await firstNames(), ['B', null]);
  assert.deepEqual(await lastUses(), [0, 900]);
  const [row] = await query('select account_id, event, number, client_ip, device, at from audit_event order by id');
  const { at, ...event } = row!;
  assert.deepEqual(
    [event, agoOf(at)],
    [{ account_id: id(1), event: 'profile_changed', number: '+1  12', client_ip: '192.0.2.1', device: 'Firefox' }, 0],
  );
  assert.equal(await bucket(), undefined, 'nobody has asked whether a name is taken');
});

test('nothing changes without a live session, nor in an account that is erased meanwhile', async () => {
  await clear();
  await session(1, { used: 2000 });
  await session(2);
  assert.deepEqual(await change({ first_name: 'A' }), { alive: false, taken: null, wait: 0, events: null });
  const erasure = `delete from account where id = ${uuid(1)}`;
  const { alive, events } = await meanwhile(
    erasure,
    `select * from vouch.change_profile(${changing({ first_name: 'A' }, { hash: 2 })}, ${ago(0)})`,
  );
  assert.deepEqual([alive, events], [false, null]);
  assert.equal((await query('select from audit_event')).length, 0);
});

test('a name that another account has counts against the limit, and a free one does not', async () => {
  await clear();
  await session(1);
  await query(`select vouch.replace_names('{}', vouch.name_keys(${names('n')}, 'a@b.c'), ${uuid(2)})`);
  const free = { alive: true, taken: null, wait: 0, events: [['succeeded', 'username']] };
  assert.deepEqual(await change({ username: 'm' }, { names: names('m') }), free);
  assert.equal(await bucket(), 0);
  const taken = await change({ username: 'n', first_name: 'A' }, { names: names('n') });
  assert.deepEqual(taken, { alive: true, taken: 'username_taken', wait: 0, events: [['refused', 'username_taken']] });
  const email = await change({ email: 'a@b.c' }, { email: "'a@b.c'" });
  assert.deepEqual(email, { alive: true, taken: 'email_taken', wait: 0, events: [['refused', 'email_taken']] });
  assert.equal(await bucket(), 100);
  const unknown = { alive: true, taken: null, wait: 50, events: null };
  assert.deepEqual(await change({ username: 'n' }, { names: names('n') }), unknown);
  assert.deepEqual(await change({ username: 'o' }, { names: names('o') }), unknown);
  await query(`update rate_limit set tat = ${ago(-50.5)}`);
  assert.equal((await change({ username: 'o' }, { names: names('o') })).wait, 1, 'at least a second');
  assert.deepEqual(await firstNames(), [null, null]);
  assert.equal((await change({ first_name: 'A' })).wait, 0, 'no name is asked for');
  const rows = await query("select key, account_id from reserved_name where key like 'small%' order by key");
  assert.deepEqual(
    rows.map((row) => [row.key, row.account_id]),
    [
      ['small:m', id(1)],
      ['small:n', id(2)],
    ],
  );
});

test('a change returns the new profile, and none where it is refused', async () => {
  await clear();
  await session(1);
  await query(`select vouch.replace_names('{}', vouch.name_keys(${names('n')}, null), ${uuid(2)})`);
  const changed = (...input: Parameters<typeof changing>) => call(`change_and_read_profile(${changing(...input)}, 9)`);
  const row = await changed({ first_name: 'A' });
  assert.deepEqual([row.alive, row.taken, row.wait, row.events.length], [true, null, 0, 1]);
  assert.deepEqual([row.profile.first_name, row.profile.invited.length], ['A', 1]);
  for (let times = 0; times < 2; times += 1) {
    const refused = await changed({ username: 'n' }, { names: names('n') });
    assert.deepEqual([refused.taken, refused.profile], ['username_taken', null]);
  }
  const limited = await changed({ username: 'n' }, { names: names('n') });
  assert.deepEqual([limited.taken, limited.wait, limited.profile], [null, 50, null]);
});

const erase = (hash = 1) =>
  `erase_account(${credential(hash)}, decode(repeat('00', 128), 'hex'), '192.0.2.1', 'Firefox')`;

test('an account is erased by a session of the last five minutes alone', async () => {
  await clear();
  for (const [n, created] of [300, 299.999, 1].entries()) await session(n + 1, { created });
  await session(4, { created: 1, expires: 0 });
  const outcome = async (hash: number) => {
    const { alive, recent, erased } = await call(erase(hash));
    return [alive, recent, erased];
  };
  assert.deepEqual(await outcome(1), [true, false, false]);
  assert.deepEqual(await outcome(4), [false, false, false]);
  assert.equal((await query('select from account')).length, 2);
  assert.deepEqual(await outcome(2), [true, true, true]);
  assert.deepEqual(await outcome(3), [false, false, false], 'its session has ended, too');
});

test('the erasure leaves nothing of the person, and other accounts as they are', async () => {
  await clear();
  await session(1);
  await session(2, { account: 2 });
  await query(`select vouch.replace_names('{}', vouch.name_keys(${names('n')}, null), ${uuid(1)})`);
  await query(`update account set username = 'n', username_keys = ${names('n')} where id = ${uuid(1)}`);
  for (const [bucketName, number] of [
    ['a', '+12'],
    ['b', '+13'],
  ]) {
    await query(
      `insert into refusal values ('${number?.slice(-2)}', '${bucketName}', '${number}', 'pause', 1, ${ago(1)}, ${ago(1)})`,
    );
  }
  const message = (number: string) =>
    query(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, requested_at, useful_until, is_repeat)
      values (vouch.id_at(gen_random_uuid(), ${ago(9)}), 1, ${uuid(1)}, 'key', 6, '${number}', 'RU', '+1', 'ru', 'accepted',
        'sms', 'one', ${ago(9)}, ${ago(9)}, false)`);
  await message('+12');
  await message('+13');
  for (const n of [1, 2]) {
    await query(`insert into operator values ('operators', ${uuid(n)}, 'owner', 'ann', ${ago(9)})`);
  }
  const { erased, on_standbys: onStandbys, events } = await call(erase());
  assert.deepEqual([erased, onStandbys], [true, false]);
  assert.deepEqual(
    events.map(({ event, result, number, account_id: account }: Record<string, string>) => [
      event,
      result,
      number,
      account,
    ]),
    [['account_erased', 'succeeded', '+1  12', id(1)]],
  );
  const remaining = async (column: string, table: string) =>
    (await query(`select ${column} as value from ${table} order by 1`)).map(({ value }) => value);
  assert.deepEqual(await remaining('phone_number', 'account'), ['+13']);
  assert.deepEqual(await remaining('phone_number', 'number_account'), ['+13']);
  assert.deepEqual(await remaining('phone_number', 'refusal'), ['+13']);
  assert.deepEqual(await remaining("phone_number = '+12'", 'delivery'), [false, false]);
  assert.deepEqual(await remaining('key', 'reserved_name'), []);
  assert.deepEqual(await remaining('account_id', 'operator'), [id(2)]);
  const invites = await query('select closed_at from invite order by account_id');
  assert.deepEqual(
    invites.map((row) => agoOf(row.closed_at)),
    [0, null],
  );
  assert.deepEqual(await lastUses(), [1]);
});

test('the erasure of a guest keeps the pair with the inviter, and takes the guest from the list', async () => {
  await clear();
  await session(2, { account: 2 });
  const text = erase(2).replace(uuid(1), uuid(2));
  assert.equal((await call(text)).erased, true);
  assert.equal((await query('select from guest')).length, 0);
  const [pair] =
    await query(`select pair_hash = vouch.pair_hash(decode(repeat('00', 128), 'hex'), ${uuid(1)}, '+13') as is_own,
    erased_at from counted_invite`);
  assert.deepEqual([pair!.is_own, agoOf(pair!.erased_at)], [true, 0]);
  const [inviter] = await query(`select invited_count from invite where account_id = ${uuid(1)}`);
  assert.equal(inviter!.invited_count, 1, 'what has counted stays counted');
});

test('an account whose number has another account by now is not erased', async () => {
  await clear();
  await session(1);
  await query(`update number_account set account_id = ${uuid(2)}`);
  const { alive, recent, erased, events } = await call(erase());
  assert.deepEqual([alive, recent, erased, events], [true, true, false, null]);
  assert.equal((await query('select from account')).length, 2);
});

test('the erasure is on standbys, where there are any', async () => {
  await clear();
  await session(1);
  await query(`insert into standby (server, timeline, seq, created_at, renewed_at)
    values ('*', '', 0, ${ago(99)}, ${ago(99)})`);
  assert.equal((await call(erase())).on_standbys, true);
});

const records = (hash: number, keepDays: number, maxEvents: number) =>
  call(`read_own_records(${credential(hash)}, ${keepDays}, ${maxEvents})`);

test('the own records have what is kept of the account, and are for its live session alone', async () => {
  await clear();
  await session(1);
  await session(2, { expires: 0 });
  await session(3, { account: 2 });
  for (const [n, used] of [
    [1, 5],
    [1, 3],
    [2, 1],
  ] as const) {
    await query(`insert into trusted_device values (${uuid(n)}, sha256('${used}'), ${ago(used)})`);
  }
  for (const [n, seconds] of [
    [1, 3],
    [1, 2],
    [1, 1],
    [2, 1],
  ] as const) {
    await query(
      `select vouch.record_event(${uuid(n)}, 'signed_in', 'succeeded', '', '${seconds}', '', '', ${ago(seconds)})`,
    );
  }
  const row = await records(1, 30, 2);
  assert.deepEqual([agoOf(row.now), agoOf(row.created_at), row.messages], [0, 91, []]);
  assert.deepEqual(row.trusted_devices.map(agoOf), [3, 5]);
  assert.deepEqual(
    row.events.map((event: { details: string }) => event.details),
    ['1', '2'],
  );
  for (const hash of [2, 3, 4]) {
    assert.deepEqual(new Set(Object.values(await records(hash, 30, 2))), new Set([null]), `${hash}`);
  }
});

test('the messages to a number are those of the kept days, newest first', async () => {
  await clear();
  const insert = (messageId: string, channel: string, requested: number, { number = '+12', attempt = 1 } = {}) =>
    query(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, requested_at, sent_at, delivered_at, useful_until, is_repeat)
      values (${messageId}, ${attempt}, ${uuid(1)}, 'key', 6, '${number}', 'RU', '+1', 'ru', 'delivered', '${channel}', 'one',
        ${ago(requested)}, ${ago(requested - 1)}, ${ago(requested - 2)}, ${ago(0)}, false)`);
  const of = (seconds: number) => `vouch.id_at(gen_random_uuid(), ${ago(seconds)})`;
  // a day before the present begins 36 hours before it
  const first = 36 * 3600;
  await insert(`vouch.least_id(${ago(first)})`, 'first', first);
  await insert(`vouch.least_id(${ago(first + 0.001)})`, 'older', first);
  await insert(of(30), 'second', 30, { attempt: 2 });
  await insert(of(30), 'repeat', 30, { attempt: 1 });
  await insert(of(20), 'newest', 20);
  await insert(of(20), 'other', 20, { number: '+13' });
  await insert(`vouch.next_id(${ago(0)})`, 'later', 10);
  const rows = await query(`select vouch.messages_to('+12', 1, ${ago(0)}) as messages`);
  const { messages } = rows[0]!;
  assert.deepEqual(
    messages.map((message: { channel: string }) => message.channel),
    ['newest', 'second', 'repeat', 'first'],
  );
  const { requested_at: requested, sent_at: sent, delivered_at: delivered, ...rest } = messages[0];
  assert.deepEqual([requested, sent, delivered].map(agoOf), [20, 19, 18]);
  assert.deepEqual(rest, { channel: 'newest', state: 'delivered' });
  const [none] = await query(`select vouch.messages_to('+14', 1, ${ago(0)}) as messages`);
  assert.deepEqual(none!.messages, []);
});
