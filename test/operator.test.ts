import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { pino } from 'pino';
import { list, providers, summarize, testSms, trace } from '../src/cli/operations.ts';
import { createDatabase } from '../src/db/database.ts';
import { databaseClock } from '../src/kit/clock.ts';
import type { PhoneNumber } from '../src/kit/phone-number.ts';
import { secretKeys } from '../src/kit/secret.ts';
import { numberSends, testNumberSends } from '../src/limits/rules.ts';
import type { Actor } from '../src/operators/actor.ts';
import { unlockNumber } from '../src/people/act-on-person.ts';
import { formatMicros } from '../src/people/format.ts';
import { limitLine, tellLimits } from '../src/people/number-limits.ts';
import { readStory } from '../src/people/number-story.ts';
import type { PeopleNeeds } from '../src/people/person.ts';
import { tellPlainStory } from '../src/people/tell-story.ts';
import { timeline } from '../src/people/timeline.ts';
import { en } from '../src/people/words/en.ts';
import type { Sent } from '../src/sms/provider.ts';
import { nodeArguments } from './support/child-script.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp, testKey } from './support/harness.ts';
import { messageId } from './support/message-id.ts';
import { testProvider } from './support/test-deliveries.ts';

const failed: Sent = { ok: false, error: 'unavailable', reason: 'HTTP 503' };
const app = await openApp({
  sending: {
    providers: [
      testProvider('one', async () => failed),
      testProvider('two', async () => ({ ok: true, reference: 'ref-7' })),
    ],
    priceOf: () => ({ price: 85_001n, currency: 'EUR' }),
  },
});
const limited = await openApp({ networkMessagesPerHour: 20 });
const db = createDatabase(app.sql, databaseClock);
const hour = () => ({ since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 60_000) });

type Rules = Partial<Omit<Parameters<typeof readStory>[0], 'db'>>;

/** The history of a number, whichever of the two products it came to. */
async function traced(phone: string, rules: Rules = {}) {
  const usual = { defaultRegion: 'RU', phoneNumberPolicy: 'possible', smsCountries: new Set(['*']) } as const;
  for (const { sql, clock } of [app, limited]) {
    const [account] = await sql`select account_id from number_account where phone_number = ${phone}`;
    const needs = { db: createDatabase(sql, clock), ...usual, testNumbers: new Map<string, string>(), ...rules };
    const story = await readStory(needs, phone as PhoneNumber, account?.account_id, new Date());
    const { events, limits } = tellPlainStory(story);
    if (events.length + limits.length > 0 || sql === limited.sql) return trace(story);
  }
  throw new Error('unreachable');
}

async function walked(): Promise<PhoneNumber> {
  const phone = anyNumber() as PhoneNumber;
  await app.call('POST', '/api/request-sms/', { phone_number: phone });
  while (app.deliveries.load.sending > 0) await new Promise(setImmediate);
  await app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: '1' });
  await app.deliveries.receipts('two', [{ reference: 'ref-7', state: 'delivered' }]);
  const code = app.codeFor(phone);
  assert.equal((await app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code })).statusCode, 201);
  return phone;
}

test('the trace of a number tells all that happened to it, in order, and no code', async () => {
  const phone = await walked();
  const { text, json } = await traced(phone);
  const order = [
    /A code was requested; the first route is one\./,
    /one was called for SMS\./,
    /one did not accept the message: unavailable: HTTP 503\./,
    /Then two was called for SMS\./,
    /two accepted the message, as ref-7, for 0\.085001 EUR\./,
    /A code was entered\./,
    /two reports the delivery\./,
    /The code was used \d s after the request\./,
  ].map((one) => text.search(one));
  assert.ok(!order.includes(-1), text);
  for (const limit of ['1 of 5 messages in the last hour', '1 of 10 messages in the last day', 'no code is open'])
    assert.ok(text.includes(`All other devices: ${limit}.`), text);
  assert.match(text, /0 of 100 wrong codes in a row\./);
  assert.match(text, /has an account since/);
  for (const told of [text, JSON.stringify(json)]) assert.ok(!told.includes(app.codeFor(phone)));
  assert.equal((json as { deliveries: unknown[] }).deliveries.length, 2);
});

