import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAdminClient } from './support/admin-client.ts';
import { openApp } from './support/harness.ts';

const app = await openApp({ managementApi: true });
const client = await openAdminClient(app);
const url = 'https://hooks.example.com/vouch';
const add = (body: object = {}, headers = {}) =>
  client.call('POST', '/webhooks', { url, events: ['user.created'], ...body }, headers);

test('an endpoint is added, shown without its secret, changed and deleted', async () => {
  const added = await add({ description: 'Billing' });
  assert.equal(added.statusCode, 201, added.body);
  const { id, secret } = added.data;
  assert.match(secret, /^whsec_/);
  const { data, body } = await client.call('GET', '/webhooks');
  assert.ok(!body.includes(secret));
  assert.deepEqual([data.items[0].id, data.items[0].url, data.items[0].with_numbers], [id, url, false]);
  const changed = await client.call('PATCH', `/webhooks/${id}`, { with_numbers: true, is_enabled: false });
  assert.equal(changed.statusCode, 204, changed.body);
  const [after] = (await client.call('GET', '/webhooks')).data.items;
  assert.deepEqual([after.with_numbers, after.disabled_reason, after.description], [true, 'operator', 'Billing']);
  const rotated = await client.call('POST', `/webhooks/${id}/rotate`, { overlap_seconds: 60 });
  assert.ok(rotated.data.secret.startsWith('whsec_') && rotated.data.secret !== secret, rotated.body);
  assert.equal((await client.call('DELETE', `/webhooks/${id}`)).statusCode, 204);
  for (const [method, path, input] of [
    ['PATCH', '', {}],
    ['DELETE', '', undefined],
    ['POST', '/rotate', {}],
    ['POST', '/test', undefined],
    ['POST', '/replay', { after: 0, until: 1 }],
    ['GET', '/events', undefined],
    ['GET', '/attempts', undefined],
  ] as const)
    assert.equal((await client.call(method, `/webhooks/${id}${path}`, input)).statusCode, 404, path);
});

test('a secret that a client lost is returned to its retry, and is in no row in clear', async () => {
  const first = await add({}, { 'idempotency-key': '"lost"' });
  const again = await add({}, { 'idempotency-key': '"lost"' });
  assert.deepEqual(again.data, first.data);
  const [row] = await app.sql`select json_agg(i)::text as text from idempotent_request i`;
  const secret = Buffer.from(first.data.secret).toString('hex');
  assert.ok(!row!.text.includes(first.data.secret) && !row!.text.includes(secret));
});

test('a test event is queued, and the events of an endpoint are read after a number', async () => {
  const { id } = (await add()).data;
  for (const seq of [1, 2, 3]) assert.deepEqual((await client.call('POST', `/webhooks/${id}/test`)).data, { seq });
  const { data, body, statusCode } = await client.call('GET', `/webhooks/${id}/events?limit=2`);
  assert.equal(statusCode, 200, body);
  assert.deepEqual(
    data.items.map(({ seq }: { seq: string }) => seq),
    ['1', '2'],
  );
  const next = await client.call('GET', `/webhooks/${id}/events?after=${data.next}&limit=2`);
  assert.deepEqual([next.data.items.length, next.data.items[0].seq], [1, '3']);
  assert.equal((await client.call('GET', `/webhooks/${id}/events?after=x`)).statusCode, 400);
  const replayed = await client.call('POST', `/webhooks/${id}/replay`, { after: 0, until: 2 });
  assert.equal(replayed.statusCode, 202, replayed.body);
});

test('each invalid field of an endpoint is refused by its name', async () => {
  const refused: [body: object, field: string][] = [
    [{ url: 'http://hooks.example.com/' }, 'url'],
    [{ url: 'https://user:password@example.com/' }, 'url'],
    [{ url: 'not a url' }, 'url'],
    [{ events: [] }, 'events'],
    [{ events: ['user.deleted'] }, 'events'],
    [{ description: 'a\u001b' }, 'description'],
    [{ with_numbers: 'yes' }, 'with_numbers'],
    [{ secret: 'mine' }, 'secret'],
  ];
  for (const [body, field] of refused) {
    const answer = await add(body);
    assert.equal(answer.statusCode, 400, JSON.stringify(body));
    assert.ok(answer.data[field], `${JSON.stringify(body)}: ${answer.body}`);
  }
});
