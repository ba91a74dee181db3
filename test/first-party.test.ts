import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type * as Oauth from 'oauth4webapi';
import { openDpopKey } from '../packages/client/src/dpop.ts';
import type { BlockKind } from '../src/blocks/block.ts';
import { addBlock } from '../src/blocks/blocks.ts';
import { createDatabase, type Database } from '../src/db/database.ts';
import { recordKey } from '../src/oidc/record-key.ts';
import { deleteExpiredRecords } from '../src/oidc/store.ts';
import type { Actor } from '../src/operators/actor.ts';
import { deepTest, repetitions, testOf } from './support/depth.ts';
import { memoryLog } from './support/embedded-database.ts';
import { anyNumber, openApp, type TestApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import { importPackage, missingPackage } from './support/library-judge.ts';
import {
  authRequest,
  claimsOf,
  configured,
  exchange,
  follow,
  oidc,
  post,
  resultOf,
  secret,
  signInFor,
} from './support/oidc-client.ts';

const app = await openApp({ oidc, trustProxy: 1 });
const operations = {
  db: createDatabase(app.sql, app.clock),
  log: memoryLog(() => {}),
  defaultRegion: 'RU',
} as const;
const admin: Actor = {
  kind: 'operator',
  id: '00000000-0000-4000-8000-00000000000a',
  role: 'admin',
  clientIp: '203.0.113.9',
  device: 'Chrome, Linux',
  hasFreshCode: true,
};
const issuer = 'https://vouch.example';
const endpoint = '/authorize-challenge';

type Dpop = Awaited<ReturnType<typeof openDpopKey>>;

/** An app that signs somebody in: a new pair of PKCE, and a key of DPoP if it has one. */
function openFlow({ clientId = 'phone', by = app, dpop }: { clientId?: string; by?: TestApp; dpop?: Dpop } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const proof = async (path: string): Promise<Record<string, string>> =>
    dpop ? { dpop: await dpop('POST', `${issuer}${path}`) } : {};
  const send = async (form: Record<string, string>, headers: Record<string, string> = {}, on = by) =>
    post(on, endpoint, clientId, form, { ...(await proof(endpoint)), ...headers });
  return {
    verifier,
    challenge,
    send,
    begin: (number: string, form: Record<string, string> = {}, headers = {}) =>
      send(
        {
          response_type: 'code',
          scope: 'openid phone',
          login_hint: number,
          code_challenge: challenge,
          code_challenge_method: 'S256',
          ...form,
        },
        headers,
      ),
    enter: (session: string, otp: string, form: Record<string, string> = {}) =>
      send({ auth_session: session, otp, ...form }),
    redeem: async (code: string, form: Record<string, string> = {}) =>
      post(
        by,
        '/oauth/token',
        clientId,
        { grant_type: 'authorization_code', code, code_verifier: verifier, ...form },
        await proof('/oauth/token'),
      ),
  };
}

test('an app signs a person in without a browser: number, code, tokens, userinfo, refresh', async () => {
  const number = anyNumber();
  const flow = openFlow();
  const asked = await flow.begin(number, { nonce: 'the-nonce' });
  assert.equal(asked.status, 400);
  assert.equal(asked.headers['cache-control'], 'no-store');
  const { auth_session: session, ...facts } = asked.body;
  assert.match(session, /^[\w-]{43}$/);
  assert.deepEqual(facts, {
    error: 'insufficient_authorization',
    error_description: 'otp, the code of the message, is needed',
    phone_number: number,
    code_length: 6,
    expires_in: 600,
    resend_in: 30,
    channel: 'sms',
    next_channel: 'sms',
  });
  const entered = await flow.enter(session, app.codeFor(number));
  assert.equal(entered.status, 200, JSON.stringify(entered.body));
  assert.equal(entered.body.created, true);
  assert.match(String(entered.headers['device-token']), /^vouchd_/);
  const { status, body } = await flow.redeem(entered.body.authorization_code);
  assert.equal(status, 200, JSON.stringify(body));
  const claims = claimsOf(body.id_token);
  assert.equal(claims.phone_number, number);
  assert.equal(claims.nonce, 'the-nonce');
  assert.equal(claims.acr, 'urn:vouch:acr:phone-fresh');
  assert.deepEqual(claims.amr, ['otp', 'sms']);
  const headers = { authorization: `Bearer ${body.access_token}` };
  assert.equal((await app.server.inject({ url: '/oauth/userinfo', headers })).json().sub, claims.sub);
  const refreshed = await post(app, '/oauth/token', 'phone', {
    grant_type: 'refresh_token',
    refresh_token: body.refresh_token,
  });
  assert.equal(refreshed.status, 200);
  const sessions = await app.sql`select device from session where account_id = ${claims.sub}`;
  assert.deepEqual(
    sessions.map(({ device }) => device),
    ['phone'],
    'one session, under the name of the app',
  );
  assert.equal((await flow.redeem(entered.body.authorization_code)).body.error, 'invalid_grant');
});

/** The thumbprint of a key (RFC 7638). */
async function thumbprintOf(dpop: Dpop): Promise<string> {
  const [head = ''] = (await dpop('POST', issuer)).split('.');
  const { crv, kty, x, y } = JSON.parse(Buffer.from(head, 'base64url').toString()).jwk;
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

const wrong = (code: string) => (code === '000000' ? '000001' : '000000');

/** A flow whose code is on its way. */
async function begun(options: Parameters<typeof openFlow>[0] = {}, number = anyNumber()) {
  const flow = openFlow(options);
  const { status, body } = await flow.begin(number);
  assert.equal(status, 400, JSON.stringify(body));
  assert.ok(body.auth_session, JSON.stringify(body));
  return { flow, number, session: String(body.auth_session) };
}

test('only own apps may use it, and an app with a secret proves it at each step', async () => {
  assert.equal((await openFlow({ clientId: 'bakery' }).begin(anyNumber())).body.error, 'unauthorized_client');
  assert.equal((await openFlow({ clientId: 'tv' }).begin(anyNumber())).body.error, 'invalid_request');
  const { flow, number, session } = await begun({ clientId: 'shop' });
  const otp = app.codeFor(number);
  const authorization = `Basic ${Buffer.from('shop:wrong').toString('base64')}`;
  for (const refused of [
    await flow.send({ auth_session: session, otp }, { authorization }),
    await flow.begin(anyNumber(), {}, { authorization }),
    await post(app, endpoint, 'spa', { auth_session: session, otp, client_id: 'shop' }),
    await post(app, endpoint, 'spa', { auth_session: session, otp, client_id: 'shop', client_secret: 'wrong' }),
  ])
    assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client']);
  const entered = await flow.enter(session, otp);
  assert.equal(entered.status, 200, JSON.stringify(entered.body));
  assert.ok((await flow.redeem(entered.body.authorization_code)).body.access_token);
  const unknown = await post(app, endpoint, 'spa', { client_id: 'nobody', login_hint: anyNumber() });
  assert.deepEqual([unknown.status, unknown.body.error], [401, 'invalid_client']);
});

test('the request is checked as any authorisation request, and nothing is sent before', async () => {
  const sent = app.sent.length;
  const number = anyNumber();
  const refused: [Record<string, string>, string][] = [
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: '"' }, 'invalid_scope'],
    [{ resource: 'https://nowhere.example' }, 'invalid_target'],
    [{ claims: '{' }, 'invalid_request'],
    [{ max_age: '-1' }, 'invalid_request'],
    [{ redirect_uri: 'https://evil.example/cb' }, 'invalid_request'],
    [{ request: 'a.b.c' }, 'request_not_supported'],
    [{ prompt: 'none' }, 'login_required'],
    [{ login_hint: 'nobody' }, 'invalid_request'],
    [{ login_hint: '+7495123456789' }, 'invalid_request'],
    [{ login_hint: '9161234567', region_code: 'XX' }, 'invalid_request'],
    [{ login_hint: '' }, 'insufficient_authorization'],
  ];
  for (const [form, error] of refused) {
    const { status, body } = await openFlow().begin(number, form);
    assert.deepEqual([status, body.error], [400, error], JSON.stringify({ form, body }));
    assert.equal(body.auth_session, undefined);
  }
  assert.equal(app.sent.length, sent);
  const told = (await openFlow().begin('nobody', {}, { 'accept-language': 'en' })).body;
  assert.deepEqual([told.code, told.error_description], ['not_a_phone_number', 'not a phone number']);
  assert.match(told.detail, /number/);
});