test('the trace follows a change of the rate limits', (t) => {
  const now = new Date('2026-01-01T12:00:00Z');
  const ago = (minutes: number) => now.getTime() - minutes * 60_000;
  const challenge = {
    device_trust: 'unknown_device' as const,
    expires_at: now,
    guesses: 1,
    network_guesses: 0,
    is_of_network: false,
    used_at: null,
    guessed: [ago(1)],
  };
  const sent = [ago(10), ago(20), ago(25), ago(40), ago(100)];
  const limits = [{ device_trust: 'unknown_device' as const, sent, failures: 7 }];
  const told = (isTestNumber: boolean) =>
    tellLimits({ numberLimits: limits, challenges: [challenge], isTestNumber, now }, en).map((limit) =>
      limitLine(limit, en),
    );
  assert.deepEqual(
    told(false),
    [
      '4 of 5 messages in the last hour.',
      '5 of 10 messages in the last day.',
      '7 of 100 wrong codes in a row.',
      'no code is open.',
    ].map((line) => `All other devices: ${line}`),
  );
  const rules: { quota: number; windowSeconds: number }[] = [numberSends.hour, numberSends.day, testNumberSends];
  const before = rules.map((rule) => ({ ...rule }));
  t.after(() => void rules.forEach((rule, at) => void Object.assign(rule, before[at])));
  rules.forEach((rule, at) => void Object.assign(rule, { quota: 3 + at, windowSeconds: rule.windowSeconds / 2 }));
  const [hourLine, dayLine] = told(false);
  assert.match(String(hourLine), /: 3 of 3 messages in the last hour\. Next code from 2026-01-01 12:05:00Z\.$/);
  assert.match(String(dayLine), /: 5 of 4 messages in the last day\. Next code from /);
  assert.match(told(true).join(), /5 codes an hour may be requested/);
});

test('the trace tells how many guesses a challenge had when all were used, which are more for a client network', () => {
  const now = new Date('2026-01-01T12:00:00Z');
  const used = { device_trust: 'unknown_device' as const, expires_at: now, used_at: null, guessed: [now.getTime()] };
  const told = (guesses: number, network_guesses: number, is_of_network: boolean) =>
    timeline(
      { messages: [], challenges: [{ ...used, guesses, network_guesses, is_of_network }], refusals: [], audit: [] },
      en,
    ).map(({ what }) => what);
  const all = (count: number) => ['A code was entered.', `All ${count} guesses of the code were used.`];
  assert.deepEqual(told(5, 0, false), all(5));
  assert.deepEqual(told(5, 4, true), all(9));
  assert.deepEqual(told(5, 3, true), ['A code was entered.']);
});

test('the limits of a test number are told as its own', async () => {
  const phone = anyNumber();
  assert.equal(await askFrom('192.0.2.9', phone), undefined);
  const { text } = await traced(phone, { testNumbers: new Map([[phone, '000000']]) });
  assert.match(
    text,
    /All other devices: a test number: nothing is sent, and 100 codes an hour may be requested\.\n {2}All other devices: a code is open until/,
  );
  assert.ok(!text.includes('messages in the last'), text);
});

test('the trace of a number to which no code is sent says why', async () => {
  const phone = '+79161234567';
  const told = async (rest: Rules) => (await traced(phone, rest)).text;
  assert.match(await told({ smsCountries: new Set(['JE']) }), /It gets no code: SMS_COUNTRIES does not name RU/);
  const fixed = await traced('+74951234567', { phoneNumberPolicy: 'mobile' });
  assert.match(fixed.text, /it is no mobile number/);
  assert.doesNotMatch(await told({}), /It gets no code/);
});

test('a number of which nothing is known is said to be so', async () => {
  assert.match((await traced(anyNumber())).text, /Nothing is known about it/);
});

