import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAdminClient } from './support/admin-client.ts';
import { type ConsoleClient, goStale, openConsoleApp, signedInOperator } from './support/console-client.ts';
import type { HtmlResponse } from './support/html-client.ts';
import { oidc, testClients } from './support/oidc-client.ts';
import { png } from './support/png.ts';

const app = await openConsoleApp({ managementApi: true, oidc });
const path = '/console/clients/';
const form = { client_id: 'kiosk', client_name: 'Kiosk', kind: 'web', redirect_uris: 'https://kiosk.example/cb\n' };
const picture = png(120, 60);
const logo_uri = `data:image/png;base64,${picture.toString('base64')}`;

/** Sends the form of a new app, as a browser does (RFC 7578). */
async function add(client: ConsoleClient, fields: Record<string, string>, logo?: Buffer): Promise<HtmlResponse> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('logo_uri', logo ? new File([new Uint8Array(logo)], 'logo.png') : new File([], ''));
  const encoded = new Response(body);
  const headers = {
    'content-type': encoded.headers.get('content-type') ?? '',
    'sec-fetch-site': 'same-origin',
  };
  return client.send('POST', `${path}add/`, Buffer.from(await encoded.arrayBuffer()), headers);
}

const secretIn = ({ html }: HtmlResponse) => /<code class="secret">([^<]+)/.exec(html)?.[1] ?? '';
const actsOf = async (client: ConsoleClient) => {
  const rows = await app.sql<{ target: string; details: string }[]>`select target, details from audit_event
    where actor_id = ${client.account} and act = 'manage_clients' and result = 'succeeded' order by at, id`;
  return rows.map(({ target, details }) => [target, details]);
};