test('no request reaches an error of ours: repeated, nested, long and broken ones get an answer of OAuth', async () => {
  const { session } = await begun();
  const form = 'application/x-www-form-urlencoded';
  const bodies: [string | undefined, string | Buffer | undefined, number?][] = [
    [undefined, undefined],
    [form, ''],
    [form, 'client_id=phone&client_id=phone'],
    [form, 'client_id=phone&login_hint=1&login_hint=2'],
    [form, `auth_session=${session}&otp=1&otp=2`],
    [form, `auth_session=${session}&otp=1&resend=true`],
    [form, `auth_session=${session}&resend=maybe`],
    [form, `auth_session=${session}&auth_session=${session}&otp=123456`],
    [form, 'auth_session=short&otp=123456'],
    [form, `auth_session=${'x'.repeat(43)}&otp=123456`],
    [form, 'otp=123456&client_id=phone'],
    [form, 'login_hint[]=1&login_hint[a]=2&client_id=phone&__proto__=1&constructor=2&hasOwnProperty=3'],
    [form, '%ff%fe=%00&client_id=%00&login_hint=%00%ff'],
    [form, '&&&=&=a&%'],
    [
      form,
      `client_id=phone&scope=openid&code_challenge=${'c'.repeat(43)}&code_challenge_method=S256&login_hint=${'9'.repeat(9000)}`,
    ],
    [form, `client_id=${'a'.repeat(20_000)}`],
    [form, Buffer.from([0xff, 0xfe, 0x00])],
    ['application/json', '{"client_id":"phone"}'],
    ['text/plain', 'client_id=phone'],
    ['multipart/form-data; boundary=x', '--x--'],
    [`${form}; charset=koi8-r`, 'client_id=phone'],
  ];
  for (const [type, payload] of bodies) {
    const answer = await app.server.inject({
      method: 'POST',
      url: endpoint,
      headers: { accept: 'text/html', ...(type ? { 'content-type': type } : {}) },
      ...(payload === undefined ? {} : { payload }),
    });
    const about = `${type} ${String(payload).slice(0, 80)}: ${answer.body}`;
    assert.ok([400, 401].includes(answer.statusCode), about);
    assert.match(answer.json().error, /^(invalid_request|invalid_session|invalid_client)$/, about);
  }
  for (const headers of [
    { dpop: 'x' },
    { dpop: 'a.b.c' },
    { authorization: 'Basic %%%' },
    { authorization: 'Bearer x' },
  ])
    assert.ok([400, 401].includes((await openFlow().begin(anyNumber(), {}, headers)).status));
  const long = await begun();
  for (const otp of ['1'.repeat(9000), '12345', 'abcdef', '\u0000', '"', '１２３４５６'])
    assert.equal((await long.flow.enter(long.session, otp)).body.code, 'wrong_code');
  assert.equal((await app.server.inject({ method: 'GET', url: endpoint })).statusCode, 405);
  assert.equal(app.log.filter((line) => /request failed/.test(line)).length, 0);
});