const story = async (phone: string) => {
  const { text, json } = await traced(phone);
  return { text, json: json as { story: { what: string }[]; refusals: { rule: string; times: number }[] } };
};

async function askFrom(remoteAddress: string, phone: string): Promise<string | undefined> {
  const asked = { method: 'POST', url: '/api/request-sms/', remoteAddress, payload: { phone_number: phone } } as const;
  const { statusCode, headers } = await limited.server.inject(asked);
  while (limited.deliveries.load.sending > 0) await new Promise(setImmediate);
  return statusCode === 429 ? /"(\w+)"/.exec(String(headers['ratelimit-policy']))![1] : undefined;
}

test('the trace of a number tells which limit refused it, how often and when: the one that the person was told', async () => {
  const phone = anyNumber();
  const told: string[] = [];
  for (let asked = 0; asked < 300 && told.at(-1) !== 'day'; asked += 1) {
    const refused = await askFrom('192.0.2.1', phone);
    if (refused) told.push(refused);
    limited.clock.turn(told.at(-1) === 'hour' ? 1200 : 25);
  }
  assert.ok(told.includes('pause') && told.includes('hour') && told.includes('day'), told.join());
  const { text, json } = await story(phone);
  const times = (rule: string) => told.filter((one) => one === rule).length;
  for (const rule of ['pause', 'hour', 'day'])
    assert.equal(json.refusals.find((one) => one.rule === rule)?.times, times(rule), rule);
  const order = [
    /A code was requested; the first route is/,
    /A request was refused: the pause after the last message was not over\.\n/,
    /A request was refused: the limit of messages to the number in an hour was reached\.\n/,
    /Requests were refused \d+ times in all: the limit of messages to the number in an hour was reached\.\n/,
    /A request was refused: the limit of messages to the number in a day was reached\.\n/,
  ].map((one) => text.search(one));
  assert.ok(!order.includes(-1), text);
  assert.deepEqual(
    order,
    order.toSorted((one, other) => one - other),
    text,
  );
  assert.ok(
    text.includes(`refused ${times('pause')} times in all: the pause after the last message was not over.`),
    text,
  );
  assert.deepEqual(
    json.story.filter(({ what }) => what.includes(' refused')).length,
    text.split(/ were refused \d| was refused:/).length - 1,
  );
});

test('the trace tells that an address had used up what it may ask for, and no address', async () => {
  const phones = Array.from({ length: 20 }, anyNumber);
  for (const phone of phones) assert.equal(await askFrom('192.0.2.2', phone), undefined);
  const phone = anyNumber();
  assert.equal(await askFrom('192.0.2.2', phone), 'network_messages');
  const { text, json } = await story(phone);
  assert.match(text, /A request was refused: the hourly limit of messages of its client IP was reached\.\n*$/);
  assert.ok(!`${text} ${JSON.stringify(json)}`.includes('192.0.2'), text);
});

test('the trace tells that a code was not looked at, as its network had entered too many others', async () => {
  const phone = anyNumber();
  const remoteAddress = '2001:db8:77::7';
  const payload = { phone_number: phone, sms_code: '1' };
  const guess = () => limited.server.inject({ method: 'POST', url: '/api/verify-sms/', remoteAddress, payload });
  await limited.sql`insert into rate_limit (key, tat) values ('guess:2001:db8:77:0::/64',
    now() + ${limited.clock.aheadMs}::float8 * interval '1 ms' + interval '1 hour')`;
  assert.equal((await story(phone)).json.refusals.length, 0);
  for (let more = 0; more < 3; more += 1) {
    assert.equal((await guess()).statusCode, 429);
    limited.clock.turn(1);
  }
  const { text, json } = await story(phone);
  assert.match(text, /refused 3 times in all: its client IP had entered too many codes that it had not requested\./);
  assert.deepEqual(
    json.refusals.map(({ rule, times }) => [rule, times]),
    [['guess', 3]],
  );
});

