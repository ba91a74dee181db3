import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActInput, actArguments, logAct } from '../src/audit/act.ts';
import { refuseAct, refuseList } from '../src/audit/refuse-act.ts';
import { recordAct } from '../src/audit/store.ts';
import { createDatabase } from '../src/db/database.ts';
import { functionSchema } from '../src/db/functions.ts';
import { secretKeys } from '../src/kit/secret.ts';
import type { Actor } from '../src/operators/actor.ts';
import { memoryLog } from './support/embedded-database.ts';
import { openApp } from './support/harness.ts';

const { sql, clock } = await openApp();
const db = createDatabase(sql, clock);
const account = '00000000-0000-4000-8000-000000000001';
const actors: Readonly<Record<Actor['kind'], Actor>> = {
  operator: {
    kind: 'operator',
    id: account,
    role: 'support',
    clientIp: '203.0.113.57',
    device: 'Chrome, Android',
    hasFreshCode: true,
  },
  key: { kind: 'key', id: 'k1', scopes: ['users:read'], clientIp: '2001:db8::7' },
  command_line: { kind: 'command_line', id: 'ann' },
};
const look: ActInput = { act: 'reveal_number', accountId: account, target: 'number:+7 ••• 12', number: '+7 ••• 12' };

for (const [kind, by] of [
  ['operator', { actor_id: account, role: 'support', client_ip: '203.0.113.57', device: 'Chrome, Android' }],
  ['key', { actor_id: 'k1', role: null, client_ip: '2001:db8::7', device: 'API key' }],
  ['command_line', { actor_id: 'ann', role: null, client_ip: null, device: 'ann' }],
] as const) {
  test(`an act by ${kind} leaves who, in which role, where from, what to whom and why`, async () => {
    const actor = actors[kind];
    const change = { before: { until: null }, after: { until: '2026-01-01' } };
    const recorded = await recordAct(db, actArguments(actor, { reason: ' ticket 7 ' }), { ...look, ...change });
    const [row] = await sql`select * from audit_event order by id desc limit 1`;
    const { id: _, at, ...rest } = row!;
    assert.ok(Math.abs(at.getTime() - Date.now()) < 60_000);
    const expected = {
      account_id: account,
      event: 'operator_act',
      result: 'succeeded',
      number: '+7 ••• 12',
      details: null,
      actor: kind,
      act: 'reveal_number',
      target: 'number:+7 ••• 12',
      reason: 'ticket 7',
      ...by,
      ...change,
    };
    for (const [column, value] of Object.entries(expected)) assert.deepEqual(rest[column], value, column);
    const lines: string[] = [];
    logAct(
      memoryLog((line) => lines.push(line)),
      recorded,
      actor,
    );
    assert.match(lines[0]!, /^operator act /);
    assert.match(lines[0]!, / reveal_number /);
    assert.doesNotMatch(lines[0]!, /ticket|0\.113\.57|db8::7/, 'neither the reason nor the whole address');
  });
}

test('a row is an act exactly if it names one, and of a person exactly if it names nobody else', async () => {
  const insert = (columns: string, values: string) =>
    sql.unsafe(`insert into audit_event (at, result, device, ${columns}) values (now(), 'succeeded', '', ${values})`);
  for (const [columns, values] of [
    ['event, act', "'signed_in', 'block'"],
    ['event', "'operator_act'"],
    ['event, actor', "'signed_in', 'operator'"],
    ['event, actor_id', "'signed_in', 'ann'"],
  ] as const) {
    await assert.rejects(insert(columns, values), { code: '23514' }, columns);
  }
});

