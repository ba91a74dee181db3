import { createHash } from 'node:crypto';
import { recordOf } from '../kit/record.ts';
import { sameBytes } from '../kit/secret.ts';
import { fieldOf, parseForm } from './callback-form.ts';
import { type ErrorClass, errorFor } from './error-class.ts';
import { errorForStatus, parseJson, postForm } from './http-call.ts';
import type { CallbackRequest, CallbackResult, Provider, Receipt, Sent } from './provider.ts';

/** An account at sms.ru. */
export interface SmsruSettings {
  /** `https://sms.ru`, without a slash at the end. */
  readonly baseUrl: string;
  /** Authenticates us at sms.ru, and its callbacks here. */
  readonly apiId: string;
  /** A registered sender name; without one, the default of sms.ru. */
  readonly from?: string | undefined;
}

/**
 * Codes of https://sms.ru/api/send, each with its class and its subject; an unlisted code means that no message was
 * accepted, and it may be about the number.
 */
export const smsruErrors: Readonly<Record<number, ErrorClass>> = {
  200: ['refused', 'account'], // wrong api_id
  201: ['refused', 'account'], // no money
  202: ['rejected', 'number'], // no such number
  203: ['rejected', 'number'], // no text
  204: ['refused', 'number'], // the sender is not agreed, or not connected with the operator of this number
  205: ['rejected', 'number'], // the text is too long
  206: ['throttled', 'account'], // the daily maximum of the provider account
  207: ['unavailable', 'number'], // no route to this number from here, and another provider may have one
  208: ['refused', 'account'], // the time is wrong
  209: ['rejected', 'number'], // the account's own stop list
  210: ['refused', 'account'], // GET instead of POST
  211: ['refused', 'account'], // no such method
  212: ['refused', 'account'], // not UTF-8
  214: ['refused', 'number'], // a number abroad
  220: ['unavailable', 'provider'], // out of order for now
  221: ['refused', 'account'], // a sender has to be registered first
  230: ['throttled', 'number'], // the daily maximum of messages to this number
  231: ['throttled', 'number'], // the same message to this number within a minute
  232: ['throttled', 'number'], // the same message to this number within a day
  233: ['throttled', 'number'], // codes to this number within a short time
  300: ['refused', 'account'], // wrong token
  301: ['refused', 'account'], // wrong api_id or password
  302: ['refused', 'account'], // the account is not confirmed
  500: ['unavailable', 'provider'], // a fault on their side: "repeat the request"
};
const unlisted: ErrorClass = ['unavailable', 'number'];

/** https://sms.ru/api/status; states 100 to 102 are not final. */
const states: Readonly<Record<string, Receipt['state']>> = {
  103: 'delivered',
  104: 'failed', // too old
  105: 'failed', // deleted by the operator
  106: 'failed', // a fault of the phone
  107: 'failed', // for no known reason
  108: 'failed', // rejected
  110: 'delivered', // and read
  150: 'failed', // no route
};

/**
 * sms.ru: https://sms.ru/api/send. Everything goes in the body of a POST. Callbacks are those of https://sms.ru/api/cb,
 * form fields `data[…]` of several lines each, signed with `hash` = SHA-256(api_id and all the data); the response has
 * to be `100`, otherwise sms.ru repeats the callback for days.
 */
export function smsruProvider({ baseUrl, apiId, from }: SmsruSettings): Provider {
  return {
    name: 'smsru',
    channel: 'sms',
    async send({ to, text, expiresIn }, signal) {
      const ttl = Math.min(Math.max(Math.floor(expiresIn / 60), 1), 1440);
      const form = { api_id: apiId, to: to.slice(1), msg: text, ttl: String(ttl), json: '1', ...(from && { from }) };
      const response = await postForm(`${baseUrl}/sms/send`, form, signal);
      if (!response.ok) return response;
      if (response.status < 200 || response.status > 299) return errorForStatus(response.status);
      return parseResponse(response.body);
    },
    callback: (call) => parseCallback(apiId, call),
    async close() {},
  };
}

interface Said {
  readonly status?: unknown;
  readonly status_code?: unknown;
  readonly sms_id?: unknown;
  readonly sms?: unknown;
}

function parseResponse(body: string): Sent {
  const response: Said = recordOf(parseJson(body));
  if (response.status === 'ERROR') return errorFrom(response.status_code);
  // the request has one number, so the map has one entry, under the number as sms.ru writes it
  const result: Said = recordOf(Object.values(response.sms ?? {})[0]);
  if (result.status === 'ERROR') return errorFrom(result.status_code);
  if (result.status === 'OK' && typeof result.sms_id === 'string' && result.sms_id !== '') {
    return { ok: true, reference: result.sms_id.slice(0, 200) };
  }
  return { ok: false, error: 'unknown', reason: 'sms.ru gave an answer that cannot be read' };
}

function errorFrom(code: unknown): Sent {
  const number = Number(code);
  if (!Number.isSafeInteger(number)) return { ok: false, error: 'unavailable', reason: 'sms.ru failed without a code' };
  return errorFor(smsruErrors[number] ?? unlisted, `sms.ru code ${number}`);
}

function parseCallback(apiId: string, call: CallbackRequest): CallbackResult {
  const form = parseForm(call);
  const data = form.filter(([name]) => /^data(\[\d*\])?$/.test(name)).map(([, value]) => value);
  const hash = fieldOf(form, 'hash').trim();
  const expected = createHash('sha256')
    .update(apiId + data.join(''))
    .digest('hex');
  if (!sameBytes(Buffer.from(hash.toLowerCase()), Buffer.from(expected)))
    return { ok: false, error: 'unauthenticated' };
  return { ok: true, receipts: data.flatMap(parseEntry), answer: '100' };
}

/**
 * An entry is `sms_status`, the id, the status and a Unix time, each on a line; other entries are about calls, or
 * tests.
 */
function parseEntry(entry: string): Receipt[] {
  const [kind, reference, status = ''] = entry.split('\n').map((line) => line.trim());
  const state = Object.hasOwn(states, status) ? states[status] : undefined;
  if (kind !== 'sms_status' || !reference || state === undefined) return [];
  return [{ reference, state, reason: status }];
}
