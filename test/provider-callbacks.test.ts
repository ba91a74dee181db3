import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { httpProvider } from '../src/sms/http.ts';
import type { CallbackResult, Provider, Receipt } from '../src/sms/provider.ts';
import { smscProvider } from '../src/sms/smsc.ts';
import { smsruProvider } from '../src/sms/smsru.ts';
import { telegramProvider } from '../src/sms/telegram.ts';
import { twilioProvider } from '../src/sms/twilio.ts';
import { vonageProvider } from '../src/sms/vonage.ts';
import { whatsappProvider } from '../src/sms/whatsapp.ts';
import { deepTest } from './support/depth.ts';
import { openApp } from './support/harness.ts';

const publicUrl = 'https://vouch.example';
const secret = 'a-secret-of-the-callbacks';
const signingSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const baseUrl = 'http://127.0.0.1:1';

/** What each callback that came was read as, in their order. */
const answers: CallbackResult[] = [];
const providers = [
  twilioProvider({ baseUrl, accountSid: 'AC1', authToken: secret, from: '+15550100', publicUrl }),
  vonageProvider({ baseUrl, applicationId: 'app', privateKey, from: 'Vouch', signatureSecret: secret }),
  smsruProvider({ baseUrl, apiId: secret }),
  smscProvider({ baseUrl, login: 'vouch', password: 'p', callbackSecret: secret }),
  telegramProvider({ baseUrl, token: secret }),
  whatsappProvider({
    baseUrl,
    apiVersion: 'v23.0',
    phoneNumberId: '1',
    token: 't',
    template: 't',
    appSecret: secret,
    verifyToken: 'a b+c',
  }),
  httpProvider({ url: baseUrl, method: 'POST', headers: {}, body: '', signingSecret }),
].map(
  (one): Provider => ({
    ...one,
    callback: (call) => {
      const answer = one.callback!(call);
      answers.push(answer);
      return answer;
    },
  }),
);

const app = await openApp({ sending: { providers } });
await app.server.listen({ port: 0, host: '127.0.0.1' });

/** One request over the wire, its headers as they are written, its body in one piece or in chunks. */
async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | readonly string[] = '',
): Promise<{ status: number; text: string; read: CallbackResult | undefined }> {
  answers.length = 0;
  const { port } = app.server.server.address() as AddressInfo;
  const length = typeof body === 'string' && body !== '' ? { 'Content-Length': String(Buffer.byteLength(body)) } : {};
  const asked = request({ port, host: '127.0.0.1', method, path, headers: { ...headers, ...length } });
  for (const chunk of typeof body === 'string' ? [] : body) asked.write(chunk);
  asked.end(typeof body === 'string' ? body : undefined);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode!, text, read: answers.at(-1) };
}

const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const hmac = (algorithm: string, key: string | Buffer, text: string) => createHmac(algorithm, key).update(text);
const upper = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));

/** A rightly signed callback that says of these messages that they arrived. */
interface Signed {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const form = 'application/x-www-form-urlencoded';

function twilio(fields: readonly (readonly [string, string])[], query = '', at = '/callbacks/twilio'): Signed {
  const said = [...fields].sort(([one], [other]) => (one < other ? -1 : 1)).flat();
  const signature = hmac('sha1', secret, `${publicUrl}${at}${query}${said.join('')}`).digest('base64');
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();
  return { path: `${at}${query}`, headers: { 'content-type': form, 'x-twilio-signature': signature }, body };
}

function vonage(value: unknown): Signed {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  const part = (one: object) => Buffer.from(JSON.stringify(one)).toString('base64url');
  const claims = { iat: Math.floor(Date.now() / 1000), payload_hash: hex('sha256', body) };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  const authorization = `Bearer ${text}.${hmac('sha256', secret, text).digest('base64url')}`;
  return { path: '/callbacks/vonage', headers: { 'content-type': 'application/json', authorization }, body };
}

function telegram(body: string): Signed {
  const at = String(Math.floor(Date.now() / 1000));
  const signature = hmac('sha256', createHash('sha256').update(secret).digest(), `${at}\n${body}`).digest('hex');
  return {
    path: '/callbacks/telegram',
    headers: {
      'content-type': 'application/json',
      'x-request-timestamp': at,
      'x-request-signature': signature,
    },
    body,
  };
}

function whatsapp(body: string): Signed {
  const signature = `sha256=${hmac('sha256', secret, body).digest('hex')}`;
  return {
    path: '/callbacks/whatsapp',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
    body,
  };
}

function http(body: string): Signed {
  const now = new Date();
  return {
    path: '/callbacks/http',
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(signingSecret).sign('msg_1', now, body),
    },
    body,
  };
}

