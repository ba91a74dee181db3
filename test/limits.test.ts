import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casesOf } from './support/depth.ts';
import { type Answer, anyNumber, openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const day = 86_400;
/** Kept, since a test puts the clock of this process wrong. */
const { now } = Date;

/** Does something while the clock stands, and remembers when. */
async function marked<T>(act: () => Promise<T>): Promise<[T, number]> {
  const at = app.clock.time;
  app.clock.stop(at);
  return [await act(), at];
}

const ask = (number: string, headers: Record<string, string> = {}) =>
  app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
const guess = (number: string, code: string, headers: Record<string, string> = {}) =>
  app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code }, headers);
const wrongFor = (number: string) => (app.codeFor(number) === '000000' ? '000001' : '000000');
const setTo = (time: number) => app.clock.turn((time - app.clock.time) / 1000);

/** One second before it is refused and told to wait that second; when it is over, it is let through. */
async function opensAfter(seconds: number, since: number, limit: string, act: () => Promise<Answer>): Promise<number> {
  app.clock.stop(since + (seconds - 1) * 1000);
  const [name] = limit.split(';');
  assertTooOften(await act(), limit, `${name};r=0;t=1`, '1');
  setTo(since + seconds * 1000);
  const [answer, mark] = await marked(act);
  assert.ok(answer.statusCode < 300, `${limit} after ${seconds} s: ${answer.body}`);
  return mark;
}

function assertTooOften(refused: Answer, policy: string, left: string, retryAfter: string) {
  assert.equal(refused.statusCode, 429, refused.body);
  assert.equal(refused.headers['ratelimit-policy'], policy);
  assert.equal(refused.headers['retry-after'], retryAfter);
  assert.equal(refused.headers.ratelimit, left);
  assert.equal(refused.data.status, 429);
  assert.ok(refused.data.detail.length > 10);
  assert.match(String(refused.headers['cache-control']), /no-store/);
}

test('a message after 30 s, then 60, then 120, then by the hour and the day, each true to the second', async () => {
  const number = anyNumber();
  const send = () => ask(number);
  const [first, start] = await marked(send);
  assert.equal(first.data.resend_in, 30);
  const second = await opensAfter(30, start, '"pause";q=1;w=30', send);
  const third = await opensAfter(60, second, '"pause";q=1;w=30', send);
  const fourth = await opensAfter(120, third, '"pause";q=1;w=30', send);
  const fifth = await opensAfter(120, fourth, '"pause";q=1;w=30', send);
  const sixth = await opensAfter(3600, start, '"hour";q=5;w=3600', send);
  assert.ok(sixth > fifth);
  let last = sixth;
  for (let more = 7; more <= 10; more += 1) {
    setTo(last + 3600 * 1000);
    const [answer, mark] = await marked(send);
    assert.equal(answer.statusCode, 201, answer.body);
    last = mark;
  }
  await opensAfter(day, start, '"day";q=10;w=86400', send);
});

test('the answer says from when on a code can be asked for again, whichever limit that is', async () => {
  const number = anyNumber();
  const waits = [];
  for (let sent = 0; sent < 5; sent += 1) {
    const { data } = await ask(number);
    waits.push(data.resend_in);
    app.clock.turn(data.resend_in);
  }
  assert.deepEqual(waits.slice(0, 4), [30, 60, 120, 120]);
  assert.ok(waits[4] > 3200 && waits[4] <= 3600 - 330, `${waits[4]} s`);
  assert.equal((await ask(number)).statusCode, 201);
});

