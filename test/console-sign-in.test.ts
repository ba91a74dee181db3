import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import { createInbox } from '../src/sms/inbox.ts';
import { openAppWithRoutes } from './support/app-routes.ts';
import { addOperator, ConsoleClient, openConsoleApp, signedInOperator } from './support/console-client.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openConsoleApp();

test('an operator, a person and a stranger get the same answers until the code is right', async () => {
  const [operator, person, stranger] = [anyNumber(), anyNumber(), anyNumber()];
  await addOperator(app, operator, 'owner');
  await app.signIn(person);
  app.clock.turn(61);
  const answers = [];
  for (const number of [operator, person, stranger]) {
    const client = new ConsoleClient(app);
    const asked = await client.post('/console/sign-in/', { phone_number: number });
    const page = await client.get('/console/sign-in/code/');
    const wrong = await client.post('/console/sign-in/code/', { sms_code: '000000' });
    const texts = [page.html, wrong.html].map((html) => html.replace(/\+7 916[ \d-]*/g, 'N').replace(/\d{4,}/g, 'C'));
    answers.push([asked.status, asked.location, page.status, wrong.status, ...texts, [...client.cookies.keys()]]);
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
});

test('the sign-in of the console has the limits of the public one, and counts with it', async () => {
  const number = anyNumber();
  await addOperator(app, number, 'owner');
  app.clock.turn(61);
  const client = new ConsoleClient(app);
  await client.post('/console/sign-in/', { phone_number: number });
  const code = app.codeFor(number);
  for (let guess = 0; guess < 5; guess += 1) await client.post('/console/sign-in/code/', { sms_code: '1' });
  const right = await client.post('/console/sign-in/code/', { sms_code: code });
  assert.ok(right.status >= 400, `${right.status}`);
  assert.equal(client.cookies.has('__Host-console'), false);
  const messages = async () => (await app.sql`select from delivery where phone_number = ${number}`).length;
  for (let more = 0; more < 20; more += 1) {
    app.clock.turn(121);
    const door = more % 2 === 0 ? '/console/sign-in/' : '/';
    await new ConsoleClient(app).post(door, { phone_number: number });
  }
  assert.equal(await messages(), 5, 'five an hour by both doors');
});

test('the right code of another person opens nothing: neither a session nor an account', async () => {
  const number = anyNumber();
  const client = new ConsoleClient(app);
  const refused = await client.enter(number);
  assert.equal(refused.status, 403);
  assert.match(refused.html, /This number has no access to the console/);
  assert.equal(client.cookies.has('__Host-console'), false);
  assert.equal((await app.sql`select from number_account where phone_number = ${number}`).length, 0);
  const [event] = await app.sql`select event, result, details from audit_event
    where details like 'the console%' order by id desc limit 1`;
  assert.deepEqual({ ...event }, { event: 'signed_in', result: 'refused', details: 'the console, no operator' });
});

test('the console has its own session: its cookie opens no public page, and theirs not the console', async () => {
  const operator = await signedInOperator(app, 'owner');
  assert.equal((await operator.get('/console/settings/')).status, 200);
  assert.equal((await operator.get('/account/')).location, '/');
  const browser = new HtmlClient(app);
  const person = operator.phoneNumber;
  app.clock.turn(121);
  await browser.signIn(person);
  assert.equal((await browser.get('/account/')).status, 200);
  assert.equal((await browser.get('/console/settings/')).location, '/console/sign-in/');
  const [ours, theirs] = [operator.cookies.get('__Host-console')!, browser.cookies.get('__Host-session')!];
  operator.cookies.set('__Host-session', ours);
  assert.equal((await operator.get('/account/')).location, '/');
  browser.cookies.set('__Host-console', theirs);
  assert.equal((await browser.get('/console/settings/')).location, '/console/sign-in/');
  const withToken = await app.call('GET', '/api/users/me', undefined, { authorization: `Token ${ours}` });
  assert.equal(withToken.statusCode, 401);
  const stored = await app.sql`select encode(secret_hash, 'escape') as hash from operator_session`;
  assert.ok(stored.every(({ hash }) => !ours.includes(hash)));
});

test('the cookie of the console is strict, for this host alone, and no script reads it', async () => {
  const number = anyNumber();
  await addOperator(app, number, 'viewer');
  app.clock.turn(61);
  const entered = await new ConsoleClient(app).enter(number);
  const cookie = entered.setCookies.find((text) => text.startsWith('__Host-console='));
  assert.match(cookie ?? '', /; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
});

test('pages of the console cannot be framed, run no foreign script, and are in no cache or search engine', async () => {
  const operator = await signedInOperator(app, 'owner');
  for (const path of ['/console/sign-in/', '/console/operators/', '/console/settings/']) {
    const { headers } = await operator.get(path);
    const policy = String(headers['content-security-policy']);
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "script-src 'self'", "trusted-types 'none'"])
      assert.ok(policy.includes(part), `${path}: ${policy}`);
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['cache-control'], 'no-store');
    assert.match(String(headers['x-robots-tag']), /noindex/);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  }
});

test('no form of another site acts in the console', async () => {
  const operator = await signedInOperator(app, 'owner');
  const fields = { account: operator.account, role: 'viewer', sure: 'yes' };
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': '', origin: 'https://evil.example' },
  ]) {
    const { status } = await operator.post('/console/operators/role/', fields, headers as Record<string, string>);
    assert.equal(status, 403, JSON.stringify(headers));
  }
});

