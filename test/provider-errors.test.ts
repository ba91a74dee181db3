import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Failed, subjectOf } from '../src/sms/error-class.ts';
import { httpProvider } from '../src/sms/http.ts';
import { errorForStatus } from '../src/sms/http-call.ts';
import type { ErrorSubject, Provider, Sent } from '../src/sms/provider.ts';
import { bindError, errorForCommandStatus } from '../src/sms/smpp/errors.ts';
import { smscErrors, smscProvider } from '../src/sms/smsc.ts';
import { smsruErrors, smsruProvider } from '../src/sms/smsru.ts';
import { telegramErrors, telegramProvider } from '../src/sms/telegram.ts';
import { twilioErrors, twilioProvider } from '../src/sms/twilio.ts';
import { vonageErrors, vonageProvider } from '../src/sms/vonage.ts';
import { whatsappErrors, whatsappProvider } from '../src/sms/whatsapp.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, openApp, type TestApp } from './support/harness.ts';
import { type CannedResponse, message, provider } from './support/provider-contract.ts';
import { testProvider } from './support/test-deliveries.ts';

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const never = new AbortController().signal;

/** A provider, its answer that has a code, the codes of its table, and whom each is about by its documentation. */
interface Sorted {
  readonly open: (baseUrl: string) => Provider;
  readonly answer: (code: string) => CannedResponse;
  readonly listed: Iterable<string | number>;
  readonly number: string;
  readonly account: string;
  readonly provider: string;
  /** One that no table has. */
  readonly unlisted: string;
}

const sorted: Readonly<Record<string, Sorted>> = {
  twilio: {
    open: (baseUrl) => twilioProvider({ baseUrl, accountSid: 'AC1', authToken: 't', from: '+15550100' }),
    answer: (code) => ({ status: 403, body: { code: Number(code) } }),
    listed: Object.keys(twilioErrors),
    number: `14107 21211 21217 21219 21265 21266 21401 21407 21408 21602 21604 21605 21606 21608 21610 21612 21614 21617
      21619 21635 21659 30003 30004 30005 30006 30007 30008 30010 30017 30018 30024 30032 30033 30034 30035 30036 30038
      30450 30453 30454`,
    account: `10001 20001 20003 20005 20006 20008 20010 20404 20429 21212 21267 21601 21603 21607 21609 21611 21660 21661
      21701 21703 21704 21705 30001 30002 30022 30023 30027 30037 63038`,
    provider: '20500 20503',
    unlisted: '29999',
  },
  vonage: {
    open: (baseUrl) => vonageProvider({ baseUrl, applicationId: 'app', privateKey, from: 'Vouch' }),
    answer: (code) => ({ status: 403, body: { type: `https://developer.vonage.com/api-errors#${code}` } }),
    listed: vonageErrors.keys(),
    number: `invalid-params 1020 1040 1050 1090 1100 1120 1160 1170 1180 1190 1210 1220 1230 1240 1241 1250 1260 1270 1280
      1290 1300 1360 1470`,
    account: `account-suspended forbidden invalid-api-key invalid-signature jwt-expired jwt-revoked low-balance throttled
      unauthorized unprovisioned 1000 1010 1060 1070 1080 1110 1130 1140 1150 1370 1420 1460`,
    provider: '1030',
    unlisted: '1999',
  },
  smsru: {
    open: (baseUrl) => smsruProvider({ baseUrl, apiId: 'key' }),
    answer: (code) => ({ status: 200, body: { status: 'ERROR', status_code: Number(code) } }),
    listed: Object.keys(smsruErrors),
    number: '202 203 204 205 207 209 214 230 231 232 233',
    account: '200 201 206 208 210 211 212 221 300 301 302',
    provider: '220 500',
    unlisted: '999',
  },
  smsc: {
    open: (baseUrl) => smscProvider({ baseUrl, login: 'vouch', password: 'p' }),
    answer: (code) => ({ status: 200, body: { error: 'no', error_code: Number(code) } }),
    listed: Object.keys(smscErrors),
    number: '6 7 8 9',
    account: '1 2 3 4 5',
    provider: '',
    unlisted: '10',
  },
  telegram: {
    open: (baseUrl) => telegramProvider({ baseUrl, token: 't' }),
    answer: (code) => ({ status: 200, body: { ok: false, error: code } }),
    listed: telegramErrors.keys(),
    number: 'PHONE_NUMBER_INVALID PHONE_NUMBER_NOT_AVAILABLE PHONE_NUMBER_NOT_FOUND MESSAGE_ALREADY_SENT',
    account: `ACCESS_TOKEN_INVALID ACCESS_TOKEN_REQUIRED BALANCE_NOT_ENOUGH CALLBACK_URL_INVALID SENDER_NOT_OWNED
      SENDER_NOT_VERIFIED SENDER_USERNAME_INVALID FLOOD_WAIT`,
    provider: '',
    unlisted: 'SOMETHING_NEW',
  },
  whatsapp: {
    open: (baseUrl) =>
      whatsappProvider({ baseUrl, apiVersion: 'v23.0', phoneNumberId: '1', token: 't', template: 't' }),
    answer: (code) => ({ status: 403, body: { error: { code: Number(code) } } }),
    listed: Object.keys(whatsappErrors),
    number: '100 130472 130497 131009 131021 131026 131030 131047 131049 131050 131056',
    account: `0 3 4 10 33 190 368 80007 130429 131005 131008 131031 131037 131042 131045 131048 131051 131057 133010`,
    provider: '1 2 131000 131016 133004',
    unlisted: '139999',
  },
};

