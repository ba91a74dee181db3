import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { CallbackRequest } from '../src/sms/provider.ts';
import { type WhatsappSettings, whatsappProvider } from '../src/sms/whatsapp.ts';
import { httpContract, message, provider } from './support/provider-contract.ts';

const wamid = 'wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA';
const settings: WhatsappSettings = {
  baseUrl: 'http://127.0.0.1:1',
  apiVersion: 'v23.0',
  phoneNumberId: '106540352242922',
  token: 'EAAJtoken-of-the-user',
  template: 'verification_code',
  appSecret: 'secret-of-the-app',
  verifyToken: 'meatyhamhock',
};
const url = 'https://vouch.example/callbacks/whatsapp';
const never = new AbortController().signal;

const accepted = {
  messaging_product: 'whatsapp',
  contacts: [{ input: message.to, wa_id: message.to.slice(1) }],
  messages: [{ id: wamid, message_status: 'accepted' }],
};

/** An error as the documentation shows it, its sentences with the number that they may hold. */
function error(status: number, code: number) {
  return {
    status,
    body: {
      error: {
        message: `(#${code}) Something about ${message.to}`,
        type: 'OAuthException',
        code,
        error_data: { messaging_product: 'whatsapp', details: `Of ${message.to} and ${message.code}` },
        fbtrace_id: 'Az8or2yhqkZfEZ-_4Qn_Bam',
      },
    },
  };
}

function told(said: unknown, secret = settings.appSecret!): CallbackRequest {
  const body = typeof said === 'string' ? said : JSON.stringify(said);
  return {
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body: Buffer.from(body),
  };
}

function status(id: string, state: string, code?: number): object {
  return {
    id,
    status: state,
    timestamp: '1750857384',
    recipient_id: message.to.slice(1),
    pricing: { billable: true, pricing_model: 'PMP', category: 'authentication' },
    ...(code === undefined ? {} : { errors: [{ code, title: 'Message undeliverable', message: 'x' }] }),
  };
}

function statuses(...some: object[]): object {
  return {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '102290129340398',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '15550783881', phone_number_id: settings.phoneNumberId },
              statuses: some,
            },
          },
        ],
      },
    ],
  };
}

const delivered = told(statuses(status(wamid, 'delivered')));

httpContract({
  name: 'whatsapp',
  open: (origin) => whatsappProvider({ ...settings, baseUrl: origin }),
  accepted: () => ({ status: 200, body: accepted }),
  reference: wamid,
  requested: (seen, { to, code }) => {
    assert.equal(`${seen.method} ${seen.url.pathname}`, 'POST /v23.0/106540352242922/messages');
    assert.equal(seen.headers.authorization, `Bearer ${settings.token}`);
    assert.equal(seen.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(seen.body), {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to,
      type: 'template',
      template: {
        name: 'verification_code',
        language: { policy: 'deterministic', code: 'ru' },
        components: [
          { type: 'body', parameters: [{ type: 'text', text: code }] },
          { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: code }] },
        ],
      },
    });
  },
  errors: {
    rejected: {
      'a person who is not at WhatsApp (131026)': error(400, 131026),
      'our own number (131021)': error(400, 131021),
      'an error that is in no table': error(400, 139999),
    },
    refused: {
      'a token that has expired (190)': error(401, 190),
      'a permission that is missing (10)': error(403, 10),
      'a permission that is missing (200)': error(403, 200),
      'a permission that is missing (299)': error(400, 299),
      'a test number (131030)': error(400, 131030),
      'an account that is locked (131031)': error(403, 131031),
      'no means of payment (131042)': error(400, 131042),
      'no such template (132001)': error(404, 132001),
      'a template that is paused (132015)': error(400, 132015),
      'a violation of policy (368)': error(403, 368),
      'a 401 without a body': { status: 401, body: '' },
    },
    throttled: {
      'calls of the app (4)': error(400, 4),
      'calls of the account (80007)': error(400, 80007),
      'messages of our number (130429)': error(429, 130429),
      'messages to this person (131056)': error(400, 131056),
      'a 429 of something before it': { status: 429, body: '<html>' },
    },
    unavailable: {
      'a fault of theirs (1)': error(400, 1),
      'a service that is down (2)': error(503, 2),
      'something that went wrong (131000)': error(500, 131000),
      'a service that is overloaded (131016)': error(500, 131016),
      'a 503 without a body': { status: 503, body: '' },
    },
  },
  callbacks: {
    told: (state, reference) =>
      told(statuses(state === 'delivered' ? status(reference, state) : status(reference, state, 131026))),
    reason: '131026',
    forged: {
      'without a signature': { ...delivered, headers: {} },
      'with the signature of SHA-1': { ...delivered, headers: { 'x-hub-signature': 'sha1=0' } },
      'with a bare signature': {
        ...delivered,
        headers: { 'x-hub-signature-256': String(delivered.headers['x-hub-signature-256']).slice(7) },
      },
      'signed by another': told(statuses(status(wamid, 'delivered')), 'another'),
      'changed after signing': { ...delivered, body: Buffer.from(`${delivered.body} `) },
      'by another method': { ...delivered, method: 'GET' },
    },
  },
});

