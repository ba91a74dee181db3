import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { mock, test } from 'node:test';
import type { CallbackRequest } from '../src/sms/provider.ts';
import { type TelegramSettings, telegramProvider } from '../src/sms/telegram.ts';
import { httpContract, message, provider } from './support/provider-contract.ts';

const settings: TelegramSettings = {
  baseUrl: 'http://127.0.0.1:1',
  token: 'AAGtoken-of-the-account',
  publicUrl: 'https://vouch.example',
};
const never = new AbortController().signal;
const seconds = () => Math.floor(Date.now() / 1000);

/** A RequestStatus, which is both the answer and the report. */
function status(reference: string, state: string): object {
  return {
    request_id: reference,
    phone_number: message.to,
    request_cost: 0.01,
    remaining_balance: 9.99,
    delivery_status: { status: state, updated_at: seconds() },
    payload: message.id,
  };
}

/** Signed by the words of the documentation. */
function told(report: unknown, { token = settings.token, at = String(seconds()) } = {}): CallbackRequest {
  const body = typeof report === 'string' ? report : JSON.stringify(report);
  const key = createHash('sha256').update(token).digest();
  return {
    method: 'POST',
    url: 'https://vouch.example/callbacks/telegram',
    headers: {
      'content-type': 'application/json',
      'x-request-timestamp': at,
      'x-request-signature': createHmac('sha256', key).update(`${at}\n${body}`).digest('hex'),
    },
    body: Buffer.from(body),
  };
}

const error = (name: unknown, http = 200) => ({ status: http, body: { ok: false, error: name } });
const delivered = told(status('1a2b', 'delivered'));

httpContract({
  name: 'telegram',
  open: (origin) => telegramProvider({ ...settings, baseUrl: origin }),
  accepted: () => ({ status: 200, body: { ok: true, result: status('1a2b', 'sent') } }),
  reference: '1a2b',
  requested: (seen, { to, code, id }) => {
    assert.equal(`${seen.method} ${seen.url.pathname}`, 'POST /sendVerificationMessage');
    assert.equal(seen.headers.authorization, `Bearer ${settings.token}`);
    assert.equal(seen.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(seen.body), {
      phone_number: to,
      code,
      ttl: 600,
      payload: id,
      callback_url: 'https://vouch.example/callbacks/telegram',
    });
  },
  errors: {
    rejected: {
      'a number that is none': error('PHONE_NUMBER_INVALID'),
      'a number that is not at Telegram': error('PHONE_NUMBER_NOT_FOUND'),
      'a person who takes no codes': error('PHONE_NUMBER_NOT_AVAILABLE', 400),
    },
    refused: {
      'a wrong token': error('ACCESS_TOKEN_INVALID'),
      'a wrong token, as a 401': error('ACCESS_TOKEN_INVALID', 401),
      'no money left': error('BALANCE_NOT_ENOUGH'),
      'a sender that is not ours': error('SENDER_NOT_OWNED'),
      'an error that is in no table': error('SOMETHING_NEW', 400),
      'an error with a number in it': error(`NO_SUCH_${message.to}`),
      'an error with a number for a name': error(`NO_SUCH_${message.to.slice(1)}`),
      'an error without a name': error(undefined),
      'an error that is no text': error({ text: message.code }),
    },
    throttled: {
      'a wait of 42 seconds': error('FLOOD_WAIT_42'),
      'a wait of no length': error('FLOOD_WAIT', 420),
      'a 429 of something new': error('SLOWER', 429),
      'a 429 of something before it': { status: 429, body: '<html>' },
    },
    unavailable: { '500': error('INTERNAL', 500), '503': { status: 503, body: '' } },
  },
  callbacks: {
    told: (state, reference) => told(status(reference, state === 'delivered' ? 'delivered' : 'expired')),
    reason: 'expired',
    forged: {
      'without a signature': { ...delivered, headers: { 'x-request-timestamp': String(seconds()) } },
      'without a time': {
        ...delivered,
        headers: { 'x-request-signature': delivered.headers['x-request-signature'] },
      },
      'with another time': {
        ...delivered,
        headers: { ...delivered.headers, 'x-request-timestamp': String(seconds() + 1) },
      },
      'with a time that is none': told(status('1a2b', 'delivered'), { at: 'NaN' }),
      'signed by another': told(status('1a2b', 'delivered'), { token: 'another' }),
      'changed after signing': { ...delivered, body: Buffer.from(`${delivered.body} `) },
      'of six minutes ago': told(status('1a2b', 'delivered'), { at: String(seconds() - 360) }),
      'of six minutes ahead': told(status('1a2b', 'delivered'), { at: String(seconds() + 360) }),
    },
  },
});

