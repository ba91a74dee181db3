import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { CallbackRequest } from '../src/sms/provider.ts';
import { type TwilioSettings, twilioProvider } from '../src/sms/twilio.ts';
import { httpContract, message, provider } from './support/provider-contract.ts';

const accountSid = 'AC00000000000000000000000000000001';
const sid = 'SM00000000000000000000000000000002';
const url = 'https://vouch.example/callbacks/twilio';
const settings: TwilioSettings = {
  baseUrl: 'http://127.0.0.1:1',
  accountSid,
  authToken: 'token-of-the-account',
  from: '+15005550006',
  publicUrl: 'https://vouch.example',
};
const never = new AbortController().signal;

/** The answer to a message that is taken, as the documentation shows it. */
const made = {
  account_sid: accountSid,
  api_version: '2010-04-01',
  date_created: 'Thu, 24 Aug 2023 05:01:45 +0000',
  direction: 'outbound-api',
  error_code: null,
  error_message: null,
  num_media: '0',
  num_segments: '2',
  sid,
  status: 'queued',
  to: '+79161234567',
};

/** An error as the documentation shows it, its sentence with the number that it often holds. */
function error(status: number, code: number) {
  return {
    status,
    body: {
      code,
      message: `The 'To' number ${message.to} cannot have '${message.code}'`,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
      status,
    },
  };
}

/** Signed by the words of the documentation, for names that come once. */
function told(said: Record<string, string>, { token = settings.authToken, at = url } = {}): CallbackRequest {
  const text = Object.keys(said)
    .sort()
    .reduce((before, name) => before + name + said[name], at);
  return {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': createHmac('sha1', token).update(text).digest('base64'),
    },
    body: Buffer.from(new URLSearchParams(said).toString()),
  };
}

function status(reference: string, state: string, more: Record<string, string> = {}): Record<string, string> {
  return { MessageSid: reference, SmsSid: reference, MessageStatus: state, To: message.to, ApiVersion: 'é ü', ...more };
}

const delivered = told(status(sid, 'delivered'));

httpContract({
  name: 'twilio',
  open: (origin) => twilioProvider({ ...settings, baseUrl: origin }),
  accepted: () => ({ status: 201, body: made }),
  reference: sid,
  requested: (seen, { to, text }) => {
    assert.equal(`${seen.method} ${seen.url.pathname}`, `POST /2010-04-01/Accounts/${accountSid}/Messages.json`);
    assert.equal(seen.headers['content-type'], 'application/x-www-form-urlencoded');
    const [scheme, words] = seen.headers.authorization!.split(' ');
    assert.equal(scheme, 'Basic');
    assert.equal(Buffer.from(words!, 'base64').toString(), `${accountSid}:${settings.authToken}`);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(seen.body)), {
      To: to,
      Body: text,
      From: '+15005550006',
      ValidityPeriod: '600',
      StatusCallback: url,
    });
  },
  errors: {
    rejected: {
      'a number that is none (21211)': error(400, 21211),
      'a person who said STOP (21610)': error(400, 21610),
      'a number that is not mobile (21614)': error(400, 21614),
      'an error that is in no table': error(400, 29999),
      'a message that failed at once (30005)': { status: 201, body: { ...made, status: 'failed', error_code: 30005 } },
    },
    refused: {
      'a wrong token (20003)': error(401, 20003),
      'another account (20404)': error(404, 20404),
      'a country that is not enabled (21408)': error(403, 21408),
      'a sender that is not ours (21606)': error(400, 21606),
      'no route from this sender (21612)': error(400, 21612),
      'a trial account (21608)': error(403, 21608),
      'a 401 without a body': { status: 401, body: '' },
    },
    throttled: {
      'too many requests (20429)': error(429, 20429),
      'a full queue (21611)': error(429, 21611),
      'the daily limit (63038)': error(400, 63038),
      'a full queue of a service (30001)': { status: 201, body: { ...made, status: 'failed', error_code: 30001 } },
      'a 429 of something before it': { status: 429, body: '<html>' },
    },
    unavailable: { '500': error(500, 20500), '503': { status: 503, body: 'Service Unavailable' } },
  },
  callbacks: {
    told: (state, reference) =>
      state === 'delivered'
        ? told(status(reference, 'delivered'))
        : told(status(reference, 'undelivered', { ErrorCode: '30003' })),
    reason: '30003',
    forged: {
      'without a signature': { ...delivered, headers: {} },
      'with two signatures': {
        ...delivered,
        headers: { 'x-twilio-signature': [String(delivered.headers['x-twilio-signature']), 'x'] },
      },
      'signed by another': told(status(sid, 'delivered'), { token: 'another' }),
      'signed for another URL': told(status(sid, 'delivered'), { at: 'https://vouch.example/callbacks/other' }),
      'changed after signing': { ...delivered, body: Buffer.from(`${delivered.body}&ErrorCode=1`) },
    },
  },
});