test('a personal value is a keyed hash, the same for the same value and another for another key', async () => {
  const schema = functionSchema('public');
  const hashed = async (value: string | null, key: string) => {
    const { actor } = actArguments(actors.key, { keys: secretKeys([key]) });
    const [row] =
      await sql`select ${sql(`${schema}.personal_hash`)}(${JSON.stringify(actor.value)}::text::json, ${value}::text) as hash`;
    return row!.hash as string | null;
  };
  const one = await hashed('ann@example.org', 'a'.repeat(32));
  assert.match(one!, /^hmac:[0-9a-f]{32}$/);
  assert.equal(await hashed('ann@example.org', 'a'.repeat(32)), one);
  assert.notEqual(await hashed('bob@example.org', 'a'.repeat(32)), one);
  assert.notEqual(await hashed('ann@example.org', 'b'.repeat(32)), one);
  assert.equal(await hashed(null, 'a'.repeat(32)), null);
  const { actor } = actArguments(actors.key);
  await assert.rejects(
    sql`select ${sql(`${schema}.personal_hash`)}(${JSON.stringify(actor.value)}::text::json, 'x')`,
    /was given no keys/,
  );
});

test('the data of a person names the acts that concern them, and neither operators nor their addresses', async () => {
  const [row] = await sql.unsafe(`select ${functionSchema('public')}.events_of('${account}', 3) as events`);
  const events = row!.events as Record<string, unknown>[];
  assert.equal(events.length, 3);
  for (const { event, details, client_ip, device } of events)
    assert.deepEqual([event, details, client_ip, device], ['operator_act', 'reveal_number', null, '']);
});

test('an act that a role or a scope does not allow leaves an event, and a flood of it three an hour', async () => {
  const lines: string[] = [];
  const needs = { db, log: memoryLog((line) => lines.push(line)) };
  const about = { target: 'number:+7 ••• 12', reason: ' curious ' };
  const operator = { ...actors.operator, id: '00000000-0000-4000-8000-0000000000fe' } as Actor;
  const key: Actor = { kind: 'key', id: 'k-refused', scopes: [], clientIp: '2001:db8::7' };
  for (const actor of [operator, key]) {
    const since = lines.length;
    const flood = await Promise.all(Array.from({ length: 50 }, () => refuseAct(needs, actor, 'erase_person', about)));
    assert.ok(flood.every((refusal) => refusal?.code === 'act_not_allowed'));
    assert.equal((await refuseList(needs, actor, 'manage_keys'))?.code, 'act_not_allowed');
    const rows =
      () => sql`select account_id, act, event, result, target, reason, actor, role, client_ip from audit_event
      where actor_id = ${actor.id} and result = 'refused' order by id`;
    const found = await rows();
    assert.deepEqual(
      found.map(({ act }) => act),
      ['erase_person', 'erase_person', 'erase_person', 'manage_keys'],
    );
    assert.deepEqual(
      { ...found[0] },
      {
        account_id: '00000000-0000-0000-0000-000000000000',
        act: 'erase_person',
        event: 'operator_act',
        result: 'refused',
        target: 'number:+7 ••• 12',
        reason: 'curious',
        actor: actor.kind,
        role: actor.kind === 'operator' ? 'support' : null,
        client_ip: actor.kind === 'operator' ? '203.0.113.57' : '2001:db8::7',
      },
    );
    assert.equal(lines.length - since, 4);
    assert.ok(!lines.join('').includes('curious'), 'the reason is only in the row');
    clock.turn(3601);
    await refuseAct(needs, actor, 'erase_person', about);
    assert.equal((await rows()).length, 5);
  }
});

test('an act that is allowed, or lacks a reason or a fresh code, leaves no refusal', async () => {
  const needs = { db, log: memoryLog(() => {}) };
  const actor: Actor = { ...actors.operator, id: '00000000-0000-4000-8000-0000000000ff', role: 'admin' } as Actor;
  assert.equal(await refuseAct(needs, actor, 'read_people'), undefined);
  assert.equal((await refuseAct(needs, actor, 'block'))?.code, 'reason_needed');
  const stale = { ...actor, hasFreshCode: false } as Actor;
  assert.equal((await refuseAct(needs, stale, 'manage_keys'))?.code, 'fresh_code_needed');
  assert.equal((await sql`select from audit_event where actor_id = ${actor.id}`).length, 0);
});