const smscFields: [string, string][] = [
  ['id', 'm1'],
  ['phone', '79161234567'],
  ['status', '1'],
  ['sha1', hex('sha1', `m1:79161234567:1:${secret}`)],
  ['md5', hex('md5', `m1:79161234567:1:${secret}`)],
];
const smsc = (fields: readonly (readonly [string, string])[] = smscFields): Signed => ({
  path: '/callbacks/smsc',
  headers: { 'content-type': form },
  body: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString(),
});
const entry = 'sms_status\nm1\n103\n1782469893';
const smsruFields: [string, string][] = [
  ['data[0]', entry],
  ['hash', hex('sha256', `${secret}${entry}`)],
];
const smsru = (fields: readonly (readonly [string, string])[] = smsruFields): Signed => ({
  path: '/callbacks/smsru',
  headers: { 'content-type': form },
  body: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString(),
});
const twilioFields: [string, string][] = [
  ['MessageSid', 'm1'],
  ['MessageStatus', 'delivered'],
  ['To', '+79161234567'],
  ['Text', 'a b~c*é'],
  ['Empty', ''],
];
const statuses = (...ids: readonly string[]) =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    unknown: { field: [1] },
    entry: ids.map((id) => ({ changes: [{ value: { statuses: [{ id, status: 'delivered', unknown: null }] } }] })),
  });
const vonageStatus = (id: string) => ({ message_uuid: id, status: 'delivered', unknown: {} });

const usual: Readonly<Record<string, () => Signed>> = {
  twilio: () => twilio(twilioFields),
  vonage: () => vonage(vonageStatus('m1')),
  smsru: () => smsru(),
  smsc: () => smsc(),
  telegram: () => telegram('{"request_id":"m1","delivery_status":{"status":"delivered"},"unknown":1}'),
  whatsapp: () => whatsapp(statuses('m1')),
  http: () => http('{"reference":"m1","state":"delivered","unknown":[]}'),
};

function assertTold(answer: Awaited<ReturnType<typeof ask>>, ids: readonly string[], where: string): void {
  assert.equal(answer.status, 200, `${where}: ${answer.text}`);
  const receipts = answer.read?.ok ? answer.read.receipts : [];
  const told = receipts.map(({ reference, state }: Receipt) => `${reference} ${state}`);
  assert.deepEqual(
    told,
    ids.map((id) => `${id} delivered`),
    where,
  );
}

for (const [name, make] of Object.entries(usual)) {
  test(`${name}: a callback that is rightly signed is taken in any form of its headers, path and body`, async () => {
    const forms: Record<string, (signed: Signed) => Signed & { chunks?: readonly string[] }> = {
      'as it is': (signed) => signed,
      'headers in capitals': (signed) => ({ ...signed, headers: upper(signed.headers) }),
      'a slash at its end': (signed) => ({ ...signed, path: `${signed.path}/` }),
      'in chunks': (signed) => ({ ...signed, chunks: [signed.body.slice(0, 5), signed.body.slice(5)] }),
      'a whole URL as its target': (signed) => ({ ...signed, path: `http://inner.example${signed.path}` }),
      'a charset': (signed) => ({
        ...signed,
        headers: { ...signed.headers, 'content-type': `${signed.headers['content-type']}; Charset="UTF-8"` },
      }),
      'a type in capitals': (signed) => ({
        ...signed,
        headers: { ...signed.headers, 'content-type': signed.headers['content-type']!.toUpperCase() },
      }),
      'no type': (signed) => {
        const { 'content-type': _, ...headers } = signed.headers;
        return { ...signed, headers };
      },
      'hex in capitals': (signed) => ({
        ...signed,
        headers: Object.fromEntries(
          Object.entries(signed.headers).map(([header, value]) => [
            header,
            /^x-(hub|request)-signature/.test(header)
              ? value.replace(/[0-9a-f]{64}$/, (one) => one.toUpperCase())
              : value,
          ]),
        ),
      }),
      'other headers': (signed) => ({
        ...signed,
        headers: { ...signed.headers, Accept: '*/*', 'Accept-Language': 'x' },
      }),
    };
    for (const [title, change] of Object.entries(forms)) {
      const { path, headers, body, chunks } = change(make());
      assertTold(await ask('POST', path, headers, chunks ?? body), ['m1'], title);
    }
  });

  test(`${name}: a callback with another signature is refused in each of its forms`, async () => {
    const { path, headers, body } = make();
    const wrong = body.replace(/m1/g, 'm2');
    for (const [method, at] of [
      ['POST', path],
      ['POST', `${path}/`],
      ['GET', `${path}?${wrong}`],
    ] as const) {
      const answer = await ask(method, at, headers, method === 'GET' ? '' : wrong);
      assert.notEqual(answer.status, 200, `${method} ${at}`);
    }
  });
}

