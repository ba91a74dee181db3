import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { deleteOldReferences } from '../src/deliveries/receipt-store.ts';
import { insertingAccounts } from './support/accounts.ts';
import { openLoggedDatabase } from './support/embedded-database.ts';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';
import { freshDatabase } from './support/harness.ts';
import { messageId } from './support/message-id.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

// the days of counters are those of UTC, wherever the server is
await query("set time zone 'Pacific/Kiritimati'");

const day = 86_400;

/** A table that is cleaned up by a time: its job and its function by key, and how a row of some age is made. */
interface Kind {
  readonly table: string;
  readonly time: string;
  readonly job: string;
  /** The arguments of the job after `p_from` with which rows older than two days are deleted. */
  readonly olderThanTwoDays: string;
  readonly remove: string;
  readonly key: readonly string[];
  /** The arguments after the key, if the function looks at the time again: in the others it never changes. */
  readonly before?: (seconds: number) => string;
  /** The seconds that two times differ by at least; one if there is none. */
  readonly unit?: number;
  readonly insert: (id: number, seconds: number) => string;
}

const uuid = (id: number) => `'00000000-0000-4000-8000-${String(id).padStart(12, '0')}'`;
for (const [id, code] of ['BCDFGH', 'BCDFGJ'].entries()) {
  await query(
    insertingAccounts(
      `select ${uuid(id)}::uuid as id, '+7916000000${id}' as phone_number, '${code}' as code, ${ago(0)} as created_at`,
    ),
  );
}

const session = (id: number, usedAt: string, expiresAt: string) => `insert into session
  (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
  values (${uuid(0)}, sha256('${id}'), ${uuid(id)}, ${usedAt}, ${usedAt}, ${expiresAt}, '', '')`;