test('never more than five messages in any hour and ten in any day, in whatever rhythm and spelling they are asked', async () => {
  const number = anyNumber();
  const local = number.slice(2);
  const spellings = [
    number,
    `8${local}`,
    `007${local}`,
    `tel:${number}`,
    `+7 (${local.slice(0, 3)}) ${local.slice(3)}`,
  ];
  const page = new HtmlClient(app);
  await page.post('/', { phone_number: number });
  const begun = app.clock.time;
  const times: number[] = [begun];
  for (let asked = 0; app.clock.time - begun < 2 * day * 1000; asked += 1) {
    const before = app.sent.length;
    const spelling = spellings[asked % spellings.length]!;
    if (asked % 4 === 1) await page.post('/', { phone_number: spelling });
    else if (asked % 4 === 2) await page.post('/confirm/resend');
    else await ask(spelling, asked % 4 === 3 ? { 'x-forwarded-for': `203.0.113.${asked % 250}` } : {});
    if (app.sent.length > before) times.push(app.clock.time);
    app.clock.turn([31, 61, 121, 700, 1000][asked % 5]!);
  }
  const most = (seconds: number) =>
    Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + seconds * 1000).length));
  assert.ok(times.length >= 15, `${times.length} messages`);
  assert.equal(most(3599), 5);
  assert.equal(most(day - 1), 10);
  assert.ok(app.sent.slice(-times.length).every(({ to }) => to === number));
});

test('an attack on a number leaves a device that knows it able to ask and to sign in', async () => {
  const number = anyNumber();
  await ask(number);
  const signedIn = await guess(number, app.codeFor(number));
  const known = { 'device-token': String(signedIn.headers['device-token']) };
  app.clock.turn(day);
  for (let round = 0; round < 10; round += 1) {
    assert.equal((await ask(number)).statusCode, 201);
    for (let wrong = 0; wrong < 5; wrong += 1) await guess(number, wrongFor(number));
    app.clock.turn(round % 4 === 3 ? 3600 : 121);
  }
  assert.equal((await ask(number)).statusCode, 429);

  const asked = await ask(number, known);
  assert.equal(asked.statusCode, 201, asked.body);
  assert.equal(
    (await guess(number, app.codeFor(number))).statusCode,
    400,
    'the code works from the known device alone',
  );
  assert.equal((await guess(number, app.codeFor(number), known)).statusCode, 201);
});

/** All that strangers can do to a number at one moment, by either door, with tokens that are none of its devices'. */
async function attack(number: string, tokens: readonly string[]): Promise<void> {
  const visit = new HtmlClient(app);
  await visit.post('/', { phone_number: number });
  for (const token of ['', ...tokens]) {
    const headers = { 'device-token': token };
    await ask(number, headers);
    for (let wrong = 0; wrong < 5; wrong += 1) await guess(number, 'x', headers);
    visit.cookies.set('__Host-device', token);
    await visit.post('/confirm/resend');
    for (let wrong = 0; wrong < 2; wrong += 1) await visit.post('/confirm/', { sms_code: 'x' });
  }
}

test('whenever a number is attacked, its device asks and signs in, by the time of the database and of no process', async (t) => {
  const number = anyNumber();
  const stranger = anyNumber();
  await ask(stranger);
  const theirs = String((await guess(stranger, app.codeFor(stranger))).headers['device-token']);
  const tokens = [theirs, `${theirs.slice(0, -1)}A`, 'x'.repeat(900)];
  await ask(number);
  const first = await guess(number, app.codeFor(number));
  const known = { 'device-token': String(first.headers['device-token']) };
  for (const days of casesOf([364, 0, 1, 200], 1).toSorted((one, other) => one - other)) {
    app.clock.turn(days * day);
    for (let round = 0; round < 11; round += 1) {
      app.clock.turn(round % 4 === 3 ? 3600 : 121);
      await attack(number, tokens);
    }
    for (const wrongBy of [0, -730 * day, 730 * day]) {
      app.clock.turn(3600);
      t.mock.timers.reset();
      if (wrongBy !== 0) t.mock.timers.enable({ apis: ['Date'], now: now() + wrongBy * 1000 });
      const when = `after ${days} days, the clock of the process wrong by ${wrongBy / day} days`;
      const refused = await ask(number);
      assert.ok([403, 429].includes(refused.statusCode), `${when}: ${refused.body}`);
      assert.equal((await ask(number, known)).statusCode, 201, when);
      const code = app.codeFor(number);
      await attack(number, tokens);
      assert.equal((await guess(number, 'x', known)).statusCode, 400, `${when}: a slip of its own`);
      await attack(number, tokens);
      const entered = await guess(number, code, known);
      assert.equal(entered.statusCode, 201, `${when}: ${entered.body}`);
      assert.equal(entered.headers['device-token'], known['device-token'], when);
      await attack(number, tokens);
      const page = new HtmlClient(app);
      page.cookies.set('__Host-device', known['device-token']);
      app.clock.turn(121);
      assert.equal((await page.post('/', { phone_number: number })).location, '/confirm/', when);
      const signedIn = await page.post('/confirm/', { sms_code: app.codeFor(number) });
      assert.equal(signedIn.location, '/account/', `${when}, by page`);
    }
    t.mock.timers.reset();
  }
});

