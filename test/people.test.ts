import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addBlock } from '../src/blocks/blocks.ts';
import { createDatabase } from '../src/db/database.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { random } from '../src/kit/random.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { acts, roles } from '../src/operators/act.ts';
import type { Actor } from '../src/operators/actor.ts';
import { changePerson, closeInvite, endPersonSessions, unlockNumber } from '../src/people/act-on-person.ts';
import { erasePerson } from '../src/people/erase-person.ts';
import { exportPerson } from '../src/people/export-person.ts';
import { findPeople } from '../src/people/find-people.ts';
import { inviteTree, mostActiveInviters } from '../src/people/invites.ts';
import { listMessages } from '../src/people/list-messages.ts';
import { numberStory } from '../src/people/number-story.ts';
import type { PeopleNeeds } from '../src/people/person.ts';
import { tellPlainStory } from '../src/people/tell-story.ts';
import { keepHours, recordVerification } from '../src/verifications/store.ts';
import { memoryLog } from './support/embedded-database.ts';
import { anyNumber, openApp, testKey, withToken } from './support/harness.ts';

const app = await openApp();
const log: string[] = [];
const needs: PeopleNeeds = {
  db: createDatabase(app.sql, app.clock),
  log: memoryLog((line) => log.push(line)),
  keys: secretKeys([testKey]),
  defaultRegion: 'RU',
  phoneNumberPolicy: 'possible',
  smsCountries: new Set(['*']),
  testNumbers: new Map(),
  keepDays: { deliveries: 30, audit: 400 },
};
const operator = (role: (typeof roles)[number]): Actor => ({
  kind: 'operator',
  id: '00000000-0000-4000-8000-00000000000a',
  role,
  clientIp: '203.0.113.9',
  device: 'Chrome, Linux',
  hasFreshCode: true,
});
const admin = operator('admin');
const reason = 'ticket 7';

async function person(rest: Record<string, string> = {}) {
  const phone = anyNumber();
  const token = await app.signIn(phone);
  const headers = withToken(token);
  if (Object.keys(rest).length > 0)
    assert.equal((await app.call('PATCH', '/api/users/me', rest, headers)).statusCode, 200);
  const { data } = await app.call('GET', '/api/users/me', undefined, headers);
  const [invite] = await app.sql`select code from invite where account_id = ${data.id}`;
  return { phone, headers, id: data.id as string, code: invite!.code as string };
}

const idsOf = async (text: string, field?: 'phone' | 'email') => {
  const found = await findPeople(needs, operator('viewer'), { text, field, limit: 10 });
  assert.ok(found.ok);
  return found.items.map(({ id }) => id);
};

test('a person is found by each of their names, in any spelling, and the number and the address are masked', async () => {
  const one = await person({ username: 'Ann Lee', email: 'ann.lee@example.org' });
  const spelled = `8 (${one.phone.slice(2, 5)}) ${one.phone.slice(5, 8)}-${one.phone.slice(8)}`;
  for (const text of [one.phone, spelled, 'ANN.LEE@example.org', 'ann lee', one.code.toLowerCase(), one.id])
    assert.deepEqual(await idsOf(text), [one.id], text);
  assert.deepEqual(await idsOf('nobody@example.org'), []);
  assert.deepEqual(await idsOf(one.phone, 'email'), []);
  const found = await findPeople(needs, admin, { text: one.id, limit: 1 });
  assert.ok(found.ok);
  const [{ phone_number, email, username } = { phone_number: '', email: '', username: '' }] = found.items;
  assert.match(phone_number, /^\+7 •+ \d\d$/);
  assert.deepEqual([email, username], ['a•••@example.org', 'Ann Lee']);
});

