import type { WebhookRefusal } from '../webhooks/endpoint.ts';

/** The refusal of an act on webhooks as the command line says it. */
export function explainWebhookRefusal(refusal: WebhookRefusal): string {
  switch (refusal.code) {
    case 'webhook_unknown':
      return 'There is no webhook with this id: see vouch webhooks list.';
    case 'webhooks_too_many':
      return `There are ${refusal.max} webhooks already.`;
    case 'webhook_url_invalid':
      return 'That is no address that events can be sent to. Example: https://hooks.example.com/vouch';
    case 'webhook_url_not_https':
      return 'The address has to begin with https. Plain HTTP is for networks of WEBHOOK_PRIVATE_NETWORKS alone.';
    case 'webhook_event_unknown':
      return `${refusal.event} is no type of event: docs/operator/webhooks.md has them all.`;
    case 'webhook_events_missing':
      return '--events is missing. Example: --events user.created,session.created';
    case 'webhook_description_invalid':
      return 'A description has at most 200 characters, and no control characters.';
    case 'unknown_cursor':
      return '--after is the number of an event. Example: --after 120';
    default:
      return 'This may not be done from the command line.';
  }
}
