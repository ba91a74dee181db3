import type { Language } from '../kit/language.ts';
import { recordOf } from '../kit/record.ts';
import { hmac, sameBytes } from '../kit/secret.ts';
import { isBodyless, queryOf } from './callback-form.ts';
import { type ErrorClass, errorFor } from './error-class.ts';
import { errorForCode, parseJson, postJson } from './http-call.ts';
import type { CallbackRequest, CallbackResult, Message, Provider, Receipt, Sent } from './provider.ts';

/** A business number at WhatsApp, and its authentication template. */
export interface WhatsappSettings {
  /** `https://graph.facebook.com` */
  readonly baseUrl: string;
  /** Such as `v23.0`: Meta withdraws a version about two years after the next one. */
  readonly apiVersion: string;
  readonly phoneNumberId: string;
  readonly token: string;
  /** The name of an approved template of the category authentication, with a button that copies the code. */
  readonly template: string;
  /** The language codes of the template, if they are not `ru` or `en`, such as `en_US`. */
  readonly templateLanguages?: Readonly<Partial<Record<Language, string>>> | undefined;
  /** Authenticates callbacks; without it no callback is accepted. */
  readonly appSecret?: string | undefined;
  /** A token of our choice, which Meta repeats when the callback URL is entered at its site. */
  readonly verifyToken?: string | undefined;
}

/**
 * https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes, the part about sending, each with its
 * class and its subject; an unlisted code is classified by the HTTP status. A template has one language, which anybody
 * can choose, so an error of a template is about the number.
 */
export const whatsappErrors: Readonly<Record<number, ErrorClass>> = {
  0: ['refused', 'account'], // the token is not valid
  1: ['unavailable', 'provider'], // unknown, or an error at Meta
  2: ['unavailable', 'provider'], // down or overloaded
  3: ['refused', 'account'], // no permission for the method
  4: ['throttled', 'account'], // calls of the app
  10: ['refused', 'account'], // no permission
  33: ['refused', 'account'], // our number was deleted
  100: ['refused', 'number'], // a parameter, as of the number
  190: ['refused', 'account'], // the token has expired
  368: ['refused', 'account'], // blocked for a violation of policy
  80007: ['throttled', 'account'], // calls of the provider account
  130429: ['throttled', 'account'], // messages of our number
  130472: ['rejected', 'number'], // the person is part of an experiment
  130497: ['refused', 'number'], // restricted in this country
  131000: ['unavailable', 'provider'], // something went wrong
  131005: ['refused', 'account'], // no permission
  131008: ['refused', 'account'], // a parameter is missing
  131009: ['refused', 'number'], // the value of a parameter, as of the number
  131016: ['unavailable', 'provider'], // a service is overloaded
  131021: ['rejected', 'number'], // our own number
  131026: ['rejected', 'number'], // not at WhatsApp, or an old version of it
  131030: ['refused', 'number'], // a test number of ours, and a recipient not on its list
  131031: ['refused', 'account'], // the provider account is locked
  131037: ['refused', 'account'], // the name to display is not approved
  131042: ['refused', 'account'], // payment
  131045: ['refused', 'account'], // our number is not registered
  131047: ['refused', 'number'], // no answer of the person in 24 hours
  131048: ['throttled', 'account'], // too many were reported as spam
  131049: ['refused', 'number'], // this person got enough messages of businesses
  131050: ['refused', 'number'], // the person asked for no more
  131051: ['refused', 'account'], // the type of message
  131056: ['throttled', 'number'], // messages to this person
  131057: ['unavailable', 'account'], // the provider account is in maintenance
  133004: ['unavailable', 'provider'], // the server is down
  133010: ['refused', 'account'], // our number is not registered
};

/** Classes of whole ranges: permissions, and everything about templates. */
const ranges: readonly (readonly [first: number, last: number, ErrorClass])[] = [
  [200, 299, ['refused', 'account']],
  [132000, 132999, ['refused', 'number']],
];

/** The final states; `sent` is not final, and `played` is for voice. */
const states = new Map<unknown, Receipt['state']>([
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['failed', 'failed'],
]);

/**
 * WhatsApp by Meta's Cloud API (https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages), which puts
 * the code into our authentication template with a button that copies it:
 * https://developers.facebook.com/docs/whatsapp/business-management-api/authentication-templates. Callbacks are those
 * of https://developers.facebook.com/docs/graph-api/webhooks/getting-started; their signature does not include a time.
 */
