import { Webhook } from 'standardwebhooks';
import type { Database } from '../db/database.ts';
import type { Log } from '../kit/log.ts';
import { isCurrent } from '../kit/seal.ts';
import type { SecretKeys } from '../kit/secret.ts';
import type { IpNetwork } from '../limits/ip-network.ts';
import { retryDelay } from './retry.ts';
import { openSecret, sealSecret } from './sealed-secret.ts';
import { type Resolve, sendWebhook, type WebhookOutcome } from './send-webhook.ts';
import { type LeasedEvent, recordAttempt, resealSecrets } from './store.ts';

/** The dependencies of sending an event. */
export interface SendEventNeeds {
  readonly db: Database;
  readonly log: Log;
  readonly keys: SecretKeys;
  readonly allowedNetworks: readonly IpNetwork[];
  readonly resolve?: Resolve;
  readonly now: () => Date;
  /** Learns the result of each attempt that was recorded. */
  readonly onAttempt?: (result: 'delivered' | 'failed') => void;
}

/** Sends a leased event once and records the outcome. If this process dies meanwhile, another one sends it again. */
export async function sendEvent(needs: SendEventNeeds, event: LeasedEvent): Promise<void> {
  const startedAt = performance.now();
  const { status, error, retryAfter } = await attempt(needs, event);
  const disabled = await recordAttempt(needs.db, event, {
    status,
    error,
    milliseconds: Math.round(performance.now() - startedAt),
    retrySeconds: error === null ? null : retryDelay(event.retries, retryAfter, Math.random()),
  });
  needs.onAttempt?.(error === null ? 'delivered' : 'failed');
  if (disabled) needs.log.error({ endpoint: event.endpoint_id, reason: disabled }, 'webhook disabled');
}

async function attempt(needs: SendEventNeeds, event: LeasedEvent): Promise<WebhookOutcome> {
  const { keys } = needs;
  const secret = openSecret(keys, event.endpoint_id, event.secret);
  if (secret === undefined) return { status: null, error: 'the key of its secret is gone: rotate the secret' };
  const previous = event.previous_secret ? openSecret(keys, event.endpoint_id, event.previous_secret) : undefined;
  if (!isCurrent(keys, event.secret)) await reseal(needs, event, secret, previous);
  const body = JSON.stringify(payloadOf(event));
  const at = needs.now();
  const signatures = [secret, ...(previous === undefined ? [] : [previous])].map((one) =>
    new Webhook(one).sign(event.event_id, at, body),
  );
  const headers = {
    'webhook-id': event.event_id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  };
  return sendWebhook({ url: event.url, headers, body }, needs.allowedNetworks, needs.resolve);
}

/** The body of an event: the same in each attempt, but for a number that its person has changed or deleted. */
export function payloadOf({ type, at, seq, data, phone_number: phoneNumber }: LeasedEvent) {
  const number = phoneNumber === null ? {} : { phone_number: phoneNumber };
  return { type, timestamp: at.toISOString(), sequence: Number(seq), data: { ...data, ...number } };
}

async function reseal({ db, keys }: SendEventNeeds, event: LeasedEvent, secret: string, previous: string | undefined) {
  const id = event.endpoint_id;
  const sealedPrevious = previous === undefined ? null : sealSecret(keys, id, previous);
  await resealSecrets(db, id, event.secret, sealSecret(keys, id, secret), sealedPrevious);
}
