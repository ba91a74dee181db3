import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAdminClient } from './support/admin-client.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp({ managementApi: true });
const client = await openAdminClient(app);
const unknownId = '00000000-0000-4000-8000-000000000000';

async function signUp(changes: object = {}) {
  const number = anyNumber();
  const token = await app.signIn(number);
  const { data } = await app.call('PATCH', '/api/users/me', changes, withToken(token));
  return { number, token, id: data.id as string, code: data.referal_code as string };
}

test('a user is found by number in any spelling, e-mail address, user name, invite code and id', async () => {
  const { number, id, code } = await signUp({ username: 'Zoe.Finder', email: 'zoe@example.com', first_name: 'Zoë' });
  for (const query of [
    `phone=${encodeURIComponent(number)}`,
    `phone=8${number.slice(2)}`,
    'email=zoe%40example.com',
    'username=Zoe.Finder',
    `invite_code=${code}`,
  ]) {
    const { statusCode, data, body } = await client.call('GET', `/users?${query}`);
    assert.equal(statusCode, 200, body);
    assert.deepEqual([data.items.length, data.items[0]?.id, data.next], [1, id, null], query);
  }
  const { data } = await client.call('GET', `/users/${id}`);
  assert.deepEqual(
    [data.phone_number, data.email, data.first_name, data.sessions, data.is_blocked],
    [number, 'zoe@example.com', 'Zoë', 1, false],
  );
});

test('nobody is found by a text of another field, and two filters are refused', async () => {
  const { number } = await signUp({ username: 'Nobody.Else' });
  for (const query of [`email=${encodeURIComponent(number)}`, 'phone=Nobody.Else', 'username=zzz', 'phone=%2B1']) {
    const { statusCode, data } = await client.call('GET', `/users?${query}`);
    assert.deepEqual([statusCode, data.items], [200, []], query);
  }
  const both = await client.call('GET', '/users?phone=1&email=a%40b.c');
  assert.equal(both.statusCode, 400);
  assert.equal((await client.call('GET', `/users/${unknownId}`)).statusCode, 404);
  assert.equal((await client.call('GET', '/users/me')).statusCode, 400);
});

test('all users are listed page by page, newest first, and none twice', async () => {
  for (let n = 0; n < 5; n += 1) await signUp();
  const seen: string[] = [];
  let after: string | null = '';
  while (after !== null) {
    const { data } = await client.call('GET', `/users?limit=2${after && `&after=${after}`}`);
    seen.push(...data.items.map(({ id }: { id: string }) => id));
    after = data.next;
  }
  const [{ n } = {}] = await app.sql`select count(*)::int as n from account`;
  assert.deepEqual([seen.length, new Set(seen).size], [n, n]);
  assert.deepEqual(seen, seen.toSorted().reverse());
});

test('each look at numbers in clear is in the audit trail, with the key', async () => {
  const { id } = await signUp();
  const looks = async () =>
    (await app.sql`select 1 from audit_event where act = 'reveal_number' and actor_id = ${client.keyId}`).length;
  const before = await looks();
  await client.call('GET', '/users?limit=1');
  await client.call('GET', `/users/${id}`);
  await client.call('GET', `/users/${id}/trace`);
  assert.equal(await looks(), before + 3);
});

test('the story of a number is told, of a user and of a number that nobody has', async () => {
  const { number, id } = await signUp();
  const { statusCode, data, body } = await client.call('GET', `/users/${id}/trace`);
  assert.equal(statusCode, 200, body);
  assert.deepEqual([data.phone_number, data.user.id, data.devices.length], [number, id, 1]);
  assert.ok(data.events.length > 1 && data.messages.length === 1);
  const stranger = await client.call('GET', `/trace?phone=${encodeURIComponent(anyNumber())}`);
  assert.deepEqual([stranger.statusCode, stranger.data.user], [200, null]);
  assert.ok((await client.call('GET', '/trace?phone=x')).data.phone);
  assert.equal((await client.call('GET', `/users/${unknownId}/trace`)).statusCode, 404);
});

test('a blocked user is out at once, and in again after the block', async () => {
  const { id, token } = await signUp();
  const blocked = await client.call('POST', `/users/${id}/block`, { reason: 'Fraud' });
  assert.deepEqual([blocked.statusCode, blocked.data], [200, { ended_sessions: 1 }], blocked.body);
  assert.equal((await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode, 401);
  assert.equal((await client.call('GET', `/users/${id}`)).data.is_blocked, true);
  assert.equal((await client.call('DELETE', `/users/${id}/block`)).statusCode, 204);
  assert.equal((await client.call('DELETE', `/users/${id}/block`)).statusCode, 404);
  assert.equal((await client.call('GET', `/users/${id}`)).data.is_blocked, false);
  assert.equal((await client.call('POST', `/users/${unknownId}/block`, {})).statusCode, 404);
});