const codesOf = (text: string) => text.split(/\s+/).filter(Boolean);

for (const [name, one] of Object.entries(sorted)) {
  test(`${name}: each documented error is about the number, our account or the provider`, async () => {
    let code = '';
    const server = await provider((_, reply) => {
      const { status, body } = one.answer(code);
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const open = one.open(server.origin);
    for (const about of ['number', 'account', 'provider'] as const) {
      for (code of codesOf(one[about])) assert.equal(aboutOf(await open.send(message, never)), about, code);
    }
    code = one.unlisted;
    assert.equal(aboutOf(await open.send(message, never)), 'number', 'anybody may have caused what no table has');
    const told = [one.number, one.account, one.provider].flatMap(codesOf);
    assert.deepEqual(new Set([...one.listed].map(String)), new Set(told), 'each code of the table is sorted here');
  });
}

test('whatsapp: what is wrong with a template is about its language, and a permission about our account', async () => {
  let code = 0;
  const server = await provider((_, reply) => reply.writeHead(400).end(JSON.stringify({ error: { code } })));
  const open = sorted.whatsapp!.open(server.origin);
  for (code of [132000, 132001, 132007, 132015]) assert.equal(aboutOf(await open.send(message, never)), 'number');
  for (code of [200, 299]) assert.equal(aboutOf(await open.send(message, never)), 'account');
});

test('smpp: each command_status is about the number, our account or the SMSC, and one of a bind never about a number', () => {
  const statuses: Readonly<Record<ErrorSubject, readonly number[]>> = {
    number: [0x01, 0x0b, 0x33, 0x34, 0x40, 0x45, 0x50, 0x51, 0x65, 0x66, 0xfe, 0x106, 0x400, 0x412, 0x4ff],
    account: [
      ...[0x02, 0x03, 0x05, 0x06, 0x07, 0x0a, 0x0d, 0x0e, 0x0f, 0x14, 0x15, 0x42, 0x43, 0x48, 0x49, 0x53, 0x54, 0x58],
      ...[0x61, 0x62, 0x63, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0x100, 0x101, 0x103, 0x104, 0x105],
    ],
    provider: [0x04, 0x08, 0x64, 0xff, 0x102],
  };
  for (const [about, list] of Object.entries(statuses)) {
    for (const status of list) {
      assert.equal(subjectOf(errorForCommandStatus(status)), about, status.toString(16));
      assert.equal(subjectOf(bindError(status)), about === 'number' ? 'account' : about, status.toString(16));
    }
  }
});

test('an HTTP status without a code is about the number, our account or the provider', async () => {
  const statuses: Readonly<Record<ErrorSubject, readonly number[]>> = {
    number: [400, 406, 409, 410, 413, 415, 422, 451],
    account: [401, 402, 403, 404, 405, 429],
    provider: [301, 408, 500, 501, 502, 503, 504],
  };
  const server = await provider(({ url }, reply) => reply.writeHead(Number(url.searchParams.get('status'))).end());
  for (const [about, list] of Object.entries(statuses)) {
    for (const status of list) {
      assert.equal(subjectOf(errorForStatus(status)), about, String(status));
      const url = `${server.origin}/?status=${status}`;
      const sent = await httpProvider({ url, method: 'POST', headers: {}, body: '{}' }).send(message, never);
      assert.equal(aboutOf(sent), about, String(status));
    }
  }
});

function aboutOf(sent: Sent): ErrorSubject {
  assert.equal(sent.ok, false, 'it was taken as accepted');
  return subjectOf(sent as Failed);
}

async function ask(app: TestApp): Promise<void> {
  assert.equal((await app.call('POST', '/api/request-sms/', { phone_number: anyNumber() })).statusCode, 201);
  while (app.deliveries.load.sending + app.deliveries.load.waiting > 0) await pause(1);
}

async function settledBreaker(app: TestApp, wanted: number): Promise<void> {
  for (let times = 0; times < 400; times += 1) {
    if ((await app.sql`select from breaker where failures >= ${wanted}`).length > 0) return;
    await pause(5);
  }
  assert.fail('the breaker never moved');
}

deepTest('no refusal that a stranger can cause moves a circuit breaker, and three of our account open it', async () => {
  let code = 0;
  let asked = 0;
  const server = await provider((_, reply) => {
    asked += 1;
    reply.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ code }));
  });
  const app = await openApp({
    networkMessagesPerHour: 100_000,
    sending: { providers: [sorted.twilio!.open(server.origin), testProvider('other')] },
  });
  for (code of [21408, 21211, 21610, 21614, 21612, 21608, 30007, 30453, 14107, 29999]) {
    for (let times = 0; times < 4; times += 1) await ask(app);
  }
  assert.equal(asked, 40, 'it is asked each time');
  assert.deepEqual([...(await app.sql`select * from breaker`)], []);
  const other = await app.sql`select distinct provider from delivery where state = 'accepted'`;
  assert.deepEqual(
    other.map((row) => row.provider),
    ['other'],
    'another provider may take what is refused for its country',
  );
  code = 20003;
  for (let times = 0; times < 3; times += 1) await ask(app);
  await settledBreaker(app, 3);
  await app.deliveries.poll();
  await ask(app);
  assert.equal(asked, 43, 'it is left alone');
});

test('a message that tries a provider again and is refused for its number leaves the try to the next one', async () => {
  const answers: Sent[] = [];
  const asked: Sent[] = [];
  const one = testProvider('one', async () => {
    const answer = answers.shift() ?? { ok: true, reference: 'r' };
    asked.push(answer);
    return answer;
  });
  const app = await openApp({
    networkMessagesPerHour: 100_000,
    sending: { providers: [one, testProvider('other')] },
  });
  answers.push(...Array.from({ length: 3 }, (): Sent => ({ ok: false, error: 'unavailable', reason: 'HTTP 503' })));
  for (let times = 0; times < 3; times += 1) await ask(app);
  await settledBreaker(app, 3);
  await app.sql`update breaker set open_until = now() - interval '1 second'`;
  await app.deliveries.poll();
  answers.push({ ok: false, error: 'refused', about: 'number', reason: '21408' });
  await ask(app);
  assert.equal(asked.length, 4);
  for (let times = 0; times < 400; times += 1) {
    if ((await app.sql`select from breaker where open_until > now()`).length === 0) break;
    await pause(5);
  }
  await app.deliveries.poll();
  await ask(app);
  assert.equal(asked.length, 5, 'the next message tries it at once');
  assert.ok(asked[4]!.ok);
});
