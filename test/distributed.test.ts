import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { functionSchema } from '../src/db/functions.ts';
import { newChallengeToken } from '../src/sign-in/challenge-token.ts';
import { assertInviteTree, insertPeople } from './support/app-processes.ts';
import { createDatabase, openTestDatabase } from './support/create-database.ts';
import { deepTest, isFullDepth, repetitions } from './support/depth.ts';
import { belongsTo, createDistributed, groups, groupUrl, readFunctionNeeds } from './support/distributed.ts';
import { cleanup, emptyFolder } from './support/embedded-database.ts';
import { crossGroupCalls, placeFunctions } from './support/function-groups.ts';
import { severalKeys } from './support/function-keys.ts';
import { functionsIn, tables } from './support/function-rules.ts';
import { type Answer, anyNumber, freshDatabase, openApp, type TestApp, withToken } from './support/harness.ts';
import { debianBinaries, Postgres } from './support/postgres.ts';

const { placed, several } = readFunctionNeeds();
const shards = 2;
const start = Date.now();
const frontUrl = await freshDatabase({ shards });
const one = await openApp();
process.env.TEST_FRONT_URL = frontUrl;
const app = await openApp();
delete process.env.TEST_FRONT_URL;

test('a function with tables calls no function of another group', () => {
  assert.deepEqual(crossGroupCalls(placed), []);
});

test('a call of a function of another group is found, directly or by a composite', () => {
  const made = (name: string, body: string) =>
    `create function vouch.${name}(p_key text) returns void language plpgsql as $$\nbegin\n  ${body}\nend $$;\n`;
  const planted = [
    made('limits', 'perform from rate_limit r where r.key = p_key;'),
    made('composite', 'perform vouch.limits(p_key);'),
    made('size', "return pg_relation_size('invite');"),
    made('days', "perform vouch.composite(p_key) from pg_inherits i where i.inhparent = 'delivery'::regclass;"),
    made('own', 'perform vouch.limits(p_key), vouch.pure() from rate_limit r where r.key = p_key;'),
    made('breach', 'perform vouch.size(p_key), vouch.limits(p_key) from account a where a.id = p_key;'),
  ];
  assert.deepEqual(crossGroupCalls(placeFunctions(functionsIn('a/a.sql', planted.join('')))), [
    'days of number calls composite',
    'breach of account calls limits',
  ]);
});

/**
 * What functions need other rows than those of their first argument for, so that every database of their group is asked.
 * These write a batch of an import (docs/decisions/055-imports-in-batches.md), or take the number of an erased person out
 * of the events that wait for any endpoint. No other entry may be added.
 */
const overAllShards = {
  forget_webhook_number: 'its first argument is p_phone_number',
  insert_number_accounts: 'number_account by another key than p_phone_numbers',
  insert_imported_accounts: 'account by another key than p_account_ids',
  reserve_names: 'reserved_name by another key than p_keys',
  insert_legacy_codes: 'legacy_code by another key than p_keys',
  reserve_codes: 'invite_code by another key than p_keys',
  insert_invites: 'invite by another key than p_account_ids',
  add_guests: 'invite by another key than p_account_ids',
  insert_legacy_tokens: 'legacy_token by another key than p_keys',
  insert_imported_sessions: 'session by another key than p_account_ids',
};

test('a function with tables finds all of its rows by its first argument', () => {
  assert.deepEqual(Object.fromEntries(several), overAllShards);
});

