import type { Config } from '../config/config.ts';
import { readQueueSnapshot } from '../deliveries/queue-snapshot.ts';
import type { Log } from '../kit/log.ts';
import { readDailyCounts } from '../limits/daily-store.ts';
import { type MetricsEndpoint, startMetricsEndpoint } from '../metrics/endpoint.ts';
import type { Snapshot } from '../metrics/registry.ts';
import { readWebhookQueue } from '../webhooks/queue-store.ts';
import type { Primary } from './primary.ts';

/** Starts the metrics endpoint of this configuration; `snapshots` come from the serving processes. */
export async function startMetrics(
  config: Config,
  {
    primary,
    log,
    snapshots,
  }: {
    primary: Pick<Primary, 'db' | 'webhookAttempts'>;
    log: Log;
    snapshots: () => Promise<readonly Snapshot[]>;
  },
): Promise<MetricsEndpoint> {
  const { db, webhookAttempts } = primary;
  const readQueue = async () => {
    const [deliveries, { counts, defaultMax }, webhooks] = await Promise.all([
      readQueueSnapshot(db),
      readDailyCounts(db),
      readWebhookQueue(db),
    ]);
    return { ...deliveries, daily: counts, dailyDefault: defaultMax, webhooks };
  };
  const { host, port } = config.metrics ?? {};
  const listen = host === undefined || port === undefined ? undefined : { host, port };
  return startMetricsEndpoint(routedProviders(config), { listen, log, snapshots, readQueue, webhookAttempts });
}

/** The providers that any route names. */
export function routedProviders({ sms }: Config): string[] {
  return [...new Set(sms.routes.flatMap((rule) => rule.providers))];
}
