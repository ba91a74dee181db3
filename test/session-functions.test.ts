import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { insertingAccounts } from './support/accounts.ts';
import { openTestDatabase } from './support/create-database.ts';
import { emptyAuditTrail } from './support/database-pool.ts';
import { ago, agoOf, agos, openFunctions } from './support/function-calls.ts';

const { query, call, meanwhile, close, url, inSchema } = await openFunctions();
after(close);

const number = '+12';
const uuid = (n: number) => `'00000000-0000-4000-8000-${String(n).padStart(12, '0')}'::uuid`;
const bytes = (n: number) => `sha256('${n}')`;

/** Two accounts, and nothing of them. */
async function clear() {
  await query(
    [
      'session',
      'trusted_device',
      'account',
      'guest',
      'invite',
      'invite_code',
      'number_account',
      'challenge',
      'number_limit',
    ]
      .map((table) => `delete from ${table}`)
      .join(';'),
  );
  await query(emptyAuditTrail);
  for (const [n, code, phone] of [
    [1, 'BBBBBB', number],
    [2, 'CCCCCC', '+13'],
  ] as const) {
    await query(
      insertingAccounts(
        `select ${uuid(n)} as id, '${phone}' as phone_number, '${code}' as code, ${ago(99)} as created_at`,
      ),
    );
  }
}

/** A session of an account, used so many seconds ago, which expires in so many. */
const given = (n: number, used: number, { expires = 1000, account = 1 } = {}) =>
  query(`insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
    values (${uuid(account)}, ${bytes(n)}, ${uuid(n)}, ${ago(99)}, ${ago(used)}, ${ago(-expires)}, '', '')`);
const left = async (account = 1) => {
  const rows = await query(`select id from session where account_id = ${uuid(account)} order by id`);
  return rows.map(({ id }) => Number(id.slice(-4)));
};
/** The numbers of the sessions in an array of their ids. */
const numbersOf = (ids: string) => [...ids.matchAll(/[0-9a-f-]{36}/g)].map(([id]) => Number(id.slice(-4))).sort();
const end = async (max: number) => numbersOf((await call(`end_least_used(${uuid(1)}, ${max})`)).end_least_used);

/** The sign-in by the challenge of an asker, whose session has the same number. */
const signingIn = (n: number, max: number, previous = 'null, null', invite = 'null') =>
  `select * from vouch.sign_in('${number}', array[${bytes(n)}], array[${bytes(n)}], array[${bytes(n)}], false, false,
    '{network}', '{guess}', '{9}', 100, 9, '{}', '192.0.2.1', '', ${uuid(9)}, '{DDDDDD}', ${invite}, ${session(n, max, previous)}, ${ago(0)})`;
const session = (n: number, max: number, previous: string) =>
  `(select json_build_object('id', ${uuid(n)}, 'secretHash', encode(${bytes(n)}, 'hex'), 'lifeSeconds', 1000, 'max', ${max}::int,
    'address', '', 'previousAccount', account, 'previousHash', encode(hash, 'hex'))
    from (values (${previous})) p (account, hash))`.replace(
    '(values (null, null))',
    '(values (null::uuid, null::bytea))',
  );
const challenge = (n: number) =>
  query(`insert into challenge (phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network,
      guesses, sent_at, guessed_at)
    values ('${number}', 'unknown_device', ${bytes(n)}, ${uuid(n)}, 'k', 6, ${bytes(n)}, ${ago(-300)}, false, 1, ${agos(9)}, ${agos(1)})`);

test('with fewer sessions than the maximum none ends, else as many as leave room for one', async () => {
  await clear();
  for (const n of [1, 2, 3]) await given(n, n);
  await given(3, 0, { account: 2 });
  assert.deepEqual(await end(4), []);
  assert.deepEqual(await left(), [1, 2, 3]);
  assert.deepEqual(await end(3), [3]);
  assert.deepEqual(await left(), [1, 2]);
  assert.deepEqual(await end(1), [1, 2]);
  assert.deepEqual(await left(), []);
  assert.deepEqual(await left(2), [3], 'those of another account stay');
});

