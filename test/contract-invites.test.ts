// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../src/kit/random.ts';
import { insertingAccounts } from './support/accounts.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();

type Person = Awaited<ReturnType<typeof newcomer>>;

async function newcomer(inviteCode?: unknown) {
  const number = anyNumber();
  await app.call('POST', '/api/request-sms/', { phone_number: number });
  const verified = await app.call('POST', '/api/verify-sms/', {
    phone_number: number,
    sms_code: app.codeFor(number),
    ...(inviteCode === undefined ? {} : { invite_code: inviteCode }),
  });
  assert.equal(verified.statusCode, 201, verified.body);
  return personOf(number, verified.data.token);
}

async function personOf(number: string, token: string) {
  const call = (method: string, url: string, body?: unknown) => app.call(method, url, body, withToken(token));
  const me = async () => (await call('GET', '/api/users/me')).data;
  const redeem = (invite_code?: unknown) =>
    call('PATCH', '/api/users/me/invite_code', invite_code === undefined ? undefined : { invite_code });
  return { number, token, call, me, redeem, code: (await me()).referal_code as string };
}

async function refuses(person: Person, code: string, problem: string, sentence: string) {
  const before = await person.me();
  const refused = await person.redeem(code);
  assert.equal(refused.statusCode, 400, refused.body);
  assert.equal(refused.data.error, sentence);
  assert.equal(refused.data.code, problem);
  assert.deepEqual(await person.me(), before);
}

test('a redeemed code is answered, shown in the profile, and shows my number to its owner', async () => {
  const [owner, guest] = [await newcomer(), await newcomer()];
  const redeemed = await guest.redeem(owner.code);
  assert.equal(redeemed.statusCode, 200);
  assert.deepEqual(redeemed.data, { invite_code: owner.code });
  assert.equal((await guest.me()).invite_code, owner.code);
  const { invited, invited_count } = await owner.me();
  assert.deepEqual({ invited, invited_count }, { invited: [guest.number], invited_count: 1 });
});

test('the same code again is 200 and changes nothing, also after signing in again', async () => {
  const [owner, guest] = [await newcomer(), await newcomer()];
  await guest.redeem(owner.code);
  const before = await rows();
  assert.deepEqual((await guest.redeem(owner.code.toLowerCase())).data, { invite_code: owner.code });
  assert.deepEqual(await rows(), before);
  app.clock.turn(31);
  const again = await personOf(guest.number, await app.signIn(guest.number));
  assert.equal((await again.me()).invite_code, owner.code);
  assert.equal((await again.redeem(owner.code)).statusCode, 200);
  await refuses(again, (await newcomer()).code, 'invite_code_already_redeemed', 'Вы уже ввели другой код приглашения.');
  assert.equal((await owner.me()).invited_count, 1);
});