test('whatsapp: the signature is that of an independent computation', () => {
  const body = '{"object":"whatsapp_business_account","entry":[]}';
  const signature = 'sha256=08a7ebda7df0b101046c6a01af49bde77bc3024164bd4d5f268af500c03ed439';
  const { callback } = whatsappProvider(settings);
  const call = { method: 'POST', url, headers: { 'x-hub-signature-256': signature }, body: Buffer.from(body) };
  assert.deepEqual(callback!(call), { ok: true, receipts: [] });
});

test('whatsapp: one call tells of many messages; what was read was delivered, and what was sent is on its way', () => {
  const { entry } = statuses(status('a', 'sent'), status('b', 'read'), status('c', 'failed', 131049)) as {
    entry: object[];
  };
  const second = statuses(status('d', 'failed'), status('e', 'deleted'), status('', 'read')) as { entry: object[] };
  const answer = whatsappProvider(settings).callback!(told({ entry: [...entry, ...second.entry] }));
  assert.deepEqual(answer, {
    ok: true,
    receipts: [
      { reference: 'b', state: 'delivered' },
      { reference: 'c', state: 'failed', reason: '131049' },
      { reference: 'd', state: 'failed', reason: 'failed' },
    ],
  });
});

test('whatsapp: a signed call that is not what is documented is malformed, or has no receipts', () => {
  const { callback } = whatsappProvider(settings);
  for (const said of ['', 'null', '[]', '7', '{}', '{"entry":{}}']) {
    assert.deepEqual(callback!(told(said)), { ok: false, error: 'malformed' }, said);
  }
  const odd = [
    '{"entry":[null,7,{"changes":null}]}',
    '{"entry":[{"changes":[null,{"value":null},{"value":{"messages":[{"id":"x"}]}}]}]}',
    '{"entry":[{"changes":[{"value":{"statuses":[null,7,{"id":7,"status":"read"},{"id":"x","status":["read"]}]}}]}]}',
  ];
  for (const said of odd) assert.deepEqual(callback!(told(said)), { ok: true, receipts: [] }, said);
});

test('whatsapp: the URL is verified by the token alone, and the challenge comes back if it is one', () => {
  const ask = (query: Record<string, string>, more: Partial<WhatsappSettings> = {}) =>
    whatsappProvider({ ...settings, ...more }).callback!({
      method: 'GET',
      url: `${url}?${new URLSearchParams(query)}`,
      headers: {},
      body: Buffer.alloc(0),
    });
  const asked = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': 'meatyhamhock' };
  assert.deepEqual(ask(asked), { ok: true, receipts: [], answer: '1158201444' });
  const unauthenticated = { ok: false, error: 'unauthenticated' };
  assert.deepEqual(ask({ ...asked, 'hub.verify_token': 'meatyhamhocK' }), unauthenticated);
  assert.deepEqual(ask({ ...asked, 'hub.verify_token': '' }), unauthenticated);
  assert.deepEqual(ask({ 'hub.mode': 'subscribe', 'hub.challenge': '1' }), unauthenticated);
  assert.deepEqual(ask({ ...asked, 'hub.verify_token': '' }, { verifyToken: '' }), unauthenticated);
  assert.deepEqual(ask(asked, { verifyToken: undefined }), unauthenticated);
  const malformed = { ok: false, error: 'malformed' };
  assert.deepEqual(ask({ ...asked, 'hub.mode': 'unsubscribe' }), malformed);
  for (const challenge of ['', '<script>', '1\n', 'x'.repeat(129)]) {
    assert.deepEqual(ask({ ...asked, 'hub.challenge': challenge }), malformed, challenge);
  }
});

test('whatsapp: without the secret of the app there are no callbacks', () => {
  assert.equal(whatsappProvider({ ...settings, appSecret: undefined }).callback, undefined);
  assert.equal(whatsappProvider({ ...settings, appSecret: '' }).callback, undefined);
});

test('whatsapp: a template may call its language otherwise, and the English one serves languages without one', async () => {
  const server = await provider((_, reply) => reply.writeHead(200).end(JSON.stringify(accepted)));
  const open = whatsappProvider({ ...settings, baseUrl: server.origin, templateLanguages: { en: 'en_US' } });
  await open.send({ ...message, language: 'en' }, never);
  await open.send(message, never);
  await open.send({ ...message, language: 'de' }, never);
  const said = server.seen.map((seen) => JSON.parse(seen.body).template.language.code);
  assert.deepEqual(said, ['en_US', 'ru', 'en_US']);
});

test('whatsapp: a 2xx that cannot be read may have been sent', async () => {
  const answers = ['', 'null', '[]', '7', '{}', '{"messages":[]}', '{"messages":[null]}', '{"messages":[{"id":7}]}'];
  const server = await provider((_, reply) => reply.writeHead(200).end(answers.shift()));
  const open = whatsappProvider({ ...settings, baseUrl: server.origin });
  while (answers.length > 0) {
    const sent = await open.send(message, never);
    assert.equal(!sent.ok && sent.error, 'unknown');
  }
});
