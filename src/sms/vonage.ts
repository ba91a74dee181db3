import { createHash, createHmac, createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { recordOf } from '../kit/record.ts';
import { sameBytes } from '../kit/secret.ts';
import { type ErrorClass, errorFor } from './error-class.ts';
import { errorForCode, parseJson, postJson } from './http-call.ts';
import type { CallbackRequest, CallbackResult, Message, Provider, Receipt, Sent } from './provider.ts';

/** An application at Vonage. */
export interface VonageSettings {
  /** `https://api.nexmo.com`, or a regional one. */
  readonly baseUrl: string;
  readonly applicationId: string;
  /** The key of the application, in PEM. */
  readonly privateKey: string;
  /** A number without plus, or a name. */
  readonly from: string;
  /** The secret of the account, which authenticates callbacks; without it no callback is accepted. */
  readonly signatureSecret?: string | undefined;
  /** Our origin for callbacks, used only if it is HTTPS. */
  readonly publicUrl?: string | undefined;
}

/**
 * The fragments of the error types at https://developer.vonage.com/api-errors and
 * https://developer.vonage.com/api-errors/messages, the part about sending an SMS, each with its class and its subject;
 * an unlisted type is classified by the HTTP status. An error that depends on the destination or on the text is about
 * the number.
 */
export const vonageErrors: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  ['account-suspended', ['refused', 'account']],
  ['forbidden', ['refused', 'account']],
  ['invalid-api-key', ['refused', 'account']],
  ['invalid-params', ['refused', 'number']],
  ['invalid-signature', ['refused', 'account']],
  ['jwt-expired', ['refused', 'account']],
  ['jwt-revoked', ['refused', 'account']],
  ['low-balance', ['refused', 'account']],
  ['throttled', ['throttled', 'account']],
  ['unauthorized', ['refused', 'account']],
  ['unprovisioned', ['refused', 'account']],
  ['1000', ['throttled', 'account']],
  ['1010', ['refused', 'account']], // a parameter is missing
  ['1020', ['refused', 'number']], // the value of a parameter, as of the number
  ['1030', ['unavailable', 'provider']], // an internal error
  ['1040', ['rejected', 'number']], // an unknown prefix
  ['1050', ['rejected', 'number']], // the number is barred
  ['1060', ['refused', 'account']], // the account is barred
  ['1070', ['refused', 'account']], // no credit
  ['1080', ['refused', 'account']], // the account is not for HTTP
  ['1090', ['rejected', 'number']], // the text is too long
  ['1100', ['unavailable', 'number']], // could not be passed on to the carrier
  ['1110', ['refused', 'account']], // the signature
  ['1120', ['refused', 'number']], // the sender is not allowed there
  ['1130', ['refused', 'account']], // the ttl
  ['1140', ['refused', 'account']], // a facility that is not enabled
  ['1150', ['refused', 'account']], // the class of the message
  ['1160', ['refused', 'number']], // a trial account, and a number not on its list
  ['1170', ['rejected', 'number']], // no valid number
  ['1180', ['rejected', 'number']], // the phone is out of reach
  ['1190', ['rejected', 'number']], // nobody has the number any more
  ['1210', ['refused', 'number']], // taken for spam
  ['1220', ['rejected', 'number']], // the phone is busy
  ['1230', ['unavailable', 'number']], // the network of the number
  ['1240', ['rejected', 'number']], // the person asked for no more messages
  ['1241', ['throttled', 'number']], // too many to this person
  ['1250', ['refused', 'number']], // no route
  ['1260', ['refused', 'number']], // the destination cannot be reached
  ['1270', ['rejected', 'number']], // a minimum age
  ['1280', ['refused', 'number']], // blocked by the carrier
  ['1290', ['rejected', 'number']], // the person has no credit
  ['1300', ['refused', 'number']], // not of the network
  ['1360', ['rejected', 'number']], // too late
  ['1370', ['refused', 'account']], // the token has expired
  ['1420', ['refused', 'account']], // the sender is not valid
  ['1460', ['throttled', 'account']], // the daily maximum
  ['1470', ['refused', 'number']], // taken for fraud
]);

/** The final states; `submitted` is not final, and an expired message is `rejected`. */
const states = new Map<unknown, Receipt['state']>([
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['rejected', 'failed'],
  ['undeliverable', 'failed'],
]);

/** The maximum age of a callback's signature in seconds, and the maximum clock skew. */
const signatureToleranceSeconds = 300;