test('what was redeemed stays, its time too, however its person signs in again, and whatever invite they come with then', async () => {
  const [owner, other, guest] = [await newcomer(), await newcomer(), await newcomer()];
  await guest.redeem(owner.code);
  const place = async () => {
    const rows =
      await app.sql`select i.* from invite i where i.code in (${guest.code}, ${owner.code}, ${other.code}) order by code`;
    return rows.map((row) => ({ ...row }));
  };
  const before = await place();
  const ways: Record<string, () => Promise<string>> = {
    plainly: () => app.signIn(guest.number),
    'with another invite code': () => verified({ invite_code: other.code }),
    'with the same invite code': () => verified({ invite_code: owner.code }),
    'with a code of no form': () => verified({ invite_code: '' }),
    'on its device': async () => {
      const { headers } = await enter({});
      app.clock.turn(3600);
      return verified({}, { 'device-token': String(headers['device-token']) });
    },
    'from the session that it has': async () => {
      const token = await app.signIn(guest.number);
      app.clock.turn(3600);
      return verified({ invite_code: other.code }, withToken(token));
    },
    'after leaving': async () => {
      const token = await app.signIn(guest.number);
      await app.call('POST', '/api/auth/token/logout/', undefined, withToken(token));
      app.clock.turn(3600);
      return app.signIn(guest.number);
    },
    'by page': () => byPage(),
    'by page with the link of another': () => byPage(`/i/${other.code}`),
    'by page with the link of the same': () => byPage(`/i/${owner.code}`),
    'two years later': async () => {
      app.clock.turn(2 * 365 * 86_400);
      return app.signIn(guest.number);
    },
    'twice at once': async () => {
      await ask();
      const entered = { phone_number: guest.number, sms_code: app.codeFor(guest.number), invite_code: other.code };
      const answers = await Promise.all([1, 2].map(() => app.call('POST', '/api/verify-sms/', entered)));
      return answers.find(({ statusCode }) => statusCode === 201)!.data.token;
    },
  };
  const ask = (headers = {}) => app.call('POST', '/api/request-sms/', { phone_number: guest.number }, headers);
  const enter = async (more: object, headers: Record<string, string> = {}) => {
    await ask(headers);
    const entered = { phone_number: guest.number, sms_code: app.codeFor(guest.number), ...more };
    const answer = await app.call('POST', '/api/verify-sms/', entered, headers);
    assert.equal(answer.statusCode, 201, answer.body);
    return answer;
  };
  const verified = async (more: object, headers: Record<string, string> = {}) =>
    (await enter(more, headers)).data.token;
  const byPage = async (link?: string) => {
    const visit = new HtmlClient(app);
    const page = await visit.get(link ?? '/');
    await visit.submit(page, '/', { phone_number: guest.number });
    await visit.submit(await visit.get('/confirm/'), '/confirm/', { sms_code: app.codeFor(guest.number) });
    return visit.cookies.get('__Host-session')!;
  };
  for (const [way, signIn] of Object.entries(ways)) {
    app.clock.turn(6 * 3600);
    const again = await personOf(guest.number, await signIn());
    assert.deepEqual(await place(), before, way);
    assert.equal((await again.me()).invite_code, owner.code, way);
    assert.equal((await again.redeem(other.code)).data.code, 'invite_code_already_redeemed', way);
    assert.equal((await again.redeem(owner.code)).statusCode, 200, way);
    const visit = new HtmlClient(app);
    visit.cookies.set('__Host-session', again.token);
    assert.equal((await visit.post('/account/invite_code', { invite_code: other.code })).status, 400, way);
    assert.deepEqual(await place(), before, `${way}, and another code after it`);
  }
});

test('no body is 200 with the present value', async () => {
  const [owner, guest] = [await newcomer(), await newcomer()];
  assert.deepEqual((await guest.redeem()).data, { invite_code: null });
  await guest.redeem(owner.code);
  for (const body of [undefined, '', '{}', { something: 'else' }]) {
    const present = await guest.call('PATCH', '/api/users/me/invite_code', body);
    assert.equal(present.statusCode, 200);
    assert.deepEqual(present.data, { invite_code: owner.code });
  }
});

test('unknown, malformed, own and a second code are 400 with one sentence under error', async () => {
  const [owner, guest, third] = [await newcomer(), await newcomer(), await newcomer()];
  const [unknown] = await app.sql`
    select c from unnest(array['BBBBBB', 'CCCCCC', 'DDDDDD']) c where c not in (select code from invite) limit 1`;
  await refuses(guest, unknown?.c, 'invite_code_unknown', 'Такого кода приглашения нет.');
  for (const wrong of ['BCDFG', 'BCDFGHJKMN', 'AEIOUYA', '0123456', '💥', 'BCDFG\u0000', 'x'.repeat(10_000)]) {
    const sentence = 'В коде приглашения от шести до девяти знаков: цифры и латинские буквы.';
    await refuses(guest, wrong, 'invite_code_malformed', sentence);
  }
  await refuses(guest, guest.code, 'invite_code_own', 'Нельзя ввести собственный код приглашения.');
  await guest.redeem(owner.code);
  await refuses(guest, third.code, 'invite_code_already_redeemed', 'Вы уже ввели другой код приглашения.');
  await refuses(guest, guest.code, 'invite_code_own', 'Нельзя ввести собственный код приглашения.');
  for (const typed of ['', null, 5, true, [], {}, [owner.code]]) {
    const refused = await third.redeem(typed);
    assert.equal(refused.statusCode, 400, String(typed));
    assert.equal(typeof refused.data.error, 'string');
    assert.ok(!('invite_code' in refused.data));
  }
});