test('a number that a hundred wrong codes have locked is told so, and unlocked by an operator', async () => {
  const phone = anyNumber();
  const db = createDatabase(limited.sql, limited.clock);
  const ask = () => limited.call('POST', '/api/request-sms/', { phone_number: phone });
  assert.equal((await ask()).statusCode, 201);
  await limited.sql`update number_limit set failures = 100 where phone_number = ${phone}`;
  limited.clock.turn(121);
  const refused = await ask();
  assert.deepEqual([refused.statusCode, refused.data.code], [403, 'number_locked']);
  const { text } = await traced(phone);
  assert.match(text, /A request was refused: 100 wrong codes in a row had been entered\./);
  assert.match(text, /Only devices that signed in before get a code: 100 wrong codes in a row were entered/);
  const commandLine: Actor = { kind: 'command_line', id: 'root' };
  const needs: PeopleNeeds = {
    ...{ db, log: pino({ level: 'silent' }), keys: secretKeys([testKey]), defaultRegion: 'RU', testNumbers: new Map() },
    ...{ phoneNumberPolicy: 'possible', smsCountries: new Set(['*']), keepDays: { deliveries: 30, audit: 400 } },
  };
  const unlock = () => unlockNumber(needs, commandLine, { text: phone });
  assert.deepEqual(await unlock(), { ok: true, wasLocked: true, hadLimits: true });
  assert.equal((await ask()).statusCode, 201);
});

deepTest('a flood on a number is written once a second, and is one row', async (t) => {
  const phone = anyNumber();
  const { time, aheadMs } = limited.clock;
  limited.clock.stop(time);
  t.after(() => {
    limited.clock.aheadMs = aheadMs;
  });
  await askFrom('192.0.2.3', phone);
  const rows = () => limited.sql`select ctid::text, xmax::text, rule, times from refusal where phone_number = ${phone}`;
  const flood = () => Promise.all(Array.from({ length: 30 }, () => askFrom('192.0.2.3', phone)));
  // one request first, so that those at once come after it
  await askFrom('192.0.2.3', phone);
  const [first] = await rows();
  assert.deepEqual([first?.rule, first?.times], ['pause', 1]);
  limited.clock.stop(time + 500);
  await flood();
  assert.deepEqual([...(await rows())], [first], 'not even locked');
  limited.clock.stop(time + 2500);
  await flood();
  const later = await rows();
  assert.equal(later.length, 1);
  assert.ok(later[0]!.times >= 2 && later[0]!.times <= 3, `${later[0]!.times} times`);
});

deepTest(
  'an address makes a hundred rows of refusals at most, and a newer number takes the place of an older one',
  async () => {
    const before = (await limited.sql`select from refusal`).length;
    const numbers = Array.from({ length: 320 }, anyNumber);
    for (const phone of numbers.slice(0, 20)) assert.equal(await askFrom('2001:db8::4', phone), undefined);
    for (const phone of numbers.slice(20)) {
      assert.equal(await askFrom('2001:db8::5', phone), 'network_messages');
      limited.clock.turn(0.02);
    }
    const rows =
      await limited.sql`select phone_number, times from refusal where bucket like 'network:%2001:db8:0::/48:%'`;
    assert.equal(rows.length, 100);
    assert.equal((await limited.sql`select from refusal`).length, before + 100);
    assert.deepEqual(rows.map(({ phone_number }) => phone_number).sort(), numbers.slice(-100).sort());
    assert.ok(rows.every(({ times }) => times === 1));
  },
);

test('listings mask numbers and are narrowed; totals add up exactly', async () => {
  const phone = await walked();
  const all = await list(db, hour(), 100, () => {});
  assert.ok(!all.text.includes(phone.slice(2)) && !JSON.stringify(all.json).includes(phone.slice(2)));
  const mine = await list(db, { ...hour(), provider: 'two', state: 'delivered', country: 'RU' }, 1, () => {});
  assert.equal((mine.json as unknown[]).length, 1);
  assert.match((await list(db, { ...hour(), country: 'DE' }, 100, () => {})).text, /No message in that time/);
  const [{ sum } = {}] = await app.sql`select count(*)::int as sum from delivery where provider = 'two'`;
  const { json, text } = await summarize(db, hour());
  const told = (json as { by_route: { provider: string; spend: string; completed: number; sends: number }[] }).by_route;
  const two = told.find(({ provider }) => provider === 'two')!;
  assert.deepEqual([two.spend, two.sends, two.completed], [formatMicros(85_001n * BigInt(sum)), sum, sum]);
  assert.equal(told.find(({ provider }) => provider === 'one')!.spend, '0', 'what was not accepted costs nothing');
  assert.match(text, /0\.085001 EUR/);
});

