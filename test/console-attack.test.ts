import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '../src/operators/act.ts';
import { openAppWithRoutes } from './support/app-routes.ts';
import { type ConsoleClient, openConsoleApp, signedInOperator } from './support/console-client.ts';
import { anyNumber } from './support/harness.ts';
import type { HtmlResponse } from './support/html-client.ts';

const [app, routes] = await openAppWithRoutes(() => openConsoleApp());
const ofConsole = routes.filter((route) => / \/console\//.test(route));
const forms = ofConsole.filter((route) => route.startsWith('POST '));
const pages = ofConsole.filter((route) => route.startsWith('GET '));

/** Forms that act for everybody: of the language, of signing in and out, and of the fresh code. */
const ofAnybody = [
  'sign-in/',
  'sign-in/code/',
  'sign-in/again/',
  'link/',
  'language/',
  'sign-out/',
  'fresh/',
  'fresh/code/',
].map((path) => `POST /console/${path}`);

const number = anyNumber();
await app.signIn(number);
const [person] = await app.sql<
  { id: string }[]
>`select account_id as id from number_account where phone_number = ${number}`;
const other = await signedInOperator(app, 'admin');
await app.sql`insert into webhook_endpoint (id, url, description, events, with_numbers, secret, last_seq, created_at)
  values ('0a', 'https://hooks.example.com', '', '{user.created}', false, '\\x00', 1, now())`;
await app.sql`insert into webhook_delivery (endpoint_id, seq, event_id, type, at, data, state)
  values ('0a', 1, 'evt_1', 'user.created', now(), '{"user_id":"1"}', 'delivered')`;
const owner = await signedInOperator(app, 'owner');
await app.sql`update operator_session set fresh_until = now() + interval '1 day'`;
await owner.post('/console/keys/add/', { name: 'of a bill', 'messages:read': 'yes', days: '7' });
const [key] = await app.sql<{ id: string }[]>`select id from api_key`;
await owner.post('/console/blocks/add/', { kind: 'country', value: 'FK', reason: 'a test', days: '' });
const [block] = await app.sql<{ id: string }[]>`select id from block`;
assert.ok(person && key && block, JSON.stringify([person, key, block]));

/** The fields of a form that would succeed, whichever form it is. */
const fieldsOf = (route: string): Record<string, string> => ({
  ...{ reason: 'a test', sure: 'yes', days: '1', after: '0', role: 'owner', first_name: 'Eve', numbers: 'yes' },
  ...{ url: 'https://evil.example/hook', 'user.created': 'yes', 'users:read': 'yes', name: 'a key', kind: 'number' },
  value: number,
  list: 'users',
  phone_number: number,
  ...(route.includes('/number/') ? { text: number } : {}),
  ...(route.includes('/operators/') ? { account: other.account } : { account: person.id }),
  id: route.includes('/webhooks/') ? '0a' : route.includes('/keys/') ? key.id : block.id,
});

const pathOf = (route: string) => route.replace(/^\w+ /, '').replace(/:\w+/g, 'none').replace('*', '');

/** All that an operator can change. */
async function state(): Promise<string> {
  const rows = await app.sql`select
    (select json_agg(a order by a.id) from account a) as accounts,
    (select json_agg(s.id order by s.id) from session s) as sessions,
    (select json_agg(b order by b.id) from (select id, key, value, reason, ends_at from block) b) as blocks,
    (select json_agg(k order by k.id) from (select id, name, revoked_at, secret_hash from api_key) k) as keys,
    (select json_agg(w order by w.id) from webhook_endpoint w) as webhooks,
    (select json_agg(d order by d.seq) from webhook_delivery d) as deliveries,
    (select json_agg(o order by o.account_id) from operator o) as operators,
    (select json_agg(i order by i.account_id) from invite i) as invites,
    (select json_agg(n order by n.phone_number, n.device_trust) from number_limit n) as limits`;
  return JSON.stringify(rows);
}

/** The forms that a role may send, beside those of the roles below it. */
const mayDo: Readonly<Record<Exclude<Role, 'owner'>, RegExp>> = {
  viewer: /\/console\/number\/$/,
  support: /\/console\/number\/(unlock\/|end-sessions\/)?$/,
  admin: /^POST (?!\/console\/(operators|transfer\/export)\/)/,
};

const attacked = forms.filter((route) => !ofAnybody.includes(route));

test('every form of the console was found', () => {
  assert.ok(attacked.length >= 20, attacked.join('\n'));
});

for (const role of ['viewer', 'support', 'admin'] as const) {
  test(`no form, whatever is in it, lets the role ${role} do more than its acts, or see a number`, async () => {
    const client = await signedInOperator(app, role);
    await app.sql`update operator_session set fresh_until = now() + interval '1 day'`;
    const before = await state();
    for (const route of attacked.filter((one) => !mayDo[role].test(one))) {
      const { status, html } = await client.post(pathOf(route), fieldsOf(route));
      assert.ok(status >= 400 && status < 500, `${route}: ${status}`);
      assert.ok(!html.replaceAll(/ value="[^"]*"/g, '').includes(number.slice(2)), `${route} shows the number`);
      assert.equal(await state(), before, route);
    }
  });
}

test('no form of another site and no form without a session does anything', async () => {
  const before = await state();
  for (const route of forms) {
    const foreign = await owner.post(pathOf(route), fieldsOf(route), { 'sec-fetch-site': 'cross-site' });
    assert.equal(foreign.status, 403, route);
    assert.equal(await state(), before, route);
    if (ofAnybody.includes(route)) continue;
    const stranger = await app.server.inject({
      method: 'POST',
      url: pathOf(route),
      payload: new URLSearchParams(fieldsOf(route)).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    });
    assert.equal(stranger.headers.location, '/console/sign-in/', route);
    assert.equal(await state(), before, route);
  }
});

function assertGuarded({ headers }: Pick<HtmlResponse, 'headers'>, what: string): void {
  const policy = String(headers['content-security-policy']);
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"])
    assert.ok(policy.includes(part), `${what}: ${policy}`);
  assert.deepEqual(
    [
      headers['x-frame-options'],
      headers['cache-control'],
      headers['x-content-type-options'],
      headers['referrer-policy'],
    ],
    ['DENY', 'no-store', 'nosniff', 'same-origin'],
    what,
  );
}

test('no page of the console can be framed or kept by a cache, whoever asks and whatever it answers', async () => {
  const clients: ConsoleClient[] = [owner, await signedInOperator(app, 'viewer')];
  for (const client of clients) {
    for (const route of pages) assertGuarded(await client.get(pathOf(route)), route);
    for (const path of ['/console/none/', '/console/webhooks/events/?id=none', '/console/people/?after=none'])
      assertGuarded(await client.get(path), path);
  }
  for (const route of attacked.filter((one) => one.includes('/number/')))
    assertGuarded(await owner.post(pathOf(route), { text: 'nobody' }), route);
});

const hostile =
  '"><script>alert(1)</script>&\u202egnp.exe\u2066\u001b]0;owned\u0007\u009b31m\u200b\u2028\u{e0041}<img src=x onerror=alert(1)>';

test('no value of a person, a device, a file, a provider or another operator brings markup or an escape sequence', async () => {
  const victim = anyNumber();
  await app.signIn(victim);
  await app.sql`update account set first_name = ${hostile}, last_name = ${hostile}, external_id = ${hostile.slice(0, 100)}
    where phone_number = ${victim}`;
  await app.sql`update session set device = ${hostile}, address = ${hostile}`;
  await app.sql`update operator set added_by = ${hostile}`;
  await app.sql`update invite set invited_count = 1`;
  await app.sql`update api_key set name = ${hostile.slice(0, 100)}`;
  await app.sql`update block set reason = ${hostile}, created_by = ${hostile}`;
  await app.sql`update webhook_endpoint set description = ${hostile.slice(0, 200)}, url = ${`https://a.example/${hostile}`}`;
  await app.sql`update webhook_delivery set data = ${app.sql.json({ user_id: hostile })}`;
  await app.sql`insert into webhook_attempt (endpoint_id, seq, number, at, error, milliseconds)
    values ('0a', 1, 1, now(), ${hostile}, 1)`;
  await app.sql`insert into refusal (ending, bucket, phone_number, rule, times, first_at, last_at)
    values ('00', ${hostile}, ${victim}, ${hostile}, 1, now(), now())`;
  await app.sql`insert into audit_event (account_id, at, event, result, device, details, actor, actor_id, role, act, target, reason)
    select account_id, now(), 'operator_act', 'succeeded', ${hostile}, ${hostile}, 'operator', ${hostile}, 'owner', 'block',
      ${hostile}, ${hostile} from number_account where phone_number = ${victim}`;
  const line = JSON.stringify({
    phone_number: anyNumber(),
    first_name: hostile,
    username: hostile,
    email: hostile,
    external_id: hostile,
  });
  const shown = [
    ...(await Promise.all(pages.map((route) => owner.get(pathOf(route))))),
    await owner.get('/console/webhooks/events/?id=0a'),
    await owner.get(`/console/invites/?account=${person.id}`),
    await owner.post('/console/number/', { text: victim }),
    await owner.post('/console/number/', { text: victim, reason: hostile }),
    await owner.post('/console/keys/revoke/', { id: key.id }),
    await owner.post('/console/webhooks/delete/', { id: '0a' }),
    await owner.post('/console/blocks/remove/', { id: block.id }),
    await owner.post('/console/operators/remove/', { account: other.account }),
    await owner.upload('/console/transfer/import/', { file: `${line}\n`, format: 'ndjson' }),
    await owner.upload('/console/transfer/import/', { file: hostile, format: hostile, default_region: hostile }),
  ];
  let escapes = 0;
  for (const [index, { html, status }] of shown.entries()) {
    assert.ok(status < 500, `${index}: ${status}`);
    assert.doesNotMatch(html, /<script>|<img src=x/, `${index}`);
    const text = html.replaceAll(/ value="[^"]*"/g, '');
    assert.doesNotMatch(text, /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u, `${index}`);
    if (text.includes('\\u202e')) escapes += 1;
  }
  assert.ok(escapes >= 8, `${escapes} pages show it`);
});
