import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import type { AdminResult } from '../src/admin/result.ts';
import { runOnce } from '../src/admin/run-once.ts';
import { claimRequest } from '../src/admin/store.ts';
import { createDatabase } from '../src/db/database.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { nodeArguments } from './support/child-script.ts';
import { testOf } from './support/depth.ts';
import { freshDatabase, openApp } from './support/harness.ts';

const app = await openApp({ databaseUrl: await freshDatabase({ shards: 0 }) });
const db = app.clock.over(createDatabase(app.sql, app.clock));
await app.sql`create table act_done (id uuid primary key default gen_random_uuid(), pid int not null)`;

const identity = { apiKeyId: '0123456789abcdef', idempotencyKey: 'one', request: ['POST', '/act'] };
const leaseSeconds = 30;
const day = 86_400;

const count = async () => (await app.sql`select count(*)::int as n from act_done`)[0]!.n as number;
const succeed = async (at: typeof db): Promise<AdminResult> => {
  await at.run(() => at.sql`insert into act_done (pid) values (0)`);
  return { ok: true, status: 201, body: { at: new Date(0), list: [1] } };
};
async function clear() {
  await app.sql`truncate act_done, idempotent_request`;
  app.clock.aheadMs = 0;
}

test('a repetition gets the result of the first request, and runs nothing', async () => {
  await clear();
  const first = await runOnce(db, identity, succeed);
  const second = await runOnce(db, identity, succeed);
  assert.deepEqual(first, { ok: true, status: 201, body: { at: '1970-01-01T00:00:00.000Z', list: [1] } });
  assert.deepEqual(second, first);
  assert.equal(await count(), 1);
});

test('another API key, or another idempotency key, is another request', async () => {
  await clear();
  await runOnce(db, identity, succeed);
  await runOnce(db, { ...identity, apiKeyId: 'fedcba9876543210' }, succeed);
  await runOnce(db, { ...identity, idempotencyKey: 'two' }, succeed);
  assert.equal(await count(), 3);
});

test('the same key with another request is refused', async () => {
  await clear();
  await runOnce(db, identity, succeed);
  const other = await runOnce(db, { ...identity, request: ['POST', '/other'] }, succeed);
  assert.deepEqual(other, { ok: false, code: 'idempotency_key_reused' });
  assert.equal(await count(), 1);
});

test('a refusal of the act is a result, too, while a missing scope leaves the key unused', async () => {
  await clear();
  const refused = await runOnce(db, identity, async () => ({ ok: false, code: 'scope_missing', act: 'block' }));
  assert.ok(!refused.ok);
  assert.ok((await runOnce(db, identity, succeed)).ok);
  assert.equal(await count(), 1);
});

test('an act that fails is undone, and its key can be used again at once', async () => {
  await clear();
  const failing = async (at: typeof db): Promise<AdminResult> => {
    await succeed(at);
    throw new Error('planted');
  };
  await assert.rejects(runOnce(db, identity, failing), /planted/);
  assert.equal(await count(), 0);
  assert.ok((await runOnce(db, identity, succeed)).ok);
  assert.equal(await count(), 1);
});

test('a result is kept for 24 hours, and the key is new after them', async () => {
  await clear();
  await runOnce(db, identity, succeed);
  app.clock.turn(day - 60);
  await runOnce(db, identity, succeed);
  assert.equal(await count(), 1);
  app.clock.turn(120);
  await runOnce(db, { ...identity, request: ['POST', '/other'] }, succeed);
  assert.equal(await count(), 2);
});

test('the database has neither the idempotency key nor the request nor the result', async () => {
  await clear();
  const secret = { ...identity, idempotencyKey: 'planted-key', request: ['POST', { name: 'planted-name' }] };
  await runOnce(db, secret, async () => ({ ok: true, status: 200, body: { secret: 'planted-result' } }));
  const [row] = await app.sql`select i::text as text, encode(result, 'escape') as result from idempotent_request i`;
  assert.ok(!/planted/.test(row!.text + row!.result));
  assert.deepEqual(await runOnce(db, secret, succeed), { ok: true, status: 200, body: { secret: 'planted-result' } });
});

test('an attempt that lost its lease does not act', async () => {
  await clear();
  const attempt = { key: 'k:1', id: '00000000-0000-4000-8000-000000000001' };
  const next = { key: 'k:1', id: '00000000-0000-4000-8000-000000000002' };
  const fingerprint = Buffer.alloc(32);
  assert.equal((await claimRequest(db, attempt, fingerprint)).outcome, 'claimed');
  assert.equal((await claimRequest(db, next, fingerprint)).outcome, 'running');
  app.clock.turn(leaseSeconds + 1);
  assert.equal((await claimRequest(db, next, fingerprint)).outcome, 'claimed');
  const [held] = await db.call('hold_request', { key: 'k:1', attempt: attempt.id });
  assert.equal(held!.hold_request, false);
});

test('a transaction is repeated as a whole after a serialization failure, and undone as a whole', async () => {
  await clear();
  let runs = 0;
  await inTransaction(db, async (at) => {
    runs += 1;
    await succeed(at);
    if (runs < 3) await at.run(() => at.sql`do $$ begin raise exception using errcode = '40001'; end $$`);
    return undefined;
  });
  assert.deepEqual([runs, await count()], [3, 1]);
});

test('waits for standbys follow the commit', async () => {
  await clear();
  const seen: number[] = [];
  const standbys = { ...db.standbys, waitForReplay: async () => void seen.push(await count()) };
  await inTransaction({ ...db, standbys }, async (at) => {
    await succeed(at);
    await at.standbys.waitForReplay();
    assert.deepEqual(seen, []);
  });
  assert.deepEqual(seen, [1]);
});

function start(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, nodeArguments('test/support/idempotent-process.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH, DATABASE_URL: app.databaseUrl, ...env },
  });
  after(() => child.kill('SIGKILL'));
  return child;
}

test('of fifty requests at once over two processes one acts, and all get its result', async () => {
  await clear();
  const children = [start({ TIMES: '25' }), start({ TIMES: '25' })];
  const messages = await Promise.all(children.map((child) => once(child, 'message')));
  const results = messages.flatMap(([{ results }]) => results);
  assert.equal(results.length, 50);
  assert.equal(await count(), 1);
  for (const result of results) assert.deepEqual(result, results[0]);
  const conflicts = messages.reduce((sum, [{ conflicts }]) => sum + conflicts, 0);
  assert.ok(conflicts > 0, 'some came while the first was running');
  for (const child of children) child.disconnect();
});

for (const step of ['acted', 'claimed', 'committed'] as const) {
  testOf(step === 'acted')(`kill -9 of a process that has ${step} loses nothing and repeats nothing`, async () => {
    await clear();
    const child = start({ STOP: step });
    assert.deepEqual((await once(child, 'message'))[0], { stopped: step });
    if (step !== 'committed') {
      assert.deepEqual(await runOnce(db, identity, succeed), {
        ok: false,
        code: 'request_in_progress',
        retryInSeconds: 1,
      });
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await count(), step === 'committed' ? 1 : 0);
    // the server notices that the connection of the dead process has ended
    app.clock.turn(leaseSeconds + 1);
    let result = await runOnce(db, identity, succeed);
    while (!result.ok) result = await runOnce(db, identity, succeed);
    assert.equal(result.status, 201);
    assert.equal(await count(), 1);
  });
}