test('twilio: the signature is that of the documentation and of its SDK', () => {
  const said = new URLSearchParams({
    To: '+18005551212',
    From: '+14158675309',
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
  });
  const open = (origin: string, signature: string, authToken = '12345') =>
    twilioProvider({ ...settings, authToken }).callback!({
      method: 'POST',
      url: `${origin}/myapp.php?foo=1&bar=2`,
      headers: { 'x-twilio-signature': signature },
      body: Buffer.from(said.toString()),
    });
  // what is signed is no status, so an authentic call is malformed
  const authentic = { ok: false, error: 'malformed' };
  assert.deepEqual(open('https://mycompany.com', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='), authentic);
  assert.deepEqual(open('https://mycompany.com:1234', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='), authentic);
  assert.deepEqual(open('http://mycompany.com:1234', 'Zmvh+3yNM1Phv2jhDCwEM3q5ebU='), authentic);
  const forged = { ok: false, error: 'unauthenticated' };
  assert.deepEqual(open('https://mycompany.com', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='.toLowerCase()), forged);
  assert.deepEqual(open('https://mycompany.com', 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', '12346'), forged);
});

test('twilio: a value that comes twice is signed once, and several in their order', () => {
  const text = `${url}MessageSid${sid}MessageStatusdeliveredXaXb`;
  const answer = twilioProvider(settings).callback!({
    method: 'POST',
    url,
    headers: { 'x-twilio-signature': createHmac('sha1', settings.authToken).update(text).digest('base64') },
    body: Buffer.from(`X=b&X=a&X=b&MessageStatus=delivered&MessageSid=${sid}`),
  });
  assert.deepEqual(answer, { ok: true, receipts: [{ reference: sid, state: 'delivered' }] });
});

test('twilio: a message on its way has no receipt yet, and one that failed without a code says its state', () => {
  const { callback } = twilioProvider(settings);
  for (const state of ['accepted', 'queued', 'sending', 'sent', 'canceled', 'constructor']) {
    assert.deepEqual(callback!(told(status(sid, state))), { ok: true, receipts: [] }, state);
  }
  assert.deepEqual(callback!(told(status(sid, 'failed', { ErrorCode: message.to }))), {
    ok: true,
    receipts: [{ reference: sid, state: 'failed', reason: 'failed' }],
  });
  assert.deepEqual(callback!(told({ MessageSid: sid })), { ok: false, error: 'malformed' });
});

test('twilio: a messaging service sends without a From, at most 10 hours in its queue, and no URL of HTTP is told', async () => {
  const server = await provider((_, reply) => {
    reply.writeHead(201).end(JSON.stringify({ ...made, num_segments: '0' }));
  });
  const service = twilioProvider({
    ...settings,
    baseUrl: server.origin,
    from: undefined,
    messagingServiceSid: 'MG1',
    publicUrl: 'http://127.0.0.1:8080',
  });
  const sent = await service.send({ ...message, expiresIn: 90_000 }, never);
  assert.deepEqual(sent, { ok: true, reference: sid, segments: undefined });
  const said = new URLSearchParams(server.seen[0]!.body);
  assert.deepEqual([...said.keys()], ['To', 'Body', 'ValidityPeriod', 'MessagingServiceSid']);
  assert.equal(said.get('ValidityPeriod'), '36000');
});

test('twilio: segments are told, and a 2xx that cannot be read may have been sent', async () => {
  const answers = [JSON.stringify(made), '', 'null', '[]', '{"sid":""}', '{"sid":7}', '<html>'];
  const server = await provider((_, reply) => reply.writeHead(201).end(answers.shift()));
  const open = twilioProvider({ ...settings, baseUrl: server.origin });
  assert.deepEqual(await open.send(message, never), { ok: true, reference: sid, segments: 2 });
  while (answers.length > 0) {
    const sent = await open.send(message, never);
    assert.equal(!sent.ok && sent.error, 'unknown');
  }
});
