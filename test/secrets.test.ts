import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { pino } from 'pino';
import { secretKeys } from '../src/kit/secret.ts';
import { addressSends } from '../src/limits/allowance.ts';
import { consoleProvider } from '../src/sms/console.ts';
import { testProvider } from './deliveries-kit.ts';
import { type Answer, anyNumber, openApp, testKey, withToken } from './harness.ts';
import { message as shown } from './provider-contract.ts';

const app = await openApp({ addressLimit: addressSends(1_000_000), codeLength: 8 });
const ask = (number: string, headers?: Record<string, string>) =>
  app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
const verify = (number: string, code: unknown) =>
  app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code });

/** Everything that the database holds, as text, bytes both as hexadecimal and as text. */
async function dump(): Promise<string> {
  const tables =
    await app.sql`select relname from pg_class where relkind in ('r', 'm') and relnamespace = 'public'::regnamespace`;
  assert.ok(tables.length >= 5);
  const parts = [];
  for (const { relname } of tables) {
    for (const row of await app.sql`select t::text as text, to_json(t)::text as json from ${app.sql(relname)} t`) {
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
  const refusing = testProvider('console', async () => ({ ok: false, error: 'rejected', why: 'no route' }));
  const failing = await openApp({ databaseUrl: app.databaseUrl, sending: { providers: [refusing] } });
  await failing.call('POST', '/api/request-sms/', { phone_number: number });
  await failing.deliveries.close(1000);
  const line = failing.log.find((one) => one.includes('did not leave'));
  assert.match(line!, /no route/);
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  await consoleProvider(log).send({ ...shown, to: number }, new AbortController().signal);
  assert.match(lines[0]!, /SMS to/);
  assert.ok(!`${failing.log.join('')}${lines.join('')}`.includes(number.slice(2)));
  assert.ok(!failing.log.join('').includes(failing.codeFor(number)));
});

test('known and new numbers get the same bytes and headers, ids and times aside', async () => {
  const plain = ({ statusCode, headers, body }: Answer, number: string) => ({
    statusCode,
    headers: { ...headers, date: '', 'device-token': headers['device-token'] === undefined ? '' : 'one' },
    body: body.replaceAll(number, 'N').replace(/"instance":"[^"]+"/, '"instance":""'),
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
  const pairs = 1000;
  const [known, fresh] = [[] as string[], [] as string[]];
  for (let at = 0; at < pairs; at += 1) {
    known.push(anyNumber());
    fresh.push(anyNumber());
  }
  await app.sql`with i as (insert into invite (account_id, code) select gen_random_uuid(),
      translate(lpad(to_hex((n * 7919) % 16777216), 6, '0'), '0123456789abcdef', '23456789BCDFGHJK') from generate_series(1, ${pairs}::int) n
      on conflict do nothing returning account_id)
    insert into account (id, phone_number, created_at)
    select account_id, number, now() from (select account_id, row_number() over () as n from i) i
      join unnest(string_to_array(${known.join()}, ',')) with ordinality as k (number, n) using (n)`;
  const [{ count } = {}] =
    await app.sql`select count(*)::int from account where phone_number = any(string_to_array(${known.join()}, ','))`;
  assert.equal(count, pairs);

  const send = async (url: string, payload: object) => {
    const begun = performance.now();
    await app.server.inject({ method: 'POST', url, payload });
    return performance.now() - begun;
  };
  const guessed = { sms_code: 'x' };
  for (let warm = 0; warm < 100; warm += 1) await send('/api/request-sms/', { phone_number: anyNumber() });
  for (const [url, more] of [
    ['/api/request-sms/', {}],
    ['/api/verify-sms/', guessed],
  ] as const) {
    const differences: number[] = [];
    const times: number[] = [];
    for (let at = 0; at < pairs; at += 1) {
      const [one, other] = at % 2 ? [known[at], fresh[at]] : [fresh[at], known[at]];
      const first = await send(url, { phone_number: one, ...more });
      const second = await send(url, { phone_number: other, ...more });
      differences.push(at % 2 ? first - second : second - first);
      times.push(first, second);
    }
    const [difference, typical] = [median(differences), median(times)];
    // pairs are measured one after the other, so that load moves both; a lookup that one kind spares would show
    assert.ok(Math.abs(difference) < Math.max(0.1 * typical, 0.1), `${url}: ${difference} ms of ${typical} ms`);
  }
});

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
