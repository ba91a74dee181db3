import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { formatPhoneNumber, type PhoneNumber } from '../src/kit/phone-number.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { createMetrics } from '../src/metrics/registry.ts';
import { consoleProvider } from '../src/sms/console.ts';
import { insertingAccounts } from './support/accounts.ts';
import { repetitions } from './support/depth.ts';
import { type Answer, anyNumber, openApp, type TestApp, testKey, withToken } from './support/harness.ts';
import { HtmlClient, type HtmlResponse, hiddenFields } from './support/html-client.ts';
import { message as shown } from './support/provider-contract.ts';
import { testProvider } from './support/test-deliveries.ts';

const app = await openApp({ networkMessagesPerHour: 1_000_000, codeLength: 8 });
const ask = (number: string, headers?: Record<string, string>) =>
  app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
const verify = (number: string, code: unknown) =>
  app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code });

/** Everything that the database holds, as text, bytes both as hexadecimal and as text. */
const dump = () => dumpOf(app);

async function dumpOf({ sql }: Pick<TestApp, 'sql'>): Promise<string> {
  const tables =
    await sql`select relname from pg_class where relkind in ('r', 'm') and relnamespace = 'public'::regnamespace`;
  assert.ok(tables.length >= 5);
  const parts = [];
  for (const { relname } of tables) {
    for (const row of await sql`select t::text as text, to_json(t)::text as json from ${sql(relname)} t`) {
      parts.push(row.text, row.json);
    }
  }
  return parts.join('\n');
}

test('issued codes, tokens and device tokens are in no answer but their own, no log line and no table', async () => {
  const answers: Answer[] = [];
  const seen = async (answer: Promise<Answer>) => {
    answers.push(await answer);
    return answers.at(-1)!;
  };
  const codesOfPages: string[] = [];
  const pages: string[] = [];
  const secrets: { code: string; token: string; device: string; number: string }[] = [];
  for (let person = 0; person < 10; person += 1) {
    const number = anyNumber();
    await seen(ask(number));
    const code = app.codeFor(number);
    await seen(verify(number, code === '11111111' ? '22222222' : '11111111'));
    const signedIn = await verify(number, code);
    assert.equal(signedIn.statusCode, 201);
    const { token } = signedIn.data;
    assert.ok(!signedIn.body.includes(code) && !signedIn.body.includes(number));
    secrets.push({ code, token, device: String(signedIn.headers['device-token']), number });
    await seen(verify(number, code));
    await seen(ask(number));
    const me = withToken(token);
    for (const url of [
      '/api/users/me',
      '/api/users/me/sessions',
      '/api/users/me/invited',
      '/api/users/1',
      '/nothing',
    ]) {
      await seen(app.call('GET', url, undefined, me));
    }
    await seen(app.call('PATCH', '/api/users/me', { username: 'x'.repeat(200), email: token }, me));
    await seen(app.call('PATCH', '/api/users/me/invite_code', { invite_code: token }, me));
    await seen(app.call('POST', '/api/verify-sms/', `{"phone_number": "${number}", "sms_code": "${code}"`));
    await seen(app.call('GET', `/api/users/me?token=${token}&phone=${encodeURIComponent(number)}&code=${code}`));
    await seen(app.call('GET', `/confirm/?code=${code}`));
    const other = anyNumber();
    const payload = new URLSearchParams({ phone_number: other }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
    const asked = await app.server.inject({ method: 'POST', url: '/', headers, payload });
    assert.equal(asked.headers.location, '/confirm/');
    codesOfPages.push(app.codeFor(other));
    const cookie = asked.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const shown = await app.server.inject({ url: '/confirm/', headers: { cookie } });
    assert.equal(shown.statusCode, 200);
    pages.push(JSON.stringify(asked.headers), shown.body);
  }
  for (const code of codesOfPages)
    assert.doesNotMatch(pages.join('\n'), new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`), 'a code is in a page');
  const [database, log] = [await dump(), app.log.join('')];
  const bodies = answers.map((answer) => JSON.stringify(answer.headers) + answer.body).join('\n');
  assert.ok(app.log.length > 100 && database.includes(secrets[0]!.number), 'there is something to look through');
  for (const { code, token, device, number } of secrets) {
    const secret = Buffer.from(token.slice('vouch_'.length), 'base64url').subarray(16, 48);
    for (const [where, text] of Object.entries({ database, log, bodies })) {
      const place = where === 'bodies' ? text.replaceAll(`"${token}"`, '') : text;
      for (const [what, value] of Object.entries({ token, device, hex: secret.toString('hex') })) {
        assert.ok(!place.includes(value), `${what} is in the ${where}`);
      }
      assert.doesNotMatch(place, new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`), `a code is in the ${where}`);
    }
    assert.ok(!log.includes(number) && !log.includes(number.slice(1)), 'a full number is in the log');
  }
});