test('a circle of two, three or ten is refused', async () => {
  for (const length of [2, 3, 10]) {
    const people: Person[] = [];
    for (let at = 0; at < length; at += 1) people.push(await newcomer());
    for (let at = 1; at < length; at += 1) {
      assert.equal((await people[at]!.redeem(people[at - 1]!.code)).statusCode, 200);
    }
    const sentence = 'Этого человека пригласили вы или приглашённые вами.';
    for (let at = 1; at < length; at += 1) {
      await refuses(people[0]!, people[at]!.code, 'invite_code_circle', sentence);
    }
    assert.equal((await people[0]!.redeem((await newcomer()).code)).statusCode, 200);
  }
});

test('invited is newest first, a hundred at most, and the cursor leads through the rest without gap or repeat', async () => {
  const owner = await newcomer();
  const [own] = await app.sql`select account_id from invite where code = ${owner.code}`;
  const alphabet = '23456789BCDFGHJKMNPQRSTVWXZ';
  const expected: string[] = [];
  for (let at = 0; at < 205; at += 1) {
    const id = random.id();
    const code = random.word(alphabet, 6);
    // three people share each moment, so that the cursor has to tell them apart
    const moment = new Date(Date.UTC(2020, 0, 1) + Math.floor(at / 3) * 1000);
    await app.sql.unsafe(
      insertingAccounts(
        `select '${id}'::uuid as id, '${anyNumber()}' as phone_number, '${code}' as code,
          timestamptz '${moment.toISOString()}' as created_at`,
        `'${owner.code}'`,
      ),
    );
  }
  const all = await app.sql`select phone_number from account join invite on account_id = id
    where inviter_id = ${own?.account_id} order by redeemed_at desc, account_id desc`;
  expected.push(...all.map((row) => row.phone_number));

  const first = await owner.me();
  assert.deepEqual(first.invited, expected.slice(0, 100));
  assert.equal(first.invited_count, 205);
  const list = await owner.call('GET', '/api/users/me/invited');
  const { people, ...others } = list.data;
  assert.deepEqual(others, {
    invited: first.invited,
    invited_count: 205,
    invited_cursor: first.invited_cursor,
  });
  assert.deepEqual(
    people.map((person: { phone_number: string }) => person.phone_number),
    first.invited,
  );
  const second = await owner.call('GET', `/api/users/me/invited?cursor=${first.invited_cursor}`);
  const third = await owner.call('GET', `/api/users/me/invited?cursor=${second.data.invited_cursor}`);
  assert.deepEqual([...first.invited, ...second.data.invited, ...third.data.invited], expected);
  assert.equal(third.data.invited_cursor, null);
});

test('a cursor that is not ours is 400 under its name, and a stranger’s shows nobody else’s people', async () => {
  const [owner, guest] = [await newcomer(), await newcomer()];
  await guest.redeem(owner.code);
  const bad = ['', 'x', '%00', '1', Buffer.from('1.x').toString('base64url'), 'A'.repeat(300)];
  for (const cursor of bad) {
    const refused = await owner.call('GET', `/api/users/me/invited?cursor=${cursor}`);
    assert.equal(refused.statusCode, 400, cursor);
    assert.equal(refused.data.cursor.length, 1);
  }
  const far = Buffer.from(`${'9'.repeat(17)}.ffffffff-ffff-ffff-ffff-ffffffffffff`).toString('base64url');
  assert.deepEqual((await owner.call('GET', `/api/users/me/invited?cursor=${far}`)).data.invited, [guest.number]);
  assert.deepEqual((await guest.call('GET', `/api/users/me/invited?cursor=${far}`)).data.invited, []);
});

