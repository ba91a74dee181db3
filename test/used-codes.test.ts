import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { eventually } from './support/embedded-database.ts';
import { anyNumber, freshDatabase, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';
import { testProvider } from './support/test-deliveries.ts';

const providers = ['console', 'second', 'third'].map((name) =>
  testProvider(name, undefined, { channel: name === 'second' ? 'telegram' : 'sms' }),
);
const databaseUrl = await freshDatabase();
const real = await openDatabase({
  databaseUrl,
  dataDir: '',
  poolSize: 4,
  log: pino({ level: 'silent' }),
  clock: databaseClock,
});
after(() => real.close());

/** The time of the database stands still, so that two courses measure the same seconds on a slow machine too. */
let time = Date.now();
const db = { ...real, now: () => real.sql`${new Date(time)}::timestamptz` };
const app = await openApp({ databaseUrl, db, sending: { providers } });
const day = 86_400_000;

/** A message whose record is still to be written would be that of a dead process by the next time. */
async function settled(): Promise<void> {
  await eventually('all messages to be recorded', () => app.deliveries.load.sending === 0);
}

/** A start for a course, on which nothing that came before has any effect. */
function begin(): number {
  time += 2 * day;
  return time;
}

/** What a stranger can see of an answer: everything but ids, the number itself and the time of day. */
function visible(status: number, headers: Record<string, unknown>, body: string, number: string) {
  const plain = body
    .replaceAll(number, 'N')
    .replace(/(?:vouch|~)c_[\w-]{43}/g, 'token')
    .replace(/"instance":"[^"]+"/, '')
    .replace(/(name="pending" value=")[^"]*/g, '$1')
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
    .replace(/(<time[^>]*>).*?<\/time>/g, '$1')
    .replace(/datetime="[^"]*"/g, '')
    .replace(/<bdi[^>]*>.*?<\/bdi>/g, 'N')
    .replaceAll(/nonce="[^"]*"/g, '');
  const { date: _, 'set-cookie': __, 'content-security-policy': ___, 'content-length': ____, ...rest } = headers;
  return { status, headers: rest, body: plain };
}

type Step = { at: number; ask?: true; guess?: number; use?: true };

/** One stranger's view of a number, with or without its owner using the code at the steps `use`. */
async function seen(steps: readonly Step[], owner: 'signs in' | 'does nothing', token: boolean) {
  const number = anyNumber();
  const headers: Record<string, string> = {};
  const verify = (code: string) =>
    app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code }, headers);
  if (token) {
    begin();
    await app.call('POST', '/api/request-sms/', { phone_number: number });
    await settled();
    headers['device-token'] = String((await verify(app.codeFor(number))).headers['device-token']);
  }
  const start = begin();
  const told: unknown[] = [];
  for (const step of steps) {
    time = start + step.at * 1000;
    if (step.ask) {
      const {
        statusCode,
        headers: h,
        body,
      } = await app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
      told.push(visible(statusCode, h, body, number));
      await settled();
    }
    for (let wrong = 0; wrong < (step.guess ?? 0); wrong += 1) {
      const { statusCode, headers: h, body } = await verify('x');
      told.push(visible(statusCode, h, body, number));
    }
    if (step.use && owner === 'signs in') assert.equal((await verify(app.codeFor(number))).statusCode, 201);
  }
  return told;
}

