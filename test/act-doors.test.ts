import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { commands } from '../src/cli/commands.ts';
import { createDatabase } from '../src/db/database.ts';
import { type Act, type ActRule, acts } from '../src/operators/act.ts';
import { viewToday } from '../src/people/view-today.ts';
import { openAdminClient } from './support/admin-client.ts';
import { openAppWithRoutes } from './support/app-routes.ts';
import { openConsoleApp, signedInOperator } from './support/console-client.ts';
import { anyNumber } from './support/harness.ts';
import { messageId } from './support/message-id.ts';

/** The three doors of an act. A text with spaces at the API or the command line is the reason for which it has none there. */
interface Doors {
  /** A route of the console. */
  readonly page: string;
  /** A call of the management API, or `none: …`. */
  readonly api: string;
  /** A command. */
  readonly command: string;
}

/** The act of applications, which operators have no use for. */
type KeyAct = 'verify_numbers';

const doors: Readonly<Record<Exclude<Act, KeyAct>, Doors>> = {
  read_totals: { page: 'GET /today/', api: 'GET /today', command: 'today' },
  read_messages: { page: 'GET /messages/', api: 'GET /messages', command: 'deliveries' },
  read_people: { page: 'GET /people/', api: 'GET /users', command: 'people list' },
  read_invites: { page: 'GET /invites/', api: 'GET /users/{id}/invites', command: 'invites tree' },
  read_blocks: { page: 'GET /blocks/', api: 'GET /blocks', command: 'blocks list' },
  read_settings: {
    page: 'GET /settings/',
    api: 'none: they name hosts and files of the machine, which no program needs',
    command: 'settings',
  },
  reveal_number: { page: 'POST /number/', api: 'GET /trace', command: 'trace' },
  unlock_number: { page: 'POST /number/unlock/', api: 'POST /unlock', command: 'unlock' },
  end_sessions: {
    page: 'POST /number/end-sessions/',
    api: 'POST /users/{id}/end-sessions',
    command: 'people end-sessions',
  },
  change_person: { page: 'POST /number/change/', api: 'PATCH /users/{id}', command: 'people change' },
  block: { page: 'POST /blocks/add/', api: 'POST /blocks', command: 'blocks add' },
  unblock: { page: 'POST /blocks/remove/', api: 'DELETE /blocks/{id}', command: 'blocks remove' },
  close_invite: { page: 'POST /invites/close/', api: 'PATCH /users/{id}/invite', command: 'invites close' },
  erase_person: { page: 'POST /number/erase/', api: 'DELETE /users/{id}', command: 'people erase' },
  export_person: { page: 'POST /number/export/', api: 'GET /users/{id}/export', command: 'people export' },
  export_all: { page: 'POST /transfer/export/', api: 'GET /exports/{list}', command: 'export users' },
  import_people: { page: 'POST /transfer/import/', api: 'POST /imports', command: 'import users' },
  read_events: { page: 'GET /webhooks/events/', api: 'GET /webhooks/{id}/events', command: 'webhooks events' },
  manage_webhooks: { page: 'POST /webhooks/add/', api: 'POST /webhooks', command: 'webhooks add' },
  read_clients: { page: 'GET /clients/', api: 'GET /clients', command: 'clients list' },
  manage_clients: { page: 'POST /clients/add/', api: 'POST /clients', command: 'clients add' },
  manage_keys: {
    page: 'POST /keys/add/',
    api: 'none: a key that could make keys would outlive its revocation',
    command: 'keys add',
  },
  read_audit: {
    page: 'GET /audit/',
    api: 'none: a key that leaks must not tell who looked at whom, and why',
    command: 'audit list',
  },
  manage_operators: {
    page: 'POST /operators/add/',
    api: 'none: a key must not let anybody into the console',
    command: 'operator add',
  },
};

const [app, routes] = await openAppWithRoutes(() => openConsoleApp({ managementApi: true }));
const document = (await app.server.inject('/admin/openapi.json')).json();

