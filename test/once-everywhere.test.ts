// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withName } from '../src/kit/token-prefix.ts';
import { networkGuesses } from '../src/limits/rules.ts';
import { createInbox } from '../src/sms/inbox.ts';
import { anyNumber, openApp, type TestApp, withToken } from './support/harness.ts';
import { operationsOf } from './support/hostile-values.ts';

const app = await openApp({ trustProxy: 1 });
const strict = await openApp({ databaseUrl: app.databaseUrl, phoneNumberPolicy: 'mobile' });

/** How each call that takes a code is driven to its limit, by the member that holds the code. */
const guessing: Readonly<Record<string, () => Promise<() => Promise<{ statusCode: number }>>>> = {
  'POST /api/verify-sms sms_code': async () => {
    const phone = anyNumber();
    const headers = { 'x-forwarded-for': '198.51.100.97' };
    // the network has had all but fifty of its guesses that belong to no challenge
    const used = (networkGuesses.quota - 50) / networkGuesses.quota;
    await app.sql`insert into rate_limit (key, tat) values ('guess:198.51.100.97',
      now() + ${app.clock.aheadMs}::float8 * interval '1 ms' + ${used * networkGuesses.windowSeconds} * interval '1 s')`;
    return () => app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: '123456' }, headers);
  },
  'PATCH /api/users/me/invite_code invite_code': async () => {
    const token = await app.signIn(anyNumber());
    // a client of its own, so that its network has tries left for the other tests
    const headers = { ...withToken(token), 'x-forwarded-for': '198.51.100.99' };
    return () => app.call('PATCH', '/api/users/me/invite_code', { invite_code: '222222' }, headers);
  },
  'GET /api/invites/{code} code': async () => {
    return () => app.call('GET', '/api/invites/222222', undefined, { 'x-forwarded-for': '198.51.100.98' });
  },
};

/** One code, one sign-up: the limit of the SMS code is in front of it. */
const guarded = ['POST /api/verify-sms invite_code'];

test('every call of the document that takes a code has a limit', async () => {
  const takers = operationsOf(app.server).flatMap(({ name, body, query, params }) =>
    Object.keys({ ...body, ...query, ...params })
      .filter((member) => /code|pin|otp|secret/.test(member) && member !== 'region_code')
      .map((member) => `${name} ${member}`),
  );
  assert.deepEqual(takers.sort(), [...Object.keys(guessing), ...guarded].sort());
  for (const [name, prepare] of Object.entries(guessing)) {
    const guess = await prepare();
    let guesses = 0;
    while (guesses <= 100 && (await guess()).statusCode !== 429) guesses += 1;
    assert.ok(guesses <= 100, `${name} takes guesses without end`);
    assert.ok(guesses >= 20, `${name} is refused after ${guesses} guesses`);
  }
});

test('a wrong guess by the page counts for the API with its challenge, and the other way round', async () => {
  const phone = anyNumber();
  const pages = await browser(app, phone);
  const code = app.codeFor(phone);
  const body = { phone_number: phone, challenge: pages.challenge };
  for (let guess = 0; guess < 5; guess += 1) {
    const answer = await (guess % 2
      ? app.call('POST', '/api/verify-sms/', { ...body, sms_code: wrongCode(code) })
      : pages.post('/confirm/', { sms_code: wrongCode(code) }));
    assert.equal(answer.statusCode, 400);
    const [row] = await app.sql`select guesses from challenge where phone_number = ${phone}`;
    assert.equal(row!.guesses, guess + 1);
  }
  assert.equal((await pages.post('/confirm/', { sms_code: code })).statusCode, 400);
  const verified = await app.call('POST', '/api/verify-sms/', { ...body, sms_code: code });
  assert.equal(verified.statusCode, 400);
});

test('a code that was used by the page is used for the API, and the other way round', async () => {
  for (const first of ['page', 'API']) {
    const phone = anyNumber();
    const pages = await browser(app, phone);
    const code = app.codeFor(phone);
    const doors = [
      () => pages.post('/confirm/', { sms_code: code }),
      () => app.call('POST', '/api/verify-sms/', { phone_number: phone, challenge: pages.challenge, sms_code: code }),
    ];
    if (first === 'API') doors.reverse();
    const answers = [await doors[0]!(), await doors[1]!()].map(({ statusCode }) => statusCode);
    assert.deepEqual(answers, [first === 'API' ? 201 : 303, 400]);
  }
});