test('a console on a port of its own has nothing else, and the public pages have no console', async () => {
  const alone = await openApp({ console: { path: '', isAlone: true, settings: [] }, publicUrl: 'https://ops.example' });
  const operator = new ConsoleClient(alone, '');
  assert.equal((await operator.get('/sign-in/')).status, 200);
  for (const path of ['/account/', '/api/users/me', '/confirm/', '/redoc/', '/healthz'])
    assert.equal((await operator.get(path)).status, 404, path);
  const page = await operator.get('/sign-in/');
  assert.match(page.html, /action="\/sign-in\/"/);
  const publicApp = await openApp();
  assert.equal((await new HtmlClient(publicApp).get('/console/sign-in/')).status, 404);
});

test('in development the page of the code shows the message, as the public one does', async () => {
  const app = await openConsoleApp({ inbox: createInbox(), devInbox: 'network' });
  const client = new ConsoleClient(app);
  const number = anyNumber();
  await client.post('/console/sign-in/', { phone_number: number });
  const page = await client.get('/console/sign-in/code/');
  assert.ok(page.html.includes(app.codeFor(number)));
});

const read = (env: Record<string, string>) => parseConfig(env, assert.fail);
const production = {
  NODE_ENV: 'production',
  SECRET_KEYS: 'k3J9vQ2xT7mZ4wL8pR5nB1yC6dF0gHsA',
  PUBLIC_URL: 'https://signin.example.com',
  SMS_ROUTES: '*=http',
  SMS_HTTP_URL: 'https://sms.example.com/',
  SMS_DAILY_MAX: 'off',
  DATABASE_URL: 'postgres://vouch:an-unguessable-pw@db/vouch',
};

test('nothing is open by default in production, and in development the console is at /console/', () => {
  const of = (env: Record<string, string>) => {
    const result = read(env);
    assert.ok(result.ok, result.ok ? '' : result.problems.join('\n'));
    return result.config.console;
  };
  assert.equal(of(production), undefined);
  assert.deepEqual(of({}), { path: '/console' });
  assert.deepEqual(of({ CONSOLE: '/ops/' }), { path: '/ops' });
  assert.deepEqual(of({ ...production, CONSOLE: '9000' }), {
    host: '127.0.0.1',
    port: 9000,
    url: 'http://127.0.0.1:9000',
  });
  assert.deepEqual(of({ ...production, CONSOLE: '10.0.0.5:9000', CONSOLE_URL: 'https://ops.example.com' }), {
    host: '10.0.0.5',
    port: 9000,
    url: 'https://ops.example.com',
  });
});

test('a console that cannot work, or would travel in the open, is refused at the start', () => {
  const problems = (env: Record<string, string>) => {
    const result = read(env);
    return result.ok ? [] : result.problems;
  };
  for (const value of ['yes', '/', '/api/', '/console', 'console', '/a/b/', '/Console/', '0', '70000', 'a b:9000'])
    assert.match(problems({ CONSOLE: value }).join(), /^CONSOLE has to be/, value);
  assert.match(problems({ CONSOLE: '8000' }).join(), /^CONSOLE and PORT are both 8000/);
  assert.match(problems({ CONSOLE: '9464', METRICS_PORT: '9464' }).join(), /^CONSOLE and METRICS_PORT are both 9464/);
  assert.match(problems({ CONSOLE_URL: 'https://ops.example.com' }).join(), /^CONSOLE_URL needs a console with a port/);
  assert.match(problems({ ...production, CONSOLE: '10.0.0.5:9000' }).join(), /^CONSOLE_URL has to begin with https/);
});

test('no path of ours can be that of the console', async () => {
  const [, routes] = await openAppWithRoutes(() => openApp({ inbox: createInbox() }));
  const words = new Set(routes.map((name) => /^\w+ \/([^/:*]+)/.exec(name)?.[1]).filter(Boolean));
  assert.ok(words.size > 8, [...words].join());
  for (const word of words) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(word!)) continue;
    const result = read({ CONSOLE: `/${word}/` });
    assert.equal(result.ok, false, word);
  }
});

test('settings are shown without secrets, each with its source', () => {
  const result = read({
    ...production,
    SECRET_KEYS: production.SECRET_KEYS,
    METRICS_TOKEN: 'a-token-of-sixteen-signs',
  });
  assert.ok(result.ok, result.ok ? '' : result.problems.join());
  const { settings } = result.config;
  const find = (name: string) => settings.find((setting) => setting.name === name);
  assert.deepEqual(find('SECRET_KEYS'), { name: 'SECRET_KEYS', value: null, source: 'set' });
  assert.deepEqual(find('PUBLIC_URL'), { name: 'PUBLIC_URL', value: 'https://signin.example.com', source: 'set' });
  assert.deepEqual(find('CODE_LENGTH'), { name: 'CODE_LENGTH', value: '6', source: 'default' });
  assert.equal(find('TWILIO_FROM'), undefined);
  const all = JSON.stringify(settings);
  for (const secret of [production.SECRET_KEYS, 'an-unguessable-pw', 'a-token-of-sixteen-signs'])
    assert.ok(!all.includes(secret), secret);
});
