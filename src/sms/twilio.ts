import { createHash, createHmac } from 'node:crypto';
import { recordOf } from '../kit/record.ts';
import { sameBytes } from '../kit/secret.ts';
import { type Field, fieldOf, isBodyless, parseForm, queryOf } from './callback-form.ts';
import { type ErrorClass, errorFor } from './error-class.ts';
import { errorForCode, parseJson, postForm } from './http-call.ts';
import type { CallbackRequest, CallbackResult, Message, Provider, Receipt, Sent } from './provider.ts';

/** An account at Twilio. */
export interface TwilioSettings {
  /** `https://api.twilio.com`, or a regional one. */
  readonly baseUrl: string;
  readonly accountSid: string;
  /** Authenticates us at Twilio, and its callbacks here. */
  readonly authToken: string;
  /** A number or a name to send from; optional with a messaging service. */
  readonly from?: string | undefined;
  readonly messagingServiceSid?: string | undefined;
  /** Our origin for callbacks, used only if it is HTTPS. */
  readonly publicUrl?: string | undefined;
}

/**
 * https://www.twilio.com/docs/api/errors, the part about sending, each with its class and its subject; an unlisted code
 * is classified by the HTTP status. An error that depends on the destination or on the text is about the number.
 */
export const twilioErrors: Readonly<Record<number, ErrorClass>> = {
  10001: ['refused', 'account'], // the account is not active
  14107: ['throttled', 'number'], // too many between these two numbers
  20001: ['refused', 'account'], // an unknown parameter
  20003: ['refused', 'account'], // permission denied, wrong token
  20005: ['refused', 'account'], // the account is not active
  20006: ['refused', 'account'], // access denied
  20008: ['refused', 'account'], // not with test credentials
  20010: ['refused', 'account'], // the account is suspended
  20404: ['refused', 'account'], // no such account
  20429: ['throttled', 'account'], // too many requests
  20500: ['unavailable', 'provider'], // an error at Twilio
  20503: ['unavailable', 'provider'], // out of order for now
  21211: ['rejected', 'number'], // no valid number
  21212: ['refused', 'account'], // From is no number
  21217: ['rejected', 'number'], // no valid number
  21219: ['refused', 'number'], // a trial account, and an unverified number
  21265: ['rejected', 'number'], // a short code
  21266: ['rejected', 'number'], // From itself
  21267: ['refused', 'account'], // a name as From is not for this account
  21401: ['rejected', 'number'], // no valid number
  21407: ['rejected', 'number'], // this kind of number takes no SMS
  21408: ['refused', 'number'], // the country is not enabled
  21601: ['refused', 'account'], // From cannot send SMS
  21602: ['rejected', 'number'], // no text
  21603: ['refused', 'account'], // From is missing
  21604: ['rejected', 'number'], // no number
  21605: ['rejected', 'number'], // the text is too long
  21606: ['refused', 'number'], // From is not ours, or cannot send to this destination
  21607: ['refused', 'account'], // From cannot be used
  21608: ['refused', 'number'], // a trial account, and an unverified number
  21609: ['refused', 'account'], // the callback URL is not valid
  21610: ['rejected', 'number'], // the person asked for no more messages
  21611: ['throttled', 'account'], // the queue of From is full
  21612: ['refused', 'number'], // no route from this From to this number
  21614: ['rejected', 'number'], // no mobile number
  21617: ['rejected', 'number'], // the text is too long
  21619: ['rejected', 'number'], // no text
  21635: ['rejected', 'number'], // a landline
  21659: ['refused', 'number'], // From is not ours, or a short code of another country
  21660: ['refused', 'account'], // From is of another account
  21661: ['refused', 'account'], // From cannot send SMS
  21701: ['refused', 'account'], // no such messaging service
  21703: ['refused', 'account'], // the messaging service has no sender
  21704: ['refused', 'account'], // the messaging service has no sender
  21705: ['refused', 'account'], // the messaging service is not valid
  30001: ['throttled', 'account'], // the queue is full
  30002: ['refused', 'account'], // the account is suspended
  30003: ['rejected', 'number'], // the handset cannot be reached
  30004: ['rejected', 'number'], // blocked by the person or the carrier
  30005: ['rejected', 'number'], // no such handset
  30006: ['rejected', 'number'], // a landline, or a carrier out of reach
  30007: ['refused', 'number'], // filtered by the carrier
  30008: ['rejected', 'number'], // for an unknown reason
  30010: ['refused', 'number'], // more expensive than the maximum price
  30017: ['unavailable', 'number'], // the carrier is congested
  30018: ['refused', 'number'], // the carrier wants the sender to be registered
  30022: ['throttled', 'account'], // the rate of the campaign
  30023: ['throttled', 'account'], // the daily maximum of a carrier
  30024: ['refused', 'number'], // the sender is not known to this carrier
  30027: ['throttled', 'account'], // the daily maximum of a carrier
  30032: ['refused', 'number'], // the toll-free sender is not verified, which some countries want
  30033: ['refused', 'number'], // the campaign is suspended, which one country wants
  30034: ['refused', 'number'], // the sender is not registered (A2P 10DLC), which one country wants
  30035: ['refused', 'number'], // the campaign is not ready yet
  30036: ['rejected', 'number'], // too late
  30037: ['refused', 'account'], // sending is disabled
  30038: ['refused', 'number'], // the code in the text was filtered
  30450: ['refused', 'number'], // taken for pumped traffic
  30453: ['refused', 'number'], // taken for pumped traffic
  30454: ['refused', 'number'], // the country is not enabled
  63038: ['throttled', 'account'], // the daily maximum of the provider account
};