test('no form and no header of a client gets an error of ours', async () => {
  const { session } = await begun();
  const pkce = { code_challenge: openFlow().challenge, code_challenge_method: 'S256' };
  const name = fc.constantFrom(
    ...['client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'auth_session', 'otp', 'resend'],
    ...['login_hint', 'region_code', 'invite_code', 'scope', 'claims', 'resource', 'prompt', 'max_age', 'acr_values'],
    ...['id_token_hint', 'nonce', 'state', 'request_uri', 'request', 'redirect_uri', 'response_type', 'dpop_jkt'],
    ...['response_mode', 'registration', 'ui_locales', '__proto__', 'constructor', 'toString'],
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      session,
      'phone',
      'shop',
      'true',
      '123456',
      anyNumber(),
      'openid',
      '{"id_token":{"sub":null}}',
      '[]',
    ),
    fc.constantFrom('consent', 'https://api.shop.example', 'a.b.c', '0', '-1', '9'.repeat(400), '\0', '\ud800'),
  );
  const header = fc.option(fc.constantFrom('dpop', 'authorization', 'device-token', 'accept-language', 'user-agent'));
  const inputs = [fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.boolean(), header, fc.base64String()] as const;
  await fc.assert(
    fc.asyncProperty(...inputs, async (pairs, isWhole, extra, text) => {
      const form = new URLSearchParams(isWhole ? { client_id: 'phone', ...pkce } : {});
      for (const [one, set] of pairs) form.append(one, set);
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        ...(extra ? { [extra]: text } : {}),
      };
      const answer = await app.server.inject({ method: 'POST', url: endpoint, headers, payload: form.toString() });
      assert.ok(answer.statusCode < 500 && answer.json().error, `${form} ${JSON.stringify(headers)}: ${answer.body}`);
    }),
    { numRuns: repetitions(300, 50) },
  );
});