test('telegram: the signature is that of an independent computation', () => {
  mock.timers.enable({ apis: ['Date'], now: 1_750_000_010_000 });
  try {
    const answer = telegramProvider(settings).callback!({
      method: 'POST',
      url: 'https://vouch.example/callbacks/telegram',
      headers: {
        'x-request-timestamp': '1750000002',
        'x-request-signature': '01ffbe10211af2da839d68bd6dad9b1e8f68a6180a64dccc9a83d3bbad66cf93',
      },
      body: Buffer.from(
        '{"request_id":"1a2b","phone_number":"+79161234567","delivery_status":{"status":"read","updated_at":1750000001}}',
      ),
    });
    assert.deepEqual(answer, { ok: true, receipts: [{ reference: '1a2b', state: 'delivered' }] });
  } finally {
    mock.timers.reset();
  }
});

test('telegram: a message on its way has no receipt yet, and one that was revoked has failed', () => {
  const { callback } = telegramProvider(settings);
  for (const state of ['sent', 'pending', 'constructor']) {
    assert.deepEqual(callback!(told(status('1a2b', state))), { ok: true, receipts: [] }, state);
  }
  assert.deepEqual(callback!(told({ request_id: '1a2b', verification_status: { status: 'code_valid' } })), {
    ok: true,
    receipts: [],
  });
  assert.deepEqual(callback!(told(status('1a2b', 'revoked'))), {
    ok: true,
    receipts: [{ reference: '1a2b', state: 'failed', reason: 'revoked' }],
  });
});

test('telegram: a signed report that is not what is documented is malformed', () => {
  const { callback } = telegramProvider(settings);
  for (const report of ['', 'null', '[]', '7', '{"request_id":7}', '{"request_id":""}', '{"delivery_status":null}']) {
    assert.deepEqual(callback!(told(report)), { ok: false, error: 'malformed' }, report);
  }
  assert.deepEqual(callback!(told('{"request_id":"1a2b","delivery_status":null}')), { ok: true, receipts: [] });
});

test('telegram: the lifetime is within what is taken, a channel of ours is told, and no URL of HTTP is', async () => {
  const server = await provider((_, reply) => {
    reply.writeHead(200).end(JSON.stringify({ ok: true, result: { request_id: 'x' } }));
  });
  const open = telegramProvider({
    baseUrl: server.origin,
    token: 't',
    senderUsername: 'vouch',
    publicUrl: 'http://127.0.0.1:8080',
  });
  await open.send({ ...message, expiresIn: 5 }, never);
  await open.send({ ...message, expiresIn: 86_400 }, never);
  const said = server.seen.map((seen) => JSON.parse(seen.body));
  assert.deepEqual(
    said.map(({ ttl }) => ttl),
    [30, 3600],
  );
  assert.equal(said[0].sender_username, 'vouch');
  assert.ok(!('callback_url' in said[0]));
});

test('telegram: a 2xx that cannot be read may have been sent', async () => {
  const answers = [
    '',
    'null',
    '[]',
    '7',
    '{"ok":true}',
    '{"ok":true,"result":{"request_id":7}}',
    '{"ok":true,"result":null}',
  ];
  const server = await provider((_, reply) => reply.writeHead(200).end(answers.shift()));
  const open = telegramProvider({ ...settings, baseUrl: server.origin });
  while (answers.length > 0) {
    const sent = await open.send(message, never);
    assert.equal(!sent.ok && sent.error, 'unknown');
  }
});
