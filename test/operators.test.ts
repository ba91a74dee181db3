import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createDatabase, type Database } from '../src/db/database.ts';
import { databaseClock } from '../src/kit/clock.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import type { Role } from '../src/operators/act.ts';
import type { Actor, ActRefusal } from '../src/operators/actor.ts';
import { linkOperator } from '../src/team/links.ts';
import { addOperator, changeRole, listOperators, removeOperator } from '../src/team/operators.ts';
import type { TeamRefusal } from '../src/team/refusal.ts';
import {
  ConsoleClient,
  addOperator as insertOperator,
  openConsoleApp,
  signedInOperator,
} from './support/console-client.ts';
import { anyNumber, freshDatabase, openApp, type TestApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const commandLine: Actor = { kind: 'command_line', id: 'root' };
const log = pino({ level: 'silent' });
const needsOf = (app: TestApp) => ({ db: createDatabase(app.sql, databaseClock), log });
const owner = (id: string): Actor => ({
  kind: 'operator',
  id,
  role: 'owner',
  clientIp: '192.0.2.1',
  device: 'Firefox',
  hasFreshCode: true,
});

async function person(app: TestApp): Promise<{ phoneNumber: PhoneNumber; id: string }> {
  const phoneNumber = anyNumber() as PhoneNumber;
  const token = await app.signIn(phoneNumber);
  const me = await app.call('GET', '/api/users/me', undefined, { authorization: `Token ${token}` });
  return { phoneNumber, id: me.data.id };
}

const rolesOf = async (db: Database) => {
  const found = await listOperators({ db, log }, commandLine);
  assert.ok(!('code' in found));
  return found.map(({ role }) => role);
};

test('an operator is an account that has signed in, has one role, and the last owner stays', async () => {
  const app = await openConsoleApp({ databaseUrl: await freshDatabase() });
  const needs = needsOf(app);
  const [first, second] = [await person(app), await person(app)];
  const stranger = anyNumber() as PhoneNumber;
  assert.deepEqual(await addOperator(needs, commandLine, { phoneNumber: stranger, role: 'owner' }), {
    code: 'no_account',
  });
  assert.equal(await addOperator(needs, commandLine, { phoneNumber: first.phoneNumber, role: 'owner' }), undefined);
  assert.deepEqual(await addOperator(needs, commandLine, { phoneNumber: first.phoneNumber, role: 'viewer' }), {
    code: 'already_operator',
  });
  assert.deepEqual(await removeOperator(needs, commandLine, { accountId: first.id }), { code: 'last_owner' });
  assert.deepEqual(await changeRole(needs, commandLine, { accountId: first.id, role: 'admin' }), {
    code: 'last_owner',
  });
  assert.equal(await changeRole(needs, commandLine, { accountId: first.id, role: 'owner' }), undefined);
  assert.deepEqual(await removeOperator(needs, commandLine, { accountId: second.id }), { code: 'not_operator' });
  assert.equal(
    await addOperator(needs, owner(first.id), { phoneNumber: second.phoneNumber, role: 'owner' }),
    undefined,
  );
  assert.equal(await removeOperator(needs, owner(second.id), { accountId: first.id }), undefined);
  assert.deepEqual(await rolesOf(needs.db), ['owner']);
  const acts = await app.sql`select actor, actor_id, act, target, details, before, after from audit_event
    where act = 'manage_operators' order by id`;
  assert.deepEqual(
    acts.map(({ actor, details, before, after }) => [actor, details, before, after]),
    [
      ['command_line', 'added', null, { role: 'owner' }],
      ['command_line', 'changed', { role: 'owner' }, { role: 'owner' }],
      ['operator', 'added', null, { role: 'owner' }],
      ['operator', 'removed', { role: 'owner' }, null],
    ],
  );
  assert.equal(acts.at(-1)?.actor_id, second.id);
  assert.equal(acts.at(-1)?.target, `operator:${first.id}`);
});

test('of owners who remove each other at the same moment one remains', async () => {
  const app = await openApp({ databaseUrl: await freshDatabase() });
  const needs = needsOf(app);
  for (let round = 0; round < 5; round += 1) {
    const owners = await Promise.all([person(app), person(app), person(app)]);
    await app.sql`delete from operator`;
    for (const { phoneNumber } of owners) await addOperator(needs, commandLine, { phoneNumber, role: 'owner' });
    const results: (TeamRefusal | ActRefusal | undefined)[] = await Promise.all(
      owners.map(({ id }) => removeOperator(needs, commandLine, { accountId: id })),
    );
    assert.equal(results.filter((refusal) => refusal?.code === 'last_owner').length, 1);
    assert.deepEqual(await rolesOf(needs.db), ['owner']);
  }
});

test('only an owner with a fresh code manages operators, and no API key does', async () => {
  const app = await openApp();
  const needs = needsOf(app);
  const { phoneNumber, id } = await person(app);
  for (const role of ['viewer', 'support', 'admin'] satisfies Role[]) {
    const actor = { ...owner(id), role } as Actor;
    assert.equal((await addOperator(needs, actor, { phoneNumber, role: 'owner' }))?.code, 'act_not_allowed');
  }
  const stale = { ...owner(id), hasFreshCode: false } as Actor;
  assert.equal((await removeOperator(needs, stale, { accountId: id }))?.code, 'fresh_code_needed');
  const key: Actor = { kind: 'key', id: 'k', scopes: ['users:write', 'users:erase'], clientIp: '192.0.2.1' };
  assert.equal((await changeRole(needs, key, { accountId: id, role: 'owner' }))?.code, 'act_not_allowed');
  assert.deepEqual(await linkOperator(needs, owner(id), { phoneNumber }), {
    code: 'act_not_allowed',
    act: 'manage_operators',
  });
  assert.equal((await app.sql`select from operator where account_id = ${id}`).length, 0);
});

test('a link signs an operator in once, within ten minutes, and counts as a fresh code', async () => {
  const app = await openConsoleApp();
  const needs = needsOf(app);
  const phoneNumber = anyNumber() as PhoneNumber;
  await insertOperator(app, phoneNumber, 'owner');
  const link = async () => {
    const made = await linkOperator(needs, commandLine, { phoneNumber });
    assert.ok('token' in made);
    return made.token;
  };
  const token = await link();
  const stored = await app.sql`select secret_hash::text from operator_link where account_id is not null`;
  assert.ok(!JSON.stringify(stored).includes(token));
  const client = new ConsoleClient(app);
  const page = await client.get(`/console/link/${token}`);
  assert.equal(page.status, 200);
  assert.equal(client.cookies.size, 0, 'opening a link does nothing');
  const opened = await client.post('/console/link/', { token });
  assert.equal(opened.location, '/console/');
  assert.equal((await client.get('/console/operators/')).status, 200);
  const again = new ConsoleClient(app);
  assert.equal((await again.post('/console/link/', { token })).status, 400, 'used');
  assert.equal((await again.post('/console/link/', { token: 'nonsense' })).status, 400);
  const other = await person(app);
  const added = await client.post('/console/operators/add/', { phone_number: other.phoneNumber, role: 'viewer' });
  assert.equal(added.location, '/console/operators/', 'no further code is needed');
  const late = await link();
  app.clock.turn(601);
  assert.equal((await again.post('/console/link/', { token: late })).status, 400, 'expired');
  const events = await app.sql`select details from audit_event where details like '%link%'
    and account_id = (select account_id from number_account where phone_number = ${phoneNumber}) order by id`;
  assert.deepEqual(
    events.map(({ details }) => details),
    ['a sign-in link was made', 'the console by a link, as owner', 'a sign-in link was made'],
  );
  const nobody = await linkOperator(needs, commandLine, { phoneNumber: anyNumber() as PhoneNumber });
  assert.deepEqual(nobody, { code: 'not_operator' });
});

test('a session lives eight hours, and ends with a change of role, a removal and the erasure of the account', async () => {
  const app = await openConsoleApp();
  const needs = needsOf(app);
  const isIn = async (client: ConsoleClient) => (await client.get('/console/settings/')).status === 200;
  const short = await signedInOperator(app, 'viewer');
  app.clock.turn(8 * 3600 - 60);
  assert.ok(await isIn(short));
  app.clock.turn(61);
  assert.ok(!(await isIn(short)));

  const changed = await signedInOperator(app, 'viewer');
  assert.equal(await changeRole(needs, commandLine, { accountId: changed.account, role: 'support' }), undefined);
  assert.ok(!(await isIn(changed)));

  const removed = await signedInOperator(app, 'support');
  assert.equal(await removeOperator(needs, commandLine, { accountId: removed.account }), undefined);
  assert.ok(!(await isIn(removed)));
  app.clock.turn(61);
  const refused = await removed.enter(removed.phoneNumber);
  assert.equal(refused.status, 403);
  assert.match(refused.html, /no access to the console/);

  const erased = await signedInOperator(app, 'admin');
  const browser = new HtmlClient(app);
  app.clock.turn(121);
  await browser.signIn(erased.phoneNumber);
  await browser.post('/account/delete/', { sure: 'yes' });
  const rows = await app.sql`select from operator where account_id = ${erased.account}`;
  assert.equal(rows.length, 0);
  assert.ok(!(await isIn(erased)));
});

test('signing out ends the session on the server', async () => {
  const app = await openConsoleApp();
  const client = await signedInOperator(app, 'viewer');
  const cookies = new Map(client.cookies);
  assert.equal((await client.post('/console/sign-out/')).status, 200);
  assert.equal(client.cookies.has('__Host-console'), false);
  for (const [name, value] of cookies) client.cookies.set(name, value);
  assert.equal((await client.get('/console/settings/')).location, '/console/sign-in/');
});
