import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAdminClient } from './support/admin-client.ts';
import { anyNumber, openApp } from './support/harness.ts';

const app = await openApp({ managementApi: true });
const client = await openAdminClient(app);
const ndjson = { 'content-type': 'application/x-ndjson' };
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const send = (people: object[], query = '', headers = {}) =>
  client.call('POST', `/imports${query}`, people.map((person) => JSON.stringify(person)).join('\n'), {
    ...ndjson,
    ...headers,
  });

test('people are imported once, and a repetition gets the result of the first request', async () => {
  const people = [
    { external_id: 'a-1', phone_number: anyNumber() },
    { external_id: 'a-2', phone_number: 'none' },
  ];
  const dry = await send(people, '?dry_run=true');
  assert.equal(dry.statusCode, 200, dry.body);
  assert.deepEqual([dry.data.inserted, dry.data.refused, dry.data.dry_run], [1, 1, true]);
  const first = await send(people, '', { 'idempotency-key': '"import-1"' });
  assert.equal(first.statusCode, 200, first.body);
  assert.deepEqual([first.data.inserted, first.data.refused], [1, 1]);
  assert.deepEqual(
    first.data.report.map(({ line, result }: { line: number; result: string }) => [line, result]),
    [[2, 'refused']],
  );
  const again = await send(people, '', { 'idempotency-key': '"import-1"' });
  assert.deepEqual(again.data, first.data);
  const anew = await send(people);
  assert.deepEqual([anew.data.inserted, anew.data.unchanged], [0, 1]);
  const other = await send(people.slice(1), '', { 'idempotency-key': '"import-1"' });
  assert.equal(other.statusCode, 422);
});

test('an import takes the format and the country that it names, and no other', async () => {
  const csv = `external_id,phone_number\nb-1,${anyNumber()}\n`;
  const answer = await client.call('POST', '/imports?format=csv&region=ru', csv, { 'content-type': 'text/csv' });
  assert.deepEqual([answer.statusCode, answer.data?.inserted], [200, 1], answer.body);
  for (const [query, field] of [
    ['?format=xml', 'format'],
    ['?region=XX', 'region'],
    ['?region=1', 'region'],
    ['?dry_run=maybe', 'dry_run'],
  ] as const) {
    const refused = await send([], query);
    assert.equal(refused.statusCode, 400, query);
    assert.ok(refused.data[field], refused.body);
  }
  const large = await client.call('POST', '/imports', ' '.repeat(4 * 1024 * 1024 + 1), ndjson);
  assert.equal(large.statusCode, 413);
  const headers = { ...ndjson, 'idempotency-key': 'a', authorization: 'Bearer vouch_sk_none' };
  const payload = ' '.repeat(4 * 1024 * 1024 + 1);
  const stranger = await app.server.inject({ method: 'POST', url: '/admin/v1/imports', payload, headers });
  assert.equal(stranger.statusCode, 401, 'without a key the size does not even matter');
});

test('no body makes an import fail', async () => {
  for (const body of ['', '{', '[]', '[1,2', 'null\n7\n"a"\n', '{"phone_number":{}}', '\u0000', '"'.repeat(1000)])
    for (const format of ['ndjson', 'csv', 'django', 'firebase', 'supabase', 'clerk', 'auth0']) {
      const answer = await client.call('POST', `/imports?format=${format}`, body, ndjson);
      assert.ok(answer.statusCode < 500, `${format} ${JSON.stringify(body)}: ${answer.body}`);
    }
});

test('an export has every row in clear, and the audit trail has the export before the first', async () => {
  const number = anyNumber();
  await app.signIn(number);
  const answer = await client.call('GET', '/exports/users');
  assert.equal(answer.statusCode, 200, answer.body);
  assert.ok(lines(answer.body).some(({ phone_number: exported }) => exported === number));
  const [row] =
    await app.sql`select act, actor_id, target from audit_event where act = 'export_all' order by id desc limit 1`;
  assert.deepEqual({ ...row }, { act: 'export_all', actor_id: client.keyId, target: 'export:users' });
  const csv = await client.call('GET', '/exports/users?format=csv');
  assert.match(csv.body.split('\n')[0]!, /^id,.*phone_number/);
});

test('an export is bounded by times, and takes only lists and times that are there', async () => {
  const none = await client.call('GET', '/exports/audit?since=2001-01-01T00:00:00Z&until=2001-01-02T00:00:00Z');
  assert.deepEqual([none.statusCode, none.body], [200, '']);
  for (const path of ['/exports/secrets', '/exports/users?since=never', '/exports/users?format=xml']) {
    const refused = await client.call('GET', path);
    assert.equal(refused.statusCode, 400, path);
  }
  const late = await client.call('GET', '/exports/messages');
  assert.equal(late.statusCode, 200, 'an export that was refused holds up no other');
});

test('an export that fails holds up no other, and breaks off', async () => {
  await app.sql`alter table invite rename to invite_elsewhere`;
  const failed = await client.call('GET', '/exports/users');
  await app.sql`alter table invite_elsewhere rename to invite`;
  assert.equal(failed.statusCode, 500);
  assert.equal((await client.call('GET', '/exports/users')).statusCode, 200);
  for (const since of ['0000-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '2026-13-01T00:00:00Z'])
    assert.equal((await client.call('GET', `/exports/messages?since=${since}`)).statusCode, 400, since);
});
