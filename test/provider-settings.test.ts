import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import { providerOptions } from '../src/config/provider-options.ts';
import { type ProviderVariable, providerVariables } from '../src/config/provider-variables.ts';
import type { ProviderOptions } from '../src/sms/providers.ts';
import { splitText } from '../src/sms/smpp/text.ts';
import { smppProvider } from '../src/sms/smpp.ts';
import { cert, startFakeSmsc, waitUntil } from './support/fake-smsc.ts';
import { message } from './support/provider-contract.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const never = new AbortController().signal;

/** Two values of each variable, the first of them enough for the provider to be opened. */
const values: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>> = {
  http: {
    SMS_HTTP_URL: ['https://a.example/send', 'https://b.example/send'],
    SMS_HTTP_METHOD: ['POST', 'PUT'],
    SMS_HTTP_HEADERS: ['{"a":"b"}', '{"a":"c"}'],
    SMS_HTTP_BODY: ['{"to":"{to}"}', '{}'],
    SMS_HTTP_TOKEN: ['token-1', 'token-2'],
    SMS_HTTP_SIGNING_SECRET: [
      `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
      Buffer.alloc(24, 2).toString('base64'),
    ],
  },
  smpp: {
    SMPP_URL: ['smpps://vouch:pa55word@smsc.example.com:3550', 'smpp://other:pa55@localhost'],
    SMPP_SOURCE: ['Vouch', '79160000000'],
    SMPP_SYSTEM_TYPE: ['OTP', 'SMS'],
    SMPP_WINDOW: ['10', '20'],
    SMPP_ALPHABET: ['latin1', 'ascii'],
    SMPP_ENQUIRE_LINK_SECONDS: ['15', '60'],
    SMPP_CA: [cert, `${cert}\n${cert}`],
  },
  twilio: {
    TWILIO_ACCOUNT_SID: ['AC1', 'AC2'],
    TWILIO_AUTH_TOKEN: ['token-1', 'token-2'],
    TWILIO_FROM: ['+15550100', '+15550101'],
    TWILIO_MESSAGING_SERVICE_SID: ['MG1', 'MG2'],
    TWILIO_BASE_URL: ['https://api.twilio.com', 'https://api.ie1.twilio.com'],
  },
  vonage: {
    VONAGE_APPLICATION_ID: ['app-1', 'app-2'],
    VONAGE_PRIVATE_KEY: [pkcs8, other.export({ type: 'pkcs8', format: 'pem' }).toString()],
    VONAGE_FROM: ['Vouch', 'Other'],
    VONAGE_SIGNATURE_SECRET: ['secret-1', 'secret-2'],
    VONAGE_BASE_URL: ['https://api.nexmo.com', 'https://api-eu.vonage.com'],
  },
  smsru: {
    SMSRU_API_ID: ['key-1', 'key-2'],
    SMSRU_FROM: ['Vouch', 'Other'],
    SMSRU_BASE_URL: ['https://sms.ru', 'https://sms.example'],
  },
  smsc: {
    SMSC_LOGIN: ['vouch', 'other'],
    SMSC_PASSWORD: ['pa#ss!word', '"quoted"'],
    SMSC_SENDER: ['Vouch', 'Other'],
    SMSC_CALLBACK_SECRET: ['0123456789abcdef', 'a secret with spaces'],
    SMSC_BASE_URL: ['https://smsc.ru', 'https://smsc.kz'],
  },
  telegram: {
    TELEGRAM_GATEWAY_TOKEN: ['token-1', 'token-2'],
    TELEGRAM_GATEWAY_SENDER: ['vouch', 'other'],
    TELEGRAM_GATEWAY_BASE_URL: ['https://gatewayapi.telegram.org', 'https://gateway.example'],
  },
  whatsapp: {
    WHATSAPP_PHONE_NUMBER_ID: ['1', '2'],
    WHATSAPP_TOKEN: ['token-1', 'token-2'],
    WHATSAPP_TEMPLATE: ['code', 'other'],
    WHATSAPP_TEMPLATE_LANGUAGES: ['en=en_US', 'ru=ru,en=en_GB'],
    WHATSAPP_APP_SECRET: ['secret-1', 'secret-2'],
    WHATSAPP_VERIFY_TOKEN: ['word', 'a b+c'],
    WHATSAPP_API_VERSION: ['v23.0', 'v24.0'],
    WHATSAPP_BASE_URL: ['https://graph.facebook.com', 'https://graph.example'],
  },
};

type Options = Readonly<Record<string, unknown>>;

function optionsOf(provider: string, env: Readonly<Record<string, string>>): Options {
  const read = parseConfig({ DEV_INBOX: 'off', SMS_ROUTES: `*=${provider}`, ...env }, () =>
    assert.fail('no file is read'),
  );
  assert.ok(read.ok, JSON.stringify(read));
  const options = providerOptions(read.config.sms.providers, 'https://vouch.example');
  return options[provider as keyof ProviderOptions] as unknown as Options;
}

const firstOf = (provider: string) =>
  Object.fromEntries(Object.entries(values[provider]!).map(([name, [first]]) => [name, first]));

for (const [provider, variables] of Object.entries(values)) {
  test(`${provider}: each of its options has a variable, and each variable changes an option`, async () => {
    const named: Readonly<Record<string, ProviderVariable<unknown>>> =
      providerVariables[provider as keyof typeof providerVariables];
    assert.deepEqual(Object.keys(variables).sort(), Object.keys(named).sort(), 'this test knows every variable');
    const options = optionsOf(provider, firstOf(provider));
    for (const option of await optionsInSource(provider)) {
      assert.notEqual(options[option], undefined, `${option} can be set`);
    }
    for (const [name, [, second]] of Object.entries(variables)) {
      assert.notDeepEqual(optionsOf(provider, { ...firstOf(provider), [name]: second }), options, name);
    }
  });
}

/** The options in the source of a provider: those of its settings and of those that they extend. */
async function optionsInSource(provider: string): Promise<string[]> {
  const files = provider === 'smpp' ? ['smpp', 'smpp/link'] : [provider];
  const found: string[] = [];
  for (const file of files) {
    const source = await readFile(new URL(`../src/sms/${file}.ts`, import.meta.url), 'utf8');
    const [, body] = /export interface \w+Settings[^{]*\{([\s\S]*?)\n\}/.exec(source) ?? [];
    found.push(...[...body!.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name!));
  }
  assert.ok(found.length > 2, provider);
  return found;
}

const oneLine = pkcs8.trim().replaceAll('\n', '\\n');
const wrapped = (text: string) =>
  `${Buffer.from(text)
    .toString('base64')
    .match(/.{1,76}/g)!
    .join('\n')}\n`;

test('a private key is read in the forms in which people can give it, and is the same key', () => {
  const forms: Readonly<Record<string, string>> = {
    'as it is': pkcs8,
    'PKCS #1': pkcs1,
    'with the line ends of Windows': pkcs8.replaceAll('\n', '\r\n'),
    'in one line, with \\n': oneLine,
    'in one line, with \\r\\n': oneLine.replaceAll('\\n', '\\r\\n'),
    'in quotes': `"${oneLine}"`,
    'in quotes within quotes': `'"${oneLine}"'`,
    'with spaces for line ends': pkcs8.replaceAll('\n', ' '),
    'with white space around it': `\n\n   ${pkcs8}\n  `,
    'indented, as in YAML': pkcs8.replaceAll(/^/gm, '    '),
    'with a byte order mark': `\uFEFF${pkcs8}`,
    'in base64': Buffer.from(pkcs8).toString('base64'),
    'in base64 of several lines': wrapped(pkcs8),
    'in base64 for URLs': Buffer.from(pkcs8).toString('base64url'),
    'in base64, with \\n inside': Buffer.from(oneLine).toString('base64'),
    'the bytes of it in base64': privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    'within the JSON of the dashboard': JSON.stringify({ id: 'app', keys: { private_key: pkcs8 } }),
    'after other text': `Bag Attributes\n  friendlyName: vouch\n${pkcs8}`,
  };
  for (const [title, form] of Object.entries(forms)) {
    const options = optionsOf('vonage', { ...firstOf('vonage'), VONAGE_PRIVATE_KEY: form });
    assert.equal(options.privateKey, pkcs8, title);
  }
});

test('tokens, secrets, addresses and JSON are read in the forms in which people can give them', () => {
  const bytes = Buffer.from('0123456789abcdef0123456789abcdef~?');
  const secret = `whsec_${bytes.toString('base64')}`;
  const smpp = { host: 'smsc.example.com', port: 3550, tls: true, systemId: 'vouch', password: 'p@ss#1' };
  const forms: readonly [provider: string, variable: string, option: string, value: unknown, ...forms: string[]][] = [
    ['http', 'SMS_HTTP_TOKEN', 'token', 'abc.def', 'abc.def', ' abc.def\n', '"abc.def"', 'Bearer abc.def'],
    [
      'http',
      'SMS_HTTP_TOKEN',
      'token',
      'abc.def',
      'bearer  abc.def',
      "'Bearer abc.def'",
      'Authorization: Bearer abc.def',
    ],
    ['whatsapp', 'WHATSAPP_TOKEN', 'token', 'EAAG', 'Bearer EAAG', ' EAAG ', '"EAAG"'],
    ['telegram', 'TELEGRAM_GATEWAY_TOKEN', 'token', 'AAE=', 'Bearer AAE=', 'AAE=\r\n'],
    ['twilio', 'TWILIO_AUTH_TOKEN', 'authToken', '0a1b', ' 0a1b', '0a1b\n', "'0a1b'"],
    [
      'http',
      'SMS_HTTP_SIGNING_SECRET',
      'signingSecret',
      secret,
      secret,
      secret.slice(6),
      `"${secret}"`,
      ` ${secret}\n`,
    ],
    [
      ...(['http', 'SMS_HTTP_SIGNING_SECRET', 'signingSecret', secret] as const),
      secret.replace(/=+$/, ''),
      `whsec_${bytes.toString('base64url')}`,
    ],
    [
      'http',
      'SMS_HTTP_HEADERS',
      'headers',
      { a: 'b' },
      '{"a":"b"}',
      ' {"a": "b"}\n',
      `'{"a":"b"}'`,
      '{\\"a\\":\\"b\\"}',
    ],
    [
      'http',
      'SMS_HTTP_URL',
      'url',
      'https://a.example/x?y={to}',
      'https://a.example/x?y={to}',
      ' "https://a.example/x?y={to}"',
    ],
    ['smsru', 'SMSRU_BASE_URL', 'baseUrl', 'https://sms.ru', 'https://sms.ru', 'https://sms.ru/', ' "https://sms.ru" '],
    [
      'smpp',
      'SMPP_URL',
      'host',
      smpp.host,
      'smpps://vouch:p%40ss%231@smsc.example.com',
      '"smpps://vouch:x@smsc.example.com/"',
    ],
    ['smpp', 'SMPP_URL', 'password', smpp.password, 'smpps://vouch:p%40ss%231@smsc.example.com:3550\n'],
    ['smpp', 'SMPP_URL', 'host', '2001:db8::1', 'smpp://vouch:x@[2001:db8::1]:2775'],
    [
      'smpp',
      'SMPP_CA',
      'ca',
      `${cert}\n`,
      cert,
      cert.replaceAll('\n', '\\n'),
      Buffer.from(cert).toString('base64'),
      `"${cert}"`,
    ],
    [
      'whatsapp',
      'WHATSAPP_TEMPLATE_LANGUAGES',
      'templateLanguages',
      { en: 'en_US' },
      'en=en_US',
      ' en = en_US ',
      'en=en-US',
    ],
  ];
  for (const [provider, name, option, value, ...given] of forms) {
    for (const form of given) {
      const options = optionsOf(provider, { ...firstOf(provider), [name]: form });
      assert.deepEqual(options[option], value, `${name}=${JSON.stringify(form)}`);
    }
  }
});

test('what is no secret of its form is refused at the start, by the name of its variable, and is not repeated', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const refused: Readonly<Record<string, readonly string[]>> = {
    VONAGE_PRIVATE_KEY: [
      'x',
      '-----BEGIN PRIVATE KEY-----…',
      pkcs8.slice(0, 400),
      pkcs8.replace(/\n[^\n]{64}\n/, '\n'),
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      weak.export(pem).toString(),
      curve.export(pem).toString(),
      privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      `${pkcs8}${other.export(pem)}`,
      './private.key',
    ],
    SMS_HTTP_SIGNING_SECRET: ['whsec_', 'whsec_c2hvcnQ=', 'whsec_not base64 at all !', `whsec_${'A'.repeat(200)}`],
    SMS_HTTP_TOKEN: [providerVariables.http.SMS_HTTP_TOKEN.example, 'two words', 'Bearer ', 'токен', 'a\tb'],
    SMS_HTTP_HEADERS: ['{', '[]', 'null', '"a"', '{"a":1}', '{"a b":"c"}', '{"a":"b\\nc"}'],
    SMS_HTTP_URL: ['sms.example.com', 'http://sms.example.com', 'https://user:pass@sms.example.com'],
    TWILIO_AUTH_TOKEN: ['…', 'a b'],
    SMSRU_API_ID: ['a b', 'ключ'],
    SMSC_CALLBACK_SECRET: ['x', 'secret', '0123456789abcde', '               1', 'aaaaaaaaaaaaaaaaaaaaaaaa'],
    SMSC_BASE_URL: ['http://smsc.ru', 'https://smsc.ru/sys/send.php', 'smsc.ru'],
    SMPP_URL: [
      'smsc.example.com:2775',
      'smpp://smsc.example.com',
      'smpp://vouch:pa#ss@smsc.example.com',
      'smpp://vouch:pa@smsc.example.com/path',
      'smpp://vouch:pa@smsc.example.com?x=1',
      'smpp://vouch:pa@smsc.example.com:0',
      'smpp://vouch:pa@smsc.example.com:70000',
      'smpp://vouch:%zz@smsc.example.com',
    ],
    SMPP_CA: ['x', './ca.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', pkcs8],
    SMPP_ALPHABET: ['utf-8', 'GSM'],
    SMPP_ENQUIRE_LINK_SECONDS: ['0', '1.5', 'x'],
    WHATSAPP_TEMPLATE_LANGUAGES: ['en_US', 'fr=fr', 'en=en_US,en=en_GB', 'en=', 'en=en_US=x'],
  };
  for (const [name, texts] of Object.entries(refused)) {
    const provider = Object.keys(values).find((one) => name in values[one]!)!;
    for (const text of texts) {
      const env = { DEV_INBOX: 'off', SMS_ROUTES: `*=${provider}`, ...firstOf(provider), [name]: text };
      const read = parseConfig(env, () => assert.fail('no file is read'));
      assert.ok(!read.ok, `${name}=${text}`);
      assert.equal(read.problems.length, 1, read.problems.join('\n'));
      assert.ok(read.problems[0]!.startsWith(`${name} `), read.problems[0]);
      const { secret, example } = (
        providerVariables[provider as 'http'] as never as Record<string, ProviderVariable<string>>
      )[name]!;
      if (secret && text.length > 20 && text !== example) {
        assert.ok(!read.problems[0]!.includes(text.slice(0, 60)), 'it is not repeated');
      }
    }
  }
});

test('smpp: a text goes in the alphabet of the SMSC, and in UCS-2 where that or the phone lacks a character', async (t) => {
  const server = await startFakeSmsc(t);
  const submitted = async (alphabet: 'gsm' | 'latin1' | 'ascii' | 'ucs2', text: string) => {
    const provider = smppProvider({
      ...{ host: '127.0.0.1', port: server.port, tls: false, systemId: 'vouch', password: 'pa55word' },
      ...{ sourceAddress: 'Vouch', alphabet },
    });
    const before = server.of('submit_sm').length;
    const sent = await provider.send({ ...message, text }, never);
    await provider.close();
    const parts = server.of('submit_sm').slice(before);
    assert.equal(sent.ok && sent.segments, parts.length);
    assert.equal(provider.segmentsOf!(text), parts.length);
    const { coding, parts: bodies } = splitText(text, 0, alphabet)!;
    assert.deepEqual(
      parts.map((pdu) => pdu.data_coding),
      bodies.map(() => coding),
    );
    if (coding === 0 && bodies.length === 1 && bodies[0]!.every((octet) => octet < 0x80)) {
      // the codec of this SMSC reads the default alphabet of GSM
      const { message: read } = parts[0]!.short_message as { message: string };
      assert.deepEqual(splitText(read, 0)?.parts, bodies);
    }
    return bodies.map((body) => ({ coding, octets: body.toString('hex') }));
  };
  const line = '@vouch.example #123456 $_[]{}~\\|^\n';
  const latin1 = (text: string) => Buffer.from(text, 'latin1').toString('hex');
  const ucs2 = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex');
  const [gsm] = await submitted('gsm', '@$_');
  assert.deepEqual(gsm, { coding: 0, octets: '000211' });
  for (const alphabet of ['latin1', 'ascii'] as const) {
    assert.deepEqual(await submitted(alphabet, line), [{ coding: 0, octets: latin1(line) }], alphabet);
    for (const text of ['€', 'Σ', 'ç', '`', 'Ваш код']) {
      assert.deepEqual(await submitted(alphabet, text), [{ coding: 8, octets: ucs2(text) }], `${alphabet} ${text}`);
    }
  }
  assert.deepEqual(await submitted('latin1', 'é£'), [{ coding: 0, octets: 'e9a3' }]);
  assert.deepEqual(await submitted('ascii', 'é£'), [{ coding: 8, octets: ucs2('é£') }]);
  assert.deepEqual(await submitted('ucs2', line), [{ coding: 8, octets: ucs2(line) }]);
  assert.equal((await submitted('latin1', '['.repeat(81))).length, 2, 'a bracket takes two septets on the air');
  assert.equal((await submitted('latin1', 'a'.repeat(160))).length, 1);
  assert.equal((await submitted('ucs2', 'a'.repeat(71))).length, 2);
});

test('smpp: the certificate of the SMSC is believed by SMPP_CA, and by no other', async (t) => {
  const server = await startFakeSmsc(t, { tls: true });
  for (const [ca, isBelieved] of [
    [cert, true],
    [undefined, false],
  ] as const) {
    const options = optionsOf('smpp', {
      SMPP_URL: `smpps://vouch:pa55word@127.0.0.1:${server.port}`,
      SMPP_SOURCE: 'Vouch',
      ...(ca && { SMPP_CA: ca.replaceAll('\n', '\\n') }),
    });
    const provider = smppProvider(options as never);
    t.after(() => provider.close());
    const sent = await provider.send({ ...message, text: 'x' }, never);
    assert.equal(sent.ok, isBelieved, JSON.stringify(sent));
  }
  await waitUntil(() => server.of('submit_sm').length === 1, 'one message');
});
