import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAdminClient } from './support/admin-client.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp({ managementApi: true });
const client = await openAdminClient(app);
const block = (body: object, headers = {}) => client.call('POST', '/blocks', body, headers);

test('a number that is blocked loses its sessions, and gets them no more until it is unblocked', async () => {
  const number = anyNumber();
  const token = await app.signIn(number);
  const added = await block({ kind: 'number', value: `8${number.slice(2)}`, reason: 'Fraud' });
  assert.equal(added.statusCode, 201, added.body);
  assert.deepEqual(added.data, { kind: 'number', value: number, is_new: true, ended_sessions: 1 });
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 401);
  const { data } = await client.call('GET', '/blocks?kind=number');
  const [found] = data.items;
  assert.deepEqual([found.value, found.reason, found.created_by], [number, 'Fraud', `key:${client.keyId}`]);
  const removed = await client.call('DELETE', `/blocks/${found.id}`);
  assert.equal(removed.statusCode, 204, removed.body);
  assert.equal((await client.call('DELETE', `/blocks/${found.id}`)).statusCode, 404);
  app.clock.turn(60);
  await app.signIn(number);
});

test('the audit trail names the key, and has a row for each act', async () => {
  const audited = () => app.sql`select act, actor, actor_id, reason from audit_event
    where act = 'block' and actor_id = ${client.keyId} order by id`;
  const before = await audited();
  for (let n = 0; n < 2; n += 1) {
    const input = { kind: 'number', value: '+79160000009', reason: 'Audited' };
    await block(input, { 'idempotency-key': '"audited"' });
  }
  const added = (await audited()).slice(before.length);
  assert.deepEqual([...added], [{ act: 'block', actor: 'key', actor_id: client.keyId, reason: 'Audited' }]);
});

test('a list is read page by page, and Link names the next page', async () => {
  for (let n = 0; n < 5; n += 1) await block({ kind: 'prefix', value: `+8200${n}`, reason: 'Range' });
  const values: string[] = [];
  let path = '/blocks?kind=prefix&limit=2';
  for (let pages = 0; path !== ''; pages += 1) {
    assert.ok(pages < 4);
    const answer = await client.call('GET', path);
    assert.equal(answer.statusCode, 200, answer.body);
    values.push(...answer.data.items.map(({ value }: { value: string }) => value));
    const [, next] = /^<https:\/\/vouch\.example\/admin\/v1(.*)>; rel="next"$/.exec(String(answer.headers.link)) ?? [];
    assert.equal(next === undefined, answer.data.next === null);
    path = next ?? '';
  }
  assert.deepEqual(values, ['+82004', '+82003', '+82002', '+82001', '+82000']);
  for (const after of ['x', 'AAAA', '%00', 'a'.repeat(501)]) {
    const refused = await client.call('GET', `/blocks?after=${after}`);
    assert.equal(refused.statusCode, 400, after);
  }
  for (const limit of ['0', '201', '-1', '1.5', '1e2', 'ten', '']) {
    const refused = await client.call('GET', `/blocks?limit=${limit}`);
    assert.equal(refused.statusCode, 400, limit);
    assert.ok(refused.data.limit, limit);
  }
});

test('each invalid field of a block is refused by its name', async () => {
  const valid = { kind: 'country', value: 'RU', reason: 'Test' };
  const refused: [changes: object, field: string][] = [
    [{ kind: 'planet' }, 'kind'],
    [{ value: 'XX1' }, 'value'],
    [{ value: 7 }, 'value'],
    [{ value: '' }, 'value'],
    [{ kind: 'account', value: '00000000-0000-4000-8000-000000000000' }, 'value'],
    [{ kind: 'network', value: '10.0.0.0/4' }, 'value'],
    [{ reason: 'a'.repeat(501) }, 'reason'],
    [{ ends_at: '2020-01-01T00:00:00Z' }, 'ends_at'],
    [{ ends_at: '2027-02-30T00:00:00' }, 'ends_at'],
    [{ ends_at: 'tomorrow' }, 'ends_at'],
    [{ until: '2027-01-01T00:00:00Z' }, 'until'],
    [{ __proto__x: 1 }, '__proto__x'],
  ];
  for (const [changes, field] of refused) {
    const answer = await block({ ...valid, ...changes });
    assert.equal(answer.statusCode, 400, JSON.stringify(changes));
    assert.ok(answer.data[field], `${JSON.stringify(changes)}: ${answer.body}`);
  }
  assert.equal((await block({ ...valid, reason: 'a\u0000b' })).statusCode, 400);
});

test('a write needs an idempotency key of its form, which a repetition shares', async () => {
  const body = { kind: 'prefix', value: '+8211', reason: 'Test' };
  for (const key of ['', '""', '"a', 'a"b', 'a b', `"${'a'.repeat(256)}"`, '"é"', '"a", "b"']) {
    const answer = await block(body, { 'idempotency-key': key });
    assert.equal(answer.statusCode, 400, key);
    assert.equal(answer.data.code, 'idempotency_key_needed');
  }
  const first = await block(body, { 'idempotency-key': '"one \\"key\\""' });
  assert.deepEqual([first.statusCode, first.data.is_new], [201, true], first.body);
  const again = await block(body, { 'idempotency-key': '"one \\"key\\""' });
  assert.deepEqual([again.statusCode, again.data], [201, first.data]);
  const other = await block({ ...body, value: '+8212' }, { 'idempotency-key': '"one \\"key\\""' });
  assert.deepEqual([other.statusCode, other.data.code], [422, 'idempotency_key_reused']);
  const bare = await block(body, { 'idempotency-key': 'bare-1' });
  const quoted = await block(body, { 'idempotency-key': '"bare-1"' });
  assert.deepEqual([bare.data, quoted.data], [{ ...first.data, is_new: false }, bare.data]);
});
