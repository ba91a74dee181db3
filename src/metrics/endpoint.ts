import type { Config } from '../config/config.ts';
import type { Database } from '../db/database.ts';
import { readStanding } from '../deliveries/counting.ts';
import type { Log } from '../kit/log.ts';
import { dailyStanding } from '../limits/daily-store.ts';
import { type Exposition, openExposition } from './exposition.ts';
import type { Snapshot } from './registry.ts';
import { listenForScrapes } from './server.ts';

/** The metrics of all processes, and their own port, if there is one. */
export interface Numbers {
  readonly exposition: Exposition;
  /** Applies a new configuration; the port stays. */
  follow(config: Config): void;
  close(): void;
}

/** Starts the metrics endpoint in the process with the database; `snapshots` come from the serving processes. */
export async function openNumbers(
  config: Config,
  { db, log, snapshots }: { db: Database; log: Log; snapshots: () => Promise<readonly Snapshot[]> },
): Promise<Numbers> {
  let providers = providersOf(config);
  const standing = async () => {
    const [found, { counts, defaultMax }] = await Promise.all([readStanding(db), dailyStanding(db)]);
    return { ...found, daily: counts, dailyDefault: defaultMax };
  };
  const exposition = openExposition({ snapshots, standing, providers: () => providers });
  const { host, port } = config.metrics ?? {};
  const listening =
    host !== undefined && port !== undefined ? await listenForScrapes({ host, port }, { exposition, log }) : undefined;
  return {
    exposition,
    follow: (fresh) => {
      providers = providersOf(fresh);
    },
    close: () => listening?.close(),
  };
}

function providersOf({ sms }: Config): string[] {
  return [...new Set(sms.routes.flatMap((rule) => rule.providers))];
}