test('a function that needs rows of another key is found', () => {
  const bodies = {
    own: 'perform from session s join trusted_device d on d.account_id = s.account_id where s.account_id = p_account_id;',
    other: 'perform from session s where s.account_id = p_other;',
    within: 'perform from session s where s.account_id = p_account_id and s.id in (select i.account_id from invite i);',
    next: 'perform from invite i where i.account_id = p_account_id + 1;',
    calls: 'perform vouch.own(p_other, p_account_id) from invite i where i.account_id = p_account_id;',
    inserts: 'insert into guest (account_id, inviter_id) values (p_other, p_account_id);',
    swaps: 'insert into guest (account_id, inviter_id) values (p_account_id, p_other);',
  };
  const planted = Object.entries(bodies).map(
    ([name, body]) =>
      `create function vouch.${name}(p_account_id uuid, p_other uuid) returns void language plpgsql as $$\nbegin\n  ${body}\nend $$;\n`,
  );
  const called = Object.keys(bodies).map((name) => `'${name}'`);
  assert.deepEqual(Object.fromEntries(severalKeys(functionsIn('a/a.sql', planted.join('')), called.join())), {
    other: 'session by another key than p_account_id',
    within: 'invite by another key than p_account_id',
    next: 'invite by another key than p_account_id',
    calls: 'calls own by another key',
    swaps: 'guest by another key than p_account_id',
  });
});

test('the database of a group has its tables and functions alone, and the front database no table', async () => {
  for (const [group, shard] of groups.flatMap((one) => [[one, 0] as const, [one, shards - 1] as const])) {
    const own = Object.keys(tables).filter((name) => tables[name]?.group === group);
    const functions = [...placed.values()].filter((one) => belongsTo(group, one)).map(({ name }) => name);
    assert.deepEqual(await contentsOf(groupUrl(frontUrl, group, shard)), {
      tables: own.sort(),
      functions: functions.sort(),
    });
  }
  const front = await contentsOf(frontUrl, ['r']);
  assert.deepEqual(front, { tables: ['function_version', 'migration'], functions: [...placed.keys()].sort() });
});

/** The tables and functions of a database; the front database has partitioned ones without rows of their own. */
async function contentsOf(url: string, kinds = ['r', 'p']): Promise<{ tables: string[]; functions: string[] }> {
  const { sql, close } = openTestDatabase(url);
  const tables = await sql`select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = any(string_to_array(${kinds.join()}, ',')) and not relispartition
    order by 1`;
  const functions = await sql`select proname as name from pg_proc
    where pronamespace = ${functionSchema('public')}::regnamespace order by 1`;
  await close();
  return { tables: tables.map(({ name }) => name), functions: functions.map(({ name }) => name) };
}

/** On one server. */
const expected = journey(one);

test('a journey has the same responses on one server and on databases for each group', async () => {
  assert.deepEqual(await journey(app), await expected);
  assert.ok((await expected).length > 30);
  // a result of sending that cannot be recorded changes no response
  assert.deepEqual(
    (await expected).slice(-3),
    Array.from({ length: 3 }, () => ({ state: 'accepted', completed: true })),
  );
});

const programs = debianBinaries(15);
const hasPlproxy = programs !== undefined && existsSync('/usr/share/postgresql/15/extension/plproxy.control');

deepTest(
  'the same journey has the same responses by PL/Proxy',
  { skip: hasPlproxy ? false : 'postgresql-15-plproxy is not installed' },
  async (t) => {
    const server = await Postgres.start({ folder: await emptyFolder(t), binaries: programs! });
    cleanup(t, () => server.stop());
    const template = 'template_of_journey';
    await createDatabase(server.url(), template);
    const databaseUrl = await createDistributed(server.url(), 'journey', { shards, calls: 'plproxy', template });
    const byPlproxy = await openApp({ databaseUrl, poolSize: 2 });
    assert.deepEqual(await journey(byPlproxy), await expected);
    const [proxies] = await byPlproxy.sql`select count(*)::int from pg_proc p join pg_language l on l.oid = p.prolang
      where l.lanname = 'plproxy'`;
    assert.ok(proxies!.count > 80, `${proxies!.count} proxies`);
  },
);

