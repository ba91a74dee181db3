import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { insertingAccounts } from './support/accounts.ts';
import { openTestDatabase } from './support/create-database.ts';
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
      'invite',
      'invite_code',
      'number_account',
      'challenge',
      'number_limit',
      'audit_event',
    ]
      .map((table) => `delete from ${table}`)
      .join(';'),
  );
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
const end = async (max: number) => (await call(`end_least_used(${uuid(1)}, ${max})`)).end_least_used;

/** The sign-in by the challenge of an asker, whose session has the same number. */
const signingIn = (n: number, max: number, previous = 'null, null') =>
  `select * from vouch.sign_in('${number}', 'unknown_device', ${bytes(n)}, ${uuid(n)}, false, false, ${uuid(9)}, '{DDDDDD}',
    null, array[${bytes(n)}], ${uuid(n)}, ${bytes(n)}, 1000, ${max}, '', '', '', ${previous}, ${ago(0)})`;
const challenge = (n: number) =>
  query(`insert into challenge (phone_number, device_trust, asker, id, key_id, code_length, expires_at, is_of_network,
      guesses, sent_at, guessed_at)
    values ('${number}', 'unknown_device', ${bytes(n)}, ${uuid(n)}, 'k', 6, ${ago(-300)}, false, 1, ${agos(9)}, ${agos(1)})`);

test('with fewer sessions than the maximum none ends, else as many as leave room for one', async () => {
  await clear();
  for (const n of [1, 2, 3]) await given(n, n);
  await given(3, 0, { account: 2 });
  assert.equal(await end(4), 0);
  assert.deepEqual(await left(), [1, 2, 3]);
  assert.equal(await end(3), 1);
  assert.deepEqual(await left(), [1, 2]);
  assert.equal(await end(1), 2);
  assert.deepEqual(await left(), []);
  assert.deepEqual(await left(2), [3], 'those of another account stay');
});

test('the sessions that were used least end, the expired before them', async () => {
  await clear();
  for (const [n, used] of [3, 7, 1, 5].entries()) await given(n, used);
  await given(4, 0, { expires: 0 });
  assert.equal(await end(4), 2);
  assert.deepEqual(await left(), [0, 2, 3]);
  assert.equal(await end(2), 2);
  assert.deepEqual(await left(), [2]);
});

test('a sign-in opens a session even with a maximum of one, and the newest lives', async () => {
  await clear();
  for (const n of [1, 2]) await challenge(n);
  for (const n of [1, 2]) await query(signingIn(n, 1));
  assert.deepEqual(await left(), [2]);
  const events = await query('select event, details from audit_event order by id');
  assert.deepEqual(
    events.map(({ event, details }) => [event, details]),
    [
      ['signed_in', null],
      ['signed_in', null],
      ['sessions_ended', 'sessions: 1, above the maximum'],
    ],
  );
  const [row] = await query('select last_used_at from trusted_device order by secret_hash limit 1');
  assert.equal(agoOf(row!.last_used_at), 0, 'the device of the ended session stays trusted');
  assert.equal((await query('select from trusted_device')).length, 2);
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