const courses: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  [
    'asked again half a minute later',
    [
      { at: 0, ask: true, use: true },
      { at: 31, ask: true },
    ],
  ],
  [
    'asked again after 479 s',
    [
      { at: 0, ask: true, use: true },
      { at: 479, ask: true, guess: 6 },
    ],
  ],
  [
    'asked again after 481 s',
    [
      { at: 0, ask: true, use: true },
      { at: 481, ask: true, guess: 6 },
    ],
  ],
  [
    'asked again after its end',
    [
      { at: 0, ask: true, use: true },
      { at: 601, ask: true, guess: 6 },
    ],
  ],
  [
    'asked too soon',
    [
      { at: 0, ask: true, use: true },
      { at: 29, ask: true },
      { at: 31, ask: true, guess: 1 },
    ],
  ],
  [
    'guessed at',
    [
      { at: 0, ask: true, use: true },
      { at: 5, guess: 7 },
      { at: 31, ask: true, guess: 6 },
    ],
  ],
  [
    'guessed at before and after',
    [
      { at: 0, ask: true, guess: 2, use: true },
      { at: 5, guess: 2 },
      { at: 31, ask: true, guess: 2 },
      { at: 92, ask: true, guess: 6 },
    ],
  ],
  [
    'used three times',
    [
      { at: 0, ask: true, use: true },
      { at: 31, ask: true, guess: 1, use: true },
      { at: 92, ask: true, use: true },
      { at: 213, ask: true, guess: 5 },
      { at: 334, ask: true, guess: 1 },
    ],
  ],
  [
    'guessed at all day',
    [
      ...[0, 1, 2, 3].map((hour): Step => ({ at: hour * 3700, ask: true, guess: 4, use: true })),
      { at: 4 * 3700, ask: true, guess: 5 },
      { at: 5 * 3700, ask: true, guess: 2 },
    ],
  ],
];

for (const token of [false, true]) {
  for (const [name, steps] of courses) {
    test(`no answer of the API tells whether a code was used: ${name}${token ? ', by a known device' : ''}`, async () => {
      const unused = await seen(steps, 'does nothing', token);
      assert.deepEqual(await seen(steps, 'signs in', token), unused);
    });
  }
}

test('no page tells whether a code was used', async () => {
  const look = async (owner: 'signs in' | 'does nothing') => {
    const number = anyNumber();
    const visit = new HtmlClient(app, { 'accept-language': 'en' });
    const start = begin();
    const told: unknown[] = [];
    const keep = async (answer: ReturnType<HtmlClient['get']>) => {
      const { status, headers, html } = await answer;
      told.push(visible(status, headers, html, number));
      await settled();
    };
    await keep(visit.post('/', { phone_number: number }));
    await keep(visit.get('/confirm/'));
    if (owner === 'signs in') {
      // by a code of their own
      await app.signIn(number);
    }
    for (let wrong = 0; wrong < 2; wrong += 1) await keep(visit.post('/confirm/', { sms_code: '1' }));
    for (const seconds of [31, 92]) {
      time = start + seconds * 1000;
      await keep(visit.post('/confirm/resend'));
      await keep(visit.get('/confirm/'));
      await keep(visit.post('/confirm/', { sms_code: '1' }));
    }
    return told;
  };
  assert.deepEqual(await look('signs in'), await look('does nothing'));
});

test('after a use the code is new, works once, and lives exactly as long as was told', async () => {
  const number = anyNumber();
  const ask = async () => {
    const answer = await app.call('POST', '/api/request-sms/', { phone_number: number });
    await settled();
    return answer;
  };
  const verify = (sms_code: string) => app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code });
  const start = begin();
  await ask();
  const first = app.codeFor(number);
  assert.equal((await verify(first)).statusCode, 201);
  time = start + 31_000;
  const { data } = await ask();
  assert.equal(data.expires_in, 569);
  const second = app.codeFor(number);
  if (first !== second) assert.equal((await verify(first)).statusCode, 400);
  time = start + 598_000;
  assert.equal((await verify(second)).statusCode, 201);
  assert.equal((await verify(second)).statusCode, 400);

  time = start + 4000_000;
  await ask();
  assert.equal((await verify(app.codeFor(number))).statusCode, 201);
  time = start + 4031_000;
  await ask();
  time = start + 4602_000;
  assert.equal((await verify(app.codeFor(number))).statusCode, 400, 'the told end is the end');
});

test('a used challenge takes no more guesses than an open one, and no code after its use', async () => {
  const number = anyNumber();
  await app.signIn(number);
  const code = app.codeFor(number);
  const left = [];
  for (let guess = 0; guess < 8; guess += 1) {
    const { statusCode, data } = await app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code });
    assert.equal(statusCode, 400);
    left.push(data.guesses_left);
  }
  assert.deepEqual(left, [undefined, 3, 2, 1, 0, undefined, undefined, undefined]);
});