/** What two people do and are refused, with the responses; random values are replaced by their kinds. */
async function journey(app: TestApp): Promise<unknown[]> {
  app.clock.stop(start);
  const seen: unknown[] = [];
  const [owner, guest] = [anyNumber(), anyNumber()];
  const known = new Map([
    [owner, 'owner'],
    [guest, 'guest'],
  ]);
  const call = async (method: string, url: string, body?: unknown, token?: string): Promise<Answer> => {
    const answer = await app.call(method, url, body, token === undefined ? {} : withToken(token));
    const limits = ['retry-after', 'ratelimit', 'ratelimit-policy'].map((name) => answer.headers[name]);
    seen.push([
      method,
      url.replace(/[0-9A-Z]{6,}$|[0-9a-f-]{36}/, '…'),
      answer.statusCode,
      limits,
      kindsIn(answer.data, known),
    ]);
    return answer;
  };
  const ask = (phone: string) => call('POST', '/api/request-sms/', { phone_number: phone });
  const verify = (phone: string, code: string, more: object = {}) =>
    call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code, ...more });
  const enter = async (phone: string, more: object = {}) => {
    await ask(phone);
    return (await verify(phone, app.codeFor(phone), more)).data.token;
  };
  const me = (token: string, body?: object) => call(body ? 'PATCH' : 'GET', '/api/users/me', body, token);

  await ask('+7 916 12');
  await ask(owner);
  await ask(owner);
  await verify(owner, 'wrong');
  await verify(owner, '000000x');
  const first = (await verify(owner, app.codeFor(owner))).data.token;
  await verify(owner, app.codeFor(owner));
  const { referal_code: code } = (await me(first)).data;
  await me(first, { username: `Owner ${owner}`, email: `${owner.slice(1)}@example.com`, first_name: 'Анна' });
  const second = await enter(guest, { invite_code: code });
  await me(second, { username: `owner ${owner}` });
  await me(second, { email: `${owner.slice(1)}@example.com`, last_name: null });
  const own = (await me(second)).data.referal_code;
  const redeem = (token: string, text: string) =>
    call('PATCH', '/api/users/me/invite_code', { invite_code: text }, token);
  await redeem(second, own);
  await redeem(first, code);
  await redeem(first, own);
  await redeem(first, 'ZZZZZZZZZ');
  await call('GET', `/api/invites/${code}`);
  await call('GET', '/api/invites/ZZZZZZZZZ');
  await call('GET', '/api/users/me/invited', undefined, first);
  app.clock.stop(app.clock.time + 61_000);
  const third = await enter(owner);
  const list = await call('GET', '/api/users/me/sessions', undefined, third);
  const other = list.data.sessions?.find(({ current }: { current: boolean }) => !current)?.id;
  await call('DELETE', `/api/users/me/sessions/${other}`, undefined, third);
  await me(first);
  app.clock.stop(app.clock.time + 61_000);
  const fourth = await enter(owner);
  await call('DELETE', '/api/users/me/sessions', undefined, third);
  await me(fourth);
  await call('DELETE', '/api/users/me', undefined, second);
  await me(second);
  await me(third);
  await call('POST', '/api/auth/token/logout/', undefined, third);
  await me(third);
  app.clock.aheadMs = 0;
  const messages = await app.sql`select state, completed_at is not null as completed from delivery
    where phone_number = ${owner} order by id`;
  seen.push(...messages);
  return seen;
}

/** A body in which random values and times are replaced by their kinds. */
function kindsIn(data: unknown, known: ReadonlyMap<string, string>): unknown {
  const text = JSON.stringify(data ?? null)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
    .replaceAll(/vouch\w*_[\w-]{40,}/g, 'token')
    .replaceAll(/"[23456789BCDFGHJKMNPQRSTVWXZ]{6}"/g, '"code"');
  return [...known].reduce((left, [number, name]) => left.replaceAll(number.slice(1), name), text);
}

/** So many calls at once. */
const atOnce = async (count: number, call: (at: number) => Promise<Answer>): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { statusCode } of await Promise.all(Array.from({ length: count }, (_, at) => call(at))))
    counts[statusCode] = (counts[statusCode] ?? 0) + 1;
  return counts;
};
const ask = (phone: string, more: object = {}) =>
  app.call('POST', '/api/request-sms/', { phone_number: phone, ...more });
const verify = (phone: string, code: string, more: object = {}) =>
  app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code, ...more });

