import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActInput, actArguments, logAct } from '../src/audit/act.ts';
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
