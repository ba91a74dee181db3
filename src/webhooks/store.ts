import type { ActArguments, RecordedAct } from '../audit/act.ts';
import { sealArguments } from '../audit/seal-store.ts';
import { type Database, Json } from '../db/database.ts';
import { type DeletedBatch, deleteByKey } from '../db/delete-by-key.ts';
import { isLockTimeout } from '../db/lock-timeout.ts';
import { onlyRow } from '../kit/present.ts';
import type { SecretKeys } from '../kit/secret.ts';
import type { EndpointInput, EventType } from './endpoint.ts';

/** An endpoint as an operator sees it: never its secret. */
export interface EndpointRow {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly EventType[];
  readonly with_numbers: boolean;
  readonly created_at: Date;
  /** The number of its newest event. */
  readonly last_seq: string;
  /** How many events wait for an attempt, or for the endpoint to be enabled; they are counted up to 10,000. */
  readonly waiting: string;
  readonly failing_since: Date | null;
  readonly disabled_at: Date | null;
  readonly disabled_reason: 'operator' | 'gone' | 'failing' | null;
  /** The end of the time in which the secret before signs, too. */
  readonly previous_until: Date | null;
}

/** The bound of the count of waiting events, so that a list costs milliseconds, however long a queue is. */
const maxCounted = 10_000;

/** All endpoints, oldest first. */
export function listEndpointRows({ sql, now, run }: Database, max: number): Promise<EndpointRow[]> {
  return run(
    () => sql<
      EndpointRow[]
    >`select e.id, e.url, e.description, to_json(e.events) as events, e.with_numbers, e.created_at,
        e.last_seq, e.failing_since, e.disabled_at, e.disabled_reason,
        case when e.previous_until > ${now()} then e.previous_until end as previous_until,
        (select count(*) from (select from webhook_delivery d
          where d.endpoint_id = e.id and d.state in ('waiting', 'paused') limit ${maxCounted}) w) as waiting
      from webhook_endpoint e order by e.created_at, e.id limit ${max}`,
  );
}

/** Inserts an endpoint. */
export async function insertEndpoint(
  db: Database,
  id: string,
  { url, description, events, withNumbers }: EndpointInput,
  secret: Buffer,
  actor: ActArguments,
): Promise<RecordedAct> {
  const input = { id, url, description, events, with_numbers: withNumbers, secret, ...actor };
  return onlyRow(await db.call<{ add_webhook: RecordedAct }>('add_webhook', input)).add_webhook;
}

/** Changes an endpoint; null if it is unknown. */
export async function updateEndpoint(
  db: Database,
  id: string,
  change: Partial<EndpointInput> & { readonly isEnabled?: boolean | undefined },
  actor: ActArguments,
): Promise<RecordedAct | null> {
  const rows = await db.call<{ change_webhook: RecordedAct | null }>('change_webhook', {
    id,
    url: change.url,
    description: change.description,
    events: change.events ?? null,
    with_numbers: change.withNumbers,
    is_enabled: change.isEnabled,
    ...actor,
  });
  return onlyRow(rows).change_webhook;
}

/** Gives an endpoint a new secret; null if it is unknown. */
export async function replaceSecret(
  db: Database,
  id: string,
  secret: Buffer,
  overlapSeconds: number,
  actor: ActArguments,
): Promise<RecordedAct | null> {
  const input = { id, secret, overlap_seconds: overlapSeconds, ...actor };
  return onlyRow(await db.call<{ rotate_webhook: RecordedAct | null }>('rotate_webhook', input)).rotate_webhook;
}

/** Deletes an endpoint; null if it is unknown. */
export async function removeEndpoint(db: Database, id: string, actor: ActArguments): Promise<RecordedAct | null> {
  const rows = await db.call<{ delete_webhook: RecordedAct | null }>('delete_webhook', { id, ...actor });
  return onlyRow(rows).delete_webhook;
}

/** Queues a test event; its number, or null if the endpoint is unknown. */
export async function queueTestEvent(db: Database, id: string, eventId: string): Promise<string | null> {
  const { sql, now, run } = db;
  const [row] = await run(() => sql<{ at: Date }[]>`select ${now()} as at`);
  const rows = await db.call<{ queue_delivery: string | null }>('queue_delivery', {
    id,
    event_id: eventId,
    type: 'webhook.test',
    at: row?.at ?? new Date(),
    account_id: null,
    data: new Json({}),
    phone_number: null,
  });
  return onlyRow(rows).queue_delivery;
}

/** Queues events of an endpoint again, those after a number and up to another one; how many. */
export async function replayEvents(
  db: Database,
  id: string,
  range: { readonly after: number; readonly until: number },
  actor: ActArguments,
): Promise<{ readonly replayed: number; readonly recorded: RecordedAct }> {
  const rows = await db.call<{ replayed: number; recorded: RecordedAct }>('replay_webhook', { id, ...range, ...actor });
  return onlyRow(rows);
}

