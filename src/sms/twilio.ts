import { createHash, createHmac } from 'node:crypto';
import { sameBytes } from '../kit/secret.ts';
import { type Field, fieldOf, isBodyless, queryOf, readForm } from './callback-form.ts';
import { postForm, readJson, sentByStatus } from './http-call.ts';
import type { CallbackAnswer, CallbackCall, Message, Provider, Receipt, SendError, Sent } from './provider.ts';

/** An account at Twilio. */
export interface TwilioSettings {
  /** `https://api.twilio.com`, or that of a region. */
  readonly baseUrl: string;
  readonly accountSid: string;
  /** Authenticates us there, and their callbacks here. */
  readonly authToken: string;
  /** A number or a name to send from; not needed where a messaging service picks one. */
  readonly from?: string | undefined;
  readonly messagingServiceSid?: string | undefined;
  /** Our origin, where they call back; they are told of no other than one of HTTPS. */
  readonly publicUrl?: string | undefined;
}

/** https://www.twilio.com/docs/api/errors, so far as it concerns sending; anything else goes by the HTTP status. */
const classes: Readonly<Record<number, SendError>> = {
  20003: 'refused', // permission denied, wrong token
  20005: 'refused', // the account is not active
  20006: 'refused', // access denied
  20008: 'refused', // not with test credentials
  20404: 'refused', // no such account
  21212: 'refused', // From is no number
  21408: 'refused', // the country is not enabled
  21603: 'refused', // From is missing
  21606: 'refused', // From is not ours, or cannot send
  21608: 'refused', // a trial account, and an unverified number
  21609: 'refused', // the callback URL is not valid
  21612: 'refused', // no route from this From to this number
  21659: 'refused', // From is not ours
  21660: 'refused', // From is of another account
  21661: 'refused', // From cannot send SMS
  21701: 'refused', // no such messaging service
  21703: 'refused', // the messaging service has no sender
  21704: 'refused', // the messaging service has no sender
  21705: 'refused', // the messaging service is not valid
  30002: 'refused', // the account is suspended
  30007: 'refused', // filtered by the carrier
  30032: 'refused', // the toll-free sender is not verified
  30034: 'refused', // the sender is not registered (A2P 10DLC)
  14107: 'throttled', // too many between these two numbers
  20429: 'throttled', // too many requests
  21611: 'throttled', // the queue of From is full
  30001: 'throttled', // the queue is full
  30022: 'throttled', // the rate of the campaign
  63038: 'throttled', // the daily limit of the account
  21211: 'rejected', // no valid number
  21265: 'rejected', // a short code
  21266: 'rejected', // From itself
  21602: 'rejected', // no text
  21604: 'rejected', // no number
  21610: 'rejected', // the person asked for no more messages
  21614: 'rejected', // no mobile number
  21617: 'rejected', // the text is too long
  21635: 'rejected', // a landline
  30003: 'rejected', // the handset cannot be reached
  30004: 'rejected', // blocked by the person or the carrier
  30005: 'rejected', // no such handset
  30006: 'rejected', // a landline, or a carrier out of reach
};

/** `canceled`, `queued`, `sending`, `sent` and `accepted` are not the end. */
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
      const answer = await postForm(url, form(settings, message), signal, { authorization });
      return answer.ok ? readSent(answer.status, readJson(answer.body)) : answer;
    },
    callback: (call) => readStatus(settings, call),
    async close() {},
  };
}

function form({ from, messagingServiceSid, publicUrl }: TwilioSettings, message: Message): Record<string, string> {
  return {
    To: message.to,
    Body: message.text,
    // a longer or shorter stay in the queue is not taken
    ValidityPeriod: String(Math.min(Math.max(message.expiresIn, 1), 36_000)),
    ...(from ? { From: from } : {}),
    ...(messagingServiceSid ? { MessagingServiceSid: messagingServiceSid } : {}),
    ...(publicUrl?.startsWith('https:') ? { StatusCallback: new URL('/callbacks/twilio', publicUrl).href } : {}),
  };
}