export function whatsappProvider(settings: WhatsappSettings): Provider {
  const { appSecret } = settings;
  return {
    name: 'whatsapp',
    channel: 'whatsapp',
    async send(message, signal) {
      const url = `${settings.baseUrl}/${settings.apiVersion}/${encodeURIComponent(settings.phoneNumberId)}/messages`;
      const authorization = `Bearer ${settings.token}`;
      const response = await postJson(url, requestBody(settings, message), signal, { authorization });
      return response.ok ? parseResponse(response.status, parseJson(response.body)) : response;
    },
    ...(appSecret && {
      callback: (call: CallbackRequest) =>
        isBodyless(call.method) ? readVerification(settings.verifyToken, call.url) : parseCallback(appSecret, call),
    }),
    async close() {},
  };
}

/** The language of the template. Operators have one in Russian and English; the one in English serves other languages. */
function templateLanguage(language: Language, named: WhatsappSettings['templateLanguages'] = {}): string {
  return named[language] ?? (language === 'ru' ? language : (named.en ?? 'en'));
}

function requestBody({ template, templateLanguages }: WhatsappSettings, { to, code, language }: Message): object {
  const parameters = [{ type: 'text', text: code }];
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    type: 'template',
    template: {
      name: template,
      // no other policy is supported, and Meta's schema requires it
      language: { policy: 'deterministic', code: templateLanguage(language, templateLanguages) },
      components: [
        { type: 'body', parameters },
        // a button that copies the code is of the type URL once it is made
        { type: 'button', sub_type: 'url', index: '0', parameters },
      ],
    },
  };
}

function parseResponse(status: number, body: unknown): Sent {
  if (status < 200 || status > 299) {
    const { code } = recordOf(recordOf(body).error);
    return errorFrom(code) ?? errorForCode(typeof code === 'number' ? code : '', status);
  }
  const reference = recordsIn(recordOf(body).messages)[0]?.id;
  if (typeof reference !== 'string' || reference === '') {
    return { ok: false, error: 'unknown', reason: 'WhatsApp: an answer that cannot be read' };
  }
  return { ok: true, reference };
}

function errorFrom(code: unknown): Sent | undefined {
  if (typeof code !== 'number') return undefined;
  const errorClass = whatsappErrors[code] ?? ranges.find(([first, last]) => first <= code && code <= last)?.[2];
  return errorClass && errorFor(errorClass, `WhatsApp ${code}`);
}

/**
 * Answers the verification request, which Meta sends once, when the URL is entered: a caller with the token gets the
 * challenge back, whose content is untrusted.
 */
function readVerification(verifyToken: string | undefined, url: string): CallbackResult {
  const query = queryOf(url);
  const token = query.get('hub.verify_token') ?? '';
  if (!verifyToken || !sameBytes(Buffer.from(token), Buffer.from(verifyToken))) {
    return { ok: false, error: 'unauthenticated' };
  }
  const answer = query.get('hub.challenge') ?? '';
  if (query.get('hub.mode') !== 'subscribe' || !/^\w{1,128}$/.test(answer)) return { ok: false, error: 'malformed' };
  return { ok: true, receipts: [], answer };
}

function parseCallback(appSecret: string, { headers, body }: CallbackRequest): CallbackResult {
  const signature = headers['x-hub-signature-256'];
  const mac = `sha256=${hmac(Buffer.from(appSecret), body).toString('hex')}`;
  if (typeof signature !== 'string' || !sameBytes(Buffer.from(signature.trim().toLowerCase()), Buffer.from(mac))) {
    return { ok: false, error: 'unauthenticated' };
  }
  const { entry } = recordOf(parseJson(body.toString()));
  if (!Array.isArray(entry)) return { ok: false, error: 'malformed' };
  const receipts = recordsIn(entry)
    .flatMap(({ changes }) => recordsIn(changes))
    .flatMap(({ value }) => recordsIn(recordOf(value).statuses))
    .flatMap(receiptIn);
  return { ok: true, receipts };
}

function receiptIn({ id, status, errors }: Record<string, unknown>): Receipt[] {
  const state = states.get(status);
  if (!state || typeof id !== 'string' || id === '') return [];
  const code = recordsIn(errors)[0]?.code;
  const reason = typeof code === 'number' ? String(code) : 'failed';
  return [{ reference: id, state, ...(state === 'failed' ? { reason } : {}) }];
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}
