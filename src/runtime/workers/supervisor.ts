import cluster from 'node:cluster';
import type { Config } from '../../config/config.ts';
import type { loadConfig } from '../../config/load.ts';
import { logRisks } from '../../config/warnings.ts';
import type { Log } from '../../kit/log.ts';
import { openLog } from '../../kit/logger.ts';
import { orAborted, type Shutdown } from '../../kit/shutdown.ts';
import type { MetricsEndpoint } from '../../metrics/endpoint.ts';
import { routedProviders, startMetrics } from '../metrics.ts';
import { type Base, openBase } from '../primary.ts';
import { type Running, stopTimeoutOf } from '../single-process.ts';
import { surviveUncaughtErrors } from '../uncaught-errors.ts';
import { gatherInbox } from './shared-inbox.ts';
import { Gathered } from './worker-metrics.ts';
import { allGone, Team, tell } from './worker-pool.ts';

/** For the database, after the workers. */
const ownTimeoutMs = 5000;
const reloadPatienceMs = 30_000;
/** Connections for migrations and the cleanup. */
const ownConnections = 2;

/**
 * Serves by `config.workers` processes on one port, while this one keeps what exists once: the database, its migrations
 * and the cleanup. `program` is the entry file of a worker. Throws if the shutdown is requested meanwhile, and leaves
 * no process then.
 */
export async function supervise(
  config: Config,
  { load, program, shutdown }: { load: typeof loadConfig; program: string; shutdown: Shutdown },
): Promise<Running> {
  const log = openLog(config);
  logRisks(log, config);
  // Round robin would pass each connection through this process, and one given to a worker that dies just then is never
  // answered.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: program, args: ['worker'], serialization: 'advanced' });
  // one listener for each pending request
  cluster.setMaxListeners(0);
  gatherInbox();

  const teams = [new Team(config.workers, { log })];
  const gathered = new Gathered();
  let base: Base | undefined;
  let endpoint: MetricsEndpoint | undefined;
  let publicUrl: string;
  try {
    base = await openBase(config, log, { connections: ownConnections, others: config.databasePool, shutdown });
    endpoint = await startMetrics(config, { db: base.db, log, snapshots: () => gathered.snapshots() });
    gathered.answerBy(endpoint.exposition);
    publicUrl = await orAborted(teams[0]!.serve(shareOf(config, base, log)), shutdown.requested);
  } catch (fault) {
    await allGone(0);
    endpoint?.close();
    await base?.close();
    throw fault;
  }
  const { db, room, sweepBy, close } = base;
  const { reload: reloadMetrics, close: closeMetrics } = endpoint;
  sweepBy(config);
  surviveUncaughtErrors(log);
  let stopping = false;
  let workersTimeoutMs = stopTimeoutOf(config);

  const reload = async (): Promise<void> => {
    const read = load();
    const problems = read.ok ? onlyByRestart(config, read.config) : read.problems;
    if (!read.ok || problems.length > 0) return log.error({ problems }, 'The new configuration is not taken');
    const next = new Team(read.config.workers, { log });
    const old = teams.splice(0, teams.length, next, ...teams);
    try {
      await next.serve(shareOf(read.config, { db, room }, log), reloadPatienceMs);
    } catch (fault) {
      teams.splice(0, teams.length, ...old);
      if (stopping) return;
      return log.error({ err: fault }, 'The new configuration is not taken: it cannot be served');
    }
    for (const team of old) team.sendAway('leave');
    teams.splice(1);
    sweepBy(read.config);
    reloadMetrics(routedProviders(read.config));
    workersTimeoutMs = stopTimeoutOf(read.config);
    log.level = read.config.logLevel;
    logRisks(log, read.config);
    log.info('The configuration was taken anew');
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
      for (const team of teams) team.sendAway('stop');
      for (const worker of Object.values(cluster.workers ?? {})) if (worker) tell(worker, { kind: 'stop' });
      await allGone(workersTimeoutMs, shutdown.forced);
      closeMetrics();
      await close();
    },
  };
}

/** The configuration of a worker, with its share of the connections that are configured and that the server has. */
function shareOf(config: Config, { db, room }: Pick<Base, 'db' | 'room'>, log: Log): Config {
  const forWorkers = room - ownConnections;
  if (forWorkers < config.databasePool) {
    log.warn(
      { wanted: config.databasePool, available: forWorkers },
      'fewer database connections than DATABASE_POOL: raise max_connections of the server, or lower DATABASE_POOL',
    );
  }
  const databasePool = Math.max(1, Math.floor(Math.min(config.databasePool, forWorkers) / config.workers));
  return { ...config, databaseUrl: db.url, databasePool };
}

/** Returns a sentence for each changed setting of this process, which only a restart applies. */
function onlyByRestart(old: Config, fresh: Config): string[] {
  const isGrown = !old.databaseUrl && fresh.databasePool > old.databasePool;
  return [
    ...(old.databaseUrl === fresh.databaseUrl ? [] : ['DATABASE_URL takes a restart']),
    ...(old.databasePooler === fresh.databasePooler ? [] : ['DATABASE_POOLER takes a restart']),
    ...(old.dataDir === fresh.dataDir ? [] : ['DATA_DIR takes a restart']),
    ...(portOf(old) === portOf(fresh) ? [] : ['METRICS_PORT and METRICS_HOST take a restart']),
    ...(isGrown ? ['More DATABASE_POOL (or WORKERS) take a restart where we run PostgreSQL'] : []),
  ];
}

function portOf({ metrics }: Config): string | undefined {
  return metrics?.port === undefined ? undefined : `${metrics.host} ${metrics.port}`;
}
