import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { httpProvider } from '../src/sms/http.ts';
import type { Provider } from '../src/sms/provider.ts';
import { deepTest } from './support/depth.ts';
import { eventually } from './support/embedded-database.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { advanceMonotonicClock } from './support/monotonic-clock.ts';
import { provider } from './support/provider-contract.ts';

const waves = 6;
const inWave = 25;
/** Of those who got no code, so many of ten ask again; the others have left. */
const askAgain = 9;

/** A provider over HTTP that delivers: the codes that came, by number. */
async function delivering(codes: Map<string, string>): Promise<string> {
  const { origin } = await provider((seen, reply) => {
    const { to, code } = JSON.parse(seen.body);
    codes.set(to, code);
    reply.writeHead(202).end('{}');
  });
  return origin;
}

/** One that nobody listens at. */
async function dead(): Promise<string> {
  const { origin, close } = await provider(() => {});
  await close();
  return origin;
}

/** One whose connections stand, and who says nothing. */
async function blackHole(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {}).resume())).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** One that accepts everything and delivers nothing. */
async function silent(): Promise<string> {
  return (await provider((_, reply) => reply.writeHead(202).end('{}'))).origin;
}

function named(name: string, origin: string): Provider {
  const body = '{"to":"{to}","code":"{code}"}';
  return { ...httpProvider({ url: origin, method: 'POST', headers: {}, body }), name };
}

/** One whose answers may take as long as a busy machine needs: it fails nobody. */
function patient(one: Provider): Provider {
  const never = new AbortController().signal;
  return { ...one, send: (message) => one.send(message, never) };
}

/** People in waves who ask, enter what came, and else ask again, or leave; the share that signed in. */
async function completed(
  first: (codes: Map<string, string>) => Promise<string>,
  timeoutMs = 60_000,
): Promise<{ share: number; toFirst: number }> {
  const codes = new Map<string, string>();
  const providers = [named('one', await first(codes)), patient(named('two', await delivering(codes)))];
  const app = await openApp({ networkMessagesPerHour: 1_000_000, sending: { providers, timeoutMs } });
  const settled = async () => {
    while (app.deliveries.load.sending > 0) await pause(5);
    // breakers are saved in the background
    await eventually('a breaker that counted each failure', async () => {
      const [row] =
        await app.sql`select count(*) = (select coalesce(sum(failures), 0) from breaker where provider = 'one')
        as "isSaved" from delivery where provider = 'one' and state in ('failed', 'unknown')`;
      return row!.isSaved;
    });
  };
  let done = 0;
  for (let wave = 0; wave < waves; wave += 1) {
    const people = Array.from({ length: inWave }, anyNumber);
    const ask = (some: readonly string[]) =>
      Promise.all(
        some.map(async (phone) => {
          const { statusCode, body } = await app.call('POST', '/api/request-sms/', { phone_number: phone });
          assert.equal(statusCode, 201, body);
        }),
      );
    await ask(people);
    await settled();
    app.clock.turn(31);
    const without = people.filter((phone) => !codes.has(phone));
    await ask(without.filter((_, at) => at % 10 < askAgain));
    await settled();
    for (const phone of people) {
      const code = codes.get(phone);
      if (code === undefined) continue;
      const { statusCode } = await app.call('POST', '/api/verify-sms/', { phone_number: phone, sms_code: code });
      if (statusCode === 201) done += 1;
    }
    app.clock.turn(61);
    advanceMonotonicClock(61_000);
    await app.deliveries.poll();
  }
  const [{ count = 0 } = {}] = await app.sql`select count(*)::int from delivery where provider = 'one'`;
  return { share: (100 * done) / (waves * inWave), toFirst: count };
}

const whole = await completed(delivering);

for (const [name, first, most, timeoutMs] of [
  ['dead', dead, 25 + waves, undefined],
  ['a black hole', blackHole, 25 + waves, 700],
] as const) {
  deepTest(
    `while one of two providers is ${name}, the share of people who sign in falls by at most two points`,
    async (context) => {
      const { share, toFirst } = await completed(first, timeoutMs);
      context.diagnostic(
        `${whole.share} % before, ${share} % meanwhile; ${toFirst} of ${waves * inWave} were tried at it`,
      );
      assert.equal(whole.share, 100);
      assert.ok(share >= whole.share - 2, `${share} %`);
      assert.ok(toFirst <= most, `${toFirst} messages went to it`);
    },
  );
}

deepTest(
  'while one of two providers accepts and never delivers, whoever asks again gets the code from the other',
  async (context) => {
    const { share, toFirst } = await completed(silent);
    context.diagnostic(`${share} % meanwhile; ${toFirst} of ${waves * inWave} were tried at it`);
    assert.ok(share >= whole.share - 2, `${share} %`);
    assert.ok(toFirst <= 40, `${toFirst} messages went to it`);
  },
);