test('the sessions that were used least end, the expired before them', async () => {
  await clear();
  for (const [n, used] of [3, 7, 1, 5].entries()) await given(n, used);
  await given(4, 0, { expires: 0 });
  assert.deepEqual(await end(4), [1, 4]);
  assert.deepEqual(await left(), [0, 2, 3]);
  assert.deepEqual(await end(2), [0, 3]);
  assert.deepEqual(await left(), [2]);
});

test('a sign-in opens a session even with a maximum of one, and the newest lives', async () => {
  await clear();
  for (const n of [1, 2]) await challenge(n);
  for (const n of [1, 2]) await query(signingIn(n, 1));
  assert.deepEqual(await left(), [2]);
  assert.deepEqual(await sessionEvents(), [
    ['signed_in', null, 1, []],
    ['signed_in', null, 2, []],
    ['sessions_ended', 'sessions: 1, above the maximum', 0, [1]],
  ]);
  const [row] = await query('select last_used_at from trusted_device order by secret_hash limit 1');
  assert.equal(agoOf(row!.last_used_at), 0, 'the device of the ended session stays trusted');
  assert.equal((await query('select from trusted_device')).length, 2);
});

test('the trail names the session that a sign-in replaces, in the account that it was of', async () => {
  await clear();
  for (const n of [1, 2, 3]) await challenge(n);
  await given(9, 5, { account: 2 });
  await query(signingIn(1, 50));
  await query(signingIn(2, 50, `${uuid(1)}, ${bytes(1)}`));
  await query(signingIn(3, 50, `${uuid(2)}, ${bytes(9)}`));
  assert.deepEqual([await left(), await left(2)], [[2, 3], []]);
  assert.deepEqual(await sessionEvents(), [
    ['signed_in', null, 1, []],
    ['signed_in', null, 2, [1]],
    ['signed_in', null, 3, []],
    ['sessions_ended', 'sessions: 1, by another sign-in', 0, [9]],
  ]);
  const [row] = await query("select account_id, number from audit_event where event = 'sessions_ended'");
  assert.deepEqual([row!.account_id.slice(-4), row!.number], ['0002', '+1  13']);
});

/** The events of the trail with the sessions that they opened and ended. */
async function sessionEvents() {
  const rows = await query(
    'select event, details, session_id, ended_sessions::text as ended from audit_event order by id',
  );
  return rows.map(({ event, details, session_id: id, ended }) => [
    event,
    details,
    Number(id?.slice(-4) ?? 0),
    numbersOf(ended ?? ''),
  ]);
}