/** What this process writes to its standard outputs until the test ends. */
function outputOf(t: TestContext): string[] {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    t.mock.method(stream, 'write', (chunk: Uint8Array | string, ...more: []) => {
      written.push(Buffer.from(chunk as string).toString('latin1'));
      return write(chunk, ...more);
    });
  }
  return written;
}

/** A code as somebody could have kept it who did not think it was one: written otherwise, or as a hash that has no key. */
function formsOf(code: string, number: string): string[] {
  const texts = [code, `${number}${code}`, `${number}:${code}`, `${code}${number}`, `${code}:${number}`];
  const digests = texts.flatMap((text) =>
    ['md5', 'sha1', 'sha256', 'sha512'].flatMap((name) =>
      (['hex', 'base64', 'base64url'] as const).map((form) => createHash(name).update(text).digest(form)),
    ),
  );
  const written = [
    Buffer.from(code).toString('base64'),
    Buffer.from(code).toString('hex'),
    [...code].reverse().join(''),
  ];
  return [...written, ...digests, `${code.slice(0, 4)} ${code.slice(4)}`, `${code.slice(0, 4)}-${code.slice(4)}`];
}

test('from the first page to leaving, no code is in a page, an answer, a log, an output, a metric or a table, in any form', async (t) => {
  const counts = createMetrics();
  const output = outputOf(t);
  const site = await openApp({ codeLength: 8, metrics: counts });
  const seen: string[] = [];
  const keep = (page: HtmlResponse) => {
    seen.push(JSON.stringify(page.headers) + page.html);
    return page;
  };
  const issued: { code: string; number: string }[] = [];
  const known = new Set<string>();
  for (let person = 0; person < 6; person += 1) {
    const number = anyNumber();
    const visit = new HtmlClient(site, {
      'accept-language': person % 2 ? 'ru' : 'en',
      'user-agent': 'Mozilla/5.0 Chrome/140.0',
    });
    keep(await visit.get('/'));
    keep(await visit.post('/', { phone_number: number, cookies: '1' }));
    const code = site.codeFor(number);
    issued.push({ code, number });
    const page = keep(await visit.get('/confirm/'));
    const { pending = '' } = hiddenFields(page.html, '/confirm/');
    keep(await visit.post('/confirm/state', { pending }));
    const wrong = code === '11111111' ? '22222222' : '11111111';
    for (const typed of [wrong, '', 'x', wrong]) keep(await visit.post('/confirm/', { sms_code: typed }));
    keep(await visit.post('/confirm/resend'));
    keep(await visit.post('/confirm/number'));
    site.clock.turn(31);
    keep(await visit.post('/confirm/resend'));
    keep(await visit.post('/confirm/show'));
    keep(await visit.get('/confirm/'));
    keep(await visit.post('/language/', { language: 'ru', back: '/confirm/', pending }));
    assert.equal(site.codeFor(number), code);
    const entered = keep(await visit.post('/confirm/', { sms_code: code }));
    assert.equal(entered.location, '/account/');
    const [token, device] = [visit.cookies.get('__Host-session')!, visit.cookies.get('__Host-device')!];
    for (const secret of [token, device]) known.add(secret);
    keep(await visit.post('/confirm/', { sms_code: wrong }));
    for (const path of ['/account/', '/logout/', '/account/delete/', '/nothing']) keep(await visit.get(path));
    keep(await visit.post('/account/profile', { username: 'x'.repeat(200) }));
    const answers = [
      await site.call('GET', '/api/users/me', undefined, withToken(token)),
      await site.call('GET', '/api/users/me/sessions', undefined, withToken(token)),
      await site.call('POST', '/api/request-sms/', { phone_number: number }),
      await site.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code }),
      await site.call('POST', '/api/verify-sms/', `{"phone_number":"${number}","sms_code":"${code}"`),
      await site.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: { code } }),
      await site.call('POST', '/confirm/', `sms_code=${code}`, { 'content-type': 'text/plain' }),
    ];
    for (const { headers, body } of answers) seen.push(JSON.stringify(headers) + body);
    if (person % 2) keep(await visit.post('/account/delete/'));
    else keep(await visit.post('/logout/'));
  }
  const tables = await dumpOf(site);
  const places = {
    'an answer': seen.join('\n'),
    'the log': site.log.join(''),
    'the output': output.join(''),
    'a metric': JSON.stringify(await counts.snapshot()),
    'a table': tables,
  };
  assert.ok(seen.length > 100 && site.log.length > 100 && places['a metric'].includes('vouch_sign_ins_total'));
  for (const { code, number } of issued) {
    const national = number.slice(2);
    const spelled = [number.slice(1), `8${national}`, formatPhoneNumber(number as PhoneNumber), national];
    for (const [place, text] of Object.entries(places)) {
      assert.doesNotMatch(text, new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`), `a code is in ${place}`);
      for (const form of formsOf(code, number))
        assert.ok(!text.includes(form), `a form of a code is in ${place}: ${form}`);
      if (place === 'an answer' || place === 'a table') continue;
      for (const spelling of spelled) assert.ok(!text.includes(spelling), `a number is in ${place}`);
    }
  }
  const withoutCookies = places['an answer'].replaceAll(/__Host-(?:session|device)=[\w.-]+/g, '');
  for (const secret of known) {
    for (const [place, text] of Object.entries({ ...places, 'an answer': withoutCookies })) {
      const forms = [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')];
      for (const form of forms) assert.ok(!text.includes(form), `a token is in ${place}`);
    }
  }
});

test('the server’s key is in no table, and the hash of a session’s secret is not the secret', async () => {
  const database = await dump();
  for (const form of ['utf8', 'hex', 'base64'] as const) {
    assert.ok(!database.includes(Buffer.from(testKey).toString(form)));
  }
  assert.ok(database.includes(secretKeys([testKey]).current.id), 'the id of the key is');
});

test('a fault is logged with the id of its answer, which says nothing of it, and without numbers or codes', async () => {
  const broken = await openApp({
    databaseUrl: app.databaseUrl,
    sending: { compose: () => assert.fail('a fault with a stack') },
  });
  const number = anyNumber();
  const answer = await broken.call('POST', '/api/request-sms/', { phone_number: number });
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.data.code, 'internal_error');
  assert.doesNotMatch(answer.body, /stack|at |src\//);
  const line = broken.log.find((one) => one.includes('a fault with a stack'));
  assert.equal(JSON.parse(line!).reqId, answer.data.instance);
  assert.ok(!broken.log.join('').includes(number.slice(1)));
});

test('an SMS that does not leave or is printed is logged without the full number', async () => {
  const number = anyNumber();
  const refusing = testProvider('console', async () => ({ ok: false, error: 'rejected', reason: 'no route' }));
  const failing = await openApp({ databaseUrl: app.databaseUrl, sending: { providers: [refusing] } });
  await failing.call('POST', '/api/request-sms/', { phone_number: number });
  await failing.deliveries.close(1000);
  const line = failing.log.find((one) => one.includes('delivery attempt failed'));
  assert.match(line!, /no route/);
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  await consoleProvider(log).send({ ...shown, to: number as PhoneNumber }, new AbortController().signal);
  assert.match(lines[0]!, /console message/);
  assert.ok(!`${failing.log.join('')}${lines.join('')}`.includes(number.slice(2)));
  assert.ok(!failing.log.join('').includes(failing.codeFor(number)));
});

test('known and new numbers get the same bytes and headers, ids and times aside', async () => {
  const plain = ({ statusCode, headers, body }: Answer, number: string) => ({
    statusCode,
    headers: { ...headers, date: '', 'device-token': headers['device-token'] === undefined ? '' : 'one' },
    body: body
      .replaceAll(number, 'N')
      .replace(/"instance":"[^"]+"/, '"instance":""')
      .replace(/(?:vouch|~)c_[\w-]{43}/g, 'token'),
  });
  const known = anyNumber();
  await app.signIn(known);
  app.clock.turn(3600);
  const fresh = anyNumber();
  const seen: Record<string, unknown[]> = { [known]: [], [fresh]: [] };
  for (const number of [known, fresh]) {
    const keep = (answer: Answer) => seen[number]!.push(plain(answer, number));
    keep(await ask(number));
    const wrong = app.codeFor(number) === '11111111' ? '22222222' : '11111111';
    for (let guess = 0; guess < 6; guess += 1) keep(await verify(number, wrong));
    keep(await verify(number, ''));
  }
  assert.deepEqual(seen[known], seen[fresh]);
});

test('how long an answer takes does not tell which numbers are known', async () => {
  // fewer pairs would not tell a difference from noise
  const pairs = Math.max(150, repetitions(2500));
  const attempts = 3;
  const [known, fresh] = [[] as string[], [] as string[]];
  for (let at = 0; at < attempts * pairs; at += 1) {
    known.push(anyNumber());
    fresh.push(anyNumber());
  }
  await app.sql.unsafe(
    insertingAccounts(`select gen_random_uuid() as id, number as phone_number, now() as created_at,
      translate(lpad(to_hex((n * 7919) % 16777216), 6, '0'), '0123456789abcdef', '23456789BCDFGHJK') as code
      from unnest(string_to_array('${known.join()}', ',')) with ordinality as k (number, n)`),
  );
  const [{ count } = {}] =
    await app.sql`select count(*)::int from account where phone_number = any(string_to_array(${known.join()}, ','))`;
  assert.equal(count, attempts * pairs);

  const send = async (url: string, payload: object) => {
    const begun = performance.now();
    await app.server.inject({ method: 'POST', url, payload });
    return performance.now() - begun;
  };
  const guessed = { sms_code: 'x' };
  for (let warm = 0; warm < 50; warm += 1) await send('/api/request-sms/', { phone_number: anyNumber() });
  for (const [url, more] of [
    ['/api/request-sms/', {}],
    ['/api/verify-sms/', guessed],
  ] as const) {
    // pairs are measured one after the other, so that load moves both; a lookup that one kind spares would show each time,
    // and what else runs on the machine does not
    const told: string[] = [];
    while (told.length < attempts) {
      const { difference, typical } = await measured(url, more, told.length * pairs);
      if (Math.abs(difference) < Math.max(0.1 * typical, 0.1)) break;
      told.push(`${difference} ms of ${typical} ms`);
    }
    assert.ok(told.length < attempts, `${url}: ${told.join(', ')}`);
  }

  async function measured(url: string, more: object, begin: number) {
    const differences: number[] = [];
    const times: number[] = [];
    for (let at = begin; at < begin + pairs; at += 1) {
      const [one, other] = at % 2 ? [known[at], fresh[at]] : [fresh[at], known[at]];
      const first = await send(url, { phone_number: one, ...more });
      const second = await send(url, { phone_number: other, ...more });
      differences.push(at % 2 ? first - second : second - first);
      times.push(first, second);
    }
    return { difference: median(differences), typical: median(times) };
  }
});

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
