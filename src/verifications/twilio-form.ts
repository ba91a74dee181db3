import { isIP } from 'node:net';
import type { Request } from '../http/server.ts';
import type { PhoneNumber, PhoneNumberRefusal } from '../kit/phone-number.ts';
import type { VerificationKey } from './find-verification.ts';
import type { Verification } from './verification.ts';

/** The fields of a form by their names; of a repeated one the first. */
export type TwilioFields = ReadonlyMap<string, string>;

/** Parses a form; a body that is none has no fields. */
export function fieldsOf(body: unknown): TwilioFields {
  if (typeof body !== 'string') return new Map();
  return new Map([...new URLSearchParams(body)].toReversed());
}

/** The user and the password of HTTP Basic authentication (RFC 7617); undefined without one. */
export function basicCredentials({ headers }: Request): { username: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(headers.authorization ?? '')?.[1];
  const [, username = '', password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return password === undefined ? undefined : { username, password };
}

/** The address of the person's device, if the form names one. */
export function clientIpIn(fields: TwilioFields): string | undefined | 'invalid' {
  const text = fields.get('DeviceIp');
  return text === undefined || isIP(text) ? text : 'invalid';
}

/** The verification that a SID names, or the pending one of a phone number; undefined for any other text. */
export function keyOfSid(
  text: string,
  parse: (text: string) => { readonly ok: true; readonly phoneNumber: PhoneNumber } | PhoneNumberRefusal,
): VerificationKey | undefined {
  const [, a, b, c, d, e] = /^VE([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(text) ?? [];
  if (a !== undefined) return { id: [a, b, c, d, e].join('-').toLowerCase() };
  const number = text.startsWith('+') ? parse(text) : undefined;
  return number?.ok ? { phoneNumber: number.phoneNumber } : undefined;
}

/** A verification as Twilio tells it, to any of its calls. */
export function toTwilioJson(
  { id, phone_number: to, channel, status, sent, created_at: createdAt, changed_at: changedAt }: Verification,
  { service, account, publicUrl }: { readonly service: string; readonly account: string; readonly publicUrl: string },
) {
  const sid = `VE${id.replaceAll('-', '')}`;
  return {
    sid,
    service_sid: service,
    account_sid: /^[A-Z]{2}[0-9a-f]{32}$/.test(account) ? account : null,
    to,
    channel,
    status,
    valid: status === 'approved',
    lookup: {},
    amount: null,
    payee: null,
    sna: null,
    send_code_attempts: Array.from({ length: sent }, () => ({ channel })),
    sna_attempts_error_codes: [],
    date_created: createdAt.toISOString(),
    date_updated: changedAt.toISOString(),
    url: `${publicUrl}/v2/Services/${service}/Verifications/${sid}`,
  };
}
