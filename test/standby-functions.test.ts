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
  assert.equal(Number(first.seq), Date.parse('2026-01-01T12:00:00Z') * 1000);
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
    [1, 901],
    [2, 899],
  ]) {
    await query(`insert into session (account_id, secret_hash, id, created_at, last_used_at, expires_at, device, address)
      values (${id(1)}, ${hash(n!)}, ${id(n!)}, ${ago(999)}, ${ago(used!)}, ${ago(-99)}, '', '')`);
  }
  await call(`touch_sessions(array[${id(1)}, ${id(1)}, ${id(1)}], array[${hash(1)}, ${hash(2)}, ${hash(3)}])`);
  const rows = await query('select last_used_at from session order by id');
  assert.deepEqual(
    rows.map(({ last_used_at }) => agoOf(last_used_at)),
    [0, 899],
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

/** Only these rows, each with how many seconds ago it was renewed. */
async function given(...rows: [server: string, renewed: number, seq?: number, timeline?: string][]) {
  await query('delete from standby');
  for (const [server, renewed, seq = 0, timeline = 'old'] of rows) {
    await query(`insert into standby (server, timeline, seq, created_at, renewed_at)
      values ('${server}', '${timeline}', ${seq}, ${ago(renewed + 50)}, ${ago(renewed)})`);
  }
}
const rows = async () =>
  (await query('select * from standby order by server')).map(({ server, timeline, seq, renewed_at }) => [
    server,
    timeline,
    Number(seq),
    agoOf(renewed_at),
  ]);
const result = async (text: string) => (await query(`select ${text} as value`))[0]!.value;

test('a server shows its own row, and whether it is a standby', async () => {
  const own = await result('vouch.own_server()');
  const show = async () => {
    const { server, timeline, seq, is_standby } = (await query(`select * from vouch.show_standby(${ago(0)})`))[0]!;
    return [server, timeline, seq === null ? null : Number(seq), is_standby];
  };
  await given(['another', 1, 7]);
  assert.deepEqual(await show(), [own, null, null, false]);
  await given(['another', 1, 7], [own, 2, 8, 't'], ['zzz', 3, 9]);
  assert.deepEqual(await show(), [own, 't', 8, false]);
});

test('a statement is refused where the server has not come so far, or is of another timeline', async () => {
  const own = await result('vouch.own_server()');
  const reads = (timeline: string, seq: number) =>
    query(`select vouch.require_replay('${timeline}', ${seq})`).then(
      () => true,
      ({ code }) => code,
    );
  await given(['another', 1, 9, 't']);
  assert.equal(await reads('t', 1), 'VO003');
  await given(['another', 1, 9, 'u'], [own, 1, 5, 't']);
  assert.deepEqual([await reads('t', 4), await reads('t', 5), await reads('t', 6)], [true, true, 'VO003']);
  assert.deepEqual([await reads('u', 4), await reads('u', 6)], ['VO003', 'VO003']);
});

test('a registration keeps the row of its server, and is repeated after an hour', async () => {
  const register = async (server: string) => agoOf((await call(`register_standby('${server}', 't')`)).register_standby);
  await given(['a', 3600], ['b', 3600.001], ['c', 9999]);
  assert.deepEqual([await register('a'), await register('b')], [3650, 3650.001]);
  assert.deepEqual(await rows(), [
    ['a', 'old', 0, 3600],
    ['b', 'old', 0, 0],
    ['c', 'old', 0, 9999],
  ]);
  await given(['b', 5]);
  assert.deepEqual([await result("vouch.has_standbys('a')"), await result("vouch.has_standbys('b')")], [false, true]);
  assert.equal(await register('a'), 0);
  assert.deepEqual(await rows(), [
    ['a', 't', 0, 0],
    ['b', 'old', 0, 5],
  ]);
});

test('renewals and marks have the timeline of the primary, and commit without a wait for standbys', async () => {
  const timeline = await result('vouch.own_timeline()');
  const present = Date.parse('2026-01-01T12:00:00Z') * 1000;
  // the server of the tests commits nothing durably
  await query('set synchronous_commit = on');
  for (const [text, commit, renewed] of [
    [`vouch.renew_standby('a', ${ago(0)})`, 'off', 0],
    [`vouch.mark_standbys(9, ${ago(0)})`, 'local', 3],
  ] as const) {
    await given(['*', 1], ['a', 3]);
    await query('begin');
    await query(`select * from ${text}`);
    assert.equal((await query('show synchronous_commit'))[0]!.synchronous_commit, commit);
    await query('commit');
    assert.equal((await query('show synchronous_commit'))[0]!.synchronous_commit, 'on');
    assert.deepEqual((await rows()).at(-1), ['a', timeline, present, renewed]);
  }
});

test('old rows are deleted in batches, the oldest first, and only those that were not renewed meanwhile', async () => {
  await given(['a', 10], ['b', 20]);
  const remove = async (seconds: number) => await result(`vouch.delete_standby('a', ${ago(seconds)})`);
  assert.deepEqual([await remove(10), await remove(9.999), await remove(0)], [false, true, false]);
  assert.deepEqual(
    (await rows()).map(([server]) => server),
    ['b'],
  );
  const day = 86_400;
  await given(['a', 2 * day], ['b', 3 * day], ['c', day]);
  const clean = async (max: number, from: number) => {
    const [row] = await query(`select * from vouch.delete_old_standbys(${max}, ${ago(from)}, ${ago(0)})`);
    return [row!.seen, row!.deleted, agoOf(row!.until)];
  };
  assert.deepEqual(await clean(9, day + 1), [0, 0, null]);
  assert.deepEqual(await clean(1, 9 * day), [1, 1, 3 * day]);
  assert.deepEqual(await clean(1, 2 * day), [1, 1, 2 * day]);
  assert.deepEqual(
    (await rows()).map(([server]) => server),
    ['c'],
  );
});
