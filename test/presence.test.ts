import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, anyNumber, openApp, withToken } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const app = await openApp({ trustProxy: 1 });
const day = 86_400;
let addresses = 0;

/** Headers of a client at an IP address that no other has. */
function from(more: Record<string, string> = {}): Record<string, string> {
  addresses += 1;
  return { 'x-forwarded-for': `198.18.${addresses >> 8}.${addresses & 255}`, ...more };
}

const ask = (phone_number: string, headers: Record<string, string>, challenge?: string) =>
  app.call('POST', '/api/request-sms/', { phone_number, challenge }, headers);
const verify = (phone_number: string, sms_code: string, headers: Record<string, string>, challenge?: string) =>
  app.call('POST', '/api/verify-sms/', { phone_number, sms_code, challenge }, headers);

async function signIn(phone: string, headers = from()): Promise<{ token: string; device: Record<string, string> }> {
  assert.equal((await ask(phone, headers)).statusCode, 201);
  const answer = await verify(phone, app.codeFor(phone), headers);
  assert.equal(answer.statusCode, 201, answer.body);
  return { token: answer.data.token, device: { 'device-token': String(answer.headers['device-token']) } };
}

async function guess(phone: string, times: number, headers: Record<string, string>): Promise<void> {
  for (let at = 0; at < times; at += 1) await verify(phone, 'x', headers);
}

/** What others have done with a number before a stranger asks. */
const states: Readonly<Record<string, (phone: string) => Promise<void>>> = {
  'somebody has an account since a year': async (phone) => {
    await signIn(phone);
    app.clock.turn(360 * day);
  },
  'somebody signed up a minute ago': async (phone) => {
    await signIn(phone);
    app.clock.turn(60);
  },
  'somebody signed in again a minute ago': async (phone) => {
    await signIn(phone);
    app.clock.turn(2 * day);
    await signIn(phone);
    app.clock.turn(60);
  },
  'somebody signed in by a page a moment ago': (phone) => new HtmlClient(app, from()).signIn(phone),
  'somebody asked a moment ago': async (phone) => {
    await ask(phone, from());
  },
  'somebody asked five minutes ago': async (phone) => {
    await ask(phone, from());
    app.clock.turn(300);
  },
  'somebody asked by a page': async (phone) => {
    await new HtmlClient(app, from()).post('/', { phone_number: phone });
  },
  'a code has expired': async (phone) => {
    await ask(phone, from());
    app.clock.turn(601);
  },
  'a code was asked for twice': async (phone) => {
    const headers = from();
    await ask(phone, headers);
    app.clock.turn(31);
    await ask(phone, headers);
  },
  'somebody was refused for asking too soon': async (phone) => {
    const headers = from();
    await ask(phone, headers);
    assert.equal((await ask(phone, headers)).statusCode, 429);
  },
  'somebody entered a wrong code': async (phone) => {
    const headers = from();
    await ask(phone, headers);
    await guess(phone, 1, headers);
  },
  'somebody has used up the guesses of a code': async (phone) => {
    const headers = from();
    await ask(phone, headers);
    await guess(phone, 6, headers);
  },
  'somebody guessed who had not asked': (phone) => guess(phone, 20, from()),
  'a known device asked': async (phone) => {
    const { device } = await signIn(phone);
    app.clock.turn(2 * day);
    await ask(phone, from(device));
  },
  'a known device entered wrong codes': async (phone) => {
    const { device } = await signIn(phone);
    const headers = from(device);
    await ask(phone, headers);
    await guess(phone, 6, headers);
  },
  'a known device signed in a moment ago': async (phone) => {
    const { device } = await signIn(phone);
    app.clock.turn(2 * day);
    await signIn(phone, from(device));
  },
  'somebody signed out': async (phone) => {
    const { token } = await signIn(phone);
    assert.equal((await app.call('POST', '/api/auth/token/logout/', undefined, withToken(token))).statusCode, 204);
  },
  'somebody ended all other sessions': async (phone) => {
    await signIn(phone);
    const { token } = await signIn(phone);
    assert.ok((await app.call('DELETE', '/api/users/me/sessions', undefined, withToken(token))).statusCode < 300);
  },
  'an account was deleted': async (phone) => {
    const { token } = await signIn(phone);
    assert.equal((await app.call('DELETE', '/api/users/me', undefined, withToken(token))).statusCode, 204);
  },
  'somebody signed up by an invite': async (phone) => {
    const inviter = await app.signIn(anyNumber());
    const { data } = await app.call('GET', '/api/users/me', undefined, withToken(inviter));
    const headers = from();
    await ask(phone, headers);
    const entered = { phone_number: phone, sms_code: app.codeFor(phone), invite_code: data.referal_code };
    assert.equal((await app.call('POST', '/api/verify-sms/', entered, headers)).statusCode, 201);
  },
};

/** What a stranger is told, by the clock of the test: everything but ids, tokens and the number itself. */
async function toldToStranger(phone: string): Promise<unknown[]> {
  const told: unknown[] = [];
  const keep = async (answer: Promise<Answer>) => {
    const { statusCode, headers, body, data } = await answer;
    const plain = body
      .replaceAll(phone, 'N')
      .replace(/vouchc_[\w-]{43}/g, 'T')
      .replace(/"instance":"[^"]+"/, '');
    told.push({ statusCode, headers: { ...headers, date: '' }, body: plain });
    return data?.challenge as string | undefined;
  };
  const headers = from();
  const start = app.clock.time;
  app.clock.stop(start);
  const challenge = await keep(ask(phone, headers));
  for (const token of [challenge, undefined]) await keep(verify(phone, 'x', headers, token));
  await keep(verify(phone, 'x', from()));
  await keep(ask(phone, headers, challenge));
  app.clock.stop(start + 31_000);
  await keep(ask(phone, headers, challenge));
  for (let wrong = 0; wrong < 3; wrong += 1) await keep(verify(phone, 'x', headers, challenge));
  return told;
}

test('twenty states of a number get a stranger the same bytes as a number that nobody has used', async () => {
  assert.equal(Object.keys(states).length, 20);
  const unused = await toldToStranger(anyNumber());
  for (const [name, prepare] of Object.entries(states)) {
    const phone = anyNumber();
    await prepare(phone);
    assert.deepEqual(await toldToStranger(phone), unused, name);
  }
});