const kinds: readonly Kind[] = [
  {
    table: 'delivery',
    time: 'requested_at',
    job: 'delete_old_deliveries',
    olderThanTwoDays: `2, ${ago(0)}`,
    remove: 'delete_delivery',
    key: ['phone_number', 'id'],
    // a day is deleted as a whole
    unit: day,
    insert: (
      id,
      seconds,
    ) => `insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, requested_at, useful_until, is_repeat)
      values (${messageId(ago(seconds))}, 1, ${uuid(id)}, 'key', 6, '', 'RU', '+7916', 'ru', 'accepted', 'sms', 'one', ${ago(seconds)},
        ${ago(seconds)}, false)`,
  },
  {
    table: 'message_reference',
    time: 'recorded_at',
    job: 'delete_old_references',
    olderThanTwoDays: ago(-day),
    remove: 'delete_reference',
    key: ['reference', 'provider', 'id'],
    insert: (id, seconds) => `insert into message_reference values ('${id}', 'one', ${uuid(id)}, '', ${ago(seconds)})`,
  },
  {
    table: 'counted_invite',
    time: 'erased_at',
    job: 'delete_expired_counted',
    olderThanTwoDays: `2, ${ago(0)}`,
    remove: 'delete_counted_invite',
    key: ['pair_hash'],
    before: ago,
    insert: (id, seconds) => `insert into counted_invite values (sha256('${id}'), ${ago(seconds)})`,
  },
  {
    table: 'session',
    time: 'expires_at',
    job: 'delete_expired_sessions',
    olderThanTwoDays: ago(2 * day),
    remove: 'delete_ended_session',
    key: ['account_id', 'secret_hash'],
    before: (seconds) => `null, ${ago(seconds)}`,
    insert: (id, seconds) => session(id, ago(0), ago(seconds)),
  },
  {
    table: 'session',
    time: 'last_used_at',
    job: 'delete_idle_sessions',
    olderThanTwoDays: `${2 * day}, ${ago(0)}`,
    remove: 'delete_ended_session',
    key: ['account_id', 'secret_hash'],
    before: (seconds) => `${ago(seconds)}, ${ago(0)}`,
    insert: (id, seconds) => session(id, ago(seconds), ago(-day)),
  },
  {
    table: 'trusted_device',
    time: 'last_used_at',
    job: 'delete_old_devices',
    // their trust lasts a year
    olderThanTwoDays: ago((2 - 365) * day),
    remove: 'delete_trusted_device',
    key: ['account_id', 'secret_hash'],
    before: ago,
    insert: (id, seconds) => `insert into trusted_device values (${uuid(0)}, sha256('${id}'), ${ago(seconds)})`,
  },
  {
    table: 'daily_count',
    time: 'day',
    job: 'delete_old_counts',
    olderThanTwoDays: `2, ${ago(0)}`,
    remove: 'delete_daily_count',
    key: ['day', 'scope', 'shard'],
    unit: day,
    insert: (id, seconds) =>
      `insert into daily_count values ((${ago(seconds)} at time zone 'utc')::date, '*', ${id}, 1)`,
  },
  {
    table: 'challenge',
    time: 'sent_at[1]',
    job: 'delete_expired_challenges',
    olderThanTwoDays: `${2 * day}, ${ago(0)}`,
    remove: 'delete_challenge',
    key: ['phone_number', 'device_trust', 'asker'],
    before: ago,
    insert: (id, seconds) => `insert into challenge
        (phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network, sent_at)
      values ('+1', 'unknown_device', sha256('${id}'), ${uuid(id)}, 'k', 6, sha256('p'), ${ago(0)}, false, array[${ago(seconds)}])`,
  },
  {
    table: 'number_limit',
    time: 'sent_at[1]',
    job: 'delete_idle_numbers',
    olderThanTwoDays: `${2 * day}, ${9 * day}, ${ago(0)}`,
    remove: 'delete_number_limit',
    key: ['phone_number', 'device_trust'],
    before: ago,
    insert: (id, seconds) => `insert into number_limit values ('+${id}', 'unknown_device', array[${ago(seconds)}])`,
  },
  {
    table: 'rate_limit',
    time: 'tat',
    job: 'delete_full_buckets',
    olderThanTwoDays: ago(2 * day),
    remove: 'delete_bucket',
    key: ['key'],
    before: ago,
    insert: (id, seconds) => `insert into rate_limit values ('${id}', ${ago(seconds)})`,
  },
  {
    table: 'idempotent_request',
    time: 'created_at',
    job: 'delete_old_requests',
    olderThanTwoDays: `48, ${ago(0)}`,
    remove: 'delete_request',
    key: ['key'],
    before: (seconds) => `${ago(seconds)}, ${ago(0)}`,
    insert: (id, seconds) =>
      `insert into idempotent_request values ('${id}', sha256(''), ${uuid(id)}, ${ago(seconds)}, ${ago(seconds)})`,
  },
  {
    table: 'verification',
    time: 'created_at',
    job: 'delete_old_verifications',
    olderThanTwoDays: `48, ${ago(0)}`,
    remove: 'delete_verification',
    key: ['id'],
    insert: (id, seconds) =>
      `insert into verification (id, api_key_id, phone_number, channel, created_at, expires_at)
        values (${uuid(id)}, 'k', '+1', 'sms', ${ago(seconds)}, ${ago(seconds)})`,
  },
  {
    table: 'logout_notice',
    time: 'expires_at',
    job: 'delete_expired_logouts',
    olderThanTwoDays: ago(2 * day),
    remove: 'delete_expired_logout',
    key: ['id'],
    before: ago,
    insert: (id, seconds) =>
      `insert into logout_notice (id, account_id, client_id, sid, expires_at)
        values (${uuid(id)}, ${uuid(id)}, 'shop', 's', ${ago(seconds)})`,
  },
  {
    table: 'oidc_record',
    time: 'expires_at',
    job: 'delete_expired_oidc_records',
    olderThanTwoDays: ago(2 * day),
    remove: 'delete_expired_oidc_record',
    key: ['key'],
    before: ago,
    insert: (id, seconds) =>
      `insert into oidc_record (key, payload, expires_at) values ('${id}', '{}', ${ago(seconds)})`,
  },
  {
    table: 'oidc_name',
    time: 'expires_at',
    job: 'delete_expired_oidc_names',
    olderThanTwoDays: ago(2 * day),
    remove: 'delete_expired_oidc_name',
    key: ['key'],
    before: ago,
    insert: (id, seconds) => `insert into oidc_name values ('${id}', '', ${ago(seconds)})`,
  },
  {
    table: 'refusal',
    time: 'last_at',
    job: 'delete_old_refusals',
    olderThanTwoDays: `2, ${ago(0)}`,
    remove: 'delete_refusal',
    key: ['ending', 'bucket'],
    before: ago,
    insert: (id, seconds) =>
      `insert into refusal values ('12', '${id}', '+1', 'pause', 1, ${ago(seconds)}, ${ago(seconds)})`,
  },
  {
    table: 'block',
    time: 'ends_at',
    job: 'delete_ended_blocks',
    olderThanTwoDays: `2, ${ago(0)}`,
    remove: 'delete_ended_block',
    key: ['key', 'value'],
    before: ago,
    insert: (id, seconds) =>
      `insert into block (key, value, id, kind, reason, created_at, created_by, ends_at) values
        ('number:+${id}', '${id}', ${uuid(id)}, 'number', '', ${ago(seconds)}, 'a', ${ago(seconds)})`,
  },
];