/**
 * Vonage by its Messages API (https://developer.vonage.com/en/api/messages), and not by the older SMS API, whose
 * receipts are signed only at the request of the support, and with MD5 by default. The Messages API always signs with
 * SHA-256 (https://developer.vonage.com/en/getting-started/concepts/webhooks), if an application sends and not an API
 * key.
 */
export function vonageProvider(settings: VonageSettings): Provider {
  const key = createPrivateKey(settings.privateKey);
  const { signatureSecret } = settings;
  return {
    name: 'vonage',
    channel: 'sms',
    async send(message, signal) {
      const url = `${settings.baseUrl}/v1/messages`;
      const authorization = `Bearer ${createJwt(settings.applicationId, key)}`;
      const response = await postJson(url, requestBody(settings, message), signal, { authorization });
      return response.ok ? parseResponse(response.status, parseJson(response.body)) : response;
    },
    ...(signatureSecret && { callback: (call: CallbackRequest) => parseCallback(signatureSecret, call) }),
    async close() {},
  };
}

function requestBody({ from, publicUrl }: VonageSettings, message: Message): object {
  return {
    channel: 'sms',
    message_type: 'text',
    to: message.to.slice(1),
    from,
    text: message.text,
    ttl: Math.max(message.expiresIn, 20),
    client_ref: message.id,
    ...(publicUrl?.startsWith('https:')
      ? { webhook_url: new URL('/callbacks/vonage', publicUrl).href, webhook_version: 'v1' }
      : {}),
  };
}

/** https://developer.vonage.com/en/getting-started/concepts/authentication#json-web-tokens */
function createJwt(applicationId: string, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { application_id: applicationId, iat: now, exp: now + signatureToleranceSeconds, jti: randomUUID() };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function parseResponse(status: number, body: unknown): Sent {
  const { message_uuid: reference, type } = recordOf(body);
  if (status < 200 || status > 299) {
    const code = fragmentOf(type);
    const errorClass = vonageErrors.get(code);
    return errorClass ? errorFor(errorClass, `Vonage: ${code}`) : errorForCode(code, status);
  }
  if (typeof reference !== 'string' || reference === '') {
    return { ok: false, error: 'unknown', reason: 'Vonage: an answer that cannot be read' };
  }
  return { ok: true, reference };
}

function parseCallback(secret: string, call: CallbackRequest): CallbackResult {
  if (!isSigned(secret, call)) return { ok: false, error: 'unauthenticated' };
  const body = parseJson(call.body.toString());
  const statuses = (Array.isArray(body) ? body : [body]).map(recordOf);
  const isWhole = ({ message_uuid: reference }: Record<string, unknown>) => typeof reference === 'string' && reference;
  if (statuses.length === 0 || !statuses.every(isWhole)) return { ok: false, error: 'malformed' };
  return { ok: true, receipts: statuses.flatMap(receiptIn) };
}

function receiptIn({ message_uuid: reference, status, error }: Record<string, unknown>): Receipt[] {
  const state = states.get(status);
  if (!state) return [];
  return [{ reference: String(reference), state, ...(state === 'failed' ? { reason: reasonOf(error, status) } : {}) }];
}

/** The reason of an error: the code is the title, a number or a text, and mostly the fragment of the type as well. */
function reasonOf(error: unknown, status: unknown): string {
  const { title, type } = recordOf(error);
  return [String(title), fragmentOf(type)].find((code) => /^\d{1,5}$/.test(code)) ?? String(status);
}

function fragmentOf(type: unknown): string {
  return typeof type === 'string' ? (type.split('#')[1] ?? '') : '';
}

/**
 * https://developer.vonage.com/en/getting-started/concepts/webhooks: a JWT of HS256 with the hash of the body. The
 * algorithm in its header is ignored, as no other is computed.
 */
function isSigned(secret: string, { headers, body }: CallbackRequest): boolean {
  const [, header = '', claims = '', signature] =
    /^\s*Bearer\s+([\w-]+)\.([\w-]+)\.([\w-]+)\s*$/i.exec(headers.authorization?.toString() ?? '') ?? [];
  const mac = createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url');
  if (signature === undefined || !sameBytes(Buffer.from(signature), Buffer.from(mac))) return false;
  const { iat, payload_hash: hash } = recordOf(parseJson(Buffer.from(claims, 'base64url').toString()));
  const isRecent = typeof iat === 'number' && Math.abs(Date.now() / 1000 - iat) <= signatureToleranceSeconds;
  return isRecent && String(hash).toLowerCase() === createHash('sha256').update(body).digest('hex');
}
