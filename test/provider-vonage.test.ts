import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { mock, test } from 'node:test';
import type { CallbackRequest } from '../src/sms/provider.ts';
import { type VonageSettings, vonageProvider } from '../src/sms/vonage.ts';
import { httpContract, message, provider } from './support/provider-contract.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const uuid = 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab';
const url = 'https://vouch.example/callbacks/vonage';
const settings: VonageSettings = {
  baseUrl: 'http://127.0.0.1:1',
  applicationId: '78d335fa-323d-0114-9c3d-d6f0d48968cf',
  privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  from: 'Vouch',
  signatureSecret: 'signature-secret-of-the-account-0',
  publicUrl: 'https://vouch.example',
};
const never = new AbortController().signal;
const seconds = () => Math.floor(Date.now() / 1000);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const readPart = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());

/** An error as the documentation shows it, its detail with the number that it may hold. */
function error(status: number, fragment: string, page = '/messages') {
  return {
    status,
    body: {
      type: `https://developer.vonage.com/api-errors${page}#${fragment}`,
      title: 'Some title',
      detail: `Something about ${message.to} and ${message.code}`,
      instance: 'bf0ca0bf927b3b52e3cb03217e1a1ddf',
    },
    headers: { 'content-type': 'application/problem+json' },
  };
}

