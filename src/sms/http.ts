import { Webhook } from 'standardwebhooks';
import { recordOf } from '../kit/record.ts';
import { callHttp, errorForStatus, parseJson } from './http-call.ts';
import type { CallbackRequest, CallbackResult, Message, Provider, Receipt } from './provider.ts';

/** Any HTTP gateway, described by templates. */
export interface HttpSettings {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  /** A template with `{to}`, `{text}`, `{code}`, `{language}`, `{id}` and `{expires_in}`. Empty with `GET`. */
  readonly body: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** `whsec_…`: signs our requests, and verifies the signed receipts (Standard Webhooks 1.0). */
  readonly signingSecret?: string | undefined;
}

const placeholder = /\{(to|text|code|language|id|expires_in)\}/g;

/**
 * Any HTTP gateway: the URL, the headers and the body, JSON or form, are templates. Any 2xx is acceptance, with the
 * member `id`, `message_id` or `reference` of a JSON response as its reference, else the id of the attempt. With a
 * signing secret it is a company's own sender: each message is signed by https://www.standardwebhooks.com and so are
 * its receipts, `{"reference", "state": "delivered" or "failed", "reason"?}`, or an array of them.
 */
export function httpProvider(settings: HttpSettings): Provider {
  const webhook = settings.signingSecret === undefined ? undefined : new Webhook(settings.signingSecret);
  const form = Object.entries(settings.headers).some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.includes('x-www-form-urlencoded'),
  );
  return {
    name: 'http',
    channel: 'sms',
    async send(message, signal) {
      const body = settings.method === 'GET' ? undefined : fillTemplate(settings.body, message, form ? inUrl : inJson);
      const response = await callHttp(
        {
          method: settings.method,
          url: fillTemplate(settings.url, message, inUrl),
          headers: {
            'content-type': 'application/json',
            ...settings.headers,
            ...(settings.token ? { authorization: `Bearer ${settings.token}` } : {}),
            ...(webhook && signatureHeaders(webhook, message.id, body ?? '')),
          },
          ...(body === undefined ? {} : { body }),
        },
        signal,
      );
      if (!response.ok) return response;
      if (response.status < 200 || response.status > 299) return errorForStatus(response.status);
      return { ok: true, reference: referenceIn(response.body) ?? message.id };
    },
    ...(webhook && { callback: (call: CallbackRequest) => parseReceipts(webhook, call) }),
    async close() {},
  };
}

function fillTemplate(template: string, message: Message, escaped: (value: string) => string): string {
  const values = { ...message, expires_in: String(message.expiresIn) };
  return template.replace(placeholder, (_, name: keyof typeof values) => escaped(String(values[name])));
}

/** Percent-encoding, as within a form or a query. */
const inUrl = encodeURIComponent;

/** Escapes a value within the quotes of a JSON text. */
function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function signatureHeaders(webhook: Webhook, id: string, body: string): Record<string, string> {
  const now = new Date();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': webhook.sign(id, now, body),
  };
}

function referenceIn(body: string): string | undefined {
  const { id, message_id: messageId, reference } = recordOf(parseJson(body));
  const foundId = [reference, messageId, id].find(
    (candidate) => typeof candidate === 'string' || typeof candidate === 'number',
  );
  return foundId === undefined ? undefined : String(foundId).slice(0, 200);
}

function parseReceipts(webhook: Webhook, call: CallbackRequest): CallbackResult {
  try {
    webhook.verify(call.body.toString(), call.headers as Record<string, string>);
  } catch {
    return { ok: false, error: 'unauthenticated' };
  }
  const body = parseJson(call.body.toString());
  const receipts = (Array.isArray(body) ? body : [body]).map(receiptIn);
  const read = receipts.filter((receipt) => receipt !== undefined);
  if (receipts.length === 0 || read.length < receipts.length) return { ok: false, error: 'malformed' };
  return { ok: true, receipts: read };
}

function receiptIn(value: unknown): Receipt | undefined {
  const { reference: receiptReference, state, reason } = recordOf(value);
  const reference = typeof receiptReference === 'number' ? String(receiptReference) : receiptReference;
  if (typeof reference !== 'string' || (state !== 'delivered' && state !== 'failed')) return undefined;
  return { reference, state, ...(typeof reason === 'string' ? { reason } : {}) };
}