test('the limit of a number with wrong guesses is kept for its own time', async () => {
  await query('delete from number_limit');
  await query(`insert into number_limit values ('+1', 'unknown_device', array[${ago(4 * day)}], 1)`);
  const deleted = async (keepFailures: number) => {
    const job = `delete_idle_numbers(9, ${ago(9 * day)}, ${2 * day}, ${keepFailures}, ${ago(0)})`;
    const [row] = await query(`select * from vouch.${job}`);
    return [row!.seen, row!.deleted];
  };
  assert.deepEqual(await deleted(4 * day), [0, 0]);
  assert.deepEqual(await deleted(4 * day - 1), [1, 1]);
});

for (const { table, time, job, olderThanTwoDays, remove, key, before, unit = 1, insert } of kinds) {
  /** Rows of these ages in seconds; their ids count from 1. */
  const given = async (...ages: number[]) => {
    await query(`delete from ${table}`);
    for (const [at, age] of ages.entries()) await query(insert(at + 1, age));
  };
  const ageOf = (at: Date | null) => at && Math.floor(agoOf(at)! / unit) * unit;
  const statement = (max: number, from: string) => `select * from vouch.${job}(${max}, ${from}, ${olderThanTwoDays})`;
  /** A batch of at most so many rows older than two days: seen, deleted, and until which age. */
  const clean = async (max: number, from = ago(9 * day)) => {
    const [row] = await query(statement(max, from));
    return [row!.seen, row!.deleted, ageOf(row!.until)];
  };
  const left = async () => (await query(`select ${time} as at from ${table} order by at`)).map(({ at }) => ageOf(at));

  test(`${table} by ${time}: a batch is deleted by its keys, the oldest first, and nothing younger`, async () => {
    await given(5 * day, 4 * day, 2 * day + unit, 2 * day, day);
    assert.deepEqual(await clean(2), [2, 2, 4 * day]);
    assert.deepEqual(await clean(2, ago(4 * day)), [1, 1, 2 * day + unit]);
    assert.deepEqual(await left(), [2 * day, day]);
    assert.deepEqual(await clean(2), [0, 0, null]);
  });

  test(`${table} by ${time}: a batch begins at the end of the one before, that moment included`, async () => {
    await given(5 * day, 4 * day);
    assert.deepEqual(await clean(9, ago(4 * day)), [1, 1, 4 * day]);
    assert.deepEqual(await left(), [5 * day]);
  });

  test(`${table} by ${time}: a row that somebody holds is seen and passed over`, async () => {
    await given(5 * day, 4 * day);
    const held = `select from ${table} order by ${time} limit 1 for update`;
    const { seen, deleted, until } = await meanwhile(held, statement(9, ago(9 * day)));
    assert.deepEqual([seen, deleted, ageOf(until)], [2, 1, 4 * day]);
    assert.deepEqual(await left(), [5 * day]);
  });

  test(`${table} by ${time}: a row is deleted once${before ? ', and not if it is younger by now' : ''}`, async () => {
    await given(4 * day);
    const [row] = await query(
      `select concat_ws(', ', ${key.map((column) => `quote_literal(${column})`)}) as key from ${table}`,
    );
    const isDeleted = async (seconds: number) => {
      const [result] = await query(
        `select vouch.${remove}(${[row!.key, ...(before ? [before(seconds)] : [])]}) as is_deleted`,
      );
      return result!.is_deleted;
    };
    if (before) assert.equal(await isDeleted(4 * day), false);
    assert.equal(await isDeleted(4 * day - 1), true);
    assert.equal(await isDeleted(4 * day - 1), false);
    assert.deepEqual(await left(), []);
  });
}