test('a device token of another number or a changed one is worth nothing', async () => {
  const [mine, other] = [anyNumber(), anyNumber()];
  await ask(mine);
  const token = String((await guess(mine, app.codeFor(mine))).headers['device-token']);
  await ask(other);
  const flipped = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`;
  for (const stranger of [token, flipped, token.slice(0, -1), '', 'vouchd_', 'x'.repeat(2000)]) {
    assert.equal((await ask(other, { 'device-token': stranger })).statusCode, 429, stranger);
  }
  assert.equal(
    (await app.call('GET', '/api/users/me', undefined, { authorization: `Token ${token}` })).statusCode,
    401,
  );
});

test('a known device has limits too', async () => {
  const number = anyNumber();
  await ask(number);
  const known = { 'device-token': String((await guess(number, app.codeFor(number))).headers['device-token']) };
  assert.equal((await ask(number, known)).statusCode, 201);
  assert.equal((await ask(number, known)).statusCode, 429);
  const code = app.codeFor(number);
  for (let guesses = 0; guesses < 5; guesses += 1) {
    assert.equal((await guess(number, wrongFor(number), known)).statusCode, 400);
  }
  assert.equal((await guess(number, code, known)).statusCode, 400, 'the right code comes after five wrong ones');
});

test('limits hold over a restart and on every process', async () => {
  const number = anyNumber();
  await ask(number);
  const other = await openApp({ databaseUrl: app.databaseUrl });
  other.clock.aheadMs = app.clock.aheadMs;
  const refused = await other.call('POST', '/api/request-sms/', { phone_number: number });
  assert.equal(refused.statusCode, 429);
  assert.equal(other.sent.length, 0);
});

test('an account tries a hundred invite codes an hour, and what is refused says when to come back', async () => {
  const mine = { authorization: `Token ${await app.signIn(anyNumber())}` };
  const redeem = (invite_code = 'ZZZZZZ') => app.call('PATCH', '/api/users/me/invite_code', { invite_code }, mine);
  for (let tried = 0; tried < 100; tried += 1) assert.equal((await redeem()).statusCode, 400);
  const refused = await redeem();
  const told = Number(refused.headers['retry-after']);
  assert.ok(told >= 30 && told <= 36, `${told} s`);
  assertTooOften(refused, '"redeem";q=100;w=3600', `"redeem";r=0;t=${told}`, String(told));
  assert.equal(refused.data.error, refused.data.detail);
  const owner = { authorization: `Token ${await app.signIn(anyNumber())}` };
  const { referal_code } = (await app.call('GET', '/api/users/me', undefined, owner)).data;
  assert.equal((await redeem(referal_code)).statusCode, 429, 'a right code is refused like a wrong one');
  assert.equal((await app.call('GET', '/api/users/me', undefined, mine)).data.invite_code, null);
  app.clock.turn(told);
  assert.equal((await redeem()).statusCode, 400);
});