/** The final states; `canceled`, `queued`, `sending`, `sent` and `accepted` are not final. */
const states = new Map<string, Receipt['state']>([
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['undelivered', 'failed'],
  ['failed', 'failed'],
]);

/**
 * Twilio's Programmable Messaging (https://www.twilio.com/docs/messaging/api/message-resource). Status callbacks are
 * signed as in https://www.twilio.com/docs/usage/security#validating-requests; no time is part of that signature.
 */
export function twilioProvider(settings: TwilioSettings): Provider {
  const { accountSid, authToken } = settings;
  return {
    name: 'twilio',
    channel: 'sms',
    async send(message, signal) {
      const url = `${settings.baseUrl}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
      const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
      const response = await postForm(url, requestForm(settings, message), signal, { authorization });
      return response.ok ? parseResponse(response.status, parseJson(response.body)) : response;
    },
    callback: (call) => parseCallback(settings, call),
    async close() {},
  };
}

function requestForm(
  { from, messagingServiceSid, publicUrl }: TwilioSettings,
  message: Message,
): Record<string, string> {
  return {
    To: message.to,
    Body: message.text,
    // a longer or shorter validity period is refused
    ValidityPeriod: String(Math.min(Math.max(message.expiresIn, 1), 36_000)),
    ...(from ? { From: from } : {}),
    ...(messagingServiceSid ? { MessagingServiceSid: messagingServiceSid } : {}),
    ...(publicUrl?.startsWith('https:') ? { StatusCallback: new URL('/callbacks/twilio', publicUrl).href } : {}),
  };
}

function parseResponse(status: number, body: unknown): Sent {
  const response = recordOf(body);
  if (status < 200 || status > 299)
    return errorFrom(response.code) ?? errorForCode(Number(response.code) || '', status);
  const { sid, num_segments: segments, status: state, error_code: code } = response;
  if (state === 'failed') return errorFrom(code) ?? { ok: false, error: 'rejected', reason: 'Twilio: failed' };
  if (typeof sid !== 'string' || sid === '') {
    return { ok: false, error: 'unknown', reason: 'Twilio: an answer that cannot be read' };
  }
  // a messaging service counts the segments later, and returns 0 until then
  return { ok: true, reference: sid, segments: Number(segments) || undefined };
}

function errorFrom(code: unknown): Sent | undefined {
  const errorClass = typeof code === 'number' ? twilioErrors[code] : undefined;
  return errorClass && errorFor(errorClass, `Twilio ${code}`);
}

function parseCallback({ authToken, publicUrl }: TwilioSettings, call: CallbackRequest): CallbackResult {
  const signature = call.headers['x-twilio-signature'];
  const form = parseForm(call);
  if (typeof signature !== 'string' || !isSigned(authToken, call, publicUrl, signature.trim())) {
    return { ok: false, error: 'unauthenticated' };
  }
  const reference = fieldOf(form, 'MessageSid') || fieldOf(form, 'SmsSid');
  const status = fieldOf(form, 'MessageStatus') || fieldOf(form, 'SmsStatus');
  if (!reference || !status) return { ok: false, error: 'malformed' };
  const state = states.get(status);
  if (!state) return { ok: true, receipts: [] };
  const code = fieldOf(form, 'ErrorCode');
  const reason = /^\d{1,6}$/.test(code) ? code : status;
  return { ok: true, receipts: [{ reference, state, ...(state === 'failed' ? { reason } : {}) }] };
}

/**
 * Checks the signature. It covers the URL and every parameter of a form. For another body it covers the URL alone,
 * whose query has the hash of the body; for a GET, the URL with its query.
 */
function isSigned(authToken: string, call: CallbackRequest, publicUrl: string | undefined, signature: string): boolean {
  const bodyHash = queryOf(call.url).get('bodySHA256');
  if (bodyHash !== null && bodyHash.toLowerCase() !== createHash('sha256').update(call.body).digest('hex'))
    return false;
  const parameters = isBodyless(call.method) || bodyHash !== null ? '' : parametersOf(parseForm(call));
  return urls(call.url, publicUrl).some((url) => {
    const mac = createHmac('sha1', authToken).update(`${url}${parameters}`).digest('base64');
    return sameBytes(Buffer.from(signature), Buffer.from(mac));
  });
}

/**
 * The URLs that may have been signed: that of the request, and the configured one, which a proxy may have changed.
 * Twilio signs with the port, without it or with the default one.
 */
function urls(url: string, publicUrl: string | undefined): string[] {
  if (!URL.canParse(url)) return [];
  const configured = publicUrl && new URL(`/callbacks/twilio${new URL(url).search}`, publicUrl).href;
  return [url, ...(configured ? [configured] : [])].flatMap((candidate) => {
    const { protocol, hostname, port, pathname, search } = new URL(candidate);
    const rest = `${pathname}${search}`;
    const standard = protocol === 'https:' ? '443' : '80';
    return [candidate, `${protocol}//${hostname}${rest}`, `${protocol}//${hostname}:${port || standard}${rest}`];
  });
}

/** Joins every parameter, name and value, in the order of the names; a duplicate value counts once. */
function parametersOf(form: readonly Field[]): string {
  const names = [...new Set(form.map(([name]) => name))].sort();
  const valuesOf = (name: string) =>
    [...new Set(form.filter(([key]) => key === name).map(([, value]) => value))].sort();
  return names.flatMap((name) => valuesOf(name).map((value) => name + value)).join('');
}
