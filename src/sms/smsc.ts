import { createHash } from 'node:crypto';
import { recordOf } from '../kit/record.ts';
import { sameBytes } from '../kit/secret.ts';
import { type Field, fieldOf, parseForm } from './callback-form.ts';
import { type ErrorClass, errorFor } from './error-class.ts';
import { errorForStatus, parseJson, postForm } from './http-call.ts';
import type { CallbackRequest, CallbackResult, Provider, Receipt, Sent } from './provider.ts';

/** A provider account at smsc.ru, or at a sister site such as smsc.kz. */
export interface SmscSettings {
  /** `https://smsc.ru`, without a slash at the end. */
  readonly baseUrl: string;
  /** The login; with an empty one, the password is an API key. */
  readonly login: string;
  readonly password: string;
  /** A registered sender name; without one, the default of the provider account. */
  readonly sender?: string | undefined;
  /** The secret word next to our callback URL in the settings there; without it no callback is accepted. */
  readonly callbackSecret?: string | undefined;
}

/**
 * Codes of https://smsc.ru/api/http/send/sms/, each with its class and its subject; an unlisted code means that no
 * message was accepted, and it may be about the number.
 */
export const smscErrors: Readonly<Record<number, ErrorClass>> = {
  1: ['refused', 'account'], // an invalid parameter
  2: ['refused', 'account'], // wrong login or password, or not from this IP address
  3: ['refused', 'account'], // no money
  4: ['refused', 'account'], // our IP address is blocked for a while
  5: ['refused', 'account'], // a date in a wrong form
  6: ['refused', 'number'], // this text or sender is not allowed
  7: ['rejected', 'number'], // no such number
  8: ['unavailable', 'number'], // undeliverable to this number from here, but another provider may have a route
  9: ['throttled', 'number'], // the same message twice in a minute, or too many requests at once
};
const unlisted: ErrorClass = ['unavailable', 'number'];

/** https://smsc.ru/api/http/status_messages/statuses/; states below 1 are not final. */
const states: Readonly<Record<string, Receipt['state']>> = {
  1: 'delivered',
  2: 'delivered', // and read
  3: 'failed', // too old
  4: 'delivered', // and a link in it was opened
  20: 'failed', // cannot be delivered
  22: 'failed', // wrong number
  23: 'failed', // forbidden
  24: 'failed', // no money
  25: 'failed', // the number is out of reach
};

/** The hashes of a callback by their field names, the strongest first; the last is not enough by itself. */
const hashes = ['sha256', 'sha1', 'md5'] as const;
const tooWeak = 'md5';

/**
 * smsc.ru: https://smsc.ru/api/http/send/sms/. Everything goes in the body of a POST. Callbacks are those of
 * https://smsc.ru/api/http/miscellaneous/callback/, a form signed with `md5` and `sha1` of `id:phone:status:secret`.
 */
export function smscProvider({ baseUrl, login, password, sender, callbackSecret }: SmscSettings): Provider {
  return {
    name: 'smsc',
    channel: 'sms',
    async send({ to, text, expiresIn }, signal) {
      const form = {
        login,
        psw: password,
        // a number with its plus is used as it is; without, the provider would correct supposed typos
        phones: to,
        mes: text,
        charset: 'utf-8',
        fmt: '3',
        valid: hoursAndMinutes(expiresIn),
        ...(sender && { sender }),
      };
      const response = await postForm(`${baseUrl}/sys/send.php`, form, signal);
      if (!response.ok) return response;
      if (response.status < 200 || response.status > 299) return errorForStatus(response.status);
      return parseResponse(response.body);
    },
    ...(callbackSecret && { callback: (call: CallbackRequest) => parseCallback(callbackSecret, call) }),
    async close() {},
  };
}

/** The validity period for operators, from a minute to a day. */
function hoursAndMinutes(seconds: number): string {
  const minutes = Math.min(Math.max(Math.floor(seconds / 60), 1), 1440);
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

function parseResponse(body: string): Sent {
  const response = recordOf(parseJson(body));
  // a message that was not accepted may have an id too
  if (response.error_code !== undefined || response.error !== undefined) return errorFrom(response.error_code);
  if (typeof response.id !== 'number' && (typeof response.id !== 'string' || response.id === '')) {
    return { ok: false, error: 'unknown', reason: 'smsc.ru gave an answer that cannot be read' };
  }
  const segments = typeof response.cnt === 'number' ? { segments: response.cnt } : {};
  return { ok: true, reference: String(response.id).slice(0, 200), ...segments };
}

function errorFrom(code: unknown): Sent {
  const number = Number(code);
  if (!Number.isSafeInteger(number))
    return { ok: false, error: 'unavailable', reason: 'smsc.ru failed without a code' };
  return errorFor(smscErrors[number] ?? unlisted, `smsc.ru error ${number}`);
}

/**
 * Parses a callback. The phone is signed as it was written, while a plus that is not percent-encoded is a space in a
 * form.
 */
function parseCallback(secret: string, call: CallbackRequest): CallbackResult {
  const form = parseForm(call);
  const [id, phone, status] = [fieldOf(form, 'id'), fieldOf(form, 'phone'), fieldOf(form, 'status')];
  const spellings = [phone, phone.replace(/^ /, '+')];
  if (!spellings.some((spelling) => isSigned(`${id}:${spelling}:${status}:${secret}`, form))) {
    return { ok: false, error: 'unauthenticated' };
  }
  if (id === '' || !/^-?\d+$/.test(status)) return { ok: false, error: 'malformed' };
  const state = Object.hasOwn(states, status) ? states[status] : undefined;
  return { ok: true, receipts: state === undefined ? [] : [{ reference: id, state, reason: status }], answer: 'OK' };
}

/** The strongest hash of the callback has to be SHA-1 or better, and none of the others may be wrong. */
function isSigned(text: string, form: readonly Field[]): boolean {
  const algorithms = hashes.filter((algorithm) => form.some(([name]) => name === algorithm));
  return (
    algorithms[0] !== undefined &&
    algorithms[0] !== tooWeak &&
    algorithms.every((algorithm) =>
      sameBytes(
        Buffer.from(fieldOf(form, algorithm).trim().toLowerCase()),
        Buffer.from(createHash(algorithm).update(text).digest('hex')),
      ),
    )
  );
}
