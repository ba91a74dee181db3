import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Act, acts, roles } from '../src/operators/act.ts';
import { ConsoleClient, goStale, openConsoleApp, signedInOperator } from './support/console-client.ts';
import { anyNumber, openApp } from './support/harness.ts';
import type { HtmlResponse } from './support/html-client.ts';
import { messageId } from './support/message-id.ts';

const app = await openConsoleApp();
const nobody = '00000000-0000-4000-8000-000000000000';

/** The act that API keys alone do. */
type KeyAct = 'verify_numbers';

/** A request of the console for each act of operators. A form has its reason and its confirmation; what it names need not exist. */
const requests: Readonly<Record<Exclude<Act, KeyAct>, (client: ConsoleClient) => Promise<HtmlResponse>>> = {
  read_totals: (client) => client.get('/console/today/'),
  read_people: (client) => client.post('/console/number/', { text: '+79160000001' }),
  read_blocks: (client) => client.get('/console/blocks/'),
  read_settings: (client) => client.get('/console/settings/'),
  reveal_number: (client) => client.post('/console/number/', { text: anyNumber(), reason: 'a test' }),
  block: (client) =>
    client.post('/console/blocks/add/', { kind: 'number', value: anyNumber(), reason: 'a test', days: '1' }),
  unblock: async (client) => {
    const id = await blockOf(client);
    return client.post('/console/blocks/remove/', { id, reason: 'a test' });
  },
  read_messages: (client) => client.get('/console/messages/?country=kz&state=failed&days=7'),
  read_invites: (client) => client.get('/console/invites/'),
  unlock_number: (client) => client.post('/console/number/unlock/', { text: anyNumber(), reason: 'a test' }),
  end_sessions: (client) => client.post('/console/number/end-sessions/', { text: anyNumber(), reason: 'a test' }),
  close_invite: (client) => client.post('/console/invites/close/', { account: nobody, reason: 'a test' }),
  erase_person: (client) => client.post('/console/number/erase/', { text: anyNumber(), reason: 'a test', sure: 'yes' }),
  export_person: (client) => client.post('/console/number/export/', { text: anyNumber(), reason: 'a test' }),
  read_audit: (client) => client.get('/console/audit/'),
  manage_keys: (client) => client.post('/console/keys/add/', { name: 'a key', 'users:read': 'yes', days: '1' }),
  manage_webhooks: (client) =>
    client.post('/console/webhooks/add/', { url: 'https://example.com/hook', 'user.created': 'yes' }),
  read_clients: (client) => client.get('/console/clients/'),
  manage_clients: (client) => client.post('/console/clients/rotate/', { id: 'nobody' }),
  change_person: (client) =>
    client.post('/console/number/change/', { text: anyNumber(), reason: 'a test', first_name: 'Ann' }),
  import_people: (client) => client.upload('/console/transfer/import/', people(anyNumber())),
  export_all: (client) => client.post('/console/transfer/export/', { list: 'audit', days: '1', reason: 'a test' }),
  read_events: (client) => client.get('/console/webhooks/events/?id=0a'),
  manage_operators: (client) => client.post('/console/operators/role/', { account: nobody, role: 'viewer' }),
};

/** A file of one person, whose fields a form sends with it. */
const people = (number: string) => ({ file: `{"phone_number":"${number}","first_name":"Ann"}\n`, format: 'ndjson' });

async function blockOf(client: ConsoleClient): Promise<string> {
  const admin = await signedInOperator(client.app, 'admin');
  await requests.block(admin);
  const [row] = await client.app.sql<{ id: string }[]>`select id from block order by created_at desc limit 1`;
  return row!.id;
}

test('every act has a page of the console, which is requested here', () => {
  assert.deepEqual(
    Object.keys(requests).sort(),
    Object.keys(acts)
      .filter((act) => act !== 'verify_numbers')
      .sort(),
  );
});