test('a list in clear is for keys and the command line, and leaves a row', async () => {
  const { phone, id } = await person();
  const key: Actor = { kind: 'key', id: 'k1', scopes: ['users:read'], clientIp: '203.0.113.7' };
  const found = await findPeople(needs, key, { text: id, limit: 1, inClear: true });
  assert.ok(found.ok && found.items[0]?.phone_number === phone);
  const [row] = await app.sql`select act, actor_id, details from audit_event order by at desc, id desc limit 1`;
  assert.deepEqual({ ...row }, { act: 'reveal_number', actor_id: 'k1', details: 'people: 1' });
  const refused = await findPeople(needs, operator('owner'), { text: id, limit: 1, inClear: true });
  assert.equal(!refused.ok && refused.code, 'act_not_allowed');
});

test('the newest people come in pages, each once', async () => {
  const made = [];
  for (let at = 0; at < 5; at += 1) made.push((await person()).id);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await findPeople(needs, admin, { after, limit: 2 });
    assert.ok(page.ok && page.items.length <= 2);
    seen.push(...page.items.map(({ id }) => id));
    after = page.next ?? undefined;
  } while (after);
  assert.deepEqual(seen.slice(0, 5), made.toReversed());
  assert.equal(new Set(seen).size, seen.length);
  const bad = await findPeople(needs, admin, { after: 'bm9wZQ', limit: 2 });
  assert.equal(!bad.ok && bad.code, 'unknown_cursor');
});

test('the story of a number says why no code came, and the look is recorded before it is told', async () => {
  const { phone, id } = await person();
  await app.sql`update number_limit set failures = 100 where phone_number = ${phone}`;
  const before = await app.sql`select 1 from audit_event where act = 'reveal_number'`;
  const unasked = await numberStory(needs, operator('support'), { text: phone });
  assert.equal(!unasked.ok && unasked.code, 'reason_needed');
  const story = await numberStory(needs, operator('support'), { text: phone, reason });
  assert.ok(story.ok);
  const told = tellPlainStory(story);
  assert.match(told.reasons.join('\n'), /100 wrong codes in a row were entered/);
  assert.equal(story.person?.id, id);
  assert.equal(story.devices.length, 1);
  assert.ok(told.events.some(({ what }) => what.startsWith('A code was requested')));
  assert.equal((await app.sql`select 1 from audit_event where act = 'reveal_number'`).length, before.length + 1);
  const byId = await numberStory(needs, operator('support'), { accountId: id, reason });
  assert.ok(byId.ok && byId.phoneNumber === phone);
  const nobody = await numberStory(needs, operator('support'), { text: 'abc', reason });
  assert.equal(!nobody.ok && nobody.code, 'not_a_phone_number');
});

test('a number that may try now gets a code at once, whatever stopped it', async () => {
  const { phone } = await person();
  const ask = () => app.call('POST', '/api/request-sms/', { phone_number: phone });
  assert.equal((await ask()).statusCode, 429, 'the pause');
  await app.sql`update number_limit set failures = 100 where phone_number = ${phone}`;
  const done = await unlockNumber(needs, operator('support'), { text: phone, reason });
  assert.deepEqual(done, { ok: true, wasLocked: true, hadLimits: true });
  assert.equal((await ask()).statusCode, 201);
});

test('an operator ends the sessions and the trusted devices of a person', async () => {
  const { headers, id, phone } = await person();
  const done = await endPersonSessions(needs, operator('support'), { text: phone, reason });
  assert.deepEqual(done, { ok: true, ended: 1 });
  assert.equal((await app.call('GET', '/api/users/me', undefined, headers)).statusCode, 401);
  assert.equal((await app.sql`select 1 from trusted_device where account_id = ${id}`).length, 0);
});

test('an admin changes a profile by the rules of its owner, and the trail has hashes of it', async () => {
  const [one, other] = [await person({ username: 'first one' }), await person({ username: 'second one' })];
  const change = (changes: object) => changePerson(needs, admin, { accountId: one.id, changes, reason });
  const taken = await change({ username: 'SECOND ONE' });
  assert.equal(!taken.ok && taken.code, 'username_taken');
  assert.equal((await change({ username: 'third one', first_name: 'Ann' })).ok, true);
  const { data } = await app.call('GET', '/api/users/me', undefined, one.headers);
  assert.deepEqual([data.username, data.first_name], ['third one', 'Ann']);
  const [row] = await app.sql`select details, before, after from audit_event where act = 'change_person'
    and account_id = ${one.id}`;
  assert.equal(row!.details, 'first_name, username');
  assert.match(JSON.stringify([row!.before, row!.after]), /hmac:/);
  assert.doesNotMatch(JSON.stringify(row), /third|first one|Ann/);
  assert.deepEqual(await idsOf('first one'), []);
  assert.ok(other.id);
});