test('a new person’s invite code is redeemed as they sign up, and its failure never blocks signing in', async () => {
  const owner = await newcomer();
  const guest = await newcomer(` ${owner.code.toLowerCase()} `);
  assert.equal((await guest.me()).invite_code, owner.code);
  assert.deepEqual((await owner.me()).invited, [guest.number]);
  for (const code of ['BCDFG', 'ZZZZZZ', '', null, 'x'.repeat(1000), 'B\u0000CDFG']) {
    assert.equal((await (await newcomer(code)).me()).invite_code, null);
  }
  app.clock.turn(31);
  await app.call('POST', '/api/request-sms/', { phone_number: guest.number });
  const again = { phone_number: guest.number, sms_code: app.codeFor(guest.number), invite_code: guest.code };
  assert.equal((await app.call('POST', '/api/verify-sms/', again)).data.created, false);
  assert.equal((await guest.me()).invite_code, owner.code);
  assert.equal((await guest.me()).invited_count, 0, 'who is known is nobody’s new guest');
});

test('who erased their account stays counted without their number, and their code is redeemed no more', async () => {
  const [owner, guest, late] = [await newcomer(), await newcomer(), await newcomer()];
  await guest.redeem(owner.code);
  assert.equal((await guest.call('DELETE', '/api/users/me')).statusCode, 204);
  const { invited, invited_count } = await owner.me();
  assert.deepEqual({ invited, invited_count }, { invited: [], invited_count: 1 });
  await refuses(late, guest.code, 'invite_code_unknown', 'Такого кода приглашения нет.');
  await late.redeem(owner.code);
  await owner.call('DELETE', '/api/users/me');
  assert.equal((await late.me()).invite_code, owner.code);
});

test('an invite code that is taken is drawn again', async (t) => {
  const owner = await newcomer();
  const draw = random.word;
  t.mock.method(random, 'word', (alphabet: string, length: number) =>
    length === 6 ? owner.code : draw(alphabet, length),
  );
  const guest = await newcomer();
  assert.equal(guest.code.length, 7);
  assert.deepEqual((await guest.redeem(owner.code)).data, { invite_code: owner.code });
  assert.deepEqual((await (await newcomer()).redeem(guest.code)).data, { invite_code: guest.code });
});

test('each of many sign-ups at once gets a code of its own, with one of the short ones free', async (t) => {
  // all words of two letters: those of six save the last, and those of seven and eight
  await app.sql`insert into invite_code (account_id, code)
    select gen_random_uuid(), translate(right(n::bit(8)::text, length), '01', 'BC')
    from generate_series(6, 8) length, generate_series(0, 255) n
    where n < 2 ^ length - (length = 6)::int on conflict do nothing`;
  const draw = random.word;
  t.mock.method(random, 'word', (_alphabet: string, length: number) => draw('BC', length));
  const people = await Promise.all(Array.from({ length: 12 }, () => newcomer()));
  const codes = people.map(({ code }) => code);
  assert.equal(new Set(codes).size, 12);
  for (const code of codes) assert.match(code, /^(?:C{6}|[BC]{9})$/);
});

test('a code of nine characters is shown, looked up and brought along by a link', async (t) => {
  const draw = random.word;
  t.mock.method(random, 'word', (alphabet: string) => draw(alphabet, 9));
  const owner = await newcomer();
  assert.equal(owner.code.length, 9);
  assert.equal((await app.call('GET', `/api/invites/${owner.code}`)).data.invite_code, owner.code);
  const [visit, number] = [new HtmlClient(app), anyNumber()];
  await visit.submit(await visit.get(`/i/${owner.code.toLowerCase()}`), '/', { phone_number: number });
  const entered = await visit.submit(await visit.get('/confirm/'), '/confirm/', { sms_code: app.codeFor(number) });
  assert.equal(entered.location, '/account/');
  assert.deepEqual((await owner.me()).invited, [number]);
});