test('a wrong code costs a guess of the challenge, in whichever session; the code ends, and can come again', async () => {
  const { flow, number, session } = await begun();
  const otp = app.codeFor(number);
  const first = await flow.enter(session, wrong(otp));
  assert.deepEqual(
    [first.status, first.body.error, first.body.code],
    [400, 'insufficient_authorization', 'wrong_code'],
  );
  assert.equal(first.body.auth_session, session);
  assert.deepEqual([first.body.code_length, first.body.expires_in > 590], [6, true]);
  const early = await flow.send({ auth_session: session, resend: 'true' });
  assert.deepEqual([early.status, early.body.error], [429, 'temporarily_unavailable']);
  assert.equal(early.body.code, 'too_many_messages');
  assert.equal(early.headers['retry-after'], String(early.body.retry_in));
  assert.match(String(early.headers['ratelimit-policy']), /^"pause"/);
  app.clock.turn(31);
  const looked = await flow.send({ auth_session: session });
  assert.deepEqual([looked.body.error, looked.body.resend_in], ['insufficient_authorization', 0]);
  const again = await flow.send({ auth_session: session, resend: 'true' });
  assert.deepEqual(
    [again.status, again.body.error, again.body.auth_session],
    [400, 'insufficient_authorization', session],
  );
  assert.equal(app.codeFor(number), otp, 'the code that is under way');
  app.clock.turn(61);
  const next = await flow.begin(number, { auth_session: session });
  assert.notEqual(next.body.auth_session, session);
  assert.equal(app.codeFor(number), otp);
  for (const left of [3, 2, 1, 0]) {
    const one = left % 2 ? session : next.body.auth_session;
    assert.equal((await flow.enter(one, wrong(otp))).body.guesses_left, left, 'one count for both');
  }
  const over = await flow.enter(next.body.auth_session, otp);
  assert.equal(over.body.code, 'wrong_code', 'no guess is left, and the right code is worth nothing');
  const late = await begun();
  app.clock.turn(601);
  const expired = await late.flow.enter(late.session, app.codeFor(late.number));
  assert.deepEqual([expired.body.error, expired.body.expires_in], ['insufficient_authorization', 0]);
  assert.equal((await late.flow.send({ auth_session: late.session, resend: 'true' })).body.expires_in, 600);
  assert.equal((await late.flow.enter(late.session, app.codeFor(late.number))).status, 200);
});