test('a message asked for by the page counts for the API with its challenge, and for the number', async () => {
  const phone = anyNumber();
  const { challenge } = await browser(app, phone);
  assert.equal((await app.call('POST', '/api/request-sms/', { phone_number: phone, challenge })).statusCode, 429);
  for (let other = 0; other < 4; other += 1) await browser(app, phone);
  const refused = await app.call('POST', '/api/request-sms/', { phone_number: phone });
  assert.equal(refused.headers['ratelimit-policy'], '"hour";q=5;w=3600', 'five an hour by all doors together');
  assert.equal((await form(app, '/', { phone_number: phone })).statusCode, 429);
  assert.equal(app.sent.filter(({ to }) => to === phone).length, 5);
});

test('whoever redeemed by one door redeems nothing else by the other, also at once', async () => {
  for (const order of ['page first', 'API first', 'at once']) {
    const [mine, one, other] = await Promise.all([0, 1, 2].map(() => app.signIn(anyNumber())));
    const codes = await Promise.all([one!, other!].map(ownCode));
    const doors = [
      () => form(app, '/account/invite_code', { invite_code: codes[0]! }, session(mine!)),
      () => app.call('PATCH', '/api/users/me/invite_code', { invite_code: codes[1] }, withToken(mine!)),
    ];
    if (order === 'API first') doors.reverse();
    const answers =
      order === 'at once' ? await Promise.all(doors.map((door) => door())) : [await doors[0]!(), await doors[1]!()];
    const through = answers.map(({ statusCode }) => statusCode < 400);
    assert.equal(through.filter(Boolean).length, 1, order);
    if (order !== 'at once') assert.ok(through[0]);
    const counts =
      await app.sql`select invited_count from invite where code = any(string_to_array(${codes.join()}, ',')) order by 1`;
    assert.deepEqual(
      counts.map(({ invited_count }) => invited_count),
      [0, 1],
    );
  }
});

test('own codes, circles and unknown codes are refused by both doors', async () => {
  const [mine, child] = [await app.signIn(anyNumber()), await app.signIn(anyNumber())];
  const code = await ownCode(mine);
  await app.call('PATCH', '/api/users/me/invite_code', { invite_code: code }, withToken(child));
  for (const refused of [code, await ownCode(child), '222222', 'AEIOU']) {
    const byApi = await app.call('PATCH', '/api/users/me/invite_code', { invite_code: refused }, withToken(mine));
    const byPage = await form(app, '/account/invite_code', { invite_code: refused }, session(mine));
    assert.deepEqual([byApi.statusCode, byPage.statusCode], [400, 400]);
    assert.ok(byPage.body.includes(byApi.data.error), `the page says: ${byApi.data.error}`);
  }
});

test('the code of an erased account is redeemed by neither door, nor at sign-up, which succeeds', async () => {
  const [gone, mine] = [await app.signIn(anyNumber()), await app.signIn(anyNumber())];
  const code = await ownCode(gone);
  await app.call('DELETE', '/api/users/me', undefined, withToken(gone));
  const byApi = await app.call('PATCH', '/api/users/me/invite_code', { invite_code: code }, withToken(mine));
  const byPage = await form(app, '/account/invite_code', { invite_code: code }, session(mine));
  assert.deepEqual([byApi.statusCode, byPage.statusCode], [400, 400]);

  const phone = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: phone });
  const body = { phone_number: phone, sms_code: app.codeFor(phone), invite_code: code };
  const signedUp = await app.call('POST', '/api/verify-sms/', body);
  assert.equal(signedUp.statusCode, 201);
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(signedUp.data.token));
  assert.equal(data.invite_code, null);
});

test('a profile that one door refuses the other refuses too', async () => {
  const token = await app.signIn(anyNumber());
  await app.call('PATCH', '/api/users/me', { username: 'taken' }, withToken(await app.signIn(anyNumber())));
  for (const refused of [
    { email: 'a@' },
    { username: 'x'.repeat(151) },
    { first_name: 'a\0' },
    { username: 'TAKEN' },
  ]) {
    const byApi = await app.call('PATCH', '/api/users/me', refused, withToken(token));
    const byPage = await form(app, '/account/profile', refused as Record<string, string>, session(token));
    assert.deepEqual([byApi.statusCode, byPage.statusCode], [400, 400], JSON.stringify(refused));
  }
});