for (const role of roles) {
  test(`the console lets the role ${role} do its acts and no others`, async () => {
    const client = await signedInOperator(app, role);
    await app.sql`update operator_session set fresh_until = now() + interval '1 day'`;
    for (const [act, request] of Object.entries(requests)) {
      const may = roles.indexOf(role) >= roles.indexOf(acts[act as Act].role);
      const { html, status } = await request(client);
      const isRefused = /Your role does not allow this/.test(html);
      assert.equal(isRefused, !may, `${role}, ${act}: ${status}`);
      assert.equal(status === 403, !may, `${role}, ${act}: ${status}`);
    }
    const refused = await app.sql<{ act: Act }[]>`select distinct act from audit_event
      where actor_id = ${client.account} and result = 'refused'`;
    const forbidden = Object.keys(requests).filter((act) => roles.indexOf(role) < roles.indexOf(acts[act as Act].role));
    assert.deepEqual(refused.map(({ act }) => act).sort(), forbidden.sort(), 'the trail has each refusal');
  });
}

test('each act that destroys or reveals asks for a fresh code, and goes on after it', async () => {
  const owner = await signedInOperator(app, 'owner');
  const number = anyNumber();
  await app.signIn(number);
  const look = { text: number, reason: 'asked by the person' };
  assert.match((await owner.post('/console/number/', look)).html, /id="why-title"/, 'the code of the sign-in is fresh');
  await goStale(app);
  for (const [act, request] of Object.entries(requests)) {
    const { html } = await request(owner);
    assert.equal(/needs a fresh code/.test(html), acts[act as Act].needsFreshCode, act);
  }
  const asked = await owner.post('/console/keys/add/', { name: 'of a bill', 'messages:read': 'yes', days: '7' });
  assert.equal(asked.status, 403);
  const [found] = await app.sql`select id from account where phone_number = ${number}`;
  const unseen = await owner.post('/console/number/', { account: found?.id, reason: look.reason });
  assert.equal(unseen.status, 403);
  assert.ok(!unseen.html.includes(number.slice(2, 8)));
  const wrong = await owner.submit(asked, '/console/fresh/');
  const refused = await owner.submit(wrong, '/console/fresh/code/', { sms_code: '000000' });
  assert.equal(refused.status, 400);
  const made = await owner.confirm(asked);
  assert.match(made.html, /vouch_sk_[0-9a-f]{16}_/);
  const [key] = await app.sql`select name, to_json(scopes) as scopes from api_key order by created_at desc limit 1`;
  assert.deepEqual({ ...key }, { name: 'of a bill', scopes: ['messages:read'] });
  await goStale(app);
  const seen = await owner.confirm(unseen);
  assert.match(seen.html, /id="why-title"/, 'the account that waited is shown');
  app.clock.turn(601);
  assert.equal((await owner.post('/console/keys/add/', { name: 'b', 'users:read': 'yes' })).status, 403, 'ten minutes');
});