test('a stolen session is worth nothing to another app, with another code challenge or by another key', async () => {
  const dpop = await openDpopKey();
  const { flow, number, session } = await begun({ dpop });
  const otp = app.codeFor(number);
  const refused = async (answer: ReturnType<typeof flow.send>) => {
    const { status, body } = await answer;
    assert.deepEqual([status, body.error], [400, 'invalid_session'], JSON.stringify(body));
  };
  await refused(openFlow({ clientId: 'spa', dpop }).enter(session, otp));
  await refused(openFlow({ clientId: 'spa', dpop }).begin(number, { auth_session: session }));
  await refused(openFlow({ clientId: 'shop', dpop }).send({ auth_session: session, otp, client_id: 'shop' }));
  await refused(flow.enter(session, otp, { code_challenge: openFlow().challenge }));
  await refused(flow.enter(session, otp, { scope: 'openid email' }));
  const thief = await openDpopKey();
  await refused(openFlow({ dpop: thief }).enter(session, otp));
  await refused(openFlow().enter(session, otp));
  await refused(openFlow().begin(number, { auth_session: session }));
  await refused(openFlow().enter(session, otp, { dpop_jkt: 'x'.repeat(43) }));
  await refused(openFlow().enter(session, otp, { dpop_jkt: await thumbprintOf(dpop) }));
  const entered = await flow.enter(session, otp);
  assert.equal(entered.status, 200, JSON.stringify(entered.body));
  await refused(flow.enter(session, otp));
  const code = entered.body.authorization_code;
  const redeem = (by: ReturnType<typeof openFlow>) => by.redeem(code, { code_verifier: flow.verifier });
  assert.equal((await redeem(openFlow())).body.error, 'invalid_grant', 'no proof');
  assert.equal((await redeem(openFlow({ dpop: thief }))).body.error, 'invalid_grant', 'the proof of another');
  const again = await begun({ dpop });
  const { body } = await again.flow.enter(again.session, app.codeFor(again.number));
  assert.equal((await again.flow.redeem(body.authorization_code)).body.token_type, 'DPoP');
});

test('the key may only be named at first; the code is bound to it all the same', async () => {
  const dpop = await openDpopKey();
  const named = openFlow();
  const jkt = await thumbprintOf(dpop);
  const number = anyNumber();
  const { body } = await named.begin(number, { dpop_jkt: jkt });
  const otp = app.codeFor(number);
  assert.equal((await named.enter(body.auth_session, otp)).body.error, 'invalid_session');
  const entered = await named.enter(body.auth_session, otp, { dpop_jkt: jkt });
  assert.equal(entered.status, 200, JSON.stringify(entered.body));
  assert.equal((await named.redeem(entered.body.authorization_code)).body.error, 'invalid_grant');
});

test('a page decides where no code can: the app goes on there with the same request', async () => {
  const flow = openFlow();
  const [number, sent] = [anyNumber(), app.sent.length];
  const claims = (idToken: object) => JSON.stringify({ id_token: idToken });
  for (const form of [
    { prompt: 'consent' },
    { claims: claims({ sub: { value: 'x' } }) },
    { claims: claims({ acr: { essential: true } }) },
  ]) {
    const { status, body } = await flow.begin(number, form);
    assert.deepEqual([status, body.error, body.request_uri], [400, 'redirect_to_web', undefined], JSON.stringify(body));
  }
  const { body } = await flow.begin(number, { prompt: 'consent', redirect_uri: 'com.example.app:/cb', state: 's' });
  assert.equal(body.error, 'redirect_to_web');
  assert.match(body.request_uri, /^urn:ietf:params:oauth:request_uri:/);
  assert.equal(body.expires_in, 60);
  assert.equal(app.sent.length, sent);
  const browser = new HtmlClient(app);
  const query = new URLSearchParams({ client_id: 'phone', request_uri: body.request_uri });
  const page = await follow(browser, await browser.get(`/oauth/auth?${query}`));
  assert.match(page.html, /name="phone_number"/);
});

test('a session that has ended goes on with a new request: the number stays, and the device is trusted', async () => {
  const { flow, number, session } = await begun();
  await flow.enter(session, app.codeFor(number));
  app.clock.turn(31);
  const next = openFlow();
  const { login_hint: _, ...form } = { login_hint: '', code_challenge: next.challenge, code_challenge_method: 'S256' };
  assert.equal((await next.send({ auth_session: session, ...form, scope: '"' })).body.error, 'invalid_scope');
  assert.equal((await next.send({ auth_session: session })).body.error, 'invalid_request', 'PKCE is needed again');
  const asked = await next.send({ auth_session: session, ...form });
  assert.deepEqual([asked.body.error, asked.body.phone_number], ['insufficient_authorization', number]);
  assert.notEqual(asked.body.auth_session, session);
  const [row] = await app.sql`select device_trust from challenge where phone_number = ${number} and used_at is null`;
  assert.equal(row?.device_trust, 'known_device');
  const entered = await next.enter(asked.body.auth_session, app.codeFor(number));
  assert.ok((await next.redeem(entered.body.authorization_code)).body.access_token);
  assert.equal(entered.body.created, false);
});

