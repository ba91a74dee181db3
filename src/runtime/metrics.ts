import type { Config } from '../config/config.ts';
import type { Database } from '../db/database.ts';
import { readQueueSnapshot } from '../deliveries/queue-snapshot.ts';
import type { Log } from '../kit/log.ts';
import { readDailyCounts } from '../limits/daily-store.ts';
import { type MetricsEndpoint, startMetricsEndpoint } from '../metrics/endpoint.ts';
import type { Snapshot } from '../metrics/registry.ts';

/** Starts the metrics endpoint of this configuration; `snapshots` come from the serving processes. */
export async function startMetrics(
  config: Config,
  { db, log, snapshots }: { db: Database; log: Log; snapshots: () => Promise<readonly Snapshot[]> },
): Promise<MetricsEndpoint> {
  const readQueue = async () => {
    const [deliveries, { counts, defaultMax }] = await Promise.all([readQueueSnapshot(db), readDailyCounts(db)]);
    return { ...deliveries, daily: counts, dailyDefault: defaultMax };
  };
  const { host, port } = config.metrics ?? {};
  const listen = host === undefined || port === undefined ? undefined : { host, port };
  return startMetricsEndpoint(routedProviders(config), { listen, log, snapshots, readQueue });
}

/** The providers that any route names. */
export function routedProviders({ sms }: Config): string[] {
  return [...new Set(sms.routes.flatMap((rule) => rule.providers))];
}
