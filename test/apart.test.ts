import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { readLists } from '../src/transfer/export-store.ts';
import { withTrialStore } from '../src/transfer/trial-store.ts';
import { insertPeople } from './support/app-processes.ts';
import { freshDatabase, testKey } from './support/harness.ts';

const databaseUrl = await freshDatabase();
const open = () =>
  openDatabase({ databaseUrl, dataDir: '', poolSize: 1, log: pino({ level: 'silent' }), clock: databaseClock });
/** Fails instead of hanging, if a call waits for a connection that is held. */
const soon = <T>(call: PromiseLike<T>): Promise<T> =>
  Promise.race([
    call,
    pause(5000, undefined, { ref: false }).then(() => assert.fail('the call waits for a connection')),
  ]);

test('calls go on while an export holds a connection, with one connection in the pool', async (t) => {
  const db = await open();
  t.after(() => db.close());
  await insertPeople(db.sql, 2);
  let rows = 0;
  await readLists(db, ['users'], { since: new Date(0), until: new Date() }, async (_, batch) => {
    rows += batch.length;
    assert.equal((await soon(db.sql`select 1`)).length, 1);
  });
  assert.equal(rows, 2);
});

test('dry runs of imports at once look people up, with one connection in the pool', async (t) => {
  const db = await open();
  t.after(() => db.close());
  const needs = {
    db,
    keys: secretKeys([testKey]),
    sessionLife: { idleSeconds: 1e7, lifetimeSeconds: 1e7 },
    sessionsMax: 100,
  };
  let running = 0;
  let all = () => {};
  const both = new Promise<void>((resolve) => {
    all = resolve;
  });
  const look = () =>
    withTrialStore(needs as never, async (store) => {
      running += 1;
      if (running === 2) all();
      await both;
      return store.find({ numbers: ['+79160000000'], names: [], codes: [] });
    });
  for (const found of await soon(Promise.all([look(), look()]))) assert.equal(found.numbers.size, 0);
});

test('the end of the database ends work that holds a connection', async () => {
  const db = await open();
  let hasBegun = () => {};
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  const held = db.apart((sql) =>
    sql.begin(async (tx) => {
      hasBegun();
      await tx`select pg_sleep(7)`;
    }),
  );
  const ended = assert.rejects(held, { code: 'CONNECTION_DESTROYED' });
  await begun;
  await soon(db.close());
  await soon(ended);
});