test('an erasure proves what it removed, and leaves nothing that names the person', async () => {
  const { phone, id, headers } = await person({ username: 'leaving soon', email: 'leaving@example.org' });
  const done = await erasePerson(needs, admin, { accountId: id, reason });
  assert.ok(done.ok);
  const { removed, kept } = done.certificate;
  assert.deepEqual(removed, { account: 1, sessions: 1, trusted_devices: 1, messages_anonymized: 1 });
  assert.equal(kept.length, 6);
  assert.equal((await app.call('GET', '/api/users/me', undefined, headers)).statusCode, 401);
  for (const text of [phone, 'leaving soon', 'leaving@example.org', id]) assert.deepEqual(await idsOf(text), []);
  assert.equal((await app.sql`select 1 from delivery where phone_number = ${phone}`).length, 0);
  const [act] = await app.sql`select target, reason from audit_event where act = 'erase_person' and account_id = ${id}`;
  assert.deepEqual({ ...act }, { target: `account:${id}`, reason });
  const again = await erasePerson(needs, admin, { accountId: id, reason });
  assert.equal(!again.ok && again.code, 'person_unknown');
});

test('the certificate of an erasure names a block of the number, which stays until its end or for good', async () => {
  for (const endsAt of [new Date(Date.now() + 86_400_000), undefined]) {
    const { phone, id } = await person();
    const block = { kind: 'number', value: phone, reason, endsAt } as const;
    assert.ok((await addBlock(needs, admin, block)).ok);
    const done = await erasePerson(needs, admin, { accountId: id, reason });
    assert.ok(done.ok);
    const kept = done.certificate.kept.find(({ what }) => what === 'block_of_the_number');
    const expected = endsAt ? endsAt.getTime() + 90 * 86_400_000 : undefined;
    assert.deepEqual([kept?.what, kept?.until?.getTime()], ['block_of_the_number', expected]);
    assert.equal((await app.sql`select from block where value = ${phone}`).length, 1);
  }
});

test('the certificate of an erasure tells how long verifications of the number stay', async () => {
  const { phone, id } = await person();
  const verification = { id: random.id(), apiKeyId: 'of a test', phoneNumber: phone as PhoneNumber, channel: 'sms' };
  await recordVerification(needs.db, { ...verification, expiresAt: new Date() });
  const done = await erasePerson(needs, admin, { accountId: id, reason });
  assert.ok(done.ok);
  const { kept, erased_at: erasedAt } = done.certificate;
  const until = kept.find(({ what }) => what === 'verifications_of_the_number')?.until;
  assert.equal(until?.getTime(), erasedAt.getTime() + keepHours * 3_600_000);
  assert.equal((await app.sql`select from verification where phone_number = ${phone}`).length, 1);
});

test('of erasures, blocks and ends of sessions at once each sees a whole person or none', async () => {
  const { id, phone } = await person();
  const results = await Promise.all([
    ...Array.from({ length: 4 }, () => erasePerson(needs, admin, { accountId: id, reason })),
    endPersonSessions(needs, admin, { text: phone, reason }),
    closeInvite(needs, admin, { accountId: id, isOpen: false, reason }),
  ]);
  assert.equal(results.filter((result) => result.ok && 'certificate' in result).length, 1);
  assert.equal((await app.sql`select 1 from session where account_id = ${id}`).length, 0);
});

