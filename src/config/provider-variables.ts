import {
  httpHeaders,
  httpTemplateUrl,
  type Kind,
  oneOf,
  publicApi,
  smppUrl,
  text,
  webhookSecret,
  whole,
} from './kinds.ts';

/** One variable of a provider, and what `docs/providers.md` says of it. */
export interface ProviderVariable<T> {
  readonly kind: Kind<T>;
  readonly fallback?: T;
  readonly example: string;
  readonly secret?: true;
  /** The provider cannot do without it. */
  readonly needed?: true;
  readonly en: string;
}

function variable<T, const Told extends Omit<ProviderVariable<T>, 'kind'>>(kind: Kind<T>, told: Told) {
  return { kind, ...told };
}

/** The variables of each provider, by its name in `SMS_ROUTES`. */
export const providerVariables = {
  console: {},
  http: {
    SMS_HTTP_URL: variable(httpTemplateUrl, {
      needed: true,
      example: 'https://sms.example.com/send',
      en: 'Where messages are sent to. `{to}`, `{text}`, `{code}`, `{language}`, `{id}` and `{expires_in}` stand for what is sent, here and in the body.',
    }),
    SMS_HTTP_METHOD: variable(oneOf('POST', 'GET', 'PUT'), { fallback: 'POST', example: 'GET', en: 'The method.' }),
    SMS_HTTP_HEADERS: variable(httpHeaders, {
      fallback: {},
      example: '{"content-type":"application/x-www-form-urlencoded"}',
      secret: true,
      en: 'Headers, as a JSON object. The content type of a form makes the body one.',
    }),
    SMS_HTTP_BODY: variable(text, {
      fallback: '{"to":"{to}","text":"{text}"}',
      example: 'phone={to}&message={text}',
      en: 'The body.',
    }),
    SMS_HTTP_TOKEN: variable(text, {
      example: 'a-token-of-your-sender',
      secret: true,
      en: 'Sent along as `Authorization: Bearer …`.',
    }),
    SMS_HTTP_SIGNING_SECRET: variable(webhookSecret, {
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      secret: true,
      en: 'Signs each message by [Standard Webhooks](https://www.standardwebhooks.com), and receipts at `/callbacks/http` have to be signed with it.',
    }),
  },
  smpp: {
    SMPP_URL: variable(smppUrl, {
      needed: true,
      secret: true,
      example: 'smpps://system-id:password@smsc.example.com:3550',
      en: 'The SMSC: `smpp://` or, with TLS, `smpps://`, with the system id and its password, percent-encoded.',
    }),
    SMPP_SOURCE: variable(text, {
      needed: true,
      example: 'Vouch',
      en: 'The sender: a name, a number or a short code.',
    }),
    SMPP_SYSTEM_TYPE: variable(text, { example: 'OTP', en: 'The system type, where the SMSC wants one.' }),
    SMPP_WINDOW: variable(whole(1, 1000), {
      fallback: 10,
      example: '10',
      en: 'Messages that wait for their answer at once.',
    }),
  },
  twilio: {
    TWILIO_ACCOUNT_SID: variable(text, { needed: true, example: 'AC…', en: 'The account.' }),
    TWILIO_AUTH_TOKEN: variable(text, {
      needed: true,
      secret: true,
      example: '…',
      en: 'Its token; callbacks are signed with it too.',
    }),
    TWILIO_FROM: variable(text, { example: '+15550100', en: 'The sender; or a messaging service instead.' }),
    TWILIO_MESSAGING_SERVICE_SID: variable(text, { example: 'MG…', en: 'The messaging service.' }),
    TWILIO_BASE_URL: variable(publicApi, {
      fallback: 'https://api.twilio.com',
      example: 'https://api.twilio.com',
      en: 'Where its API is.',
    }),
  },
  vonage: {
    VONAGE_APPLICATION_ID: variable(text, {
      needed: true,
      example: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
      en: 'The application.',
    }),
    VONAGE_PRIVATE_KEY: variable(text, {
      needed: true,
      secret: true,
      example: '-----BEGIN PRIVATE KEY-----…',
      en: 'Its private key, PEM.',
    }),
    VONAGE_FROM: variable(text, { needed: true, example: 'Vouch', en: 'The sender.' }),
    VONAGE_SIGNATURE_SECRET: variable(text, {
      secret: true,
      example: '…',
      en: 'Callbacks are signed with it; without it there are no receipts.',
    }),
    VONAGE_BASE_URL: variable(publicApi, {
      fallback: 'https://api.nexmo.com',
      example: 'https://api.nexmo.com',
      en: 'Where its API is.',
    }),
  },
  smsru: {
    SMSRU_API_ID: variable(text, {
      needed: true,
      secret: true,
      example: '…',
      en: 'The `api_id` of the account; callbacks are signed with it too.',
    }),
    SMSRU_FROM: variable(text, { example: 'Vouch', en: 'The sender, where one was agreed.' }),
    SMSRU_BASE_URL: variable(publicApi, {
      fallback: 'https://sms.ru',
      example: 'https://sms.ru',
      en: 'Where its API is.',
    }),
  },
  smsc: {
    SMSC_LOGIN: variable(text, { needed: true, example: 'vouch', en: 'The login.' }),
    SMSC_PASSWORD: variable(text, { needed: true, secret: true, example: '…', en: 'The password.' }),
    SMSC_SENDER: variable(text, { example: 'Vouch', en: 'The sender, where one was agreed.' }),
    SMSC_CALLBACK_SECRET: variable(text, {
      secret: true,
      example: '…',
      en: 'The secret that callbacks are signed with; without it there are no receipts.',
    }),
    SMSC_BASE_URL: variable(publicApi, {
      fallback: 'https://smsc.ru',
      example: 'https://smsc.ru',
      en: 'Where its API is.',
    }),
  },
  telegram: {
    TELEGRAM_GATEWAY_TOKEN: variable(text, {
      needed: true,
      secret: true,
      example: '…',
      en: 'The token of the Telegram Gateway account.',
    }),
    TELEGRAM_GATEWAY_SENDER: variable(text, { example: 'vouch', en: 'The verified channel that messages come from.' }),
    TELEGRAM_GATEWAY_BASE_URL: variable(publicApi, {
      fallback: 'https://gatewayapi.telegram.org',
      example: 'https://gatewayapi.telegram.org',
      en: 'Where its API is.',
    }),
  },
  whatsapp: {
    WHATSAPP_PHONE_NUMBER_ID: variable(text, {
      needed: true,
      example: '106540352242922',
      en: 'The id of the number that sends.',
    }),
    WHATSAPP_TOKEN: variable(text, { needed: true, secret: true, example: '…', en: 'The access token.' }),
    WHATSAPP_TEMPLATE: variable(text, {
      needed: true,
      example: 'sign_in_code',
      en: 'The name of the authentication template, with a button that copies the code.',
    }),
    WHATSAPP_APP_SECRET: variable(text, {
      secret: true,
      example: '…',
      en: 'Callbacks are signed with it; without it there are no receipts.',
    }),
    WHATSAPP_VERIFY_TOKEN: variable(text, {
      secret: true,
      example: '…',
      en: 'What Meta shows when the address of the callbacks is entered there.',
    }),
    WHATSAPP_API_VERSION: variable(text, { fallback: 'v23.0', example: 'v23.0', en: 'The version of the Graph API.' }),
    WHATSAPP_BASE_URL: variable(publicApi, {
      fallback: 'https://graph.facebook.com',
      example: 'https://graph.facebook.com',
      en: 'Where its API is.',
    }),
  },
} as const;

/** The name of a provider. */
export type ProviderName = keyof typeof providerVariables;

type Given<V> = {
  readonly [N in keyof V]: V[N] extends { kind: Kind<infer T> }
    ? V[N] extends { needed: true } | { fallback: unknown }
      ? T
      : T | undefined
    : never;
};

/** What was read for each provider that a route names. */
export type ProviderSettings = { readonly [P in ProviderName]?: Given<(typeof providerVariables)[P]> };