test('an administrator registers an app, gives it a new secret and removes it, after a fresh code, without JavaScript', async () => {
  const client = await signedInOperator(app, 'admin');
  await goStale(app);
  const list = await client.get(path);
  assert.match(list.html, /<a href="\/console\/clients\/" aria-current="page">Apps<\/a>/);
  assert.doesNotMatch(list.html, /id="client_id"/, 'a code comes before the form');
  assert.match((await add(client, form)).html, /Enter a fresh code|Confirm that it’s you/);
  const withForm = await client.confirm(list);
  assert.match(withForm.html, /id="client_id"/);
  const added = await add(client, { ...form, first_party: 'yes', color: '#1D4ED8' }, picture);
  assert.equal(added.status, 200, added.html);
  const secret = secretIn(added);
  assert.ok(secret.length >= 43);
  const shown = await client.get(path);
  assert.equal(shown.html.includes(secret), false, 'shown once');
  assert.match(shown.html, /Kiosk[\s\S]*kiosk[\s\S]*your own: asks for no consent[\s\S]*https:\/\/kiosk\.example\/cb/);
  assert.deepEqual((await app.server.inject('/brand/apps/kiosk.png')).rawPayload, picture);
  const rotated = await client.post(`${path}rotate/`, { id: 'kiosk' });
  assert.notEqual(secretIn(rotated), secret);
  const works = (one: string) =>
    app.server.inject({
      method: 'POST',
      url: '/oauth/introspection',
      headers: {
        authorization: `Basic ${Buffer.from(`kiosk:${one}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: 'token=x',
    });
  for (const one of [secret, secretIn(rotated)]) assert.equal((await works(one)).statusCode, 200, 'two are valid');
  assert.equal((await works('another')).statusCode, 401);
  assert.match((await client.get(path)).html, /the old secret until/);
  const question = await client.post(`${path}remove/`, { id: 'kiosk' });
  assert.match(question.html, /Remove this app\?[\s\S]*Nobody can sign in to kiosk/);
  const removed = await client.submit(question, `${path}remove/`);
  assert.equal(removed.location, path);
  assert.match((await client.get(path)).html, /The app is removed\./);
  assert.deepEqual(await actsOf(client), [
    ['client:kiosk', 'added'],
    ['client:kiosk', 'rotated'],
    ['client:kiosk', 'removed'],
  ]);
});

test('a form that is wrong keeps what was typed, and says at its field how to be right, in both languages', async () => {
  const client = await signedInOperator(app, 'owner');
  await app.sql`update operator_session set fresh_until = now() + interval '1 day'`;
  for (const [field, value, sentence] of [
    ['client_id', 'a b', 'An ID has 1 to 64 letters'],
    ['client_name', 'x{y', 'A name has 1 to 60 characters'],
    ['redirect_uris', 'http://kiosk.example/', 'A redirect URI begins with https://'],
    ['post_logout_redirect_uris', 'x', 'One of these is no URL'],
    ['backchannel_logout_uri', 'x', 'This is no URL'],
    ['color', 'red', 'This is no colour such as #1d4ed8'],
    ['color', '#7f7f7f', 'No text is readable on this colour. The nearest one that works is #'],
  ] as const) {
    const page = await add(client, { ...form, [field]: value });
    assert.equal(page.status, 400);
    assert.match(page.html, new RegExp(`<a href="#${field}">${sentence}`), field);
    assert.match(page.html, new RegExp(`id="${field}"[^>]*aria-invalid="true"`));
    assert.ok(page.html.includes('https://kiosk.example/cb') || field === 'redirect_uris', 'the rest is kept');
  }
  const svg = await add(client, form, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
  assert.match(svg.html, /<a href="#logo_uri">The logo has to be a still PNG or WebP/);
  assert.equal((await add(client, { ...form, client_id: 'shop' })).status, 409, 'an app of the file has this id');
  client.cookies.set('__Host-language', 'ru');
  assert.match((await add(client, { ...form, color: 'red' })).html, /Это не цвет/);
  assert.deepEqual(await actsOf(client), []);
});

test('an app of CLIENTS_FILE is shown with the reason for which it cannot be changed, at each door', async () => {
  const client = await signedInOperator(app, 'admin');
  await app.sql`update operator_session set fresh_until = now() + interval '1 day'`;
  const { html } = await client.get(path);
  assert.match(html, /in CLIENTS_FILE, changed there/);
  assert.doesNotMatch(html, /name="id" value="shop"/);
  for (const act of ['rotate', 'remove']) {
    const page = await client.post(`${path}${act}/`, { id: 'shop', sure: 'yes' });
    assert.equal(page.status, 409);
    assert.match(page.html, /This app is in CLIENTS_FILE: change it there, and restart/);
  }
  const api = await openAdminClient(app, { scopes: ['clients:read', 'clients:write'] });
  const { items } = (await api.call('GET', '/clients')).data;
  const shop = items.find((one: { client_id: string }) => one.client_id === 'shop');
  assert.deepEqual([shop.is_read_only, shop.created_at, shop.client_name], [true, null, 'Shop']);
  for (const [method, url, body] of [
    ['POST', '/clients/shop/rotate', {}],
    ['DELETE', '/clients/shop', undefined],
  ] as const) {
    const answer = await api.call(method, url, body);
    assert.equal(answer.statusCode, 400);
    assert.match(answer.body, /CLIENTS_FILE/);
  }
  assert.equal(items.length >= testClients.size, true);
});

test('a support operator sees no apps, and registers none', async () => {
  const client = await signedInOperator(app, 'support');
  assert.equal((await client.get(path)).status, 403);
  assert.equal((await client.post(`${path}rotate/`, { id: 'shop' })).status, 403);
  assert.equal((await add(client, form)).status, 403);
  assert.doesNotMatch((await client.get('/console/')).html, /\/console\/clients\//);
});

test('a program registers an app once for its idempotency key, rotates its secret and removes it', async () => {
  const api = await openAdminClient(app, { scopes: ['clients:write'] });
  const app1 = { client_id: 'bot', redirect_uris: ['https://bot.example/cb'], color: '#123456', logo_uri };
  const headers = { 'idempotency-key': '"bot"' };
  const added = await api.call('POST', '/clients', app1, headers);
  assert.equal(added.statusCode, 201, added.body);
  assert.deepEqual((await api.call('POST', '/clients', app1, headers)).data, added.data, 'a lost secret comes again');
  const twice = await api.call('POST', '/clients', app1);
  assert.deepEqual([twice.statusCode, Object.keys(twice.data.errors ?? twice.data).includes('client_id')], [400, true]);
  const listed = await api.call('GET', '/clients');
  const bot = listed.data.items.find((one: { client_id: string }) => one.client_id === 'bot');
  assert.deepEqual([bot.has_logo, bot.color, bot.first_party, bot.is_read_only], [true, '#123456', false, false]);
  assert.equal(listed.body.includes(added.data.client_secret), false);
  const rotated = await api.call('POST', '/clients/bot/rotate', { overlap_seconds: 60 });
  assert.notEqual(rotated.data.client_secret, added.data.client_secret);
  assert.equal((await api.call('DELETE', '/clients/bot')).statusCode, 204);
  for (const [method, url, body] of [
    ['POST', '/clients/bot/rotate', {}],
    ['DELETE', '/clients/bot', undefined],
  ] as const)
    assert.equal((await api.call(method, url, body)).statusCode, 404);
  const spa = { client_id: 'spa2', token_endpoint_auth_method: 'none', redirect_uris: ['https://spa2.example/'] };
  assert.deepEqual((await api.call('POST', '/clients', spa)).data, { client_id: 'spa2' });
  for (const [extra, field] of [
    [{ color: '#7f7f7f' }, 'color'],
    [{ logo_uri: 'https://cdn.example/x.png' }, 'logo_uri'],
    [{ redirect_uris: ['http://x.example/'] }, 'redirect_uris'],
    [{ client_id: 'a b' }, 'client_id'],
    [{ logo: 'x' }, 'logo'],
  ] as const) {
    const answer = await api.call('POST', '/clients', { ...spa, client_id: 'spa3', ...extra });
    assert.equal(answer.statusCode, 400, field);
    assert.match(answer.body, new RegExp(`"${field}"`));
  }
  const rows = await app.sql`select details from audit_event
    where actor_id = ${api.keyId} and act = 'manage_clients' order by at, id`;
  assert.deepEqual(
    rows.map(({ details }) => details),
    ['added', 'rotated', 'removed', 'added'],
  );
});