test('a listing of more than a page has each message once', async () => {
  await app.sql`insert into delivery (id, attempt, challenge_id, key_id, code_length, phone_number, country, prefix, language,
      state, channel, provider, requested_at, useful_until, is_repeat)
    select ${app.sql.unsafe(messageId("now() - (n / 3) * interval '0.4 milliseconds'"))}, 1, gen_random_uuid(), 'k', 6, '', 'KZ', '+7700', 'ru', 'accepted', 'sms', 'two',
      now() - (n / 3) * interval '0.4 milliseconds', now(), false from generate_series(1, 1203) n`;
  const { json } = await list(db, { ...hour(), country: 'KZ' }, 5000, () => {});
  assert.equal(new Set((json as { id: string }[]).map(({ id }) => id)).size, 1203);
  assert.equal((json as unknown[]).length, 1203);
});

test('the state of each route is told, and why', async () => {
  await app.sql`insert into breaker (provider, failures, open_until, changed_at, reason)
    values ('one', 3, now() + interval '1 minute', now(), 'HTTP 503')
    on conflict (provider) do update set failures = 3, open_until = excluded.open_until, reason = excluded.reason`;
  const { text } = await providers(db, [{ country: '*', providers: ['one', 'two'] }], new Date());
  assert.match(text, /one .*circuit open: HTTP 503/);
  assert.match(text, /two .*healthy/);
});

test('a test message says what the provider said, and fails where it did', async () => {
  const good = await testSms(testProvider('two'), '+79160000001' as PhoneNumber);
  assert.match(good.text, /^two accepted it after \d+ ms/);
  const bad = await testSms(
    testProvider('one', async () => failed),
    '+79160000001' as PhoneNumber,
  );
  assert.deepEqual(
    [bad.isGood, /did not accept it after \d+ ms \(unavailable\): HTTP 503/.test(bad.text)],
    [false, true],
  );
});

async function vouch(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [...nodeArguments('src/main.ts'), ...words], {
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: app.databaseUrl, SECRET_KEYS: testKey },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const code = await new Promise<number>((resolve) => child.on('close', (found) => resolve(found ?? -1)));
  return { code, out, err };
}

deepTest(
  'the command finds a number by any spelling, logs that it was read, and says what it does not understand',
  async () => {
    const phone = await walked();
    const typed = `8 (${phone.slice(2, 5)}) ${phone.slice(5, 8)}-${phone.slice(8)}`;
    const [traced, help, unknown, number, option] = await Promise.all([
      vouch('trace', typed, '--json'),
      vouch('--help'),
      vouch('tracee', phone),
      vouch('trace', 'abc'),
      vouch('deliveries', '--since', 'yesterday'),
    ]);
    assert.equal(traced.code, 0, traced.err);
    assert.equal(JSON.parse(traced.out).phone_number, phone);
    assert.match(traced.err, /operator act/);
    assert.ok(!traced.err.includes(phone.slice(2)), 'the log has it masked');
    assert.deepEqual([help.code, /vouch trace <number>/.test(help.out)], [0, true]);
    assert.deepEqual([unknown.code, /There is no command tracee/.test(unknown.err)], [2, true]);
    assert.deepEqual([number.code, /abc is no telephone number/.test(number.err)], [2, true]);
    assert.deepEqual([option.code, /yesterday is no time/.test(option.err)], [2, true]);
    assert.ok(![unknown, number, option].some(({ err }) => /\n\s+at /.test(err)), 'no stack trace');
  },
);
