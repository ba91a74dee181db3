import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openAdminClient } from './support/admin-client.ts';
import { anyNumber, openApp } from './support/harness.ts';

/** An error of the official client. */
interface RestException {
  readonly status: number;
  readonly code: number;
  readonly moreInfo: string;
}

/** A verification as the official client has it. */
interface TwilioVerification {
  readonly sid: string;
  readonly status: string;
  readonly valid: boolean;
  readonly to: string;
  readonly accountSid: string;
  readonly serviceSid: string;
  readonly sendCodeAttempts: readonly object[];
  readonly dateCreated: Date;
}

/** The part of the official client that this test uses. */
interface TwilioClient {
  readonly verify: {
    baseUrl: string;
    readonly v2: {
      services(sid: string): {
        readonly verifications: {
          create(input: object): Promise<TwilioVerification>;
          (
            sid: string,
          ): {
            fetch(): Promise<TwilioVerification>;
            update(input: object): Promise<TwilioVerification>;
          };
        };
        readonly verificationChecks: { create(input: object): Promise<TwilioVerification> };
      };
    };
  };
}

const twilio: (account: string, token: string) => TwilioClient = createRequire(
  fileURLToPath(new URL('./clients/package.json', import.meta.url)),
)('twilio');

const app = await openApp({ managementApi: true });
await app.server.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.server.address() as AddressInfo;
const url = `http://127.0.0.1:${port}`;
const accountSid = `AC${'0123456789abcdef'.repeat(2)}`;
const serviceSid = `VA${'fedcba9876543210'.repeat(2)}`;
const { key } = await openAdminClient(app, { scopes: ['verifications:write'] });
const service = serviceOf(key);

function serviceOf(token: string, sid = serviceSid) {
  const client = twilio(accountSid, token);
  client.verify.baseUrl = url;
  return client.verify.v2.services(sid);
}

const start = (to: string, more: object = {}) => service.verifications.create({ to, channel: 'sms', ...more });
const check = (to: string, code: string) => service.verificationChecks.create({ to, code });
const wrongFor = (number: string) => (app.codeFor(number) === '000000' ? '000001' : '000000');

async function refusedWith(status: number, code: number, call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => assert.fail(`not refused with ${code}`),
    (error: RestException) => error,
  );
  assert.deepEqual([error.status, error.code], [status, code]);
  assert.match(error.moreInfo, new RegExp(`/${code}$`));
}

test('the official client starts a verification, and its code is approved once', async () => {
  const number = anyNumber();
  const { sid, ...started } = await start(number, { locale: 'en', deviceIp: '203.0.113.9' });
  assert.match(sid, /^VE[0-9a-f]{32}$/);
  assert.deepEqual(
    [started.status, started.valid, started.to, started.accountSid, started.serviceSid],
    ['pending', false, number, accountSid, serviceSid],
  );
  assert.ok(started.dateCreated instanceof Date);
  const wrong = await check(number, wrongFor(number));
  assert.deepEqual([wrong.status, wrong.valid, wrong.sid], ['pending', false, sid]);
  const code = app.codeFor(number);
  const approved = await check(number, code);
  assert.deepEqual([approved.status, approved.valid, approved.sid], ['approved', true, sid]);
  assert.equal((await service.verifications(sid).fetch()).status, 'approved');
  await refusedWith(404, 20404, check(number, code));
  await refusedWith(404, 20404, service.verificationChecks.create({ verificationSid: sid, code }));
});

test('the SID of a verification does instead of the number', async () => {
  const number = anyNumber();
  const { sid } = await start(number);
  const approved = await service.verificationChecks.create({ verificationSid: sid, code: app.codeFor(number) });
  assert.equal(approved.status, 'approved');
});

test('a repeated request sends the code again under the same SID', async () => {
  const number = anyNumber();
  const { sid } = await start(number);
  app.clock.turn(31);
  const again = await start(number);
  assert.deepEqual([again.sid, again.sendCodeAttempts.length], [sid, 2]);
});

test('invalid parameters are 60200', async () => {
  await refusedWith(400, 60200, start('+1'));
  await refusedWith(400, 60200, start(anyNumber(), { channel: 'call' }));
  await refusedWith(400, 60200, start(anyNumber(), { deviceIp: 'nowhere' }));
  await refusedWith(400, 60200, start(anyNumber(), { customCode: '123456' }));
});

test('the sixth check of a code is 60202', async () => {
  const number = anyNumber();
  await start(number);
  for (let guess = 0; guess < 5; guess += 1) assert.equal((await check(number, wrongFor(number))).valid, false);
  await refusedWith(429, 60202, check(number, app.codeFor(number)));
});

test('a request before the pause has ended is 60203', async () => {
  const number = anyNumber();
  await start(number);
  await refusedWith(429, 60203, start(number));
});

test('a verification that there is not is 20404', async () => {
  await refusedWith(404, 20404, check(anyNumber(), '123456'));
  await refusedWith(404, 20404, service.verifications(`VE${'0'.repeat(32)}`).fetch());
  await refusedWith(404, 20404, serviceOf(key, 'VAnone').verifications.create({ to: anyNumber(), channel: 'sms' }));
});

test('a canceled verification takes no code, and the next one has another SID and another code', async () => {
  const number = anyNumber();
  const { sid } = await start(number);
  const code = app.codeFor(number);
  assert.equal((await service.verifications(sid).update({ status: 'canceled' })).status, 'canceled');
  await refusedWith(404, 20404, check(number, code));
  await refusedWith(404, 20404, service.verificationChecks.create({ verificationSid: sid, code }));
  await refusedWith(404, 20404, service.verifications(sid).update({ status: 'canceled' }));
  app.clock.turn(31);
  const next = await start(number);
  assert.notEqual(next.sid, sid);
  assert.notEqual(app.codeFor(number), code);
  assert.equal((await check(number, app.codeFor(number))).status, 'approved');
});

test('a wrong token is 20003, and so is a key without the scope', async () => {
  await refusedWith(401, 20003, serviceOf('wrong').verifications.create({ to: anyNumber(), channel: 'sms' }));
  const { key: other } = await openAdminClient(app, { scopes: ['users:read'] });
  await refusedWith(403, 20003, serviceOf(other).verifications.create({ to: anyNumber(), channel: 'sms' }));
});

test('errors of the server itself have the form of Twilio, too', async () => {
  const headers = { authorization: `Basic ${Buffer.from(`${accountSid}:${key}`).toString('base64')}` };
  const path = `/v2/Services/${serviceSid}/Verifications`;
  const post = (payload: string, type: string) =>
    app.server.inject({ method: 'POST', url: path, payload, headers: { ...headers, 'content-type': type } });
  const json = await post('{}', 'application/json');
  assert.deepEqual([json.statusCode, json.json().status, typeof json.json().code], [415, 415, 'number']);
  const large = await post(`To=${'1'.repeat(20_000)}`, 'application/x-www-form-urlencoded');
  assert.equal(large.statusCode, 413);
  const hostile = await post('To=%00&Channel=sms&Locale=%00&%ff=%ff', 'application/x-www-form-urlencoded');
  assert.deepEqual([hostile.statusCode, hostile.json().code], [400, 60200]);
});