test('each act that needs a reason is refused without one', async () => {
  const admin = await signedInOperator(app, 'admin');
  const refused = await admin.post('/console/blocks/add/', {
    kind: 'number',
    value: anyNumber(),
    reason: ' ',
    days: '',
  });
  assert.equal(refused.status, 400);
  assert.match(refused.html, /Write down the reason/);
  const number = anyNumber();
  await app.signIn(number);
  const masked = await admin.post('/console/number/', { text: number, reason: ' ' });
  assert.equal(masked.status, 200);
  const digits = number.slice(2);
  assert.ok(!masked.html.replaceAll(/value="[^"]*"/g, '').includes(digits), 'without a reason the number is masked');
  assert.equal(
    (await app.sql`select from audit_event where act = 'reveal_number' and actor_id = ${admin.account}`).length,
    0,
  );
});

test('a look at a number in clear is in the audit trail with its reason, before the number is shown', async () => {
  const support = await signedInOperator(app, 'support');
  const number = anyNumber();
  await app.signIn(number);
  const page = await support.post('/console/number/', { text: `8${number.slice(2)}`, reason: 'no code arrives' });
  assert.equal(page.status, 200);
  assert.match(page.html, new RegExp(`${number.slice(2, 5)}[  ]${number.slice(5, 8)}`));
  const rows = await app.sql`select reason, role, target from audit_event
    where act = 'reveal_number' and actor_id = ${support.account}`;
  assert.equal(rows.length, 1);
  assert.deepEqual([rows[0]?.reason, rows[0]?.role], ['no code arrives', 'support']);
  assert.ok(!JSON.stringify(rows).includes(number));
});

test('a person is erased after a confirmation and a fresh code, and the page is the certificate', async () => {
  const admin = await signedInOperator(app, 'admin');
  await goStale(app);
  const number = anyNumber();
  await app.signIn(number);
  const fields = { text: number, reason: 'asked by the person' };
  const sure = await admin.post('/console/number/erase/', fields);
  assert.match(sure.html, /Erase this person\?/);
  assert.equal((await app.sql`select from number_account where phone_number = ${number}`).length, 1);
  const asked = await admin.submit(sure, '/console/number/erase/');
  assert.equal(asked.status, 403);
  const certificate = await admin.confirm(asked);
  assert.equal(certificate.status, 200, certificate.html);
  assert.match(certificate.html, /The person is erased/);
  assert.equal((await app.sql`select from number_account where phone_number = ${number}`).length, 0);
  assert.ok(!certificate.html.includes(number));
});

test('the data of a person are a file, after a fresh code', async () => {
  const admin = await signedInOperator(app, 'admin');
  await goStale(app);
  const number = anyNumber();
  await app.signIn(number);
  const asked = await admin.post('/console/number/export/', { text: number, reason: 'asked by the person' });
  const file = await admin.confirm(asked);
  assert.match(String(file.headers['content-disposition']), /^attachment; filename="person-[0-9a-f-]+\.json"$/);
  assert.equal(JSON.parse(file.html).profile.phone_number, number);
});

test('an operator who is removed at one process is out at another at once', async () => {
  const first = await openConsoleApp();
  const second = await openApp({
    databaseUrl: first.databaseUrl,
    console: { path: '/console', isAlone: false, settings: [] },
  });
  const owner = await signedInOperator(first, 'owner');
  const admin = await signedInOperator(first, 'admin');
  const elsewhere = new ConsoleClient(second);
  for (const [name, value] of admin.cookies) elsewhere.cookies.set(name, value);
  second.clock.aheadMs = first.clock.aheadMs;
  assert.equal((await elsewhere.get('/console/audit/')).status, 200);
  await first.sql`update operator_session set fresh_until = now() + interval '1 day'`;
  const removed = await owner.post('/console/operators/remove/', { account: admin.account, sure: 'yes' });
  assert.equal(removed.location, '/console/operators/', removed.html);
  assert.equal((await elsewhere.get('/console/audit/')).location, '/console/sign-in/');
});

const hostile =
  '"><script>alert(1)</script>&\u202egnp.exe\u2066\u001b]0;owned\u0007\u009b31m\u200b\u2028<img src=x onerror=alert(1)>';

test('no value that is not ours brings markup, a script, an escape sequence or a directional mark into a page', async () => {
  const owner = await signedInOperator(app, 'owner');
  const number = anyNumber();
  await app.signIn(number);
  await app.sql`update account set first_name = ${hostile}, last_name = ${hostile} where phone_number = ${number}`;
  await app.sql.unsafe(
    `insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language, state,
      channel, provider, requested_at, useful_until, failed_at, sent_at, is_repeat, reason, error)
      values (${messageId('now()')}, 1, gen_random_uuid(), 'k', 6, $1, 'RU', '+7916', 'ru', 'failed', 'sms', $2, now(), now(),
      now(), now(), false, $3, $4)`,
    [number, hostile, hostile, hostile],
  );
  await app.sql`insert into breaker (provider, failures, changed_at, reason) values (${hostile}, 1, now(), ${hostile})`;
  await owner.post('/console/blocks/add/', { kind: 'country', value: 'AQ', reason: hostile, days: '' });
  const hostileClient = { 'user-agent': hostile };
  await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: '000000' }, hostileClient);
  const pages = [
    await owner.get('/console/today/'),
    await owner.get('/console/blocks/'),
    await owner.get('/console/audit/'),
    await owner.get('/console/audit/?actor=%22%3E%3Cscript%3E&after=%3Cimg%3E'),
    await owner.post('/console/number/', { text: number }),
    await owner.post('/console/number/', { text: hostile }),
    await owner.post('/console/number/', { text: number, reason: hostile }),
    await owner.post('/console/operators/add/', { phone_number: hostile.slice(0, 40), role: 'viewer' }),
    await owner.get(`/console/link/${encodeURIComponent(hostile)}`),
  ];
  for (const [index, { html, status }] of pages.entries()) {
    assert.ok(status < 500, `${index}: ${status}`);
    assert.doesNotMatch(html, /<script>|<img src=x/, `${index}`);
    const shown = html.replaceAll(/ value="[^"]*"/g, '');
    assert.doesNotMatch(shown, /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u, `${index}`);
  }
  assert.match(pages[0]!.html, /\\u202e/);
});
