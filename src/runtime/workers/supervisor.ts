import cluster from 'node:cluster';
import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import type { loadConfig } from '../../config/load.ts';
import { logRisks } from '../../config/warnings.ts';
import type { Log } from '../../kit/log.ts';
import { createLogger } from '../../kit/logger.ts';
import { logEndOfLife } from '../../kit/node-release.ts';
import { firstOf } from '../../kit/present.ts';
import { orAborted, type Shutdown } from '../../kit/shutdown.ts';
import type { MetricsEndpoint } from '../../metrics/endpoint.ts';
import { returnIdleMemory } from '../idle-memory.ts';
import { routedProviders, startMetrics } from '../metrics.ts';
import { type Primary, startPrimary } from '../primary.ts';
import { type RunningServer, stopTimeoutOf } from '../single-process.ts';
import { surviveUncaughtErrors } from '../uncaught-errors.ts';
import { shareInbox } from './shared-inbox.ts';
import { WorkerMetrics } from './worker-metrics.ts';
import { sendCommand, WorkerPool, waitForExit } from './worker-pool.ts';

/** For the database, after the workers. */
const ownTimeoutMs = 5000;
const reloadTimeoutMs = 30_000;
/** Connections for migrations and the cleanup. */
const ownConnections = 2;

/**
 * Serves by `config.workers` processes on one port, while this one owns what exists once: the database, its migrations
 * and the cleanup. `program` is the entry file of a worker. Throws if the shutdown is requested meanwhile, and leaves
 * no process then.
 */
export async function supervise(
  config: Config,
  { load, program, shutdown }: { load: typeof loadConfig; program: string; shutdown: Shutdown },
): Promise<RunningServer> {
  const log = createLogger(config);
  logEndOfLife(log);
  logRisks(log, config);
  setUpCluster(program);
  shareInbox();
  const pools = [new WorkerPool(config.workers, { log })];
  const metrics = new WorkerMetrics();
  const { primary, endpoint, publicUrl } = await startServing(config, { pool: firstOf(pools), metrics, log, shutdown });
  primary.configureCleanup(config);
  surviveUncaughtErrors(log);
  returnIdleMemory();
  let stopping = false;
  let workersTimeoutMs = stopTimeoutOf(config);

  const reload = async (): Promise<void> => {
    const read = load();
    const problems = read.ok ? restartOnlyChanges(config, read.config) : read.problems;
    if (!read.ok || problems.length > 0) return log.error({ problems }, 'new configuration rejected');
    const next = new WorkerPool(read.config.workers, { log });
    const old = pools.splice(0, pools.length, next, ...pools);
    try {
      await next.serve(workerConfig(read.config, primary, log), reloadTimeoutMs);
    } catch (error) {
      pools.splice(0, pools.length, ...old);
      if (stopping) return;
      return log.error({ err: error }, 'new configuration not servable');
    }
    for (const pool of old) pool.shutDown('drain');
    pools.splice(1);
    primary.configureCleanup(read.config);
    endpoint.reload(routedProviders(read.config));
    workersTimeoutMs = stopTimeoutOf(read.config);
    log.level = read.config.logLevel;
    logRisks(log, read.config);
    log.info('configuration reloaded');
  };
  let reloading = Promise.resolve();
  return {
    publicUrl,
    get stopTimeoutMs() {
      return workersTimeoutMs + ownTimeoutMs;
    },
    reload: () => {
      reloading = reloading.then(() => (stopping ? undefined : reload()));
      return reloading;
    },
    stop: async () => {
      stopping = true;
      for (const pool of pools) pool.shutDown('stop');
      for (const worker of Object.values(cluster.workers ?? {})) if (worker) sendCommand(worker, { kind: 'stop' });
      await waitForExit(workersTimeoutMs, shutdown.forced);
      endpoint.close();
      await primary.close();
    },
  };
}

function setUpCluster(program: string): void {
  // Round robin would pass each connection through this process, and one given to a worker that dies just then is never
  // answered.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: program, args: ['worker'], serialization: 'advanced' });
  // one listener for each pending request
  cluster.setMaxListeners(0);
}

/** Starts the database, the metrics and the first workers. A failure leaves no process and no open port. */
async function startServing(
  config: Config,
  { pool, metrics, log, shutdown }: { pool: WorkerPool; metrics: WorkerMetrics; log: Logger; shutdown: Shutdown },
): Promise<{ primary: Primary; endpoint: MetricsEndpoint; publicUrl: string }> {
  let primary: Primary | undefined;
  let endpoint: MetricsEndpoint | undefined;
  try {
    // the supervisor serves no reads
    primary = await startPrimary({ ...config, readUrls: [] }, log, {
      connections: ownConnections,
      others: config.databasePool,
      shutdown,
    });
    endpoint = await startMetrics(config, { primary, log, snapshots: () => metrics.snapshots() });
    metrics.serveScrapes(endpoint.exposition);
    const publicUrl = await orAborted(pool.serve(workerConfig(config, primary, log)), shutdown.requested);
    return { primary, endpoint, publicUrl };
  } catch (error) {
    await waitForExit(0);
    endpoint?.close();
    await primary?.close();
    throw error;
  }
}

/** The configuration of a worker, with its share of the connections that are configured and that the server has. */
function workerConfig(
  config: Config,
  { db, maxConnections }: Pick<Primary, 'db' | 'maxConnections'>,
  log: Log,
): Config {
  const available = maxConnections - ownConnections;
  if (available < config.databasePool) {
    log.warn(
      { wanted: config.databasePool, available, fix: 'raise max_connections there, or lower DATABASE_POOL' },
      'fewer database connections than configured',
    );
  }
  const databasePool = Math.max(1, Math.floor(Math.min(config.databasePool, available) / config.workers));
  return { ...config, databaseUrl: db.url, databasePool };
}

/** Returns a sentence for each changed setting of this process, which only a restart applies. */
function restartOnlyChanges(old: Config, next: Config): string[] {
  const isGrown = !old.databaseUrl && next.databasePool > old.databasePool;
  return [
    ...(old.databaseUrl === next.databaseUrl ? [] : ['DATABASE_URL takes a restart']),
    ...(old.databasePooler === next.databasePooler ? [] : ['DATABASE_POOLER takes a restart']),
    ...(old.dataDir === next.dataDir ? [] : ['DATA_DIR takes a restart']),
    ...(portOf(old) === portOf(next) ? [] : ['METRICS_PORT and METRICS_HOST take a restart']),
    ...(isGrown ? ['More DATABASE_POOL (or WORKERS) take a restart where we run PostgreSQL'] : []),
  ];
}

function portOf({ metrics }: Config): string | undefined {
  return metrics?.port === undefined ? undefined : `${metrics.host} ${metrics.port}`;
}