test('an export of a person has all that is known about them, and nobody else', async () => {
  const { id, phone } = await person({ first_name: 'Ann' });
  const done = await exportPerson(needs, admin, { accountId: id, reason });
  assert.ok(done.ok);
  const { profile, devices, messages, invites, audit } = done.data;
  assert.deepEqual([profile.id, profile.phone_number, profile.first_name], [id, phone, 'Ann']);
  assert.deepEqual([devices.length, messages.length, invites.invited.length], [1, 1, 0]);
  assert.ok(audit.some(({ event }) => event === 'signed_in'));
});

test('an invite tree has the inviters above and the guests below, and a closed code admits nobody', async () => {
  const [root, child, leaf, late] = [await person(), await person(), await person(), await person()];
  const redeem = (by: typeof root, code: string) =>
    app.call('PATCH', '/api/users/me/invite_code', { invite_code: code }, by.headers);
  assert.equal((await redeem(child, root.code)).statusCode, 200);
  assert.equal((await redeem(leaf, child.code)).statusCode, 200);
  const tree = await inviteTree(needs, operator('viewer'), { accountId: child.id });
  assert.ok(tree.ok);
  assert.deepEqual(
    [tree.above.map((one) => one.account_id), tree.below.map((one) => one.account_id)],
    [[root.id], [leaf.id]],
  );
  const above = await inviteTree(needs, admin, { accountId: root.id });
  assert.ok(above.ok && above.below[0]?.guests[0]?.account_id === leaf.id);
  const top = await mostActiveInviters(needs, admin, { limit: 5 });
  assert.ok(top.ok && top.items.some(({ account_id: id }) => id === root.id));
  const close = (isOpen: boolean) => closeInvite(needs, admin, { accountId: root.id, isOpen, reason });
  assert.deepEqual(await close(false), { ok: true, changed: true });
  assert.deepEqual(await close(false), { ok: true, changed: false });
  assert.equal((await redeem(late, root.code)).data.code, 'invite_code_unknown');
  assert.equal((await redeem(root, late.code)).statusCode, 200, 'the owner of a closed code redeems another');
  await close(true);
  assert.equal((await redeem(await person(), root.code)).statusCode, 200);
});

test('messages come in pages, newest first, each once, with masked numbers', async () => {
  const filter = { since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 60_000) };
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await listMessages(needs, operator('viewer'), { ...filter, after, limit: 3 });
    assert.ok(page.ok);
    assert.ok(page.items.every(({ number }) => number === null || number.includes('•')));
    seen.push(...page.items.map(({ id }) => id));
    after = page.next ?? undefined;
  } while (after);
  assert.deepEqual(seen, seen.toSorted().toReversed());
  assert.ok(seen.length > 5 && new Set(seen).size === seen.length);
});

test('each role does what the table allows it, and nothing more', async () => {
  const { id, phone } = await person();
  const by = { accountId: id, reason };
  const calls: [act: keyof typeof acts, run: (actor: Actor) => Promise<{ ok: boolean; code?: string }>][] = [
    ['read_people', (actor) => findPeople(needs, actor, { limit: 1 })],
    ['reveal_number', (actor) => numberStory(needs, actor, { text: phone, reason })],
    ['unlock_number', (actor) => unlockNumber(needs, actor, { text: phone, reason })],
    ['end_sessions', (actor) => endPersonSessions(needs, actor, by)],
    ['change_person', (actor) => changePerson(needs, actor, { ...by, changes: { first_name: 'A' } })],
    ['close_invite', (actor) => closeInvite(needs, actor, { ...by, isOpen: true })],
    ['export_person', (actor) => exportPerson(needs, actor, by)],
    ['read_invites', (actor) => inviteTree(needs, actor, { accountId: id })],
  ];
  for (const [act, run] of calls) {
    for (const role of roles) {
      const outcome = await run(operator(role));
      const isAllowed = roles.indexOf(role) >= roles.indexOf(acts[act].role);
      assert.equal(outcome.ok, isAllowed, `${role}: ${act}`);
      if (!isAllowed) assert.equal(outcome.code, 'act_not_allowed');
    }
  }
  assert.ok(!log.some((line) => line.includes(phone)), 'no number in the log');
});