test('a form is read in any order, with pluses or percents, twice or empty, in JSON, in parts and in a query', async () => {
  const reversed = <Item>(list: readonly Item[]) => [...list].reverse();
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const parts = (fields: readonly (readonly [string, string])[], quote = '"', end = '\r\n') =>
    `${fields.map(([name, value]) => `--b${end}content-disposition: form-data; name=${quote}${name}${quote}${end}${end}${value}${end}`).join('')}--b--${end}`;
  const multipart = (boundary: string) => ({
    'content-type': `Multipart/Form-Data; charset=utf-8; boundary=${boundary}`,
  });
  const taken: Record<string, [method: string, Signed]> = {
    'twilio, reversed': ['POST', twilio(reversed(twilioFields))],
    'twilio, percents for spaces': [
      'POST',
      { ...twilio(twilioFields), body: twilio(twilioFields).body.replaceAll('+', '%20').replaceAll('%7E', '~') },
    ],
    'twilio, a parameter twice': [
      'POST',
      twilio([...twilioFields, ['To', '+79161234567']].slice(0, 5) as [string, string][]),
    ],
    'twilio, a query': ['POST', twilio(twilioFields, '?id=1&x=%20y')],
    'twilio, by GET': ['GET', twilio([], `?${new URLSearchParams(twilioFields)}`)],
    'twilio, older names': [
      'POST',
      twilio([
        ['SmsSid', 'm1'],
        ['SmsStatus', 'delivered'],
      ]),
    ],
    'smsc, reversed': ['POST', smsc(reversed(smscFields))],
    'smsc, SHA-1 alone': ['POST', smsc(smscFields.filter(([name]) => name !== 'md5'))],
    'smsc, empty and unknown fields': ['POST', smsc([['err', ''], ['flag', '1'], ...smscFields])],
    'smsc, by GET': ['GET', { ...smsc(), path: `/callbacks/smsc?${smsc().body}`, body: '' }],
    'smsc, JSON': ['POST', { ...smsc(), headers: json, body: JSON.stringify(Object.fromEntries(smscFields)) }],
    'smsc, JSON with numbers and a byte order mark': [
      'POST',
      { ...smsc(), headers: json, body: `\uFEFF${JSON.stringify({ ...Object.fromEntries(smscFields), status: 1 })}` },
    ],
    'smsc, in parts': ['POST', { ...smsc(), headers: multipart('b'), body: parts(smscFields) }],
    'smsc, a plus that is not encoded': [
      'POST',
      {
        ...smsc(),
        body: `id=m1&phone=+79161234567&status=1&sha1=${hex('sha1', `m1:+79161234567:1:${secret}`)}`,
      },
    ],
    'smsru, reversed': ['POST', smsru(reversed(smsruFields))],
    'smsru, names without numbers': [
      'POST',
      smsru(smsruFields.map(([name, value]) => [name.replace('[0]', '[]'), value])),
    ],
    'smsru, JSON': [
      'POST',
      { ...smsru(), headers: json, body: JSON.stringify({ data: [entry], hash: smsruFields[1]![1] }) },
    ],
    'smsru, parts with a quoted boundary': [
      'POST',
      { ...smsru(), headers: multipart('"b"'), body: parts(smsruFields) },
    ],
    'smsru, parts without quotes': ['POST', { ...smsru(), headers: multipart('b'), body: parts(smsruFields, '') }],
  };
  for (const [title, [method, { path, headers, body }]] of Object.entries(taken)) {
    assertTold(await ask(method, path, headers, body), ['m1'], title);
  }
});

deepTest('a callback of many statuses is read whole, up to the size that its sender documents', async () => {
  const ids = Array.from({ length: 20_000 }, (_, at) => `m${at}`);
  const { path, headers, body } = whatsapp(statuses(...ids));
  assert.ok(body.length > 1_500_000 && body.length < 3_000_000);
  assertTold(await ask('POST', path, headers, body), ids, 'whatsapp');
  const several: Record<string, Signed> = {
    vonage: vonage(['m1', 'm2'].map(vonageStatus)),
    http: http('[{"reference":"m1","state":"delivered"},{"reference":"m2","state":"delivered"}]'),
    smsru: smsru([
      ['data[0]', entry],
      ['data[1]', entry.replace('m1', 'm2')],
      ['hash', hex('sha256', `${secret}${entry}${entry.replace('m1', 'm2')}`)],
    ]),
  };
  for (const [title, one] of Object.entries(several)) {
    assertTold(await ask('POST', one.path, one.headers, one.body), ['m1', 'm2'], title);
  }
  assert.equal((await ask('POST', '/callbacks/whatsapp', {}, 'x'.repeat(3_200_000))).status, 413);
});

test('whatsapp: its URL is verified by GET and by HEAD, however the token is encoded', async () => {
  for (const token of ['a%20b%2Bc', 'a+b%2Bc', '%61+b%2bc']) {
    const path = `/callbacks/whatsapp/?hub.challenge=1158201444&hub.verify_token=${token}&hub.mode=subscribe&x=`;
    const got = await ask('GET', path);
    assert.deepEqual([got.status, got.text], [200, '1158201444'], token);
    assert.equal((await ask('HEAD', path)).status, 200, token);
  }
  assert.equal(
    (await ask('GET', '/callbacks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=a')).status,
    403,
  );
});

test('twilio: JSON is taken by the hash of its body in the URL that is signed, and no other body is', async () => {
  const body = JSON.stringify({ MessageSid: 'm1', MessageStatus: 'delivered' });
  const signed = twilio([], `?bodySHA256=${hex('sha256', body)}`);
  const headers = { ...signed.headers, 'content-type': 'application/json' };
  assertTold(await ask('POST', signed.path, headers, body), ['m1'], 'JSON');
  assert.equal((await ask('POST', signed.path, headers, body.replace('m1', 'm2'))).status, 403);
});
