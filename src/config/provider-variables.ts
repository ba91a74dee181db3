import { alphabets } from '../sms/smpp/text.ts';
import { oneOf, type Parser, text, whole } from './parsers.ts';
import {
  callbackSecret,
  certificates,
  credential,
  httpHeaders,
  httpTemplateUrl,
  placeholders,
  publicApi,
  rsaPrivateKey,
  smppUrl,
  templateLanguages,
  webhookSecret,
} from './provider-parsers.ts';
import type { ValuesOf } from './variable.ts';

/** A variable of a provider, and its text in `docs/providers.md`. */
export interface ProviderVariable<T> {
  readonly parser: Parser<T>;
  readonly default?: T;
  readonly example: string;
  readonly secret?: true;
  /** The provider does not work without it. */
  readonly required?: true;
  readonly en: string;
}

function variable<T, const V extends Omit<ProviderVariable<T>, 'parser'>>(parser: Parser<T>, documentation: V) {
  return { parser, ...documentation };
}

/** The variables of each provider, by its name in `SMS_ROUTES`. */
export const providerVariables = {
  console: {},
  http: {
    SMS_HTTP_URL: variable(httpTemplateUrl, {
      required: true,
      example: 'https://sms.example.com/send',
      en: 'The URL that messages are sent to. `{to}`, `{text}`, `{code}`, `{language}`, `{id}` and `{expires_in}` are placeholders, here and in the body.',
    }),
    SMS_HTTP_METHOD: variable(oneOf('POST', 'GET', 'PUT'), { default: 'POST', example: 'GET', en: 'The method.' }),
    SMS_HTTP_HEADERS: variable(httpHeaders, {
      default: {},
      example: '{"content-type":"application/x-www-form-urlencoded"}',
      secret: true,
      en: 'Headers, as a JSON object. With the content type of a form the body is sent as a form.',
    }),
    SMS_HTTP_BODY: variable(text, {
      default: '{"to":"{to}","text":"{text}"}',
      example: 'phone={to}&message={text}',
      en: 'The body.',
    }),
    SMS_HTTP_TOKEN: variable(credential, {
      example: 'a-token-of-your-sender',
      secret: true,
      en: 'Sent as `Authorization: Bearer …`; the word `Bearer` may be left out here.',
    }),
    SMS_HTTP_SIGNING_SECRET: variable(webhookSecret, {
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      secret: true,
      en: 'Signs each message by [Standard Webhooks](https://www.standardwebhooks.com); receipts at `/callbacks/http` have to be signed with it too.',
    }),
  },
  smpp: {
    SMPP_URL: variable(smppUrl, {
      required: true,
      secret: true,
      example: 'smpps://system-id:password@smsc.example.com:3550',
      en: 'The SMSC: `smpp://` or, with TLS, `smpps://`, with the system id and its password, percent-encoded.',
    }),
    SMPP_SOURCE: variable(text, {
      required: true,
      example: 'Vouch',
      en: 'The sender: a name, a number or a short code.',
    }),
    SMPP_SYSTEM_TYPE: variable(text, { example: 'OTP', en: 'The system type, where the SMSC wants one.' }),
    SMPP_WINDOW: variable(whole(1, 1000), {
      default: 10,
      example: '10',
      en: 'The maximum number of messages that wait for a response (the SMPP window).',
    }),
    SMPP_ALPHABET: variable(oneOf(...alphabets), {
      default: 'gsm',
      example: 'latin1',
      en: 'The default alphabet of the SMSC: `gsm`, or `latin1` or `ascii` where `@` and `$` arrive as other characters. `ucs2` sends every text in UCS-2, in parts of 67 characters.',
    }),
    SMPP_ENQUIRE_LINK_SECONDS: variable(whole(1, 3600), {
      default: 30,
      example: '30',
      en: 'Seconds between two `enquire_link` requests.',
    }),
    SMPP_CA: variable(certificates, {
      secret: true,
      example: placeholders.certificate,
      en: 'With `smpps://`: the CA certificates for the SMSC, in PEM, instead of those that Node.js knows. `NODE_EXTRA_CA_CERTS` adds CA certificates for every provider.',
    }),
  },
  twilio: {
    TWILIO_ACCOUNT_SID: variable(credential, {
      required: true,
      example: 'AC-as-the-console-shows-it',
      en: 'The SID of the Twilio account.',
    }),
    TWILIO_AUTH_TOKEN: variable(credential, {
      required: true,
      secret: true,
      example: 'the-token-of-the-account',
      en: 'Its token; callbacks are signed with it too.',
    }),
    TWILIO_FROM: variable(text, { example: '+15550100', en: 'The sender; or a messaging service instead.' }),
    TWILIO_MESSAGING_SERVICE_SID: variable(credential, {
      example: 'MG-as-the-console-shows-it',
      en: 'The messaging service.',
    }),
    TWILIO_BASE_URL: variable(publicApi, {
      default: 'https://api.twilio.com',
      example: 'https://api.twilio.com',
      en: 'The base URL of its API.',
    }),
  },
  vonage: {
    VONAGE_APPLICATION_ID: variable(credential, {
      required: true,
      example: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
      en: 'The application.',
    }),
    VONAGE_PRIVATE_KEY: variable(rsaPrivateKey, {
      required: true,
      secret: true,
      example: placeholders.privateKey,
      en: 'Its private key, RSA in PEM; line ends may be written as `\\n`, or the whole key in base64.',
    }),
    VONAGE_FROM: variable(text, { required: true, example: 'Vouch', en: 'The sender.' }),
    VONAGE_SIGNATURE_SECRET: variable(credential, {
      secret: true,
      example: 'the-signature-secret-of-the-account',
      en: 'Verifies the signature of callbacks; without it there are no receipts.',
    }),
    VONAGE_BASE_URL: variable(publicApi, {
      default: 'https://api.nexmo.com',
      example: 'https://api.nexmo.com',
      en: 'The base URL of its API.',
    }),
  },
  smsru: {
    SMSRU_API_ID: variable(credential, {
      required: true,
      secret: true,
      example: 'the-api-id-of-the-account',
      en: 'The `api_id` of the provider account; callbacks are signed with it too.',
    }),
    SMSRU_FROM: variable(text, { example: 'Vouch', en: 'The sender, where one was agreed.' }),
    SMSRU_BASE_URL: variable(publicApi, {
      default: 'https://sms.ru',
      example: 'https://sms.ru',
      en: 'The base URL of its API.',
    }),
  },
  smsc: {
    SMSC_LOGIN: variable(text, { required: true, example: 'vouch', en: 'The login.' }),
    SMSC_PASSWORD: variable(text, {
      required: true,
      secret: true,
      example: 'the-password-of-the-account',
      en: 'The password.',
    }),
    SMSC_SENDER: variable(text, { example: 'Vouch', en: 'The sender, where one was agreed.' }),
    SMSC_CALLBACK_SECRET: variable(callbackSecret, {
      secret: true,
      example: 'made-by-openssl-rand-hex-32',
      en: 'The secret that callbacks are signed with, of at least 16 characters; without it there are no receipts.',
    }),
    SMSC_BASE_URL: variable(publicApi, {
      default: 'https://smsc.ru',
      example: 'https://smsc.ru',
      en: 'The base URL of its API.',
    }),
  },
  telegram: {
    TELEGRAM_GATEWAY_TOKEN: variable(credential, {
      required: true,
      secret: true,
      example: 'the-token-of-the-gateway-account',
      en: 'The token of the Telegram Gateway account.',
    }),
    TELEGRAM_GATEWAY_SENDER: variable(text, { example: 'vouch', en: 'The verified channel that messages come from.' }),
    TELEGRAM_GATEWAY_BASE_URL: variable(publicApi, {
      default: 'https://gatewayapi.telegram.org',
      example: 'https://gatewayapi.telegram.org',
      en: 'The base URL of its API.',
    }),
  },
  whatsapp: {
    WHATSAPP_PHONE_NUMBER_ID: variable(credential, {
      required: true,
      example: '106540352242922',
      en: 'The id of the sending number.',
    }),
    WHATSAPP_TOKEN: variable(credential, {
      required: true,
      secret: true,
      example: 'the-access-token',
      en: 'The access token.',
    }),
    WHATSAPP_TEMPLATE: variable(text, {
      required: true,
      example: 'sign_in_code',
      en: 'The name of the authentication template, with a button that copies the code.',
    }),
    WHATSAPP_TEMPLATE_LANGUAGES: variable(templateLanguages, {
      example: 'en=en_US',
      en: 'The language codes of the template, if they are not `ru` and `en`. A language that is not listed gets the English template.',
    }),
    WHATSAPP_APP_SECRET: variable(credential, {
      secret: true,
      example: 'the-secret-of-the-app',
      en: 'Verifies the signature of callbacks; without it there are no receipts.',
    }),
    WHATSAPP_VERIFY_TOKEN: variable(text, {
      secret: true,
      example: 'a-word-of-your-own',
      en: 'The token that Meta sends back when you enter the callback URL there.',
    }),
    WHATSAPP_API_VERSION: variable(credential, {
      default: 'v23.0',
      example: 'v23.0',
      en: 'The version of the Graph API.',
    }),
    WHATSAPP_BASE_URL: variable(publicApi, {
      default: 'https://graph.facebook.com',
      example: 'https://graph.facebook.com',
      en: 'The base URL of its API.',
    }),
  },
} as const;

/** The name of a provider. */
export type ProviderName = keyof typeof providerVariables;

/** The parsed settings of each provider that a route names. */
export type ProviderSettings = { readonly [P in ProviderName]?: ValuesOf<(typeof providerVariables)[P]> };