test('a message with the least id of a day belongs to that day', async () => {
  await query('delete from delivery');
  const [row] = await query(`select vouch.kept_from(2, ${ago(0)}) as at`);
  const [first, kept] = [agoOf(row!.at)! + day, agoOf(row!.at)!];
  for (const seconds of [first, kept]) {
    await query(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
        state, channel, provider, requested_at, useful_until, is_repeat)
      values (vouch.least_id(${ago(seconds)}), 1, ${uuid(1)}, 'key', 6, '', 'RU', '+7916', 'ru', 'accepted', 'sms', 'one',
        ${ago(seconds)}, ${ago(seconds)}, false)`);
  }
  const [batch] = await query(`select * from vouch.delete_old_deliveries(9, ${ago(first)}, 2, ${ago(0)})`);
  assert.deepEqual([batch!.seen, batch!.deleted], [1, 1]);
  const left = await query('select requested_at from delivery');
  assert.deepEqual(
    left.map((one) => agoOf(one.requested_at)),
    [kept],
  );
});

const accounts = `unnest(array[${uuid(0)}, ${uuid(1)}]::uuid[]) a, unnest(array[sha256('1'), sha256('2')]) s`;
const days = "unnest(array['2025-01-01', '2025-01-02']::date[]) d, unnest(array['a', 'b']) s, unnest(array[0, 1]) n";

for (const [remove, table, rows, key, own, count] of [
  [
    'delete_ended_session',
    'session',
    `(account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
      select a, s, gen_random_uuid(), ${ago(0)}, ${ago(0)}, ${ago(1)}, '', '' from ${accounts}`,
    `${uuid(0)}, sha256('1'), null, ${ago(0)}`,
    `account_id = ${uuid(0)} and secret_hash = sha256('1')`,
    4,
  ],
  [
    'delete_trusted_device',
    'trusted_device',
    `select a, s, ${ago(1)} from ${accounts}`,
    `${uuid(0)}, sha256('1'), ${ago(0)}`,
    `account_id = ${uuid(0)} and secret_hash = sha256('1')`,
    4,
  ],
  [
    'delete_daily_count',
    'daily_count',
    `select d, s, n, 1 from ${days}`,
    "'2025-01-01', 'a', 0",
    "day = '2025-01-01' and scope = 'a' and shard = 0",
    8,
  ],
  [
    'delete_reference',
    'message_reference',
    `(reference, provider, id, phone_number, recorded_at) select r, p, i, '+1', ${ago(1)} from unnest(array['a', 'b']) r,
      unnest(array['one', 'two']) p, unnest(array[${uuid(0)}, ${uuid(1)}]::uuid[]) i`,
    `'a', 'one', ${uuid(0)}`,
    `reference = 'a' and provider = 'one' and id = ${uuid(0)}`,
    8,
  ],
  [
    'delete_refusal',
    'refusal',
    `select e, b, '+1', 'pause', 1, ${ago(1)}, ${ago(1)} from unnest(array['12', '13']) e, unnest(array['a', 'b']) b`,
    `'12', 'a', ${ago(0)}`,
    "ending = '12' and bucket = 'a'",
    4,
  ],
  [
    'delete_ended_block',
    'block',
    `(key, value, id, kind, reason, created_at, created_by, ends_at)
      select k, v, ${uuid(0)}, 'prefix', '', ${ago(1)}, 'a', ${ago(1)} from unnest(array['prefix:1', 'prefix:2']) k,
        unnest(array['+1', '+2']) v`,
    `'prefix:1', '+1', ${ago(0)}`,
    "key = 'prefix:1' and value = '+1'",
    4,
  ],
  [
    'delete_challenge',
    'challenge',
    `(phone_number, device_trust, asker, id, key_id, code_length, proof, expires_at, is_of_network, sent_at)
      select n, t, a, gen_random_uuid(), 'k', 6, sha256('p'), ${ago(0)}, false, array[${ago(1)}] from unnest(array['+1', '+2']) n,
        unnest(array['known_device', 'unknown_device']) t, unnest(array[sha256('1'), sha256('2')]) a`,
    `'+1', 'known_device', sha256('1'), ${ago(0)}`,
    "phone_number = '+1' and device_trust = 'known_device' and asker = sha256('1')",
    8,
  ],
  [
    'delete_number_limit',
    'number_limit',
    `select n, t, array[${ago(1)}] from unnest(array['+1', '+2']) n, unnest(array['known_device', 'unknown_device']) t`,
    `'+1', 'known_device', ${ago(0)}`,
    "phone_number = '+1' and device_trust = 'known_device'",
    4,
  ],
] as const) {
  test(`${remove}: a row that shares a part of the key stays, and does not stand for one that somebody holds`, async () => {
    await query(`delete from ${table}`);
    await query(`insert into ${table} ${rows}`);
    const call = `select vouch.${remove}(${key}) as is_deleted`;
    const held = await meanwhile(`select from ${table} where ${own} for update`, call);
    assert.equal(held.is_deleted, false);
    assert.equal((await query(call))[0]!.is_deleted, true);
    assert.equal((await query(`select from ${table} where ${own}`)).length, 0);
    assert.equal((await query(`select from ${table}`)).length, count - 1);
  });
}

test('a session is not deleted by the time of its last use if it was used again, nor kept by it if it is expired', async () => {
  await query('delete from session');
  await query(session(1, ago(0), ago(-day)));
  const remove = `delete_ended_session(${uuid(0)}, sha256('1')`;
  assert.equal((await call(`${remove}, ${ago(day)})`)).delete_ended_session, false);
  await query(`update session set expires_at = ${ago(1)}`);
  assert.equal((await call(`${remove}, ${ago(day)})`)).delete_ended_session, true);
});

test('three processes at once delete all, batch after batch, and stop where another holds what is left', async (t) => {
  const db = await openLoggedDatabase(t, { databaseUrl: await freshDatabase() });
  await db.sql.unsafe(`insert into message_reference (reference, provider, id, phone_number, recorded_at)
    select i, 'one', gen_random_uuid(), '', now() - interval '5 days' + i * interval '1 ms' from generate_series(1, 2500) i`);
  const clean = async () => {
    let batches = 0;
    for (let from = new Date(0), hasMore = true; hasMore; batches += 1) {
      const batch = await deleteOldReferences(db, from);
      hasMore = batch.hasMore;
      from = batch.nextFrom ?? from;
      assert.ok(batches < 10, 'it ends');
    }
    return batches;
  };
  await db.sql.begin(async (transaction) => {
    await transaction`select from message_reference for update`;
    assert.equal(await clean(), 1);
  });
  await Promise.all([clean(), clean(), clean()]);
  assert.equal((await db.sql`select from message_reference`).length, 0);
});
