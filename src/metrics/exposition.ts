import { setTimeout as pause } from 'node:timers/promises';
import { AggregatorRegistry, Gauge, Registry } from 'prom-client';
import type { Snapshot } from './counts.ts';

/** What of deliveries is so at the moment, for all processes of all machines. */
export interface Standing {
  readonly queue: readonly {
    readonly provider: string;
    readonly state: 'waiting' | 'sending';
    readonly messages: number;
  }[];
  /** Those that failed lately, and of them those that are left alone. */
  readonly failing: readonly { readonly provider: string; readonly isLeftAlone: boolean }[];
  /** What has been sent today, by unit and country, and the default maximum where it was worked out. */
  readonly daily?: readonly { readonly scope: string; readonly amount: number }[];
  readonly dailyDefault?: number | undefined;
}

/** What telling the numbers needs. */
export interface ExpositionNeeds {
  /** Of every process that counts. */
  snapshots(): Promise<readonly Snapshot[]>;
  /** Reads it from the database. */
  standing(): Promise<Standing>;
  /** Those that are told of even where nothing is wrong. */
  providers(): readonly string[];
  /** For so long what was read is told again; for tests. */
  readonly keptMs?: number;
}

/** The numbers of all processes in the text format of Prometheus, version 0.0.4. */
export type Exposition = () => Promise<string>;

const usuallyKeptMs = 2000;
/** Where the database takes longer, the rest is told without what is in it. */
const patienceMs = 1000;

/** Puts the numbers of all processes together with what the database tells, which is read at most once at a time. */
export function openExposition({
  snapshots,
  standing,
  providers,
  keptMs = usuallyKeptMs,
}: ExpositionNeeds): Exposition {
  let reading: Promise<Standing | undefined> | undefined;
  let kept: { standing: Standing; at: number } | undefined;
  const read = () => {
    if (kept && performance.now() - kept.at < keptMs) return Promise.resolve(kept.standing);
    reading ??= standing()
      .then((found) => {
        kept = { standing: found, at: performance.now() };
        return found;
      })
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return within(reading);
  };
  return async () => {
    const [counted, found] = await Promise.all([snapshots(), read()]);
    return AggregatorRegistry.aggregate([...counted, await gauges(found, providers())] as object[]).metrics();
  };
}

/** Two or more snapshots as one, without what is only so at the moment: of processes that are gone. */
export async function addedUp(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const sums = snapshots.map((one) => one.filter(({ type }) => isCounted(String(type))));
  return AggregatorRegistry.aggregate(sums).getMetricsAsJSON();
}

function isCounted(type: string): boolean {
  return type === 'counter' || type === 'histogram';
}

async function gauges(found: Standing | undefined, providers: readonly string[]): Promise<Snapshot> {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  gauge('vouch_database_up', 'Whether the database answered within a second.', []).set(found ? 1 : 0);
  if (!found) return registry.getMetricsAsJSON();
  const queue = gauge('vouch_delivery_queue', 'Messages that wait to be sent, and that are being sent.', [
    'provider',
    'state',
  ]);
  const states = gauge('vouch_provider_state', 'Of a provider: 0 it is well, 1 it failed lately, 2 it is left alone.', [
    'provider',
  ]);
  const daily = gauge('vouch_daily_count', 'What counts against SMS_DAILY_MAX today, by unit and country.', ['scope']);
  for (const { scope, amount } of found.daily ?? []) {
    daily.set({ scope }, scope.startsWith('messages:') ? amount : amount / 1_000_000);
  }
  const standard = gauge(
    'vouch_daily_default_max',
    'Messages that may be sent today where SMS_DAILY_MAX names none.',
    [],
  );
  if (found.dailyDefault !== undefined) standard.set(found.dailyDefault);
  for (const provider of providers) {
    for (const state of ['waiting', 'sending']) queue.set({ provider, state }, 0);
    states.set({ provider }, 0);
  }
  for (const { provider, state, messages } of found.queue) queue.set({ provider, state }, messages);
  for (const { provider, isLeftAlone } of found.failing) states.set({ provider }, isLeftAlone ? 2 : 1);
  return registry.getMetricsAsJSON();
}

function within<T>(promise: Promise<T>): Promise<T | undefined> {
  const ended = new AbortController();
  const over = pause(patienceMs, undefined, { signal: ended.signal }).catch(() => undefined);
  return Promise.race([promise, over]).finally(() => ended.abort());
}
