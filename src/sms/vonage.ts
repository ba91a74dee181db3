import { createHash, createHmac, createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { sameBytes } from '../kit/secret.ts';
import { postJson, readJson, sentByStatus } from './http-call.ts';
import type { CallbackAnswer, CallbackCall, Message, Provider, Receipt, SendError, Sent } from './provider.ts';

/** An application at Vonage. */
export interface VonageSettings {
  /** `https://api.nexmo.com`, or that of a region. */
  readonly baseUrl: string;
  readonly applicationId: string;
  /** Of the application, in PEM. */
  readonly privateKey: string;
  /** A number without plus, or a name. */
  readonly from: string;
  /** Of the account; authenticates their callbacks here. There are none without it. */
  readonly signatureSecret?: string | undefined;
  /** Our origin, where they call back; they are told of no other than one of HTTPS. */
  readonly publicUrl?: string | undefined;
}

/**
 * The fragments of the error types at https://developer.vonage.com/api-errors and
 * https://developer.vonage.com/api-errors/messages, so far as they concern sending an SMS; anything else goes by the
 * HTTP status. What may be wrong with our request is our account, as nothing was sent.
 */
const classes = new Map<string, SendError>([
  ['account-suspended', 'refused'],
  ['forbidden', 'refused'],
  ['invalid-api-key', 'refused'],
  ['invalid-params', 'refused'],
  ['invalid-signature', 'refused'],
  ['jwt-expired', 'refused'],
  ['jwt-revoked', 'refused'],
  ['low-balance', 'refused'],
  ['unauthorized', 'refused'],
  ['unprovisioned', 'refused'],
  ['1010', 'refused'], // a parameter is missing
  ['1020', 'refused'], // the value of a parameter
  ['1060', 'refused'], // the account is barred
  ['1070', 'refused'], // no credit
  ['1080', 'refused'], // the account is not for HTTP
  ['1110', 'refused'], // the signature
  ['1120', 'refused'], // the sender is not allowed there
  ['1130', 'refused'], // the ttl
  ['1140', 'refused'], // a facility that is not enabled
  ['1150', 'refused'], // the class of the message
  ['1160', 'refused'], // a trial account, and a number not on its list
  ['1210', 'refused'], // taken for spam
  ['1250', 'refused'], // no route
  ['1000', 'throttled'],
  ['throttled', 'throttled'],
  ['1040', 'rejected'], // an unknown prefix
  ['1050', 'rejected'], // the number is barred
  ['1090', 'rejected'], // the text is too long
  ['1170', 'rejected'], // no valid number
  ['1240', 'rejected'], // the person asked for no more messages
  ['1030', 'unavailable'], // an internal error
  ['1100', 'unavailable'], // could not be passed on
]);

/** `submitted` is not the end; a message that expired is `rejected`. */
const states = new Map<unknown, Receipt['state']>([
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['rejected', 'failed'],
  ['undeliverable', 'failed'],
]);

/** A callback is signed when it is made; older or newer than this it is not believed. */
const windowSeconds = 300;

/**
 * Vonage by its Messages API (https://developer.vonage.com/en/api/messages), and not by the older SMS API, whose
 * receipts are signed on request to the support alone, with MD5 if nobody chose better. Here they are always signed by
 * SHA-256 (https://developer.vonage.com/en/getting-started/concepts/webhooks), if an application and not an API key is
 * who sends.
 */
export function vonageProvider(settings: VonageSettings): Provider {
  const key = createPrivateKey(settings.privateKey);
  const { signatureSecret } = settings;
  return {
    name: 'vonage',
    channel: 'sms',
    async send(message, signal) {
      const url = `${settings.baseUrl}/v1/messages`;
      const authorization = `Bearer ${ownToken(settings.applicationId, key)}`;
      const answer = await postJson(url, asked(settings, message), signal, { authorization });
      return answer.ok ? readSent(answer.status, readJson(answer.body)) : answer;
    },
    ...(signatureSecret && { callback: (call: CallbackCall) => readStatus(signatureSecret, call) }),
    async close() {},
  };
}

function asked({ from, publicUrl }: VonageSettings, message: Message): object {
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
function ownToken(applicationId: string, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { application_id: applicationId, iat: now, exp: now + windowSeconds, jti: randomUUID() };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function readSent(status: number, body: unknown): Sent {
  const { message_uuid: reference, type } = asRecord(body);
  if (status < 200 || status > 299) {
    const code = fragmentOf(type);
    const error = classes.get(code);
    return error ? { ok: false, error, why: `Vonage: ${code}` } : sentByStatus(status);
  }
  if (typeof reference !== 'string' || reference === '') {
    return { ok: false, error: 'unknown', why: 'Vonage: an answer that cannot be read' };
  }
  return { ok: true, reference };
}

function readStatus(secret: string, call: CallbackCall): CallbackAnswer {
  if (!isSigned(secret, call)) return { ok: false, error: 'unauthenticated' };
  const body = readJson(call.body.toString());
  const statuses = (Array.isArray(body) ? body : [body]).map(asRecord);
  const isWhole = ({ message_uuid: reference }: Record<string, unknown>) => typeof reference === 'string' && reference;
  if (statuses.length === 0 || !statuses.every(isWhole)) return { ok: false, error: 'malformed' };
  return { ok: true, receipts: statuses.flatMap(receiptIn) };
}

function receiptIn({ message_uuid: reference, status, error }: Record<string, unknown>): Receipt[] {
  const state = states.get(status);
  if (!state) return [];
  return [{ reference: String(reference), state, ...(state === 'failed' ? { why: whyOf(error, status) } : {}) }];
}

/** The code is the title, a number or a text, and mostly the fragment of the type as well. */
function whyOf(error: unknown, status: unknown): string {
  const { title, type } = asRecord(error);
  return [String(title), fragmentOf(type)].find((code) => /^\d{1,5}$/.test(code)) ?? String(status);
}

function fragmentOf(type: unknown): string {
  return typeof type === 'string' ? (type.split('#')[1] ?? '') : '';
}

/**
 * https://developer.vonage.com/en/getting-started/concepts/webhooks: a JWT of HS256 with the hash of the body. The
 * algorithm that its header names is not asked, as no other is computed.
 */
function isSigned(secret: string, { headers, body }: CallbackCall): boolean {
  const [, header = '', claims = '', given] =
    /^\s*Bearer\s+([\w-]+)\.([\w-]+)\.([\w-]+)\s*$/i.exec(headers.authorization?.toString() ?? '') ?? [];
  const mac = createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url');
  if (given === undefined || !sameBytes(Buffer.from(given), Buffer.from(mac))) return false;
  const { iat, payload_hash: hash } = asRecord(readJson(Buffer.from(claims, 'base64url').toString()));
  const fresh = typeof iat === 'number' && Math.abs(Date.now() / 1000 - iat) <= windowSeconds;
  return fresh && String(hash).toLowerCase() === createHash('sha256').update(body).digest('hex');
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