test('opening a link to an invite changes nothing in the database', async () => {
  const owner = await newcomer();
  const before = await rows();
  for (const method of ['GET', 'HEAD']) {
    for (const url of [
      `/i/${owner.code}`,
      `/i/${owner.code.toLowerCase()}/`,
      '/i/x',
      '/api/users/me/invite_code',
      '/',
    ]) {
      await app.call(method, url, undefined, withToken(owner.token));
    }
  }
  assert.deepEqual(await rows(), before);
});

/** Who looks at links without a person: previews of messengers, robots of searches and of mail, browsers that guess. */
const robots: readonly Record<string, string>[] = [
  { 'user-agent': 'TelegramBot (like TwitterBot)' },
  { 'user-agent': 'WhatsApp/2.24.1 A' },
  { 'user-agent': 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)' },
  { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
  { 'user-agent': 'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)' },
  { 'user-agent': 'curl/8.5.0', accept: '*/*' },
  { 'user-agent': '' },
  { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' },
  { 'x-moz': 'prefetch', accept: 'text/html' },
  { range: 'bytes=0-1023' },
];

test('however often robots, strangers, members and its owner look at a link, the invite is there for each who comes', async () => {
  const [owner, member] = [await newcomer(), await newcomer()];
  const before = await everything();
  const lookers = [
    ...robots,
    cookieOf(member.token),
    cookieOf(owner.token),
    withToken(member.token),
    withToken(owner.token),
  ];
  for (let time = 0; time < 3; time += 1) {
    for (const headers of lookers) {
      for (const method of ['GET', 'HEAD'] as const) {
        for (const url of [`/i/${owner.code}`, `/I/${owner.code.toLowerCase()}/`, `/i/${owner.code}?utm_source=x`]) {
          const seen = await app.server.inject({ method, url, headers });
          assert.equal(seen.statusCode, 200, `${method} ${url} ${JSON.stringify(headers)}`);
        }
      }
      for (const method of ['OPTIONS', 'POST', 'PUT', 'DELETE'] as const)
        await app.server.inject({ method, url: `/i/${owner.code}`, headers });
    }
  }
  assert.deepEqual(await everything(), before);
  for (let guest = 0; guest < 3; guest += 1) {
    const [visit, number] = [new HtmlClient(app), anyNumber()];
    const page = await visit.get(`/i/${owner.code}`);
    assert.ok(page.html.includes(owner.code));
    await visit.submit(page, '/', { phone_number: number });
    await visit.submit(await visit.get('/confirm/'), '/confirm/', { sms_code: app.codeFor(number) });
    const { invite_code } = await (await personOf(number, visit.cookies.get('__Host-session')!)).me();
    assert.equal(invite_code, owner.code);
  }
  assert.equal((await member.redeem(owner.code)).statusCode, 200);
  assert.equal((await owner.me()).invited_count, 4);
});

function cookieOf(token: string) {
  return { cookie: `__Host-session=${token}` };
}

/** All rows of all tables, when sessions were last used aside, and the limit that opening links has. */
async function everything(): Promise<string[]> {
  const tables =
    await app.sql`select table_name as name from information_schema.tables where table_schema = 'public' order by 1`;
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = await app.sql`select (to_jsonb(t) - 'last_used_at')::text as row from ${app.sql(name)} t order by 1`;
    rows.push(...found.map(({ row }) => `${name} ${row}`).filter((row) => !row.includes('"key": "invite_code:')));
  }
  return rows;
}

/** All that invites, accounts and challenges hold. */
async function rows(): Promise<unknown[]> {
  return [
    ...(await app.sql`select * from invite order by account_id`),
    ...(await app.sql`select * from account order by id`),
    ...(await app.sql`select * from challenge order by phone_number`),
  ];
}