test('the rules of signing in hold: blocks, invites, addresses and the trusted device', async () => {
  const { flow, number, session } = await begun();
  const { body } = await flow.redeem((await flow.enter(session, app.codeFor(number))).body.authorization_code);
  const headers = { authorization: `Bearer ${body.access_token}` };
  const { sub } = (await app.server.inject({ url: '/oauth/userinfo', headers })).json();
  const [invite] = await app.sql`select code from invite where account_id = ${sub}`;
  const guest = await begun();
  const joined = await guest.flow.enter(guest.session, app.codeFor(guest.number), { invite_code: invite?.code });
  const tokens = (await guest.flow.redeem(joined.body.authorization_code)).body;
  const [tree] = await app.sql`select inviter_id from invite where account_id = ${claimsOf(tokens.id_token).sub}`;
  assert.equal(tree?.inviter_id, sub);

  const ended = await app.sql`delete from session where account_id = ${sub}`;
  assert.equal(ended.count, 1);
  assert.equal(
    (await app.server.inject({ url: '/oauth/userinfo', headers })).statusCode,
    401,
    'the tokens end with it',
  );

  const from = { 'x-forwarded-for': '10.9.8.7' };
  await app.sql`insert into rate_limit (key, tat) values ('authorization:10.9.8.7', now() + interval '1 hour' + ${app.clock.aheadMs}::float8 * interval '1 ms')`;
  const busy = await openFlow().begin(anyNumber(), {}, from);
  assert.deepEqual([busy.status, busy.body.error], [429, 'temporarily_unavailable']);
  assert.ok(Number(busy.headers['retry-after']) > 0);
  const own = await begun();
  await app.sql`insert into rate_limit (key, tat) values (${recordKey('AuthSession', own.session)},
    now() + interval '58.5 minutes' + ${app.clock.aheadMs}::float8 * interval '1 ms')`;
  assert.equal((await own.flow.send({ auth_session: own.session })).status, 400);
  assert.equal((await own.flow.send({ auth_session: own.session })).status, 429, 'a session has a limit of its own');
});

test('a code of the pages needs its redirect URI, and a code without one has none', async () => {
  const request = authRequest('phone', { redirect_uri: 'com.example.app:/cb' });
  const code = resultOf(await signInFor(app, new HtmlClient(app), request, anyNumber())).get('code') ?? '';
  assert.equal((await exchange(app, { ...request, redirectUri: '' }, code)).body.error, 'invalid_grant');
  assert.ok((await exchange(app, request, code)).body.access_token);
  const { flow, number, session } = await begun();
  const entered = await flow.enter(session, app.codeFor(number));
  const other = { redirect_uri: 'com.example.app:/cb' };
  assert.equal((await flow.redeem(entered.body.authorization_code, other)).body.error, 'invalid_grant');
  assert.ok((await flow.redeem(entered.body.authorization_code)).body.access_token);
  const url = authRequest('phone', { redirect_uri: 'urn:vouch:no-redirect' }).url;
  assert.match((await new HtmlClient(app).get(url)).html, /invalid_redirect_uri/);
});

test('the session is a hash in the database, its content is sealed, and it is swept', async () => {
  const { number, session } = await begun();
  const rows = JSON.stringify(await app.sql`select * from oidc_record where key like 'AuthSession:%'`);
  assert.ok(rows.includes('AuthSession:'));
  for (const secret of [session, number, app.codeFor(number), 'phone_number'])
    assert.equal(rows.includes(secret), false);
  assert.equal(
    app.log.some((line) => line.includes(session) || line.includes(number)),
    false,
  );
  app.clock.turn(1201);
  const swept = await deleteExpiredRecords(createDatabase(app.sql, app.clock), new Date(0));
  assert.ok(swept.deleted > 0);
  assert.equal((await app.sql`select key from oidc_record where key like 'AuthSession:%'`).length, 0);
  assert.equal((await openFlow().enter(session, '123456')).body.error, 'invalid_session');
});

test('the documents tell the endpoint', async () => {
  for (const url of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])
    assert.equal((await app.server.inject({ url })).json().authorization_challenge_endpoint, `${issuer}${endpoint}`);
});

