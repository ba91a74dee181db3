import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast } from '../src/brand/contrast.ts';
import { readClients } from '../src/config/clients-file.ts';
import { isClientProblem, parseClientDescription } from '../src/config/oidc-client.ts';
import { createDatabase } from '../src/db/database.ts';
import { languages } from '../src/kit/language.ts';
import { addClient, listClients } from '../src/oidc/manage-clients.ts';
import { memoryLog } from './support/embedded-database.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient, type HtmlResponse, hiddenFields } from './support/html-client.ts';
import { authRequest, follow, post, resultOf, signInFor, tokensFor } from './support/oidc-client.ts';
import { logoUrl, lookingOidc, picture } from './support/oidc-look.ts';
import { png } from './support/png.ts';

const app = await openApp({ oidc: lookingOidc });
const actor = { kind: 'command_line', id: 'ann' } as const;

const sheetIn = ({ html }: HtmlResponse) => /href="(\/brand\/colors\/[^"]+)"/.exec(html)?.[1];
const logoIn = ({ html }: HtmlResponse) =>
  /<img class="plate" src="([^"]+)"[^>]* alt="([^"]*)"/.exec(html)?.slice(1, 3);

/** Fails where a page is not in name, logo and colour of an app, or has a style in it. */
function assertLook(page: HtmlResponse, id: string, what: string): void {
  assert.match(page.html, new RegExp(`<title>[^<]* · Café ${id}</title>`), what);
  assert.match(sheetIn(page) ?? '', /^\/brand\/colors\/1d4ed8\.css\?v=/, what);
  assert.equal(logoIn(page)?.[1], `Café ${id}`, what);
  assert.match(page.html, /<footer class="foot"><p>Вход через Vouch<\/p>/, what);
  assert.doesNotMatch(page.html, /\sstyle=|<style/, what);
  assert.match(String(page.headers['content-security-policy']), /style-src 'self'(?:;|$)/, what);
}

function assertOwnLook(page: HtmlResponse): void {
  assert.deepEqual([sheetIn(page), logoIn(page)], [undefined, undefined]);
  assert.match(page.html, / · Vouch<\/title>/);
}

const actionIn = ({ html }: HtmlResponse, path: string) =>
  new RegExp(`action="([^"]*${path}[^"]*)"`).exec(html)?.[1] ?? '';

test('each page of a sign-in for an app has its name, its logo and its colour', async () => {
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  const request = authRequest('bakery');
  const first = await follow(browser, await browser.get(request.url));
  assertLook(first, 'bakery', 'number');
  assertLook(await browser.submit(first, '/', { phone_number: 'nonsense' }), 'bakery', 'wrong number');
  assertLook(await browser.post('/', {}, { 'sec-fetch-site': 'cross-site' }), 'bakery', 'a form of another site');
  await browser.submit(first, '/', { phone_number: number });
  const code = await browser.get('/confirm/');
  assertLook(code, 'bakery', 'code');
  const wrong = app.codeFor(number) === '000000' ? '000001' : '000000';
  assertLook(await browser.submit(code, '/confirm/', { sms_code: wrong }), 'bakery', 'wrong code');
  const entered = await browser.submit(code, '/confirm/', { sms_code: app.codeFor(number) });
  const between = await browser.get(entered.location ?? '');
  assertLook(between, 'bakery', 'on the way');
  const consent = await follow(browser, between);
  assertLook(consent, 'bakery', 'consent');
  const action = actionIn(consent, '/oauth/interaction/');
  assertLook(await browser.submit(consent, action, { answer: 'deny' }), 'bakery', 'back to the app');
  assertOwnLook(await browser.get('/account/'));
});

test('a page of an error, the sign-out and its end have the look of the app, and an unknown app has none', async () => {
  const browser = new HtmlClient(app);
  const bad = await browser.get(authRequest('shop', { redirect_uri: 'https://evil.example/' }).url);
  assertLook(bad, 'shop', 'error');
  assertOwnLook(await browser.get(authRequest('nobody', { redirect_uri: 'https://evil.example/' }).url));
  await tokensFor(app, 'shop', anyNumber(), {}, browser);
  const question = await browser.get('/oauth/logout?client_id=shop');
  assertLook(question, 'shop', 'sign-out');
  const action = actionIn(question, '/oauth/logout/confirm');
  const done = await browser.post(new URL(action).pathname, { ...hiddenFields(question.html, action), logout: 'yes' });
  assertLook(await follow(browser, done), 'shop', 'signed out');
});

test('the pages of a device have the look of its app as soon as they know it', async () => {
  const browser = new HtmlClient(app);
  await browser.signIn(anyNumber());
  const { user_code } = (await post(app, '/oauth/device/auth', 'tv', { client_id: 'tv', scope: 'openid' })).body;
  const form = await browser.get('/oauth/device');
  assertOwnLook(form);
  const action = actionIn(form, '/oauth/device');
  const warning = await browser.post('/oauth/device', { ...hiddenFields(form.html, action), user_code });
  assertLook(warning, 'tv', 'warning');
  const next = await browser.post('/oauth/device', { ...hiddenFields(warning.html, action), confirm: 'yes' });
  const consent = await follow(browser, next);
  assertLook(consent, 'tv', 'consent');
  const allowed = await browser.submit(consent, actionIn(consent, '/oauth/interaction/'), { answer: 'allow' });
  const end = await follow(browser, allowed);
  assert.match(end.html, /Устройство подключено/);
  assertLook(end, 'tv', 'connected');
});

test('the stylesheet and the logo come from us, for ever, and can run nothing', async () => {
  const first = await follow(new HtmlClient(app), await new HtmlClient(app).get(authRequest('shop').url));
  const page = await app.server.inject(first.location ?? '/');
  assert.equal(page.statusCode, 200);
  const shown = await new HtmlClient(app).get(authRequest('shop', { redirect_uri: 'https://evil.example/' }).url);
  const [logo = '', sheet = ''] = [logoIn(shown)?.[0], sheetIn(shown)];
  const image = await app.server.inject(logo);
  assert.deepEqual(image.rawPayload, picture);
  assert.equal(image.headers['content-type'], 'image/png');
  assert.equal(image.headers['x-content-type-options'], 'nosniff');
  assert.match(String(image.headers['content-security-policy']), /default-src 'none';sandbox/);
  assert.match(String(image.headers['cache-control']), /immutable/);
  const old = await app.server.inject(logo.replace(/v=.*/, 'v=old'));
  assert.equal(old.headers['cache-control'], 'no-store');
  const css = await app.server.inject(sheet);
  assert.match(String(css.headers['content-type']), /^text\/css/);
  assert.match(css.body, /background:#1d4ed8/);
  for (const path of ['/brand/apps/spa.png', '/brand/apps/nobody.png', '/brand/apps/x', '/brand/apps/..%2fx.png'])
    assert.equal((await app.server.inject(path)).statusCode, 404, path);
  for (const file of ['7f7f7f.css', '1d4ed8', 'red.css', '1D4ED8.css'])
    assert.equal((await app.server.inject(`/brand/colors/${file}`)).statusCode, 404, file);
});

test('a text on the colour of an app has a contrast of 4.5 in light and dark, whatever the colour', async () => {
  for (const color of ['1d4ed8', 'ffc629', '000000', 'ffffff', '101114', '00ff66', 'b00020']) {
    const { body } = await app.server.inject(`/brand/colors/${color}.css`);
    const [, ink = '', stub = ''] = /\.stub\{[^}]*;color:(#\w+);background:(#\w+)\}/.exec(body) ?? [];
    assert.equal(stub, `#${color}`);
    assert.ok(contrast(ink, stub) >= 4.5, color);
    const buttons = [...body.matchAll(/--act:(#\w+);--on-act:(#\w+)/g)];
    assert.equal(buttons.length, 2, 'light and dark');
    for (const [, act = '', text = ''] of buttons) assert.ok(contrast(act, text) >= 4.5, `${color} ${act}`);
  }
});

const webp = (kind: string, ...rest: readonly number[]) => {
  const file = Buffer.alloc(60);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(52, 4);
  file.write(`WEBP${kind}`, 8, 'latin1');
  Buffer.from(rest).copy(file, 20);
  return file;
};

test('a logo is a PNG or a WebP image of a size that a page can carry, and nothing that runs or is elsewhere', () => {
  const problemOf = (extra: Record<string, unknown>) => {
    const found = parseClientDescription({ client_id: 'x', redirect_uris: ['https://x.example/'], ...extra });
    return isClientProblem(found) ? `${found.member} ${found.reason}` : undefined;
  };
  const lossy = webp('VP8 ', 0, 0, 0, 0x9d, 0x01, 0x2a, 120, 0, 60, 0);
  const lossless = webp('VP8L', 0x2f, 119, 0xc0, 14, 0);
  const extended = webp('VP8X', 0, 0, 0, 0, 119, 0, 0, 59, 0, 0);
  for (const file of [picture, lossy, lossless, extended]) {
    const found = parseClientDescription({ client_id: 'x', grant_types: [], logo_uri: logoUrl(file) });
    assert.ok(!isClientProblem(found));
    assert.equal(found.client.logo?.ratio, 2);
    assert.deepEqual(found.logo, file);
  }
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>');
  for (const [logo_uri, reason] of [
    ['https://cdn.example/logo.png', /the picture itself/],
    [logoUrl(svg, 'image/svg+xml'), /neither a PNG nor a WebP/],
    [logoUrl(Buffer.from('<script>')), /neither a PNG nor a WebP/],
    [logoUrl(webp('VP8X', 2, 0, 0, 0, 119, 0, 0, 59, 0, 0)), /animated/],
    [logoUrl(lossy.subarray(0, 40)), /damaged/],
    [logoUrl(picture.subarray(0, 60)), /damaged/],
    [logoUrl(Buffer.alloc(70_000)), /longer than 64 KiB/],
    [logoUrl(png(2049, 300)), /longer than 2048/],
    [logoUrl(png(900, 100)), /8 times as wide/],
    [logoUrl(webp('VP8X', 0, 0, 0, 0, 9, 0, 0, 9, 0, 0)), /shorter than 30/],
    [7, /the picture itself/],
  ] as const)
    assert.match(problemOf({ logo_uri }) ?? '', new RegExp(`^logo_uri cannot be a logo: .*${reason.source}`));
  assert.match(problemOf({ logo: { type: 'image/png', hash: 'x'.repeat(16), ratio: 1 } }) ?? '', /^logo is no member/);
  assert.match(problemOf({ color: '#7f7f7f' }) ?? '', /^color cannot be used: .*4\.\d+.*nearest colour.*#/);
  assert.match(problemOf({ color: 'url(x)' }) ?? '', /^color is no colour such as #1d4ed8/);
});

test('CLIENTS_FILE names the file of a logo, and tells what is wrong with it', () => {
  const client = { client_id: 'shop', redirect_uris: ['https://shop.example/'], client_secret_sha256: 'a'.repeat(64) };
  const read = (logo: Buffer | Error) => {
    const problems: string[] = [];
    const clientsIn = (path: string) => {
      if (path === 'clients.json') return JSON.stringify([{ ...client, color: '#ABC', logo_file: 'logo.png' }]);
      if (logo instanceof Error) throw logo;
      return logo;
    };
    return { problems, clients: readClients('clients.json', clientsIn, problems) };
  };
  const good = read(picture);
  assert.deepEqual(good.problems, []);
  assert.deepEqual(good.clients.get('shop')?.logo, picture);
  assert.equal(good.clients.get('shop')?.client.color, '#aabbcc');
  for (const [logo, reason] of [
    [new Error('no such file'), /logo_file names a file that cannot be read: logo\.png \(no such file\)/],
    [Buffer.from('<svg/>'), /logo_uri cannot be a logo/],
  ] as const)
    assert.match(read(logo).problems.join(), new RegExp(`^CLIENTS_FILE: client 1: ${reason.source}`));
});

test('a registered app keeps its logo beside its metadata, and neither the list nor the audit trail has the picture', async () => {
  const needs = { db: createDatabase(app.sql, app.clock), log: memoryLog(() => undefined) };
  const input = { client_id: 'kiosk', redirect_uris: ['https://kiosk.example/'], logo_uri: logoUrl(picture) };
  assert.ok((await addClient(needs, actor, input)).ok);
  const file = '/brand/apps/kiosk.png';
  assert.deepEqual((await app.server.inject(file)).rawPayload, picture);
  const listed = JSON.stringify(await listClients(needs, actor));
  const acts = JSON.stringify(await app.sql`select * from audit_event where act = 'manage_clients'`);
  for (const text of [listed, acts]) {
    assert.match(text, /kiosk/);
    assert.equal(text.includes(picture.toString('base64').slice(20, 60)), false);
    assert.ok(text.length < 4000, text);
  }
});

test('a number that an app expects fills the field, in the form in which people write it, and is in no log', async () => {
  const shown = async (login_hint: string) => {
    const browser = new HtmlClient(app);
    const page = await follow(browser, await browser.get(authRequest('shop', { login_hint }).url));
    return { browser, page, value: /<input[^>]*id="phone_number"[^>]*value="([^"]*)"/.exec(page.html)?.[1] };
  };
  const [number, known] = [anyNumber(), anyNumber()];
  await new HtmlClient(app).signIn(known);
  const [one, two] = [await shown(number), await shown(known)];
  assert.equal(one.value?.replace(/\D/g, ''), number.slice(1));
  const bare = ({ html }: HtmlResponse) => html.replaceAll(/[\d\s]+/g, '').replaceAll(/"cookies"[^>]*/g, '');
  assert.equal(bare(one.page), bare(two.page), 'a known number looks like an unknown one');
  assert.equal((await shown(`tel:${number}`)).value, one.value);
  assert.equal((await shown('8 916 123-45-67')).value, '8 916 123-45-67');
  for (const other of ['ann@shop.example', '"><script>', `+7916${'1'.repeat(40)}`, '12'])
    assert.equal((await shown(other)).value ?? '', '', other);
  const emptied = await one.browser.submit(one.page, '/', { phone_number: '' });
  assert.doesNotMatch(emptied.html, /id="phone_number"[^>]*value="[^"]/);
  assert.equal(app.log.join('\n').includes(number.slice(1)), false);
  const sent = app.sent.length;
  await shown(anyNumber());
  assert.equal(app.sent.length, sent, 'no message leaves before the person submits');
});

test('the first language of ours that an app asks for holds for its sign-in, and a choice of the person ends it', async () => {
  const languageIn = ({ html }: HtmlResponse) => /<html lang="(\w+)"/.exec(html)?.[1];
  for (const language of languages) {
    const browser = new HtmlClient(app, { 'accept-language': 'en' });
    const request = authRequest('bakery', { ui_locales: `xx ${language}-XX en` });
    const first = await follow(browser, await browser.get(request.url));
    assert.equal(languageIn(first), language);
    const bad = authRequest('shop', { ui_locales: language, redirect_uri: 'https://evil.example/' });
    assert.equal(languageIn(await new HtmlClient(app).get(bad.url)), language, 'errors too');
  }
  const browser = new HtmlClient(app, { 'accept-language': 'en' });
  browser.cookies.set('__Host-language', 'ru');
  const request = authRequest('bakery', { ui_locales: 'tr-TR' });
  const consent = await signInFor(app, browser, request, anyNumber());
  assert.equal(languageIn(consent), 'tr', 'until the end');
  assert.match(app.sent.at(-1)?.text ?? '', /giriş|kod/i);
  await browser.submit(consent, '/language/', { language: 'de', back: actionIn(consent, '/oauth/interaction/') });
  const changed = await browser.get(actionIn(consent, '/oauth/interaction/'));
  assert.equal(languageIn(changed), 'de');
  const left = await follow(
    browser,
    await browser.submit(changed, actionIn(changed, '/oauth/interaction/'), { answer: 'allow' }),
  );
  assert.ok(resultOf(left).get('code'));
  const other = new HtmlClient(app, { 'accept-language': 'en' });
  other.cookies.set('__Host-language', 'ru');
  await tokensFor(app, 'shop', anyNumber(), { ui_locales: 'es' }, other);
  assert.equal(languageIn(await other.get('/account/')), 'ru', 'the cookie counts again when the app has its person');
});

test('prompts that exist: none, login, consent and both; another one is an error of the app', async () => {
  const [browser, number] = [new HtmlClient(app), anyNumber()];
  const go = async (extra: Record<string, string>, id = 'bakery') =>
    follow(browser, await browser.get(authRequest(id, extra).url));
  assert.equal(resultOf(await go({ prompt: 'none' })).get('error'), 'login_required');
  await browser.signIn(number);
  const asked = await go({});
  assert.equal(resultOf(await go({ prompt: 'none' })).get('error'), 'consent_required');
  await follow(browser, await browser.submit(asked, actionIn(asked, '/oauth/interaction/'), { answer: 'allow' }));
  assert.ok(resultOf(await go({ prompt: 'none' })).get('code'));
  for (const id of ['bakery', 'shop']) assertLook(await go({ prompt: 'consent' }, id), id, 'consent again');
  const login = await go({ prompt: 'login' });
  assert.match(login.html, /id="phone_number"/);
  const both = await go({ prompt: 'login consent' });
  assert.match(both.html, /id="phone_number"/);
  app.clock.turn(61);
  await browser.submit(both, '/', { phone_number: number });
  const code = await browser.get('/confirm/');
  const end = await follow(browser, await browser.submit(code, '/confirm/', { sms_code: app.codeFor(number) }));
  assertLook(end, 'bakery', 'consent after a new sign-in');
  assert.equal(resultOf(await go({ prompt: 'select_account' })).get('error'), 'invalid_request');
});
