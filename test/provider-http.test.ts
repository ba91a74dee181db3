import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { httpProvider } from '../src/sms/http.ts';
import type { CallbackRequest } from '../src/sms/provider.ts';
import { httpContract, message, provider } from './support/provider-contract.ts';

const secret = 'whsec_c2VjcmV0LWZvci10ZXN0cy1vbmx5LTAxMjM0NTY3ODk=';
const webhook = new Webhook(secret);
const body = '{"to":"{to}","text":"{text}","key":"{id}"}';

function signed(text: string, { by = webhook, at = new Date() } = {}): CallbackRequest {
  return {
    method: 'POST',
    url: 'https://vouch.example/callbacks/http',
    headers: {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': by.sign('msg_1', at, text),
    },
    body: Buffer.from(text),
  };
}

const receipt = '{"reference":"a1","state":"delivered"}';

httpContract({
  name: 'http',
  open: (origin) =>
    httpProvider({ url: `${origin}/send`, method: 'POST', headers: {}, body, token: 't', signingSecret: secret }),
  accepted: () => ({ status: 202, body: { id: 'a1' } }),
  reference: 'a1',
  requested: (seen, { to, text, id }) => {
    assert.equal(`${seen.method} ${seen.url.pathname}`, 'POST /send');
    assert.equal(seen.headers.authorization, 'Bearer t');
    assert.deepEqual(JSON.parse(seen.body), { to, text, key: id });
    assert.deepEqual(webhook.verify(seen.body, seen.headers as Record<string, string>), JSON.parse(seen.body));
  },
  errors: {
    rejected: { '400': { status: 400, body: '' }, '422': { status: 422, body: '' } },
    refused: { '401': { status: 401, body: '' }, '403': { status: 403, body: '' } },
    throttled: { '429': { status: 429, body: '' } },
    unavailable: { '500': { status: 500, body: '' }, '503': { status: 503, body: '' } },
  },
  callbacks: {
    told: (state, reference) =>
      signed(JSON.stringify({ reference, state, ...(state === 'failed' ? { reason: 'no such number' } : {}) })),
    reason: 'no such number',
    forged: {
      'without a signature': { ...signed(receipt), headers: {} },
      'signed by another': signed(receipt, {
        by: new Webhook(Buffer.from('another-secret-of-32-bytes-here!').toString('base64')),
      }),
      'changed after signing': { ...signed(receipt), body: Buffer.from(receipt.replace('a1', 'b2')) },
      'of an hour ago': signed(receipt, { at: new Date(Date.now() - 3_600_000) }),
    },
  },
});

test('http: a template of a form and of a query escapes what it holds', async () => {
  const server = await provider((_, reply) => reply.writeHead(200).end());
  const form = httpProvider({
    url: `${server.origin}/send?to={to}`,
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'text={text}&left={other}',
  });
  const sent = await form.send(message, new AbortController().signal);
  assert.deepEqual(sent, { ok: true, reference: message.id });
  assert.equal(server.seen[0]!.url.searchParams.get('to'), message.to);
  assert.equal(new URLSearchParams(server.seen[0]!.body).get('text'), message.text);
  assert.equal(new URLSearchParams(server.seen[0]!.body).get('left'), '{other}');
  const query = httpProvider({ url: `${server.origin}/send?to={to}&m={text}`, method: 'GET', headers: {}, body: '' });
  await query.send({ ...message, text: '$& {to}' }, new AbortController().signal);
  assert.equal(server.seen[1]!.url.searchParams.get('m'), '$& {to}');
});

test('http: an address or a header that cannot be is unavailable, and throws nothing', async () => {
  for (const url of ['not an address', 'http://127.0.0.1:1/\u0000']) {
    const odd = httpProvider({ url, method: 'POST', headers: { 'x-odd': 'a\nb' }, body: '' });
    const sent = await odd.send(message, new AbortController().signal);
    assert.equal(sent.ok ? '' : sent.error, 'unavailable');
  }
});
