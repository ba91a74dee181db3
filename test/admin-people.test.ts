import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAdminClient } from './support/admin-client.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const app = await openApp({ managementApi: true });
const client = await openAdminClient(app);
const unknownId = '00000000-0000-4000-8000-000000000000';

async function signUp() {
  const number = anyNumber();
  const token = await app.signIn(number);
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  return { number, token, id: data.id as string, code: data.referal_code as string };
}
const statusOf = async (token: string) =>
  (await app.call('GET', '/api/users/me', undefined, withToken(token))).statusCode;

test('a profile is changed as its owner could, and each refusal names the field', async () => {
  const { id, token } = await signUp();
  const changed = await client.call('PATCH', `/users/${id}`, { username: 'Changed.Name', first_name: 'Ada' });
  assert.equal(changed.statusCode, 204, changed.body);
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.deepEqual([data.username, data.first_name], ['Changed.Name', 'Ada']);
  const other = await signUp();
  for (const [body, field] of [
    [{ username: 'changed.name' }, 'username'],
    [{ username: 'a b\u0007' }, 'username'],
    [{ email: 'none' }, 'email'],
    [{ first_name: 'a'.repeat(151) }, 'first_name'],
    [{ phone_number: '+79160000000' }, 'phone_number'],
    [{ id: unknownId }, 'id'],
  ] as const) {
    const refused = await client.call('PATCH', `/users/${other.id}`, body);
    assert.equal(refused.statusCode, 400, JSON.stringify(body));
    assert.ok(refused.data[field], refused.body);
  }
  assert.equal((await client.call('PATCH', `/users/${id}`, { username: null })).statusCode, 204);
  assert.equal((await client.call('PATCH', `/users/${unknownId}`, { first_name: 'A' })).statusCode, 404);
});

test('the sessions of a user end at once', async () => {
  const { id, token } = await signUp();
  assert.equal(await statusOf(token), 200);
  const ended = await client.call('POST', `/users/${id}/end-sessions`, { reason: 'Lost phone' });
  assert.deepEqual([ended.statusCode, ended.data], [200, { ended: 1 }], ended.body);
  assert.equal(await statusOf(token), 401);
  assert.equal((await client.call('POST', `/users/${unknownId}/end-sessions`, {})).statusCode, 404);
});

test('a user is erased with a certificate, once, and a repetition gets the same certificate', async () => {
  const { id, token, number } = await signUp();
  const key = { 'idempotency-key': '"erase-1"' };
  const erased = await client.call('DELETE', `/users/${id}?reason=Request`, undefined, key);
  assert.equal(erased.statusCode, 200, erased.body);
  assert.deepEqual([erased.data.account_id, erased.data.removed.sessions], [id, 1]);
  assert.ok(erased.data.kept.length > 0 && !erased.body.includes(number));
  assert.equal(await statusOf(token), 401);
  const again = await client.call('DELETE', `/users/${id}?reason=Request`, undefined, key);
  assert.deepEqual([again.statusCode, again.data], [200, erased.data]);
  assert.equal((await client.call('DELETE', `/users/${id}`)).statusCode, 404);
  assert.equal((await client.call('GET', `/users/${id}`)).statusCode, 404);
});

test('a number that used up its messages can try now', async () => {
  const number = anyNumber();
  const ask = async () => (await app.call('POST', '/api/request-sms/', { phone_number: number })).statusCode;
  assert.deepEqual([await ask(), await ask()], [201, 429]);
  const unlocked = await client.call('POST', '/unlock', { phone: number });
  assert.deepEqual([unlocked.statusCode, unlocked.data.had_limits], [200, true], unlocked.body);
  assert.equal(await ask(), 201);
  assert.ok((await client.call('POST', '/unlock', { phone: 'x' })).data.phone);
});

test('the data of one person are exported with their messages, and the audit trail has it', async () => {
  const { id, number } = await signUp();
  const { statusCode, data, body } = await client.call('GET', `/users/${id}/export`);
  assert.equal(statusCode, 200, body);
  assert.deepEqual([data.profile.phone_number, data.devices.length, data.messages.length], [number, 1, 1]);
  const rows = await app.sql`select 1 from audit_event where act = 'export_person' and account_id = ${id}`;
  assert.equal(rows.length, 1);
  assert.equal((await client.call('GET', `/users/${unknownId}/export`)).statusCode, 404);
  assert.equal((await client.call('HEAD', `/users/${id}/export`)).statusCode, 405);
});

test('messages are listed by their filters, masked, page by page', async () => {
  const { number } = await signUp();
  await signUp();
  const { statusCode, data, body } = await client.call('GET', '/messages?country=RU&limit=1');
  assert.equal(statusCode, 200, body);
  assert.deepEqual([data.items.length, data.items[0].country], [1, 'RU']);
  assert.ok(!body.includes(number));
  const next = await client.call('GET', `/messages?country=RU&limit=1&after=${data.next}`);
  assert.notEqual(next.data.items[0].id, data.items[0].id);
  assert.deepEqual((await client.call('GET', '/messages?country=KZ')).data, { items: [], next: null });
  for (const query of ['country=ru', 'state=lost', 'since=now', 'until=2026', 'colour=red'])
    assert.equal((await client.call('GET', `/messages?${query}`)).statusCode, 400, query);
});

test('the invite tree is shown around a person, and a closed code redeems no more', async () => {
  const inviter = await signUp();
  const guest = await signUp();
  const redeem = (token: string) =>
    app.call('PATCH', '/api/users/me/invite_code', { invite_code: inviter.code }, withToken(token));
  assert.equal((await redeem(guest.token)).statusCode, 200);
  const tree = await client.call('GET', `/users/${inviter.id}/invites`);
  assert.equal(tree.statusCode, 200, tree.body);
  assert.deepEqual([tree.data.above.length, tree.data.below[0].account_id], [0, guest.id]);
  assert.deepEqual(tree.data.below[0].guests, []);
  assert.equal((await client.call('GET', `/users/${guest.id}/invites`)).data.above[0].account_id, inviter.id);
  assert.equal((await client.call('GET', '/inviters?limit=1')).data.items[0].account_id, inviter.id);
  const closed = await client.call('PATCH', `/users/${inviter.id}/invite`, { is_open: false });
  assert.deepEqual([closed.statusCode, closed.data], [200, { changed: true }], closed.body);
  assert.equal((await redeem((await signUp()).token)).statusCode, 400);
});
