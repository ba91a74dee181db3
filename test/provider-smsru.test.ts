import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { CallbackRequest, SendError } from '../src/sms/provider.ts';
import { smsruProvider } from '../src/sms/smsru.ts';
import { type CannedResponse, httpContract, message, provider } from './support/provider-contract.ts';

const apiId = 'F2D79B58-0000-0000-0000-73D12CE2E102';
const never = new AbortController().signal;

/** The answer of https://sms.ru/api/send when it takes no request, and when it takes no message to this number. */
const ofRequest = (code: number): CannedResponse => ({
  status: 200,
  body: { status: 'ERROR', status_code: code, status_text: 'Ошибка: 79161234567, 123456' },
});
const ofNumber = (code: number): CannedResponse => ({
  status: 200,
  body: {
    status: 'OK',
    status_code: 100,
    sms: { '79161234567': { status: 'ERROR', status_code: code, status_text: 'На номер 79161234567 нельзя' } },
    balance: 4122.56,
  },
});
const each = (codes: number[], of: (code: number) => CannedResponse) =>
  Object.fromEntries(codes.map((code) => [`${of === ofNumber ? 'number' : 'request'} ${code}`, of(code)]));

function called(data: string[], { by = apiId, hash = signature(by, data) } = {}): CallbackRequest {
  const form = new URLSearchParams(data.map((entry, index) => [`data[${index}]`, entry]));
  form.append('hash', hash);
  return {
    method: 'POST',
    url: 'https://vouch.example/callbacks/smsru',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(form.toString()),
  };
}

function signature(by: string, data: string[]): string {
  return createHash('sha256')
    .update(by + data.join(''))
    .digest('hex');
}

const delivered = 'sms_status\n000000-10000000\n103\n1782469893';

httpContract({
  name: 'smsru',
  open: (baseUrl) => smsruProvider({ baseUrl, apiId, from: 'Vouch' }),
  accepted: () => ({
    status: 200,
    body: {
      status: 'OK',
      status_code: 100,
      sms: { '79161234567': { status: 'OK', status_code: 100, sms_id: '000000-10000000' } },
      balance: 4122.56,
    },
  }),
  reference: '000000-10000000',
  requested: (seen, { text }) => {
    assert.equal(`${seen.method} ${seen.url.pathname}${seen.url.search}`, 'POST /sms/send');
    assert.equal(seen.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(seen.body)), {
      api_id: apiId,
      to: '79161234567',
      msg: text,
      from: 'Vouch',
      ttl: '10',
      json: '1',
    });
  },
  errors: {
    rejected: { ...each([202, 203, 205, 209], ofNumber), ...each([202], ofRequest) },
    refused: each([200, 201, 204, 210, 211, 212, 221, 300, 301, 302], ofRequest),
    throttled: { ...each([206], ofRequest), ...each([230, 231, 232, 233], ofNumber) },
    unavailable: {
      ...each([220, 500, 999], ofRequest),
      ...each([207], ofNumber),
      'HTTP 503': { status: 503, body: '' },
    },
  },
  callbacks: {
    told: (state, reference) => called([`sms_status\n${reference}\n${state === 'delivered' ? 103 : 108}\n1782469893`]),
    reason: '108',
    forged: {
      'without a hash': called([delivered], { hash: '' }),
      'signed by another': called([delivered], { by: 'another' }),
      'changed after signing': called([delivered.replace('103', '108')], { hash: signature(apiId, [delivered]) }),
      'with more than was signed': called([delivered, delivered], { hash: signature(apiId, [delivered]) }),
      'without anything': { ...called([]), body: Buffer.alloc(0) },
    },
  },
});

