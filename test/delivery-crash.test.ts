import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createDatabase } from '../src/db/database.ts';
import { recordEarlyReceipts, recordReceipts } from '../src/deliveries/receipt-store.ts';
import { claimAbandoned, finishAttempts, startAttempts } from '../src/deliveries/store.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { random } from '../src/kit/random.ts';
import { startCrashServer } from './support/crash-server.ts';
import { openTestDatabase } from './support/create-database.ts';
import { deepTest } from './support/depth.ts';
import { cleanup } from './support/embedded-database.ts';

/** The database of a server that can be killed. */
async function openServer(t: TestContext) {
  const { server, url } = await startCrashServer(t);
  const clock = { aheadMs: 0 };
  let client = openTestDatabase(url);
  const db = createDatabase(client.sql, clock);
  return {
    db,
    clock,
    /** Kills the server, starts it anew, and connects to it. */
    crash: async () => {
      await server.kill();
      await client.close();
      await server.restart();
      client = openTestDatabase(url);
      cleanup(t, client.close);
      return createDatabase(client.sql, clock);
    },
  };
}

const phoneNumber = '+79160000000' as PhoneNumber;

const attempt = (id: string) => ({
  id,
  phoneNumber,
  provider: 'one',
  channel: 'sms' as const,
  segments: 1,
  price: undefined,
  currency: undefined,
});

type Db = ReturnType<typeof createDatabase>;

/** Messages whose attempts have begun. */
async function begin(db: Db, ...ids: string[]) {
  for (const id of ids) {
    await db.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix,
        language, state, channel, provider, requested_at, useful_until, leased_until, is_repeat)
      values (${id}, 1, ${random.id()}, 'key', 6, ${phoneNumber}, 'RU', '+7916', 'ru', 'waiting', 'sms', 'one', now(),
        now() + interval '10 minutes', now() + interval '3 seconds', false)`;
  }
  assert.deepEqual(
    await startAttempts(db, ids.map(attempt)),
    ids.map(() => 'sending'),
  );
}

const accepted = (id: string) => ({
  attempt: attempt(id),
  outcome: { state: 'accepted', reference: `of ${id}`, segments: 1 } as const,
});
const refused = { state: 'failed', error: 'refused', reason: 'HTTP 401' } as const;

async function stateOf({ sql }: Db, id: string) {
  const [row] = await sql`select state, reference from delivery where id = ${id}`;
  return [row?.state, row?.reference];
}

deepTest(
  'a crash of the server loses an outcome at most: the message becomes unknown, and nothing is sent again',
  async (t) => {
    const { db, clock, crash } = await openServer(t);
    const [durable, lost, first, second] = [
      random.orderedId(),
      random.orderedId(),
      random.orderedId(),
      random.orderedId(),
    ];
    await begin(db, durable, lost, first);
    await finishAttempts(db, [accepted(durable)]);
    assert.deepEqual(await finishAttempts(db, [{ attempt: attempt(first), outcome: refused, next: attempt(second) }]), [
      true,
    ]);
    await finishAttempts(db, [accepted(lost)]);
    assert.deepEqual(await stateOf(db, lost), ['accepted', `of ${lost}`]);

    const restarted = await crash();
    assert.deepEqual(
      await stateOf(restarted, durable),
      ['accepted', `of ${durable}`],
      'a durable commit came after it',
    );
    assert.deepEqual(await stateOf(restarted, first), ['failed', null], 'recorded with the attempt that follows');
    assert.deepEqual(await stateOf(restarted, second), ['sending', null]);
    assert.deepEqual(await stateOf(restarted, lost), ['sending', null]);
    clock.aheadMs = 16_000;
    const { claimed, finished } = await claimAbandoned(restarted, 10, 3600);
    assert.deepEqual(claimed, []);
    assert.deepEqual(
      finished.map(({ end }) => end),
      ['unknown', 'unknown'],
    );

    const receipt = { reference: `of ${lost}`, state: 'delivered' } as const;
    assert.equal((await recordReceipts(restarted, 'one', [receipt])).length, 0);
    assert.deepEqual(await stateOf(restarted, lost), ['unknown', null], 'its reference is lost, and so is its receipt');
    clock.aheadMs += 3_601_000;
    assert.equal((await recordEarlyReceipts(restarted, 'one')).length, 0);
    assert.equal((await restarted.sql`select from early_receipt`).length, 0);
  },
);