test('first sign-ins of a number at once create one account', async () => {
  const [inviter] = await insertPeople(app.sql, 1);
  const numbers = Array.from({ length: repetitions(20, 2) }, anyNumber);
  const created = await Promise.all(
    numbers.map(async (phone) => {
      const askers = [newChallengeToken(), newChallengeToken()];
      const codes: string[] = [];
      for (const challenge of askers) {
        assert.equal((await ask(phone, { challenge })).statusCode, 201);
        codes.push(app.codeFor(phone));
      }
      const answers = await Promise.all(
        codes.map((code, at) => verify(phone, code, { challenge: askers[at], invite_code: inviter!.code })),
      );
      return answers.map(({ statusCode, data }) => [statusCode, data.created]).sort();
    }),
  );
  const [ofKnown, ofNew] = [
    [201, false],
    [201, true],
  ];
  for (const each of created) assert.deepEqual(each, [ofKnown, ofNew]);
  const [counted] = await app.sql`select invited_count as count from invite where code = ${inviter!.code}`;
  assert.equal(counted!.count, numbers.length);
  await assertInviteTree(app.sql);
});

test('of many requests at once one has the last message of a limit', async () => {
  const phone = anyNumber();
  const many = repetitions(20, 6);
  const outcome = { 201: 1, 429: many - 1 };
  assert.deepEqual(await atOnce(many, () => ask(phone)), outcome);
  // the limit of the client network has one unit left
  app.clock.stop(Date.now());
  const full = new Date(app.clock.time + (3600 - 3.6) * 1000);
  await app.sql`update rate_limit set tat = ${full} where key like 'sms:%'`;
  assert.deepEqual(await atOnce(many, () => ask(anyNumber())), outcome);
  app.clock.aheadMs = 0;
});

test('an error has its SQLSTATE and its message, and what the call did in the databases of groups is undone', async () => {
  const schema = functionSchema('public');
  const [person] = await insertPeople(app.sql, 1);
  const [{ id } = { id: '' }] = await app.sql`select account_id as id from invite_code where code = ${person!.code}`;
  const insert = `select ${schema}.insert_account('${id}', '+79160000000', now())`;
  await assert.rejects(app.sql.unsafe(insert), { code: '23505' });
  const choose = (...codes: string[]) => `select ${schema}.choose_code('{${codes}}', '${id}')`;
  await assert.rejects(app.sql.unsafe(choose(person!.code)), { code: 'VO002', message: 'each invite code is taken' });
  await app.sql`insert into reserved_name (key, account_id) values ('taken', ${id})`;
  const reserve = `select ${schema}.replace_names('{}', '{free,taken}', gen_random_uuid())`;
  await assert.rejects(app.sql.unsafe(reserve), { code: 'VO002' });
  assert.equal((await app.sql`select from reserved_name where key = 'free'`).length, 0);
});

/** All apps have the limits of one client network. */
const forget = () => app.sql`delete from rate_limit`;

/** Runs files over the front database of this one; the hooks are for the apps that a test opens itself. */
async function overDatabases(
  name: string,
  load: () => Promise<unknown>,
  prepare: () => unknown = () => undefined,
): Promise<void> {
  await describe(name, async () => {
    const enter = () => {
      process.env.TEST_FRONT_URL = frontUrl;
    };
    const leave = () => {
      delete process.env.TEST_FRONT_URL;
    };
    before(enter);
    before(forget);
    after(leave);
    beforeEach(() => prepare());
    enter();
    await load();
    leave();
  });
}

await overDatabases('forest over databases', () => import('./forest.test.ts'));
const share = isFullDepth ? '' : ', a tenth of each';
await overDatabases(`races over databases${share}`, () => import('./races.test.ts'));
// the clocks of these apps differ
await overDatabases('sign-in over databases', () => import('./contract-sign-in.test.ts'), forget);
await overDatabases('sessions over databases', () => import('./contract-sessions.test.ts'), forget);
await overDatabases('profile over databases', () => import('./contract-profile.test.ts'), forget);
await overDatabases('invites over databases', () => import('./contract-invites.test.ts'), forget);
