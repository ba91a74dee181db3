import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { secretKeys } from '../src/kit/secret.ts';
import { codeFor } from '../src/sign-in/code.ts';
import { connectDatabase } from './support/app-processes.ts';
import { repetitions } from './support/depth.ts';
import { anyNumber, openApp, testKey } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp();
const second = await connectDatabase(app.databaseUrl);

const ask = (number: string, headers: Record<string, string> = {}) =>
  app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
const guess = (number: string, code: unknown, headers: Record<string, string> = {}, challenge?: string) =>
  app.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: code, challenge }, headers);

/** What a connection of its own reads of a number: the guesses at its challenge, and those of the day. */
async function counted(number: string, device_trust = 'unknown_device') {
  const [row] =
    await second`select guesses + network_guesses as guesses, cardinality(guessed_at) as today, id from challenge
    where phone_number = ${number} and device_trust = ${device_trust}`;
  return { guesses: row!.guesses as number, today: row!.today as number, id: row!.id as string };
}

/** Guesses that are wrong in every way that is judged, for a code. */
function wrongWays(code: string): Record<string, unknown> {
  const other = String((Number(code) + 1) % 1e6).padStart(6, '0');
  return {
    'another code': other,
    'a JSON number': Number(other),
    'all but the last digit': code.slice(0, -1),
    'a digit too many': `${code}0`,
    'the right digits backwards and more': `${[...code].reverse().join('')}9`,
    letters: 'abcdef',
    spaces: '   ',
    'a whole message': `Код для входа: ${other}`,
    'ten thousand digits': '9'.repeat(10_000),
    'a text with NUL': '12\u00003456',
    null: 'null',
  };
}

test('a wrong guess is counted for a second connection when it is refused, however wrong, by every door, five times', async () => {
  for (const door of ['API', 'known device', 'signed in', 'page'] as const) {
    for (const way of Object.keys(wrongWays('123456'))) {
      const number = anyNumber();
      const device_trust = door === 'known device' ? 'known_device' : 'unknown_device';
      const headers: Record<string, string> = {};
      if (door === 'known device' || door === 'signed in') {
        await ask(number);
        const before = await guess(number, app.codeFor(number));
        if (door === 'signed in') headers.authorization = `Token ${before.data.token}`;
        else headers['device-token'] = String(before.headers['device-token']);
        app.clock.turn(86_400);
      }
      const visit = new HtmlClient(app);
      if (door === 'page') await visit.post('/', { phone_number: number });
      else assert.equal((await ask(number, headers)).statusCode, 201);
      const wrong = wrongWays(app.codeFor(number))[way];
      if (door === 'page' && (typeof wrong !== 'string' || wrong.trim() === '')) continue;
      for (let guesses = 1; guesses <= 7; guesses += 1) {
        const status =
          door === 'page'
            ? (await visit.post('/confirm/', { sms_code: wrong as string })).status
            : (await guess(number, wrong, headers)).statusCode;
        assert.equal(status, 400, `${door}, ${way}`);
        const { guesses: read, today } = await counted(number, device_trust);
        const most = Math.min(guesses, 5);
        assert.deepEqual([read, today], [most, most], `${door}, ${way}, guess ${guesses}`);
      }
    }
  }
});