test('a page of another site cannot send codes by the browsers of its visitors', async () => {
  const [number, sent] = [anyNumber(), app.sent.length];
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    const { status, body } = await openFlow().begin(number, {}, headers as Record<string, string>);
    assert.deepEqual([status, body.error], [400, 'invalid_request']);
  }
  assert.equal(app.sent.length, sent);
});

test('a blocked number gets no code, and a blocked account no tokens', async () => {
  const block = async (kind: BlockKind, value: string) =>
    assert.ok((await addBlock(operations, admin, { kind, value, reason: 'ticket 7' })).ok);
  const { flow, number, session } = await begun();
  const otp = app.codeFor(number);
  await block('number', number);
  const entered = await flow.enter(session, otp);
  assert.deepEqual(
    [entered.status, entered.body.error, entered.body.code],
    [400, 'access_denied', 'number_not_served'],
  );
  assert.equal((await openFlow().begin(number)).body.code, 'number_not_served');
  const known = await begun();
  const code = (await known.flow.enter(known.session, app.codeFor(known.number))).body.authorization_code;
  const { id_token: idToken } = (await known.flow.redeem(code)).body;
  app.clock.turn(31);
  const again = await begun({}, known.number);
  await block('account', claimsOf(idToken).sub);
  const refused = await again.flow.enter(again.session, app.codeFor(known.number));
  assert.deepEqual([refused.body.error, refused.body.code], ['access_denied', 'account_blocked']);
  assert.equal(refused.body.authorization_code, undefined);
});

deepTest(
  'while the database is away at any step the answer is 503, and there is at most one authorization code',
  async () => {
    const plan: { name?: string | undefined; when?: 'before' | 'after' } = {};
    const real = createDatabase(app.sql, app.clock);
    const lost = () => Object.assign(new Error('the connection is lost'), { code: 'CONNECTION_CLOSED' });
    const call: Database['call'] = async (name, input) => {
      if (plan.name === name && plan.when === 'before') throw lost();
      const rows = await real.call(name, input);
      if (plan.name === name) throw lost();
      return rows as never;
    };
    const faulty = await openApp({ oidc, databaseUrl: app.databaseUrl, db: { ...real, call } });
    for (const name of ['use_auth_session', 'sign_in_app', 'put_oidc_record'])
      for (const when of ['before', 'after'] as const) {
        const { flow, number, session } = await begun();
        const otp = app.codeFor(number);
        Object.assign(plan, { name, when });
        const answer = await flow.send({ auth_session: session, otp }, {}, faulty);
        assert.deepEqual([answer.status, answer.body.error], [503, 'temporarily_unavailable'], `${when} ${name}`);
        assert.ok(answer.headers['retry-after']);
        plan.name = undefined;
        const next = await flow.enter(session, otp);
        const isUsed = name === 'put_oidc_record' || (name === 'sign_in_app' && when === 'after');
        assert.equal(next.status, isUsed ? 400 : 200, `${when} ${name} ${JSON.stringify(next.body)}`);
      }
    for (const name of ['consume', 'request_code', 'put_oidc_record']) {
      Object.assign(plan, { name, when: 'before' });
      const flow = openFlow({ by: faulty });
      assert.equal((await flow.begin(anyNumber())).status, 503, name);
    }
  },
);

deepTest('an app that proves itself by a signed assertion need not name itself otherwise', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }] };
  // the library fetches from no address of a private network
  t.mock.method(globalThis, 'fetch', async () => Response.json(keys));
  const client = configured({
    client_id: 'bank',
    first_party: true,
    redirect_uris: ['https://bank.example/cb'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: 'https://bank.example/jwks',
  });
  const bank = await openApp({ oidc: { ...oidc, clients: new Map([['bank', client]]) } });
  const assertion = (aud: string) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: 'bank', sub: 'bank', aud, jti: randomBytes(9).toString('hex'), iat: now, exp: now + 60 };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'ES256', kid: 'k' })}.${part(claims)}`;
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`,
    };
  };
  const flow = openFlow();
  const number = anyNumber();
  const send = async (form: Record<string, string>) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const payload = new URLSearchParams(form).toString();
    return (await bank.server.inject({ method: 'POST', url: endpoint, headers, payload })).json();
  };
  const pkce = { code_challenge: flow.challenge, code_challenge_method: 'S256' };
  const other = await send({ login_hint: number, ...pkce, ...assertion('https://other.example') });
  assert.equal(other.error, 'invalid_client');
  const asked = await send({ login_hint: number, ...pkce, ...assertion(`${issuer}${endpoint}`) });
  assert.equal(asked.error, 'insufficient_authorization', JSON.stringify(asked));
  const step = { auth_session: asked.auth_session, otp: bank.codeFor(number) };
  assert.equal((await send({ ...step, client_id: 'bank' })).error, 'invalid_client');
  assert.ok((await send({ ...step, ...assertion(issuer) })).authorization_code);
});