function readSent(status: number, body: unknown): Sent {
  const said = (body ?? {}) as Record<string, unknown>;
  if (status < 200 || status > 299) return failed(said.code) ?? sentByStatus(status);
  const { sid, num_segments: segments, status: state, error_code: code } = said;
  if (state === 'failed') return failed(code) ?? { ok: false, error: 'rejected', why: 'Twilio: failed' };
  if (typeof sid !== 'string' || sid === '') {
    return { ok: false, error: 'unknown', why: 'Twilio: an answer that cannot be read' };
  }
  // a messaging service counts them later, and says 0 until then
  return { ok: true, reference: sid, segments: Number(segments) || undefined };
}

function failed(code: unknown): Sent | undefined {
  const error = typeof code === 'number' ? classes[code] : undefined;
  return error && { ok: false, error, why: `Twilio ${code}` };
}

function readStatus({ authToken, publicUrl }: TwilioSettings, call: CallbackCall): CallbackAnswer {
  const given = call.headers['x-twilio-signature'];
  const form = readForm(call);
  if (typeof given !== 'string' || !isSigned(authToken, call, publicUrl, given.trim())) {
    return { ok: false, error: 'unauthenticated' };
  }
  const reference = fieldOf(form, 'MessageSid') || fieldOf(form, 'SmsSid');
  const status = fieldOf(form, 'MessageStatus') || fieldOf(form, 'SmsStatus');
  if (!reference || !status) return { ok: false, error: 'malformed' };
  const state = states.get(status);
  if (!state) return { ok: true, receipts: [] };
  const code = fieldOf(form, 'ErrorCode');
  const why = /^\d{1,6}$/.test(code) ? code : status;
  return { ok: true, receipts: [{ reference, state, ...(state === 'failed' ? { why } : {}) }] };
}

/**
 * The signature covers the URL, and of a form every parameter; of another body the URL alone, whose query has the hash
 * of the body then, and of a GET the URL with its query.
 */
function isSigned(authToken: string, call: CallbackCall, publicUrl: string | undefined, given: string): boolean {
  const bodyHash = queryOf(call.url).get('bodySHA256');
  if (bodyHash !== null && bodyHash.toLowerCase() !== createHash('sha256').update(call.body).digest('hex'))
    return false;
  const said = isBodyless(call.method) || bodyHash !== null ? '' : parametersOf(readForm(call));
  return urls(call.url, publicUrl).some((url) => {
    const mac = createHmac('sha1', authToken).update(`${url}${said}`).digest('base64');
    return sameBytes(Buffer.from(given), Buffer.from(mac));
  });
}

/**
 * The URLs that they may have signed: that under which the call came, and the one that they were told, which a proxy may
 * have changed. Whether they sign with the port, without it or with the default one is not constant.
 */
function urls(url: string, publicUrl: string | undefined): string[] {
  if (!URL.canParse(url)) return [];
  const told = publicUrl && new URL(`/callbacks/twilio${new URL(url).search}`, publicUrl).href;
  return [url, ...(told ? [told] : [])].flatMap((one) => {
    const { protocol, hostname, port, pathname, search } = new URL(one);
    const rest = `${pathname}${search}`;
    const standard = protocol === 'https:' ? '443' : '80';
    return [one, `${protocol}//${hostname}${rest}`, `${protocol}//${hostname}:${port || standard}${rest}`];
  });
}

/** Every parameter, name and value, in the order of the names; a value that comes twice counts once. */
function parametersOf(form: readonly Field[]): string {
  const names = [...new Set(form.map(([name]) => name))].sort();
  const valuesOf = (name: string) =>
    [...new Set(form.filter(([one]) => one === name).map(([, value]) => value))].sort();
  return names.flatMap((name) => valuesOf(name).map((value) => name + value)).join('');
}