test('a number that the API refuses gets no message by the pages either, whatever their cookie holds', async () => {
  const refused = '+74951234567';
  assert.equal((await strict.call('POST', '/api/request-sms/', { phone_number: refused })).statusCode, 400);
  assert.equal((await form(strict, '/', { phone_number: refused })).statusCode, 400);
  const cookie = { cookie: `__Host-pending=${refused}.6.${Date.now() + 600_000}.0.0` };
  for (const path of ['/confirm/resend', '/confirm/']) {
    const answer = await form(strict, path, { sms_code: '000000' }, cookie);
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/']);
  }
  assert.deepEqual(strict.sent, []);
});

test('no GET and no HEAD changes the database', async () => {
  const inbox = createInbox();
  const reader = await openApp({ databaseUrl: app.databaseUrl, inbox });
  const phone = anyNumber();
  const token = await app.signIn(phone);
  const code = await ownCode(await app.signIn(anyNumber()));
  const cookies = [
    '',
    session(token).cookie,
    `__Host-pending=${anyNumber()}.6.${Date.now() + 600_000}.0.1; __Host-invite=${code}`,
    `${session(token).cookie}; __Host-invite=${code}`,
  ];
  const { paths } = app.server.swagger() as { paths: object };
  const pages = [
    '/',
    `/i/${code}`,
    '/i/BBBBBB',
    '/i/nothing',
    '/invite/decline',
    '/confirm/',
    '/account/',
    '/logout/',
    '/account/data.json',
    '/account/delete/',
    '/problems/wrong_code',
    '/language/',
  ];
  const others = [
    '/dev/inbox',
    '/dev/inbox.json',
    '/redoc/',
    '/openapi.json',
    '/livez',
    '/readyz',
    '/sessions/x/end',
    '/confirm/resend',
  ];
  const before = await dump(app);
  for (const path of [...Object.keys(paths), ...pages, ...others]) {
    const url = path.replace(/\{\w+\}/, '00000000-0000-0000-0000-000000000000');
    for (const method of ['GET', 'HEAD'] as const) {
      for (const cookie of cookies) {
        await reader.server.inject({ method, url, headers: { cookie, ...withToken(token), accept: 'text/html' } });
        await reader.server.inject({
          method,
          url: `${url}?invite_code=${code}&phone_number=${encodeURIComponent(phone)}`,
          headers: { cookie },
        });
      }
    }
  }
  assert.deepEqual(await dump(app), before);
  await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() });
  assert.notDeepEqual(await dump(app), before, 'a dump shows a change');
});

/** All rows of all tables, the last use of sessions aside, and the limit that opening links to invites has. */
async function dump({ sql }: TestApp): Promise<Record<string, unknown>> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public' order by 1`;
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    const found = await sql`select (to_jsonb(t) - 'last_used_at')::text as row from ${sql(name)} t order by 1`;
    rows[name] = found.map(({ row }) => row).filter((row) => !row.includes('"key": "invite_code:'));
  }
  assert.ok(Object.keys(rows).length >= 6);
  return rows;
}

/** A browser that has asked for a code of a number. */
async function browser(on: TestApp, phone: string) {
  const asked = await form(on, '/', { phone_number: phone });
  assert.equal(asked.statusCode, 303, asked.body);
  const cookie = asked.cookies.map(({ name, value }) => `${name}=${withName(value)}`).join('; ');
  const challenge = /vouchc_[\w-]{43}/.exec(cookie)?.[0];
  return { challenge, post: (path: string, fields: Record<string, string>) => form(on, path, fields, { cookie }) };
}

function form(on: TestApp, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return on.call('POST', path, new URLSearchParams(fields).toString(), { ...type, ...headers });
}

function session(token: string) {
  return { cookie: `__Host-session=${token}` };
}

async function ownCode(token: string): Promise<string> {
  return (await app.call('GET', '/api/users/me', undefined, withToken(token))).data.referal_code;
}

function wrongCode(code: string): string {
  return String((Number(code) + 1) % 1e6).padStart(6, '0');
}