/** An event of an endpoint, and the state of its delivery. */
export interface EventRow {
  readonly seq: string;
  readonly event_id: string;
  readonly type: EventType | 'webhook.test';
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
  readonly state: 'waiting' | 'delivered' | 'failed' | 'paused';
  readonly attempts: number;
  readonly next_at: Date | null;
}

/** The events of an endpoint after a number, in their order. */
export function findEventRows({ sql, run }: Database, id: string, after: string, max: number): Promise<EventRow[]> {
  return run(
    () => sql<EventRow[]>`select seq, event_id, type, at, data, state, attempts, next_at from webhook_delivery
      where endpoint_id = ${id} and seq > ${after}::bigint order by seq limit ${max}`,
  );
}

/** An attempt to send an event. */
export interface AttemptRow {
  readonly seq: string;
  readonly event_id: string;
  readonly type: string;
  readonly number: number;
  readonly at: Date;
  readonly status: number | null;
  readonly error: string | null;
  readonly milliseconds: number;
}

/** The attempts of an endpoint, the newest events first, those before an event if it is given. */
export function findAttemptRows(
  { sql, run }: Database,
  id: string,
  before: { readonly seq: string; readonly number: number } | undefined,
  max: number,
): Promise<AttemptRow[]> {
  return run(
    () => sql<AttemptRow[]>`select a.seq, d.event_id, d.type, a.number, a.at, a.status, a.error, a.milliseconds
      from webhook_attempt a join webhook_delivery d on d.endpoint_id = a.endpoint_id and d.seq = a.seq
      where a.endpoint_id = ${id}
        ${before ? sql`and (a.seq, a.number) < (${before.seq}::bigint, ${before.number}::int)` : sql``}
      order by a.seq desc, a.number desc limit ${max}`,
  );
}

/** Whether an endpoint exists. */
export async function hasEndpoint({ sql, run }: Database, id: string): Promise<boolean> {
  return (await run(() => sql`select from webhook_endpoint where id = ${id}`)).length > 0;
}

/** An event that a worker has leased, with the secrets of its endpoint, which are encrypted. */
export interface LeasedEvent {
  readonly endpoint_id: string;
  readonly seq: string;
  readonly event_id: string;
  readonly type: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
  readonly phone_number: string | null;
  /** The retries since it was queued. */
  readonly retries: number;
  readonly url: string;
  readonly secret: Buffer;
  readonly previous_secret: Buffer | null;
}

/** Leases due events of endpoints that are not busy. */
export function claimEvents(db: Database, max: number, busy: readonly string[], leaseSeconds: number) {
  return db.call<LeasedEvent>('claim_webhooks', { max, busy, lease_seconds: leaseSeconds });
}

/** Records an attempt; the reason for which the endpoint is disabled then, or null. */
export async function recordAttempt(
  db: Database,
  { endpoint_id: id, seq }: LeasedEvent,
  attempt: { status: number | null; error: string | null; milliseconds: number; retrySeconds: number | null },
): Promise<'gone' | 'failing' | null> {
  const rows = await db.call<{ record_webhook_attempt: 'gone' | 'failing' | null }>('record_webhook_attempt', {
    id,
    seq,
    status: attempt.status,
    error: attempt.error,
    milliseconds: attempt.milliseconds,
    retry_seconds: attempt.retrySeconds,
  });
  return onlyRow(rows).record_webhook_attempt;
}

/** Replaces encrypted secrets by those of a newer key. */
export async function resealSecrets(db: Database, id: string, old: Buffer, secret: Buffer, previous: Buffer | null) {
  await db.call('reseal_webhook', { id, old, secret, previous });
}

/** Seals new events of the audit trail, and queues them. */
export async function dispatchEvents(
  db: Database,
  keys: SecretKeys,
): Promise<{ count: number; hasEndpoints: boolean }> {
  try {
    const rows = await db.call<{ dispatched: number; has_endpoints: boolean }>('dispatch_events', sealArguments(keys));
    const { dispatched, has_endpoints: hasEndpoints } = onlyRow(rows);
    return { count: dispatched, hasEndpoints };
  } catch (error) {
    // writers did not stop soon enough: the next call tries again
    if (isLockTimeout(error)) return { count: 0, hasEndpoints: true };
    throw error;
  }
}

/** Deletes a batch of old events, from the time `from` on. */
export function deleteOldWebhooks(db: Database, from: Date): Promise<DeletedBatch> {
  return deleteByKey(db, 'delete_old_webhooks', { from });
}
