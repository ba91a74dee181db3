import type { Config } from '../config/config.ts';
import { logRisks } from '../config/warnings.ts';
import { createLogger } from '../kit/logger.ts';
import { logEndOfLife } from '../kit/node-release.ts';
import { type Shutdown, whenAborted } from '../kit/shutdown.ts';
import type { MetricsEndpoint } from '../metrics/endpoint.ts';
import { noopMetrics } from '../metrics/metrics.ts';
import { createMetrics } from '../metrics/registry.ts';
import { createInbox } from '../sms/inbox.ts';
import { startHttpServer } from './http-server.ts';
import { returnIdleMemory } from './idle-memory.ts';
import { startMetrics } from './metrics.ts';
import { startPrimary } from './primary.ts';
import { surviveUncaughtErrors } from './uncaught-errors.ts';

/** The running product. */
export interface RunningServer {
  /** The public origin. */
  readonly publicUrl: string;
  /** The maximum duration of `stop`. */
  readonly stopTimeoutMs: number;
  /**
   * Finishes requests in progress, sends waiting messages, and closes everything in reverse order. If the shutdown is
   * forced meanwhile, only an embedded PostgreSQL is stopped.
   */
  stop(): Promise<void>;
  /** Reloads the configuration without dropping a request. */
  reload(): Promise<void>;
}

/** Serves a configuration in this process; leaves nothing open if a step fails or the shutdown is requested. */
export async function serve(config: Config, shutdown: Shutdown): Promise<RunningServer> {
  const log = createLogger(config);
  logEndOfLife(log);
  logRisks(log, config);
  const primary = await startPrimary(config, log, { connections: config.databasePool, others: 0, shutdown });
  primary.configureCleanup(config);
  const counts = config.metrics && createMetrics();
  let endpoint: MetricsEndpoint | undefined;
  try {
    const snapshots = async () => (counts ? [await counts.snapshot()] : []);
    endpoint = await startMetrics(config, { primary, log, snapshots });
    const { exposition } = endpoint;
    const metrics = counts ?? noopMetrics;
    const server = await startHttpServer(config, { db: primary.db, log, metrics, exposition, inbox: createInbox() });
    surviveUncaughtErrors(log);
    returnIdleMemory();
    const stop = async () => {
      await Promise.race([server.close(), whenAborted(shutdown.forced)]);
      endpoint?.close();
      await primary.close();
    };
    const reload = async () => log.warn({ variable: 'WORKERS', example: '2' }, 'reload not supported');
    const stopTimeoutMs = stopTimeoutOf(config);
    return { publicUrl: server.publicUrl, stopTimeoutMs, stop, reload };
  } catch (error) {
    endpoint?.close();
    await primary.close();
    throw error;
  }
}

/** The maximum time in which a process stops: the drain, then requests and messages in progress. */
export function stopTimeoutOf({ drainSeconds }: Config): number {
  return drainSeconds * 1000 + 25_000;
}
