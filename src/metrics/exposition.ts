import { setTimeout as pause } from 'node:timers/promises';
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { dailyLabels } from './metrics.ts';
import type { Snapshot } from './registry.ts';

/** A snapshot of the deliveries of all processes on all machines. */
export interface QueueSnapshot {
  readonly queue: readonly {
    readonly provider: string;
    readonly state: 'waiting' | 'sending';
    readonly messages: number;
  }[];
  /** The providers with recent failures, and whether their breaker is open. */
  readonly failing: readonly { readonly provider: string; readonly isOpen: boolean }[];
  /** The amounts of today by unit and country, and the default maximum if it has been computed. */
  readonly daily?: readonly { readonly scope: string; readonly amount: number }[];
  readonly dailyDefault?: number | undefined;
  readonly webhooks?: WebhookQueue;
}

/** The events of webhooks that wait, up to 100,000, and the endpoints by their state. */
export interface WebhookQueue {
  readonly waiting: number;
  readonly working: number;
  readonly failing: number;
  readonly disabled: number;
}

/** The attempts to send an event that this process has made. */
export interface WebhookAttempts {
  readonly delivered: number;
  readonly failed: number;
}

/** The dependencies of the exposition. */
export interface ExpositionNeeds {
  /** The snapshots of all processes. */
  snapshots(): Promise<readonly Snapshot[]>;
  /** Reads the snapshot of deliveries from the database. */
  readQueue(): Promise<QueueSnapshot>;
  /** The providers that are reported even without failures. */
  providers(): readonly string[];
  /** The attempts of webhooks by this process, if it sends any. */
  readonly webhookAttempts?: (() => WebhookAttempts) | undefined;
  /** The time in ms for which a result is cached; for tests. */
  readonly cacheMs?: number;
}

/** Returns the metrics of all processes in the text format of Prometheus, version 0.0.4. */
export type Exposition = () => Promise<string>;

const defaultCacheMs = 2000;
/** The timeout of the database; after it the metrics are reported without its part. */
const readTimeoutMs = 1000;

/** Merges the metrics of all processes with those of the database, of which only one read is in progress at a time. */
export function createExposition({
  snapshots,
  readQueue,
  providers,
  webhookAttempts,
  cacheMs = defaultCacheMs,
}: ExpositionNeeds): Exposition {
  let reading: Promise<QueueSnapshot | undefined> | undefined;
  let cached: { snapshot: QueueSnapshot; at: number } | undefined;
  const read = () => {
    if (cached && performance.now() - cached.at < cacheMs) return Promise.resolve(cached.snapshot);
    reading ??= readQueue()
      .then((snapshot) => {
        cached = { snapshot, at: performance.now() };
        return snapshot;
      })
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return withTimeout(reading);
  };
  return async () => {
    const [counted, queue] = await Promise.all([snapshots(), read()]);
    const own = [await webhookSeries(webhookAttempts?.(), queue?.webhooks), await gauges(queue, providers())];
    return AggregatorRegistry.aggregate([...counted, ...own] as object[]).metrics();
  };
}

/** Merges snapshots of ended processes; gauges are left out. */
export async function mergeSnapshots(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const sums = snapshots.map((snapshot) => snapshot.filter(({ type }) => isCumulative(String(type))));
  return AggregatorRegistry.aggregate(sums).getMetricsAsJSON();
}

function isCumulative(type: string): boolean {
  return type === 'counter' || type === 'histogram';
}

async function gauges(snapshot: QueueSnapshot | undefined, providers: readonly string[]): Promise<Snapshot> {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  gauge('vouch_database_up', '1 if the database answered within a second, otherwise 0.', []).set(snapshot ? 1 : 0);
  if (!snapshot) return registry.getMetricsAsJSON();
  const queue = gauge('vouch_delivery_queue_messages', 'Messages waiting to be sent and being sent.', [
    'provider',
    'state',
  ]);
  const states = gauge('vouch_circuit_breaker_state', '0 closed, 1 closed after a recent failure, 2 open.', [
    'provider',
  ]);
  const daily = gauge(
    'vouch_daily_usage',
    'Messages or units of a currency that count towards SMS_DAILY_MAX today (UTC).',
    ['unit', 'country'],
  );
  for (const { scope, amount } of snapshot.daily ?? []) {
    const labels = dailyLabels(scope);
    daily.set(labels, labels.unit === 'messages' ? amount : amount / 1_000_000);
  }
  const defaultMax = gauge(
    'vouch_daily_default_max_messages',
    'The maximum number of messages today if SMS_DAILY_MAX is not set.',
    [],
  );
  if (snapshot.dailyDefault !== undefined) defaultMax.set(snapshot.dailyDefault);
  for (const provider of providers) {
    for (const state of ['waiting', 'sending']) queue.set({ provider, state }, 0);
    states.set({ provider }, 0);
  }
  for (const { provider, state, messages } of snapshot.queue) queue.set({ provider, state }, messages);
  for (const { provider, isOpen } of snapshot.failing) states.set({ provider }, isOpen ? 2 : 1);
  return registry.getMetricsAsJSON();
}

/** The series of webhooks: attempts by this process, and the queue as the database has it. */
function webhookSeries(attempts: WebhookAttempts | undefined, queue: WebhookQueue | undefined): Promise<Snapshot> {
  const registry = new Registry();
  const registers = [registry];
  if (attempts) {
    const help = 'Attempts to send an event to an endpoint of webhooks, by result.';
    const total = new Counter({ name: 'vouch_webhook_attempts_total', help, labelNames: ['result'], registers });
    total.inc({ result: 'delivered' }, attempts.delivered);
    total.inc({ result: 'failed' }, attempts.failed);
  }
  if (queue) {
    const { waiting, ...states } = queue;
    const help = 'Events that wait for an attempt at an endpoint of webhooks, up to 100000.';
    new Gauge({ name: 'vouch_webhook_waiting_events', help, registers }).set(waiting);
    const text = 'Endpoints of webhooks that work, fail since their last success, or are disabled.';
    const endpoints = new Gauge({ name: 'vouch_webhook_endpoints', help: text, labelNames: ['state'], registers });
    for (const [state, count] of Object.entries(states)) endpoints.set({ state }, count);
  }
  return registry.getMetricsAsJSON();
}

function withTimeout<T>(promise: Promise<T>): Promise<T | undefined> {
  const settled = new AbortController();
  const timeout = pause(readTimeoutMs, undefined, { signal: settled.signal }).catch(() => undefined);
  return Promise.race([promise, timeout]).finally(() => settled.abort());
}