/** Signed by the words of the documentation, with its sample of claims. */
function told(said: unknown, { secret = settings.signatureSecret!, header = {}, claims = {} } = {}): CallbackRequest {
  const body = typeof said === 'string' ? said : JSON.stringify(said);
  const text = [
    part({ alg: 'HS256', typ: 'JWT', ...header }),
    part({
      iat: seconds(),
      jti: 'c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5',
      iss: 'Vonage',
      payload_hash: createHash('sha256').update(body).digest('hex'),
      api_key: 'a1b2c3d',
      application_id: settings.applicationId,
      ...claims,
    }),
  ].join('.');
  const signature = createHmac('sha256', secret).update(text).digest('base64url');
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${text}.${signature}` },
    body: Buffer.from(body),
  };
}

function status(reference: string, state: string, failure?: object): object {
  return {
    message_uuid: reference,
    to: message.to.slice(1),
    from: 'Vouch',
    timestamp: '2025-02-03T12:14:25Z',
    status: state,
    ...(failure ? { error: failure } : {}),
    client_ref: message.id,
    usage: { currency: 'EUR', price: '0.0333' },
    channel: 'sms',
    destination: { network_code: '25001' },
    sms: { count_total: '2' },
  };
}

const absent = {
  type: 'https://developer.vonage.com/api-errors/messages#1180',
  title: 1180,
  detail: `Absent Subscriber Temporary ${message.to}`,
  instance: 'bf0ca0bf927b3b52e3cb03217e1a1ddf',
};
const delivered = told(status(uuid, 'delivered'));
const [header, claims, signature] = String(delivered.headers.authorization).slice(7).split('.');
const bearing = (token: string) => ({ ...delivered, headers: { authorization: `Bearer ${token}` } });

httpContract({
  name: 'vonage',
  open: (origin) => vonageProvider({ ...settings, baseUrl: origin }),
  accepted: () => ({ status: 202, body: { message_uuid: uuid } }),
  reference: uuid,
  requested: (seen, { to, text, id }) => {
    assert.equal(`${seen.method} ${seen.url.pathname}`, 'POST /v1/messages');
    assert.equal(seen.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(seen.body), {
      channel: 'sms',
      message_type: 'text',
      to: to.slice(1),
      from: 'Vouch',
      text,
      ttl: 600,
      client_ref: id,
      webhook_url: url,
      webhook_version: 'v1',
    });
    const [head, body, mac] = seen.headers.authorization!.replace('Bearer ', '').split('.');
    assert.deepEqual(readPart(head!), { alg: 'RS256', typ: 'JWT' });
    assert.ok(verify('sha256', Buffer.from(`${head}.${body}`), keys.publicKey, Buffer.from(mac!, 'base64url')));
    const { application_id: application, iat, exp, jti } = readPart(body!);
    assert.equal(application, settings.applicationId);
    assert.ok(Math.abs(iat - seconds()) < 60 && exp > iat && exp - iat <= 900);
    assert.match(jti, /^[\da-f-]{36}$/);
  },
  errors: {
    rejected: {
      'an unknown prefix (1040)': error(422, '1040'),
      'a number that is barred (1050)': error(422, '1050'),
      'no valid number (1170)': error(422, '1170'),
      'a person who said STOP (1240)': error(422, '1240'),
      'an error that is in no table': error(422, '1999'),
    },
    refused: {
      'a wrong token': error(401, 'unauthorized', ''),
      'no money left': error(402, 'low-balance', ''),
      'no permission': error(403, 'forbidden', ''),
      'a parameter (1020)': error(422, '1020'),
      'an account that is barred (1060)': error(422, '1060'),
      'a sender that is not allowed (1120)': error(422, '1120'),
      'a trial account (1160)': error(422, '1160'),
      'a 401 without a body': { status: 401, body: '' },
      'a type that is none': { status: 403, body: { type: 7 } },
    },
    throttled: {
      'too many (1000)': error(429, '1000'),
      'too many, as another API says it': error(429, 'throttled', ''),
      'a 429 of something before it': { status: 429, body: '<html>' },
    },
    unavailable: {
      'an internal error (1030)': error(500, '1030'),
      'a message that was not passed on (1100)': error(422, '1100'),
      '500': { status: 500, body: { title: 'Internal Error' } },
      '503': { status: 503, body: '' },
    },
  },
  callbacks: {
    told: (state, reference) =>
      told(state === 'delivered' ? status(reference, state) : status(reference, 'rejected', absent)),
    reason: '1180',
    forged: {
      'without a token': { ...delivered, headers: {} },
      'with half a token': bearing(`${header}.${claims}`),
      'with a token and no signature': bearing(`${header}.${claims}.`),
      'with a token of no algorithm': bearing(`${part({ alg: 'none', typ: 'JWT' })}.${claims}.`),
      'with a token of another algorithm': bearing(`${part({ alg: 'none', typ: 'JWT' })}.${claims}.${signature}`),
      'with a password': { ...delivered, headers: { authorization: 'Basic YTpi' } },
      'signed by another': told(status(uuid, 'delivered'), { secret: 'another' }),
      'with claims of another': bearing(`${header}.${part({ iat: seconds() })}.${signature}`),
      'changed after signing': { ...delivered, body: Buffer.from(`${delivered.body} `) },
      'without the hash of its body': told(status(uuid, 'delivered'), { claims: { payload_hash: undefined } }),
      'without a time': told(status(uuid, 'delivered'), { claims: { iat: undefined } }),
      'of six minutes ago': told(status(uuid, 'delivered'), { claims: { iat: seconds() - 360 } }),
      'of six minutes ahead': told(status(uuid, 'delivered'), { claims: { iat: seconds() + 360 } }),
    },
  },
});

test('vonage: the signature is that of an independent computation', () => {
  mock.timers.enable({ apis: ['Date'], now: 1_587_495_000_000 });
  try {
    const answer = vonageProvider(settings).callback!({
      method: 'POST',
      url,
      headers: {
        authorization:
          'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOiAxNTg3NDk0OTYyLCAianRpIjogImM1YmE4ZjI0LTFhMTQtNGMxMC1iZmRmLTNmYmU4Y2U1MTFiNSIsICJpc3MiOiAiVm9uYWdlIiwgInBheWxvYWRfaGFzaCI6ICJkNWVjYmM3YWI3N2IzNzZiMmNmNjM1YTY4NjlkNGRiYjE1MzIyMTc1Zjk1YjVjMTkyNjBhMjdmNjIxN2U0ZWZmIiwgImFwaV9rZXkiOiAiYTFiMmMzZCIsICJhcHBsaWNhdGlvbl9pZCI6ICJhYWFhYWFhYS1iYmJiLWNjY2MtZGRkZC0wMTIzNDU2Nzg5YWIifQ.Kz6HDo6eW5meZ_VyBp5cYCCDH7MpEbEnnkB_waps2e4',
      },
      body: Buffer.from('{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","status":"delivered"}'),
    });
    assert.deepEqual(answer, { ok: true, receipts: [{ reference: uuid, state: 'delivered' }] });
  } finally {
    mock.timers.reset();
  }
});

test('vonage: a message on its way has no receipt yet, and one that failed without a code says its state', () => {
  const { callback } = vonageProvider(settings);
  for (const state of ['submitted', 'buffered', 'constructor']) {
    assert.deepEqual(callback!(told(status(uuid, state))), { ok: true, receipts: [] }, state);
  }
  const reason = (failure?: object) => {
    const answer = callback!(told(status(uuid, 'undeliverable', failure)));
    return answer.ok && answer.receipts[0]!.reason;
  };
  assert.equal(reason(), 'undeliverable');
  assert.equal(reason({ title: '1360' }), '1360');
  assert.equal(reason({ ...absent, title: `Absent ${message.to}` }), '1180');
  assert.equal(reason({ title: message.to, type: message.to }), 'undeliverable');
});

test('vonage: a signed call that is not what is documented is malformed', () => {
  const { callback } = vonageProvider(settings);
  for (const said of ['', 'null', '[]', '7', '{}', '{"message_uuid":7,"status":"delivered"}']) {
    assert.deepEqual(callback!(told(said)), { ok: false, error: 'malformed' }, said);
  }
  const inbound = { message_uuid: uuid, message_type: 'text', text: 'STOP', error: null };
  assert.deepEqual(callback!(told(inbound)), { ok: true, receipts: [] });
});

test('vonage: without the signature secret there are no callbacks, and a key that is none is told at once', () => {
  assert.equal(vonageProvider({ ...settings, signatureSecret: undefined }).callback, undefined);
  assert.equal(vonageProvider({ ...settings, signatureSecret: '' }).callback, undefined);
  assert.throws(() => vonageProvider({ ...settings, privateKey: 'x' }));
});

test('vonage: a token is new for each message, and no URL of HTTP is told', async () => {
  const server = await provider((_, reply) => reply.writeHead(202).end(`{"message_uuid":"${uuid}"}`));
  const open = vonageProvider({ ...settings, baseUrl: server.origin, publicUrl: 'http://127.0.0.1:8080' });
  assert.deepEqual(await open.send({ ...message, expiresIn: 5 }, never), { ok: true, reference: uuid });
  await open.send(message, never);
  const [first, second] = server.seen;
  assert.notEqual(first!.headers.authorization, second!.headers.authorization);
  const said = JSON.parse(first!.body);
  assert.equal(said.ttl, 20);
  assert.ok(!('webhook_url' in said));
});

test('vonage: a 2xx that cannot be read may have been sent', async () => {
  const answers = ['', 'null', '[]', '7', '{}', '{"message_uuid":7}', '{"message_uuid":""}', '<html>'];
  const server = await provider((_, reply) => reply.writeHead(202).end(answers.shift()));
  const open = vonageProvider({ ...settings, baseUrl: server.origin });
  while (answers.length > 0) {
    const sent = await open.send(message, never);
    assert.equal(!sent.ok && sent.error, 'unknown');
  }
});
