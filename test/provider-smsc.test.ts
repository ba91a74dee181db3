import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { CallbackRequest, SendError } from '../src/sms/provider.ts';
import { smscProvider } from '../src/sms/smsc.ts';
import { type CannedResponse, httpContract, message, provider } from './support/provider-contract.ts';

const account = { login: 'vouch', password: 'пароль&1', callbackSecret: 'secret' };
const never = new AbortController().signal;

/** The answer of https://smsc.ru/api/http/send/sms/ with fmt=3 where a message was not taken. */
const failed = (...codes: number[]): Record<string, CannedResponse> =>
  Object.fromEntries(
    codes.map((code) => [
      `error ${code}`,
      { status: 200, body: { error: 'invalid 79161234567 123456', error_code: code, id: 175 } },
    ]),
  );

const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

/** A push of a status, with the fields that its page lists. */
function pushed(id: string, status: string, signatures: Record<string, string> = signed(id, status)): CallbackRequest {
  const form = { phone: '79161234567', status, time: '24.11.2026 14:00:00', ts: '1795528800', id, err: '0', type: '0' };
  return {
    method: 'POST',
    url: 'https://vouch.example/callbacks/smsc',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams({ ...form, ...signatures }).toString()),
  };
}

function signed(id: string, status: string, secret = account.callbackSecret): Record<string, string> {
  const text = `${id}:79161234567:${status}:${secret}`;
  return { md5: hex('md5', text), sha1: hex('sha1', text) };
}

httpContract({
  name: 'smsc',
  open: (baseUrl) => smscProvider({ ...account, baseUrl, sender: 'Vouch' }),
  accepted: () => ({ status: 200, body: { id: 1234, cnt: 2 } }),
  reference: '1234',
  requested: (seen, { to, text }) => {
    assert.equal(`${seen.method} ${seen.url.pathname}${seen.url.search}`, 'POST /sys/send.php');
    assert.equal(seen.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(seen.body)), {
      login: 'vouch',
      psw: 'пароль&1',
      phones: to,
      mes: text,
      charset: 'utf-8',
      fmt: '3',
      valid: '00:10',
      sender: 'Vouch',
    });
  },
  errors: {
    rejected: failed(7),
    refused: failed(1, 2, 3, 4, 5, 6),
    throttled: failed(9),
    unavailable: { ...failed(8, 10), 'HTTP 500': { status: 500, body: '' } },
  },
  callbacks: {
    told: (state, reference) => pushed(reference, state === 'delivered' ? '1' : '20'),
    reason: '20',
    forged: {
      'without a signature': pushed('1234', '1', {}),
      'with empty signatures': pushed('1234', '1', { md5: '', sha1: '' }),
      'with MD5 alone, however right': pushed('1234', '1', { md5: signed('1234', '1').md5! }),
      'with MD5 and an empty SHA-1': pushed('1234', '1', { ...signed('1234', '1'), sha1: '' }),
      'with MD5 and a wrong SHA-1': pushed('1234', '1', { ...signed('1234', '1'), sha1: hex('sha1', '') }),
      'with SHA-1 and a wrong SHA-256': pushed('1234', '1', { ...signed('1234', '1'), sha256: hex('sha256', '') }),
      'with only the CRC': pushed('1234', '1', { crc: '00000000' }),
      'signed by another': pushed('1234', '1', signed('1234', '1', 'another')),
      'changed after signing': pushed('1234', '1', signed('1234', '20')),
      'of another message': pushed('1235', '1', signed('1234', '1')),
      'with one of two signatures right': pushed('1234', '1', { ...signed('1234', '1'), md5: hex('md5', '') }),
    },
  },
});

test('smsc: a push is signed as its page says', () => {
  const { callback } = smscProvider({ ...account, baseUrl: '' });
  // printf '1234:79161234567:1:secret' | md5sum, and sha1sum
  const known = { md5: '0b55c35e5164b69e223d877b9ee147cb', sha1: '8d06b324b9f4d09acb8554c0cabe039683b9b2f6' };
  const believed = { ok: true, receipts: [{ reference: '1234', state: 'delivered', reason: '1' }], answer: 'OK' };
  assert.deepEqual(callback!(pushed('1234', '1', known)), believed);
  assert.deepEqual(callback!(pushed('1234', '1', { sha1: known.sha1.toUpperCase() })), believed);
});

test('smsc: without a secret there is no callback, and the phone of a push is part of what is signed', () => {
  assert.equal(smscProvider({ ...account, baseUrl: '', callbackSecret: undefined }).callback, undefined);
  assert.equal(smscProvider({ ...account, baseUrl: '', callbackSecret: '' }).callback, undefined);
  const call = pushed('1234', '1');
  const body = Buffer.from(call.body.toString().replace('79161234567', '79161234568'));
  const { callback } = smscProvider({ ...account, baseUrl: '' });
  assert.deepEqual(callback!({ ...call, body }), { ok: false, error: 'unauthenticated' });
});

test('smsc: statuses on the way tell nothing, and each that ends is told', () => {
  const { callback } = smscProvider({ ...account, baseUrl: '' });
  const told = (status: string) => {
    const answer = callback!(pushed('1234', status));
    return answer.ok ? answer.receipts.map(({ state }) => state) : answer.error;
  };
  for (const status of ['-3', '-2', '-1', '0', '99']) assert.deepEqual(told(status), []);
  for (const status of ['3', '20', '22', '23', '24', '25']) assert.deepEqual(told(status), ['failed']);
  for (const status of ['1', '2', '4']) assert.deepEqual(told(status), ['delivered']);
  for (const status of ['', 'x', 'constructor']) assert.equal(told(status), 'malformed');
});

test('smsc: an answer that is none is unknown, parts are counted, and a message lives a minute to a day', async () => {
  let body: string | object = '';
  const server = await provider((_, reply) => reply.end(typeof body === 'string' ? body : JSON.stringify(body)));
  const { send } = smscProvider({ ...account, baseUrl: server.origin });
  const answers: [answer: string | object, error: SendError][] = [
    ['', 'unknown'],
    ['OK - 1 SMS, ID - 1234', 'unknown'],
    ['null', 'unknown'],
    [{}, 'unknown'],
    [{ id: '' }, 'unknown'],
    [{ id: null, cnt: 1 }, 'unknown'],
    [{ error: 'unknown error' }, 'unavailable'],
    [{ error: 'no', error_code: '79161234567 is no number' }, 'unavailable'],
  ];
  for (const [answer, error] of answers) {
    body = answer;
    const sent = await send(message, never);
    assert.equal(sent.ok ? 'ok' : sent.error, error, JSON.stringify(answer));
    assert.doesNotMatch(JSON.stringify(sent), /9161234567/);
  }
  body = { id: 7, cnt: 2 };
  assert.deepEqual(await send(message, never), { ok: true, reference: '7', segments: 2 });
  for (const expiresIn of [1, 119, 3600, 5400, 1e6]) await send({ ...message, expiresIn }, never);
  const forms = server.seen.slice(answers.length + 1).map((seen) => new URLSearchParams(seen.body));
  assert.deepEqual(
    forms.map((form) => form.get('valid')),
    ['00:01', '00:01', '01:00', '01:30', '24:00'],
  );
  assert.equal(forms[0]!.has('sender'), false);
});
