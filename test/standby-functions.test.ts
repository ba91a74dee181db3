import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { currentMoment, hasReplayed, leaseMs, maxReplayWaitMs, msSince, Renewals } from '../src/db/standbys/lease.ts';
import { insertingAccounts } from './support/accounts.ts';
import { ago, agoOf, openFunctions } from './support/function-calls.ts';

const { query, call, close } = await openFunctions();
after(close);

const renew = async (server: string, at = ago(0)) =>
  (await query(`select * from vouch.renew_standby('${server}', ${at})`))[0]!;

const hasStandbys = async () => (await query("select vouch.has_standbys('*') as has"))[0]!.has;

test('the first reads wait until no transaction is left that does not know of standbys', async () => {
  await query('delete from standby');
  assert.equal(await hasStandbys(), false);
  assert.equal((await renew('a', ago(20))).may_read, false, 'the very first');
  assert.equal(await hasStandbys(), true, 'whatever ends sessions waits from then on');
  assert.equal((await renew('b', ago(5.001))).may_read, false);
  assert.equal((await renew('b', ago(5))).may_read, true);
});

test('numbers of a server rise and contain the time, also when the clock is put back', async () => {
  await query('delete from standby');
  const first = await renew('a');
  assert.ok(Number(first.seq) >= Date.parse('2026-01-01T12:00:00Z') * 1000);
  assert.equal(Number((await renew('a')).seq), Number(first.seq) + 1, 'within one moment');
  const earlier = await renew('a', ago(3600));
  assert.equal(Number(earlier.seq), Number(first.seq) + 2);
  assert.equal(earlier.timeline, first.timeline);
  assert.equal(agoOf(earlier.at), 3600);
});

test('a mark names each server with a lease of the last ten seconds, and prolongs none', async () => {
  await query('delete from standby');
  await renew('a', ago(9.999));
  await renew('b', ago(10));
  const before = await renew('c');
  const rows = await query(`select * from vouch.mark_standbys(10, ${ago(0)})`);
  assert.deepEqual(
    rows.map(({ server }) => server),
    ['a', 'c'],
  );
  assert.equal(Number(rows[1]!.seq), Number(before.seq) + 1);
  assert.equal(rows[1]!.timeline, before.timeline);
  const kept = await query("select renewed_at from standby where server = 'a'");
  assert.equal(agoOf(kept[0]!.renewed_at), 9.999);
  assert.equal((await query(`select * from vouch.mark_standbys(1, ${ago(0)})`)).length, 1, 'so many at most');
});

test('servers that nobody has read from for a day are deleted, and the row of all with them', async () => {
  await query('delete from standby');
  await renew('a', ago(86_401));
  await renew('b', ago(86_399));
  assert.equal((await query(`select * from vouch.delete_old_standbys(10, ${ago(1e6)}, ${ago(0)})`))[0]!.deleted, 2);
  assert.deepEqual(
    (await query('select server from standby')).map(({ server }) => server),
    ['b'],
  );
  await renew('b', ago(7200));
  await renew('b', ago(3599));
  const [all] = await query("select renewed_at from standby where server = '*'");
  assert.equal(agoOf(all!.renewed_at), 3599, 'as long as anybody reads, it is renewed every hour');
});

test('the last use that a standby could not write is written once, and for the sessions that are there', async () => {
  const hash = (n: number) => `sha256('${n}')`;
  const id = (n: number) => `'00000000-0000-4000-8000-00000000000${n}'::uuid`;
  await query(
    insertingAccounts(`select ${id(1)} as id, '+12' as phone_number, 'BBBBBB' as code, ${ago(99)} as created_at`),
  );
  for (const [n, used] of [
    [1, 61],
    [2, 59],
  ]) {
    await query(`insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
      values (${id(1)}, ${hash(n!)}, ${id(n!)}, ${ago(99)}, ${ago(used!)}, ${ago(-99)}, '', '')`);
  }
  await call(`touch_sessions(array[${id(1)}, ${id(1)}, ${id(1)}], array[${hash(1)}, ${hash(2)}, ${hash(3)}])`);
  const rows = await query('select last_used_at from session order by id');
  assert.deepEqual(
    rows.map(({ last_used_at }) => agoOf(last_used_at)),
    [0, 59],
  );
});

test('a position is replayed by an equal or later one of the same timeline', () => {
  const wanted = { timeline: '1/2', seq: 5 };
  assert.ok(hasReplayed({ timeline: '1/2', seq: 5 }, wanted));
  assert.ok(hasReplayed({ timeline: '1/2', seq: 6 }, wanted));
  assert.ok(!hasReplayed({ timeline: '1/2', seq: 4 }, wanted));
  assert.ok(!hasReplayed({ timeline: '1/3', seq: 6 }, wanted));
});

test('the newest renewal that a server shows is its proof', () => {
  const renewals = new Renewals();
  const at = (seq: number, timeline = 't') => ({ timeline, seq });
  assert.ok(renewals.areAllIn(at(0)), 'a server that is new is renewed');
  for (const seq of [10, 20, 30]) renewals.add({ ...at(seq), since: currentMoment() });
  assert.equal(renewals.newestIn(at(9)), undefined);
  assert.equal(renewals.newestIn(at(25))?.seq, 20);
  assert.equal(renewals.newestIn(at(99))?.seq, 30);
  assert.equal(renewals.newestIn(at(99, 'u')), undefined);
  assert.ok(renewals.areAllIn(at(30)) && !renewals.areAllIn(at(29)));
  for (let seq = 40; seq <= 110; seq += 10) renewals.add({ ...at(seq), since: currentMoment() });
  assert.equal(renewals.newestIn(at(35)), undefined, 'old ones are forgotten');
  renewals.clear();
  assert.equal(renewals.newestIn(at(999)), undefined);
});

test('a moment is as old as the clock says that has advanced more, and a wait outlasts a lease', () => {
  const now = currentMoment();
  assert.ok(msSince(now) < 1000);
  assert.ok(msSince({ ...now, wall: now.wall - 5000 }) >= 5000, 'the machine was suspended');
  assert.ok(msSince({ ...now, monotonic: now.monotonic - 5000 }) >= 5000, 'the wall clock was put back');
  assert.ok(maxReplayWaitMs > leaseMs);
});