/** A message of the challenge of an asker, which was accepted. */
const message = (n: number, phone: string) =>
  query(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, requested_at, sent_at, useful_until, is_repeat)
    values (vouch.id_at(${uuid(n)}, ${ago(9)}), 1, ${uuid(n)}, 'k', 6, '${phone}', 'RU', '+1', 'ru', 'accepted', 'sms', 'one',
      ${ago(9)}, ${ago(8)}, ${ago(-300)}, false)`);

test('a new number gets an account by an invite, its message is completed, and the trail has both', async () => {
  await clear();
  await query('delete from delivery');
  await challenge(3);
  await query("update challenge set phone_number = '+14'");
  await message(3, '+14');
  const buckets = { keys: ['k'], names: ['n'], quotas: [2], window_seconds: 100 };
  const invite = { code: 'BBBBBB', ...buckets, pair_keys: ['01'.repeat(128)] };
  const text = signingIn(3, 5, undefined, `'${JSON.stringify(invite)}'`).replaceAll(`'${number}'`, "'+14'");
  const [row] = await query(text);
  assert.deepEqual(
    [row!.account_id, row!.created, row!.invited, row!.finished.length, row!.is_blocked],
    ['00000000-0000-4000-8000-000000000009', true, true, 1, null],
  );
  assert.equal(agoOf(row!.expires_at), -1000);
  assert.deepEqual(
    row!.events.map(({ event, details }: Record<string, string>) => [event, details]),
    [
      ['signed_in', 'a new account'],
      ['invite_redeemed', 'inviter 00000000-0000-4000-8000-000000000001'],
    ],
  );
  const [own] = await query(`select code, redeemed_code from invite where account_id = ${uuid(9)}`);
  assert.deepEqual([own!.code, own!.redeemed_code], ['DDDDDD', 'BBBBBB']);
  assert.deepEqual(await left(9), [3]);
  const [again] = await query(text);
  assert.deepEqual([again!.account_id, again!.events], [null, null], 'the code is used up');
});

test('a right code opens no session of a blocked account, is used up, and leaves a row in the trail', async () => {
  await clear();
  await given(1, 1);
  await challenge(2);
  const key = `'account:' || ${uuid(1)}`;
  await query(`insert into block (key, value, id, kind, reason, created_at, created_by)
    values (${key}, ${uuid(1)}, ${uuid(5)}, 'account', 'a reason', ${ago(9)}, 'ann')`);
  const [row] = await query(signingIn(2, 1, `${uuid(1)}, ${bytes(1)}`));
  assert.deepEqual([row!.is_blocked, row!.expires_at], [true, null]);
  assert.deepEqual(
    row!.events.map(({ event, result, details }: Record<string, string>) => [event, result, details]),
    [['signed_in', 'refused', 'the account is blocked']],
  );
  assert.deepEqual(await left(), [1]);
  await query('delete from block');
  const [again] = await query(signingIn(2, 1));
  assert.deepEqual([again!.account_id, again!.events], [null, null]);
});

test('the sessions and the trusted devices of an account are its own', async () => {
  await clear();
  for (const [n, account] of [
    [1, 1],
    [2, 1],
    [3, 2],
  ] as const) {
    await given(n, 1, { account });
    await query(`insert into trusted_device values (${uuid(n === 2 ? 2 : account)}, ${bytes(n)}, ${ago(9)})`);
  }
  const [row] = await query(
    `select c.*, vouch.session_ids_of(${uuid(1)})::text as ids from vouch.count_sessions(${uuid(1)}) c`,
  );
  assert.deepEqual([row!.sessions, row!.devices, numbersOf(row!.ids)], [2, 1, [1, 2]]);
});

test('a sign-in tells of no session that has ended before it would replace it', async () => {
  await clear();
  await given(1, 1, { account: 2 });
  await challenge(2);
  const [row] = await query(signingIn(2, 2, `${uuid(2)}, ${bytes(7)}`));
  assert.deepEqual(
    row!.events.map(({ event }: Record<string, string>) => event),
    ['signed_in'],
  );
  assert.deepEqual(await left(2), [1]);
});

test('a sign-in is on standbys, where there are any, if it ended a session', async () => {
  const told: [boolean, string, boolean][] = [];
  for (const hasStandbys of [false, true]) {
    await query('delete from standby');
    if (hasStandbys) {
      await query(`insert into standby (server, timeline, seq, created_at, renewed_at)
        values ('*', '', 0, ${ago(99)}, ${ago(99)})`);
    }
    for (const ended of ['none', 'the previous', 'the least used']) {
      await clear();
      await given(1, 1);
      await challenge(2);
      const previous = ended === 'the previous' ? `${uuid(1)}, ${bytes(1)}` : 'null, null';
      const [row] = await query(signingIn(2, ended === 'the least used' ? 1 : 2, previous));
      assert.deepEqual(await left(), ended === 'none' ? [1, 2] : [2]);
      told.push([hasStandbys, ended, row!.on_standbys]);
    }
  }
  assert.deepEqual(told, [
    [false, 'none', false],
    [false, 'the previous', false],
    [false, 'the least used', false],
    [true, 'none', false],
    [true, 'the previous', true],
    [true, 'the least used', true],
  ]);
  await query('delete from standby');
});

test('a sign-in waits for another one of the same person, and counts its session', async () => {
  await clear();
  for (const n of [1, 2]) await given(n, n);
  for (const n of [3, 4]) await challenge(n);
  await meanwhile(signingIn(3, 3), signingIn(4, 3));
  assert.deepEqual(await left(), [1, 3, 4]);
});

test('of sign-ins at once over two connections at most the maximum of sessions is left', async (t) => {
  await clear();
  await given(1, 50);
  const asked = Array.from({ length: 10 }, (_, n) => n + 2);
  for (const n of asked) await challenge(n);
  const others = [openTestDatabase(url), openTestDatabase(url)];
  t.after(() => Promise.all(others.map((other) => other.close())));
  await Promise.all(
    others.map(async ({ sql }, at) => {
      for (const n of asked.filter((one) => one % 2 === at)) {
        const [row] = await sql.unsafe(inSchema(signingIn(n, 3)));
        assert.notEqual(row!.account_id, null);
        // the session of a finished sign-in, which others may have ended since, was there
        assert.ok((await left()).length <= 3);
      }
    }),
  );
  assert.equal((await left()).length, 3);
});

test('the statement that counts reads an index', async () => {
  await clear();
  await query('set enable_seqscan = off');
  const plan = await query(`explain select from session s where s.account_id = ${uuid(1)} offset 49 limit 1`);
  assert.match(plan.map((row) => row['QUERY PLAN']).join('\n'), /Index (?:Only )?Scan (?:using|on) session_pkey/);
  await query('reset enable_seqscan');
});

const idle = 1000;
const live = async (n: number, account = 1) => {
  const row = await call(`live_session(${uuid(account)}, ${bytes(n)}, ${idle})`);
  return row.id === null ? null : Number(row.id.slice(-4));
};

test('a session is live for its own account alone, until it expires or is idle', async () => {
  await clear();
  await given(1, 999.999, { expires: 0.001 });
  await given(2, 1000);
  await given(3, 1, { expires: 0 });
  await given(4, 1, { account: 2 });
  assert.deepEqual([await live(1), await live(2), await live(3), await live(5)], [1, null, null, null]);
  assert.deepEqual([await live(1, 2), await live(4), await live(4, 2)], [null, null, 4]);
  await query(`update session set trusted_device = ${bytes(7)}`);
  const row = await call(`live_session(${uuid(1)}, ${bytes(1)}, ${idle})`);
  assert.deepEqual([agoOf(row.created_at), agoOf(row.last_used_at)], [99, 999.999]);
  assert.deepEqual(row.trusted_device, (await query(`select ${bytes(7)} as hash`))[0]!.hash);
});

test('a new session is recorded with its life, and the previous one of the client ends in its own account alone', async () => {
  await clear();
  for (const n of [1, 2]) await given(n, 1);
  await query(`select vouch.delete_session(${uuid(2)}, ${bytes(1)})`);
  assert.deepEqual(await left(), [1, 2]);
  await query(`select vouch.delete_session(${uuid(1)}, ${bytes(1)})`);
  assert.deepEqual(await left(), [2]);
  const { insert_session: expires } = await call(
    `insert_session(${uuid(1)}, ${bytes(3)}, ${uuid(3)}, 1000, 'Firefox', 'Moscow', ${bytes(7)})`,
  );
  const [row] = await query(
    `select *, trusted_device = ${bytes(7)} as is_of_device from session where id = ${uuid(3)}`,
  );
  const { created_at, last_used_at, expires_at, device, address, is_of_device } = row!;
  assert.deepEqual([created_at, last_used_at, expires_at, expires].map(agoOf), [0, 0, -1000, -1000]);
  assert.deepEqual([device, address, is_of_device], ['Firefox', 'Moscow', true]);
});

const lastUses = async () =>
  (await query('select last_used_at from session order by account_id, id')).map((row) => agoOf(row.last_used_at));

test('the last use is written once in fifteen minutes, for its session alone, and while no other transaction holds it', async () => {
  await clear();
  for (const n of [1, 2, 3]) await given(n, 950, { account: n === 3 ? 2 : 1 });
  const touch = (seconds: number) => `touch_session(${uuid(1)}, ${bytes(1)}, ${ago(seconds)})`;
  await call(touch(899.999));
  assert.deepEqual(await lastUses(), [950, 950, 950]);
  await call(`touch_session(${uuid(2)}, ${bytes(1)}, ${ago(900)})`);
  assert.deepEqual(await lastUses(), [950, 950, 950]);
  const held = `update session set device = 'held' where id = ${uuid(1)}`;
  await meanwhile(held, `select vouch.${touch(900).slice(0, -1)}, ${ago(0)})`);
  assert.deepEqual(await lastUses(), [950, 950, 950]);
  await call(touch(900));
  assert.deepEqual(await lastUses(), [0, 950, 950]);
  await query(`update session set last_used_at = ${ago(970)}`);
  await query(`update session set last_used_at = ${ago(30)} where id = ${uuid(2)}`);
  const accounts = `array[${[2, 1, 1, 2].map(uuid)}]`;
  await call(`touch_sessions(${accounts}, array[${[3, 2, 1, 2].map(bytes)}])`);
  assert.deepEqual(await lastUses(), [0, 30, 0]);
});

test('the list of sessions has the live ones of the account, the own first and then by last use, a hundred at most', async () => {
  await clear();
  const list = async (n: number) =>
    (await query(`select * from vouch.list_sessions(${uuid(1)}, ${bytes(n)}, ${idle}, ${ago(0)})`)).map((row) => [
      Number(row.id.slice(-4)),
      row.current,
    ]);
  await given(1, 970);
  await given(2, 999.999);
  await given(3, 5, { expires: 0.001 });
  await given(4, 1000);
  await given(5, 5, { expires: 0 });
  await given(6, 1, { account: 2 });
  assert.deepEqual(await list(6), [], 'it is a session of another account');
  assert.deepEqual([await list(4), await list(5)], [[], []]);
  assert.deepEqual(await list(2), [
    [2, true],
    [3, false],
    [1, false],
  ]);
  assert.deepEqual(await lastUses(), [970, 0, 5, 1000, 5, 1], 'the own one was used');
  const rows = await query(`select * from vouch.list_sessions(${uuid(1)}, ${bytes(3)}, ${idle}, ${ago(0)})`);
  const { createdAt, lastUsedAt, expiresAt } = rows[0]!;
  assert.deepEqual([createdAt, lastUsedAt, expiresAt].map(agoOf), [99, 5, -0.001]);
  for (let n = 10; n < 110; n += 1) await given(n, 10);
  assert.equal((await list(2)).length, 100);
});

/** Sessions 1 to 3 of an account, and 4 of another, each on a device of its own; 3 is of the device of 2. */
async function givenDevices() {
  await clear();
  for (const n of [1, 2, 3, 4]) await given(n, 970, { account: n === 4 ? 2 : 1 });
  for (const n of [1, 2, 3, 4]) {
    await query(`insert into trusted_device values (${uuid(n === 4 ? 2 : 1)}, ${bytes(n)}, ${ago(9)})`);
    await query(`update session set trusted_device = ${bytes(n === 3 ? 2 : n)} where id = ${uuid(n)}`);
  }
}
const devices = async () => {
  const rows = await query(`select n from trusted_device, generate_series(1, 120) n
    where secret_hash = sha256(n::text::bytea) order by n`);
  return rows.map(({ n }) => n);
};

test('ending the own session, the others or one ends the trust of their devices, but for the own', async () => {
  const finish = async (which: string, { own = 1, account = 1, id = 'null' } = {}) => {
    const row = await call(
      `end_sessions(${uuid(account)}, ${bytes(own)}, '${which}', ${id}, ${idle}, '192.0.2.1', 'Firefox')`,
    );
    const events = row.events?.map(({ event, details }: Record<string, string>) => [event, details]) ?? null;
    return [row.alive, row.ended, row.on_standbys, events];
  };
  const ended = (count: number, event = 'sessions_ended') => [true, count, false, [[event, `sessions: ${count}`]]];
  await query('delete from standby');
  for (const [which, input, expected, sessions, trusted, uses] of [
    ['this', {}, ended(1, 'signed_out'), [2, 3], [1, 2, 3, 4], [970, 970, 970]],
    ['others', {}, ended(2), [1], [1, 4], [0, 970]],
    ['one', { id: uuid(2) }, ended(1), [1, 3], [1, 3, 4], [0, 970, 970]],
    ['one', { id: uuid(1) }, ended(1), [2, 3], [1, 2, 3, 4], [970, 970, 970]],
    ['one', { own: 2, id: uuid(3) }, ended(1), [1, 2], [1, 2, 3, 4], [970, 0, 970]],
    ['one', { id: uuid(4) }, [true, 0, false, null], [1, 2, 3], [1, 2, 3, 4], [0, 970, 970, 970]],
    ['others', { own: 4 }, [false, 0, false, null], [1, 2, 3], [1, 2, 3, 4], [970, 970, 970, 970]],
  ] as const) {
    await givenDevices();
    assert.deepEqual(await finish(which, input), expected, `${which} ${JSON.stringify(input)}`);
    assert.deepEqual([await left(), await devices(), await lastUses()], [sessions, trusted, uses]);
    assert.deepEqual(await left(2), [4]);
  }
  await query(`update session set trusted_device = null where id = ${uuid(1)}`);
  await finish('others');
  assert.deepEqual(await devices(), [4], 'a session without a device keeps none');
  await givenDevices();
  await query(
    `insert into standby (server, timeline, seq, created_at, renewed_at) values ('*', '', 0, ${ago(99)}, ${ago(99)})`,
  );
  assert.equal((await finish('one', { id: uuid(4) }))[2], false, 'none has ended');
  assert.equal((await finish('others'))[2], true);
  await query('delete from standby');
  assert.deepEqual((await sessionEvents())[0], ['sessions_ended', 'sessions: 2', 0, [2, 3]]);
  const [row] = await query('select * from audit_event');
  assert.deepEqual(
    [row!.account_id, row!.client_ip, row!.device, agoOf(row!.at)],
    ['00000000-0000-4000-8000-000000000001', '192.0.2.1', 'Firefox', 0],
  );
});

test('a device is known to the numbers of the accounts that trust it, for a year after the last sign-in on it', async () => {
  await clear();
  const year = 365 * 86_400;
  const trust = async (hashes: number[], of = number) =>
    (await call(`device_trust('${of}', array[${hashes.map(bytes)}]::bytea[])`)).device_trust;
  for (const [n, used, account] of [
    [1, year - 0.001, 1],
    [2, year, 1],
    [3, 1, 2],
  ] as const) {
    await query(`insert into trusted_device values (${uuid(account)}, ${bytes(n)}, ${ago(used)})`);
  }
  assert.deepEqual(
    [await trust([]), await trust([4]), await trust([2]), await trust([3])],
    Array(4).fill('unknown_device'),
  );
  assert.deepEqual([await trust([1]), await trust([4, 1]), await trust([3], '+13')], Array(3).fill('known_device'));
  assert.equal(await trust([1], '+14'), 'unknown_device');
});

test('a sign-in keeps the token of a trusted device, and else trusts a new one in place of the least used', async () => {
  const trust = async (hashes: number[], { isNew = false, account = 1 } = {}) => {
    const hash = await call(`trust_device(${uuid(account)}, array[${hashes.map(bytes)}]::bytea[], ${isNew})`);
    const [row] = await query(`select n from generate_series(1, 120) n
      where sha256(n::text::bytea) = '\\x${Buffer.from(hash.trust_device).toString('hex')}'`);
    return row!.n;
  };
  const year = 365 * 86_400;
  await clear();
  for (const [n, used, account] of [
    [1, year - 0.001, 1],
    [2, year, 1],
    [3, 1, 2],
  ] as const) {
    await query(`insert into trusted_device values (${uuid(account)}, ${bytes(n)}, ${ago(used)})`);
  }
  assert.equal(await trust([9, 1]), 1);
  assert.deepEqual(await devices(), [1, 2, 3]);
  const [used] = await query(`select last_used_at from trusted_device where secret_hash = ${bytes(1)}`);
  assert.equal(agoOf(used!.last_used_at), 0);
  assert.equal(await trust([8, 2]), 8, 'the trust of a year ago is over');
  assert.equal(await trust([7, 3]), 7, 'another account trusts it');
  assert.equal(await trust([6]), 6);
  assert.equal(await trust([5, 1], { isNew: true }), 5);
  assert.deepEqual(await devices(), [1, 2, 3, 5, 6, 7, 8]);
  for (const count of [99, 100, 103]) {
    await query('delete from trusted_device');
    await query(`insert into trusted_device select ${uuid(1)}, sha256(n::text::bytea), ${ago(0)} - n * interval '1 s'
      from generate_series(1, ${count}) n`);
    await query(`insert into trusted_device select ${uuid(2)}, ${bytes(103)}, ${ago(0)}`);
    assert.equal(await trust([119]), 119);
    const kept = await devices();
    assert.deepEqual(kept, [...Array.from({ length: 99 }, (_, at) => at + 1), 103, 119], `of ${count}`);
  }
  await query('delete from trusted_device');
  await query(
    `insert into trusted_device select ${uuid(1)}, sha256(n::text::bytea), ${ago(0)} from generate_series(1, 103) n`,
  );
  await trust([119], { isNew: true });
  assert.equal((await devices()).length, 104, 'a new account has none to forget');
});