test('smsru: a callback is signed as its page shows', () => {
  // printf 'KEYsms_status\n000000-10000000\n103\n1782469893' | sha256sum
  const hash = 'af172667314d1d8979bd8e0e294785814b48f0cc40c4f04537f1b60e522549ea';
  const { callback } = smsruProvider({ baseUrl: '', apiId: 'KEY' });
  assert.deepEqual(callback!(called([delivered], { hash })), {
    ok: true,
    receipts: [{ reference: '000000-10000000', state: 'delivered', reason: '103' }],
    answer: '100',
  });
  assert.ok(callback!(called([delivered], { hash: hash.toUpperCase() })).ok);
  assert.equal(callback!(called([delivered], { hash: hash.replace(/.$/, '0') })).ok, false);
});

test('smsru: a callback in the form of multipart is the same, as it comes in truth', () => {
  const data = ['test\n1782404811', delivered, 'callcheck_status\n202626-48053517\n401\n1782404881'];
  const fields = [...data.map((entry, index) => [`data[${index}]`, entry]), ['hash', signature(apiId, data)]];
  const parts = fields.map(
    ([name, value]) => `--------0f\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const call: CallbackRequest = {
    ...called([]),
    headers: { 'content-type': 'multipart/form-data; boundary=------0f' },
    body: Buffer.from(`${parts.join('')}--------0f--\r\n`),
  };
  const { callback } = smsruProvider({ baseUrl: '', apiId });
  assert.deepEqual(callback!(call), {
    ok: true,
    receipts: [{ reference: '000000-10000000', state: 'delivered', reason: '103' }],
    answer: '100',
  });
  const body = Buffer.from(call.body.toString().replace('\n103\n', '\n108\n'));
  assert.deepEqual(callback!({ ...call, body }), { ok: false, error: 'unauthenticated' });
});

test('smsru: statuses on the way tell nothing, and each that ends is told', () => {
  const { callback } = smsruProvider({ baseUrl: '', apiId });
  const told = (status: string) => {
    const answer = callback!(called([`sms_status\nid-1\n${status}\n1782469893`]));
    return answer.ok ? answer.receipts.map(({ state }) => state) : answer.error;
  };
  for (const status of ['-1', '100', '101', '102', '999', '', 'constructor']) assert.deepEqual(told(status), []);
  for (const status of ['104', '105', '106', '107', '108', '150']) assert.deepEqual(told(status), ['failed']);
  for (const status of ['103', '110']) assert.deepEqual(told(status), ['delivered']);
});

test('smsru: an answer that is none is unknown, and the life of a message is from one minute to a day', async () => {
  let body: string | object = '';
  const server = await provider((_, reply) => reply.end(typeof body === 'string' ? body : JSON.stringify(body)));
  const { send } = smsruProvider({ baseUrl: server.origin, apiId });
  const answers: [answer: string | object, error: SendError][] = [
    ['', 'unknown'],
    ['100\n000000-10000000', 'unknown'],
    ['<html>', 'unknown'],
    [{ status: 'OK', status_code: 100 }, 'unknown'],
    [{ status: 'OK', status_code: 100, sms: {} }, 'unknown'],
    [{ status: 'OK', status_code: 100, sms: { '79161234567': { status: 'OK', status_code: 100 } } }, 'unknown'],
    [{ status: 'ERROR' }, 'unavailable'],
    [{ status: 'ERROR', status_code: '79161234567 is no number' }, 'unavailable'],
  ];
  for (const [answer, error] of answers) {
    body = answer;
    const sent = await send(message, never);
    assert.equal(sent.ok ? 'ok' : sent.error, error, JSON.stringify(answer));
    assert.doesNotMatch(JSON.stringify(sent), /9161234567/);
  }
  for (const expiresIn of [1, 59, 119, 3600, 1e6]) await send({ ...message, expiresIn }, never);
  const lives = server.seen.slice(answers.length).map((seen) => new URLSearchParams(seen.body));
  assert.deepEqual(
    lives.map((form) => form.get('ttl')),
    ['1', '1', '1', '60', '1440'],
  );
  assert.equal(lives[0]!.has('from'), false);
});
