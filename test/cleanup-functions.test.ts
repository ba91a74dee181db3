import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { deleteOldEvents } from '../src/audit/store.ts';
import { openLoggedDatabase } from './support/embedded-database.ts';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';
import { freshDatabase } from './support/harness.ts';

const { query, call, meanwhile, close } = await openFunctions();
after(close);

const day = 86_400;

/** A table that is cleaned up: its job and its function by key, and how a row of some age is made. */
interface Kind {
  readonly table: string;
  readonly job: string;
  readonly remove: string;
  readonly key: string;
  readonly time: string;
  /** Whether the function by key looks at the time again: in the others it never changes. */
  readonly looksAgain: boolean;
  readonly insert: (id: number, seconds: number) => string;
}

const uuid = (id: number) => `'00000000-0000-4000-8000-${String(id).padStart(12, '0')}'`;
const kinds: readonly Kind[] = [
  {
    table: 'delivery',
    job: 'delete_old_deliveries',
    remove: 'delete_delivery',
    key: 'id',
    time: 'requested_at',
    looksAgain: false,
    insert: (
      id,
      seconds,
    ) => `insert into delivery (id, attempt, challenge_id, key_id, code_length, country, prefix, language,
        state, channel, provider, requested_at, useful_until, is_repeat)
      values (${uuid(id)}, 1, ${uuid(0)}, 'key', 6, 'RU', '+7916', 'ru', 'accepted', 'sms', 'one', ${ago(seconds)},
        ${ago(seconds)}, false)`,
  },
  {
    table: 'audit_event',
    job: 'delete_old_events',
    remove: 'delete_event',
    key: 'id',
    time: 'at',
    looksAgain: false,
    insert: (id, seconds) => `insert into audit_event (id, at, event, result, device) overriding system value
      values (${id}, ${ago(seconds)}, 'signed_in', 'succeeded', '')`,
  },
  {
    table: 'counted_invite',
    job: 'delete_expired_counted',
    remove: 'delete_counted_invite',
    key: 'pair_hash',
    time: 'erased_at',
    looksAgain: true,
    insert: (id, seconds) => `insert into counted_invite values (sha256('${id}'), ${ago(seconds)})`,
  },
];

for (const { table, job, remove, key, time, looksAgain, insert } of kinds) {
  /** Rows of these ages in days and seconds; their ids count from 1. */
  const given = async (...ages: number[]) => {
    await query(`delete from ${table}`);
    for (const [at, age] of ages.entries()) await query(insert(at + 1, age));
  };
  /** A batch of at most so many rows older than two days: seen, deleted, and until which age. */
  const clean = async (max: number, from = ago(9 * day)) => {
    const { seen, deleted, until } = await call(`${job}(${max}, ${from}, 2)`);
    return [seen, deleted, agoOf(until)];
  };
  const left = async () => (await query(`select ${time} as at from ${table} order by at`)).map(({ at }) => agoOf(at));

  test(`${table}: a batch is deleted by its keys, the oldest first, and nothing younger`, async () => {
    await given(5 * day, 4 * day, 2 * day + 1, 2 * day, day);
    assert.deepEqual(await clean(2), [2, 2, 4 * day]);
    assert.deepEqual(await clean(2, ago(4 * day)), [1, 1, 2 * day + 1]);
    assert.deepEqual(await left(), [2 * day, day]);
    assert.deepEqual(await clean(2), [0, 0, null]);
  });

  test(`${table}: a batch begins at the end of the one before, that moment included`, async () => {
    await given(5 * day, 4 * day);
    assert.deepEqual(await clean(9, ago(4 * day)), [1, 1, 4 * day]);
    assert.deepEqual(await left(), [5 * day]);
  });

  test(`${table}: a row that somebody holds is seen and passed over`, async () => {
    await given(5 * day, 4 * day);
    const held = `select from ${table} where ${time} = ${ago(5 * day)} for update`;
    const { seen, deleted, until } = await meanwhile(
      held,
      `select * from vouch.${job}(9, ${ago(9 * day)}, 2, ${ago(0)})`,
    );
    assert.deepEqual([seen, deleted, agoOf(until)], [2, 1, 4 * day]);
    assert.deepEqual(await left(), [5 * day]);
  });

  test(`${table}: a row is deleted once${looksAgain ? ', and not if it is younger by now' : ''}`, async () => {
    await given(4 * day);
    const [row] = await query(`select ${key} as key from ${table}`);
    const literal = Buffer.isBuffer(row!.key) ? `'\\x${row!.key.toString('hex')}'::bytea` : `'${row!.key}'`;
    const of = async (before: number) => {
      const [result] = await query(
        `select vouch.${remove}(${literal}${looksAgain ? `, ${ago(before)}` : ''}) as is_deleted`,
      );
      return result!.is_deleted;
    };
    if (looksAgain) assert.equal(await of(4 * day), false);
    assert.equal(await of(4 * day - 1), true);
    assert.equal(await of(4 * day - 1), false);
    assert.deepEqual(await left(), []);
  });
}

test('three processes at once delete all, batch after batch, and stop where another holds what is left', async (t) => {
  const db = await openLoggedDatabase(t, { databaseUrl: await freshDatabase() });
  await db.sql.unsafe(`insert into audit_event (at, event, result, device)
    select now() - interval '5 days' + i * interval '1 ms', 'signed_in', 'succeeded', '' from generate_series(1, 2500) i`);
  const clean = async () => {
    let batches = 0;
    for (let from = new Date(0), hasMore = true; hasMore; batches += 1) {
      const batch = await deleteOldEvents(db, from, 2);
      hasMore = batch.hasMore;
      from = batch.nextFrom ?? from;
      assert.ok(batches < 10, 'it ends');
    }
    return batches;
  };
  await db.sql.begin(async (transaction) => {
    await transaction`select from audit_event for update`;
    assert.equal(await clean(), 1);
  });
  await Promise.all([clean(), clean(), clean()]);
  assert.equal((await db.sql`select from audit_event`).length, 0);
});
