import { createHash } from 'node:crypto';
import { recordOf } from '../kit/record.ts';
import { hmac, sameBytes } from '../kit/secret.ts';
import { type ErrorClass, errorFor, unlistedClass } from './error-class.ts';
import { errorForStatus, parseJson, postJson } from './http-call.ts';
import type { CallbackRequest, CallbackResult, Message, Provider, Receipt, Sent } from './provider.ts';

/** A provider account at the Telegram Gateway. */
export interface TelegramSettings {
  /** `https://gatewayapi.telegram.org` */
  readonly baseUrl: string;
  /** Authenticates us at Telegram, and its reports here. */
  readonly token: string;
  /** A verified channel of ours as the sender, instead of Telegram's own. */
  readonly senderUsername?: string | undefined;
  /** Our origin for reports, used only if it is HTTPS. */
  readonly publicUrl?: string | undefined;
}

/**
 * The error codes, each with its class and its subject. The documentation has only `ACCESS_TOKEN_INVALID`; clients have
 * met the others. `FLOOD_WAIT` has seconds behind it. Any other error means that the message was not sent, may be about
 * the number, and the next provider is tried.
 */
export const telegramErrors: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  ['ACCESS_TOKEN_INVALID', ['refused', 'account']],
  ['ACCESS_TOKEN_REQUIRED', ['refused', 'account']],
  ['BALANCE_NOT_ENOUGH', ['refused', 'account']],
  ['CALLBACK_URL_INVALID', ['refused', 'account']],
  ['SENDER_NOT_OWNED', ['refused', 'account']],
  ['SENDER_NOT_VERIFIED', ['refused', 'account']],
  ['SENDER_USERNAME_INVALID', ['refused', 'account']],
  ['FLOOD_WAIT', ['throttled', 'account']],
  ['PHONE_NUMBER_INVALID', ['rejected', 'number']],
  ['PHONE_NUMBER_NOT_AVAILABLE', ['rejected', 'number']], // the person takes no codes here
  ['PHONE_NUMBER_NOT_FOUND', ['rejected', 'number']], // no account at Telegram
  ['MESSAGE_ALREADY_SENT', ['unknown', 'number']],
]);

/** The final states; `sent` is not final. */
const states = new Map<unknown, Receipt['state']>([
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['expired', 'failed'],
  ['revoked', 'failed'],
]);

/** The maximum age of a report's signature in seconds, and the maximum clock skew. */
const signatureToleranceSeconds = 300;

/**
 * The Telegram Gateway (https://core.telegram.org/gateway/api), which puts the code into a text of its own and accepts
 * codes of 4 to 8 digits. Reports are signed with the token.
 */
export function telegramProvider(settings: TelegramSettings): Provider {
  const key = createHash('sha256').update(settings.token).digest();
  return {
    name: 'telegram',
    channel: 'telegram',
    async send(message, signal) {
      const url = `${settings.baseUrl}/sendVerificationMessage`;
      const authorization = `Bearer ${settings.token}`;
      const response = await postJson(url, requestBody(settings, message), signal, { authorization });
      return response.ok ? parseResponse(response.status, parseJson(response.body)) : response;
    },
    callback: (call) => parseReport(key, call),
    async close() {},
  };
}

function requestBody({ senderUsername, publicUrl }: TelegramSettings, message: Message): object {
  return {
    phone_number: message.to,
    code: message.code,
    // no other value is accepted
    ttl: Math.min(Math.max(message.expiresIn, 30), 3600),
    payload: message.id,
    ...(senderUsername ? { sender_username: senderUsername } : {}),
    ...(publicUrl?.startsWith('https:') ? { callback_url: new URL('/callbacks/telegram', publicUrl).href } : {}),
  };
}

function parseResponse(status: number, body: unknown): Sent {
  const { ok, result, error } = recordOf(body);
  if (ok === false && status < 500) return errorFrom(status, error);
  if (status < 200 || status > 299) return errorForStatus(status);
  const reference = recordOf(result).request_id;
  if (ok !== true || typeof reference !== 'string' || reference === '') {
    return { ok: false, error: 'unknown', reason: 'Telegram: an answer that cannot be read' };
  }
  return { ok: true, reference };
}

function errorFrom(status: number, error: unknown): Sent {
  const [, name = 'an error without a name'] = /^([A-Z]+(?:_[A-Z]+)*)(?:_\d+)?$/.exec(String(error)) ?? [];
  return errorFor(telegramErrors.get(name) ?? unlisted(status), `Telegram: ${name.slice(0, 60)}`);
}

function unlisted(status: number): ErrorClass {
  if (status === 429) return ['throttled', 'account'];
  return status === 401 ? ['refused', 'account'] : unlistedClass;
}

function parseReport(key: Uint8Array, call: CallbackRequest): CallbackResult {
  if (!isSigned(key, call)) return { ok: false, error: 'unauthenticated' };
  const report = recordOf(parseJson(call.body.toString()));
  const reference = report.request_id;
  if (typeof reference !== 'string' || reference === '') return { ok: false, error: 'malformed' };
  const status = recordOf(report.delivery_status).status;
  const state = states.get(status);
  if (!state) return { ok: true, receipts: [] };
  return { ok: true, receipts: [{ reference, state, ...(state === 'failed' ? { reason: String(status) } : {}) }] };
}

/** https://core.telegram.org/gateway/api#checking-report-integrity */
function isSigned(key: Uint8Array, { headers, body }: CallbackRequest): boolean {
  const [timestamp, signature] = [headers['x-request-timestamp'], headers['x-request-signature']];
  if (typeof timestamp !== 'string' || typeof signature !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  const mac = hmac(key, Buffer.concat([Buffer.from(`${timestamp}\n`), body])).toString('hex');
  return (
    sameBytes(Buffer.from(signature.trim().toLowerCase()), Buffer.from(mac)) &&
    Math.abs(Date.now() / 1000 - Number(timestamp)) <= signatureToleranceSeconds
  );
}