test('a wrong guess stays counted where its client is gone before the answer', async (t) => {
  const served = await openApp({ databaseUrl: app.databaseUrl });
  served.clock.aheadMs = app.clock.aheadMs;
  const { port, hostname } = new URL(await served.server.listen({ host: '127.0.0.1', port: 0 }));
  const number = anyNumber();
  await ask(number);
  for (let gone = 1; gone <= 4; gone += 1) {
    const socket = connect(Number(port), hostname);
    t.after(() => socket.destroy());
    const body = JSON.stringify({ phone_number: number, sms_code: 'x' });
    const head = `POST /api/verify-sms/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    socket.write(`${head}\r\n\r\n${body}`, () => socket.destroy());
    const isCounted = async () => (await counted(number)).guesses === gone;
    for (const end = Date.now() + 10_000; Date.now() < end && !(await isCounted()); ) await pause(5);
    await pause(100);
    assert.ok(await isCounted(), `the guess of client ${gone} is counted, and none is given back`);
  }
});

/** How a code can be asked for again. */
const ways = ['API', 'other spelling', 'page of the number', 'page of the code', 'English', 'another process'] as const;

/** The challenge token of a browser. */
function tokenOf({ cookies }: HtmlClient): string {
  const [token] = /vouchc_[\w-]{43}/.exec(cookies.get('__Host-pending') ?? '') ?? [];
  assert.ok(token);
  return token;
}

/** A step of somebody who guesses: so many guesses, a wait of so many seconds, and asking again. */
const step = fc.record({
  guesses: fc.integer({ min: 0, max: 3 }),
  signsIn: fc.constantFrom(false, false, false, false, true),
  seconds: fc.oneof(
    fc.constantFrom(29, 30, 31, 49, 50, 51, 59, 60, 61, 89, 90, 119, 120, 121, 179, 240, 299, 300, 301, 420, 540),
    fc.integer({ min: 1, max: 599 }),
  ),
  way: fc.constantFrom(...ways),
});

test('whenever, however often and by whatever door a code is asked for again, the count of guesses at it goes on', async () => {
  const other = await openApp({ databaseUrl: app.databaseUrl });
  let kept = 0;
  const keys = secretKeys([testKey]);
  const again = async (way: string, number: string, visit: HtmlClient) => {
    const challenge = tokenOf(visit);
    const asked = { phone_number: way === 'other spelling' ? `8 (${number.slice(2)})` : number };
    const byApi = { ...asked, challenge };
    if (way === 'page of the number') await visit.post('/', asked);
    else if (way === 'page of the code') await visit.post('/confirm/resend');
    else if (way === 'English') await app.call('POST', '/api/request-sms/', byApi, { 'accept-language': 'en' });
    else await (way === 'another process' ? other : app).call('POST', '/api/request-sms/', byApi);
  };
  const run = async (steps: readonly { guesses: number; signsIn: boolean; seconds: number; way: string }[]) => {
    const number = anyNumber();
    const visit = new HtmlClient(app);
    // both clocks stand, so that the last second in which a code is kept is the same for the test
    let time = app.clock.time;
    const turn = (seconds: number) => {
      time += seconds * 1000;
      for (const { clock } of [app, other]) clock.stop(time);
    };
    turn(0);
    assert.equal((await visit.post('/', { phone_number: number })).location, '/confirm/');
    let [left, isUsed] = [600, false];
    for (const { guesses, signsIn, seconds, way } of steps) {
      for (let wrong = 0; wrong < guesses; wrong += 1) await guess(number, 'x', {}, tokenOf(visit));
      const challenge = tokenOf(visit);
      const before = await counted(number);
      if (signsIn && !isUsed && before.guesses < 5 && left > 0) {
        const right = codeFor(keys, { id: before.id, key_id: keys.current.id, code_length: 6 }, number);
        assert.equal((await guess(number, right, {}, challenge)).statusCode, 201);
        assert.deepEqual(await counted(number), before, 'the right guess is given back, and no other');
        isUsed = true;
      }
      turn(seconds);
      left -= seconds;
      await again(way, number, visit);
      const after = await counted(number);
      assert.ok(after.today >= before.today, `${way} after ${seconds} s: ${after.today} guesses a day`);
      if (after.id !== before.id) isUsed = false;
      if (after.id !== before.id && (before.guesses === 5 || left <= 120)) left = 600;
      else {
        kept += 1;
        assert.equal(after.guesses, before.guesses, `${way} after ${seconds} s`);
      }
    }
  };
  for (const seconds of [31, 50, 61, 121, 470]) {
    for (const way of ways) {
      for (const signsIn of [false, true]) await run([{ guesses: 2, signsIn, seconds, way }]);
    }
  }
  const runs = repetitions(60, 15);
  const steps = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), run);
  const { failed, counterexample, errorInstance } = await fc.check(steps, { numRuns: runs });
  assert.ok(!failed, `${errorInstance} after ${JSON.stringify(counterexample)}`);
  assert.ok(kept > 60 + runs, `${kept} codes were kept`);
});
