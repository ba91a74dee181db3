import type { ActRefusal } from '../operators/actor.ts';

/** The types of events that an endpoint may ask for. */
export const eventTypes = [
  'user.created',
  'user.updated',
  'user.blocked',
  'user.erased',
  'session.created',
  'session.revoked',
  'invite.redeemed',
  'code.sent',
  'code.failed',
] as const;
/** The type of an event. */
export type EventType = (typeof eventTypes)[number];

/** The choices for an endpoint. */
export interface EndpointInput {
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  /** Whether the phone number is in its events. */
  readonly withNumbers: boolean;
}

/** The refusal of an act on webhooks. */
export type WebhookRefusal =
  | ActRefusal
  | { readonly code: 'webhook_unknown' }
  | { readonly code: 'webhooks_too_many'; readonly max: number }
  | { readonly code: 'webhook_url_invalid' }
  | { readonly code: 'webhook_url_not_https' }
  | { readonly code: 'webhook_event_unknown'; readonly event: string }
  | { readonly code: 'webhook_events_missing' }
  | { readonly code: 'webhook_description_invalid' }
  | { readonly code: 'unknown_cursor' };

/** The maximum of endpoints. */
export const maxEndpoints = 100;
const maxUrl = 2000;

/** Why these choices are refused; undefined if they are not. Plain HTTP is only for networks that are allowed by hand. */
export function checkEndpoint(input: Partial<EndpointInput>, isPlainAllowed: boolean): WebhookRefusal | undefined {
  const { url, events, description } = input;
  if (url !== undefined) {
    if (url.length > maxUrl || !URL.canParse(url)) return { code: 'webhook_url_invalid' };
    const { protocol, username, password, hash } = new URL(url);
    if (username || password || hash || !['https:', 'http:'].includes(protocol)) return { code: 'webhook_url_invalid' };
    if (protocol === 'http:' && !isPlainAllowed) return { code: 'webhook_url_not_https' };
  }
  if (events?.length === 0) return { code: 'webhook_events_missing' };
  const unknown = events?.find((event) => !eventTypes.some((type) => type === event));
  if (unknown !== undefined) return { code: 'webhook_event_unknown', event: unknown };
  if (description !== undefined && !/^[^\p{C}]{0,200}$/u.test(description))
    return { code: 'webhook_description_invalid' };
  return undefined;
}