test('of fifty right codes at once one gets an authorization code', async () => {
  const { flow, number, session } = await begun();
  const form = { auth_session: session, otp: app.codeFor(number) };
  const all = await Promise.all(Array.from({ length: 50 }, () => flow.send(form)));
  const won = all.filter(({ status }) => status === 200);
  assert.equal(won.length, 1, JSON.stringify(all.map(({ body }) => body.error)));
  for (const { status, body } of all)
    if (status !== 200) assert.match(body.error, /^(insufficient_authorization|invalid_session)$/);
  assert.ok((await flow.redeem(won[0]?.body.authorization_code)).body.access_token);
});

const missing = missingPackage('oauth4webapi');

for (const clientId of ['shop', 'phone'])
  testOf(clientId === 'shop')(
    `oauth4webapi authenticates ${clientId}, proves its key, and takes the tokens`,
    { skip: missing },
    async () => {
      const library = await importPackage<typeof Oauth>('oauth4webapi');
      const fetch = async (url: string, init: { method: string; headers: Record<string, string>; body?: unknown }) => {
        const { pathname } = new URL(url);
        const payload = init.body === undefined ? {} : { payload: String(init.body) };
        const method = init.method === 'POST' ? 'POST' : 'GET';
        const answer = await app.server.inject({ method, url: pathname, headers: init.headers, ...payload });
        const type = { 'content-type': String(answer.headers['content-type']) };
        return new Response(answer.body, { status: answer.statusCode, headers: type });
      };
      const client = { client_id: clientId };
      const options = {
        [library.customFetch]: fetch as never,
        DPoP: library.DPoP({}, await library.generateKeyPair('ES256')),
      };
      const found = await library.discoveryRequest(new URL(issuer), { [library.customFetch]: fetch as never });
      const server = await library.processDiscoveryResponse(new URL(issuer), found);
      const challenges = { ...server, token_endpoint: String(server.authorization_challenge_endpoint) };
      const proof = clientId === 'shop' ? library.ClientSecretBasic(secret) : library.None();
      const verifier = library.generateRandomCodeVerifier();
      const call = async (form: Record<string, string>) => {
        const answer = await library.genericTokenEndpointRequest(challenges, client, proof, 'none', form, options);
        return answer.json();
      };
      const number = anyNumber();
      const asked = await call({
        response_type: 'code',
        scope: 'openid phone',
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        login_hint: number,
      });
      const entered = await call({ auth_session: asked.auth_session, otp: app.codeFor(number) });
      const form = { code: entered.authorization_code, code_verifier: verifier };
      const grant = 'authorization_code';
      const answer = await library.genericTokenEndpointRequest(server, client, proof, grant, form, options);
      const tokens = await library.processGenericTokenEndpointResponse(server, client, answer);
      assert.equal(tokens.token_type, 'dpop');
      const { sub } = library.getValidatedIdTokenClaims(tokens) ?? assert.fail('no ID token');
      const info = await library.userInfoRequest(server, client, tokens.access_token, options);
      assert.equal((await library.processUserInfoResponse(server, client, sub, info)).phone_number, number);
      const { refresh_token: refreshToken = '' } = tokens;
      const refreshed = await library.refreshTokenGrantRequest(server, client, proof, refreshToken, options);
      assert.ok((await library.processRefreshTokenResponse(server, client, refreshed)).access_token);
    },
  );