/** The flaws of a door: a call that is not there, or that names another scope. */
function flawOfCall(act: Act, call: string): string[] {
  const { scope }: ActRule = acts[act];
  if (call.startsWith('none: ')) return scope === null ? [] : [`${act}: its scope opens no call`];
  const [method = '', path = ''] = call.split(' ');
  const named = document.paths[`/admin/v1${path}`]?.[method.toLowerCase()]?.security?.[0]?.key;
  return named?.[0] === scope && scope !== null ? [] : [`${act}: ${call} names ${named}`];
}

test('each act has a page, a call and a command, or a stated reason for which it has none', () => {
  const flaws = Object.entries(doors).flatMap(([name, { page, api, command }]) => {
    const act = name as Act;
    return [
      ...(routes.includes(page.replace(' /', ' /console/')) ? [] : [`${act}: there is no page ${page}`]),
      ...flawOfCall(act, api),
      ...(acts[act].isCommand && Object.hasOwn(commands, command) ? [] : [`${act}: there is no command ${command}`]),
    ];
  });
  assert.deepEqual(flaws, []);
  const { verify_numbers: _, ...others } = acts;
  assert.deepEqual(Object.keys(doors).sort(), Object.keys(others).sort());
  assert.notDeepEqual(flawOfCall('block', 'POST /imports'), [], 'a call of another act is found');
  assert.notDeepEqual(flawOfCall('block', 'none: no reason'), [], 'a scope without a call is found');
});

/** Runs a command in this process, over the database of the app. */
async function run(words: readonly [name: string, ...operands: string[]]) {
  const [name, ...operands] = words;
  const prepared = commands[name]!.prepare({
    operands,
    now: new Date(),
    text: () => undefined,
    flag: () => false,
  });
  const db = app.clock.over(createDatabase(app.sql, app.clock));
  const context = {
    actor: { kind: 'command_line', id: 'root' },
    createLog: async () => pino({ level: 'silent' }),
    giveWay: () => {},
    withDatabase: (use: (d: unknown) => unknown) => use(db),
  };
  return prepared.run(context as never);
}

test('the three doors tell the same totals of today', async () => {
  for (let n = 0; n < 3; n += 1)
    assert.equal((await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() })).statusCode, 201);
  const viewer = await signedInOperator(app, 'viewer');
  const client = await openAdminClient(app, { scopes: ['messages:read'] });
  const page = JSON.parse((await viewer.get('/console/today/figures/')).html);
  const call = await client.call('GET', '/today');
  assert.equal(call.statusCode, 200, call.body);
  const command = await run(['today']);
  const json = JSON.parse(JSON.stringify(command.json));
  const { spend, ...counts } = call.data.today;
  assert.ok(counts.asked >= 4, call.body);
  assert.deepEqual([counts, json.today], [page, { ...counts, spend }]);
  assert.deepEqual(json.by_country, call.data.by_country);
  assert.match(command.text, /^From .*\n.*requested[\s\S]*By country:[\s\S]*RU/);
  assert.equal((await (await openAdminClient(app, { scopes: ['users:read'] })).call('GET', '/today')).statusCode, 403);
});

test('the day of last week is read once by a process, and today each time', async () => {
  const db = app.clock.over(createDatabase(app.sql, app.clock));
  const view = async () => {
    const today = await viewToday({ db, log: pino({ level: 'silent' }) }, { kind: 'command_line', id: 'root' });
    assert.ok(!('code' in today));
    return [today.today.asked, today.hours.reduce((sum, hour) => sum + hour.before.asked, 0)];
  };
  const [asked = 0, before] = await view();
  await app.sql.unsafe(`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix,
      language, state, channel, provider, requested_at, useful_until, sent_at, accepted_at, is_repeat)
    select ${messageId('t.at')}, 1, gen_random_uuid(), 'k', 6, '+79160000000', 'RU', '+7916', 'ru', 'accepted', 'sms', 'x',
      t.at, t.at, t.at, t.at, false
    from (select now() + interval '${app.clock.aheadMs} ms' - d * interval '7 days' - interval '1 s' as at
      from generate_series(0, 1) d) t`);
  const [askedThen = 0, beforeThen] = await view();
  assert.deepEqual([askedThen - asked, beforeThen], [1, before]);
});
