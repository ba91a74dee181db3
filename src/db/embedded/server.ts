import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../../kit/log.ts';
import { orAborted, type Shutdown, whenAborted } from '../../kit/shutdown.ts';
import { privateParameters, privateServerLog } from '../session-settings.ts';
import { StartupError } from '../startup-error.ts';
import { storageError } from '../storage-error.ts';
import { writeAccessRules } from './access-rules.ts';
import { binaryFolder } from './binaries.ts';
import { cacheMegabytes, processMemory } from './cache-size.ts';
import { findCluster, prepareDataDir } from './data-directory.ts';
import { explainStartFailure } from './explain-start-failure.ts';
import { restoreOwnership } from './file-ownership.ts';
import { clusterCwd, initDataDirectory } from './init-data-directory.ts';
import { markMachine, refuseOtherMachine } from './machine-lock.ts';
import { findOsUser, type OsUser } from './os-user.ts';
import { embeddedUrl, shortPath } from './socket-path.ts';
import { ownerSetting, stopStaleServer } from './stale-server.ts';

/** A running embedded PostgreSQL. */
export interface EmbeddedServer {
  /** The connection options for the client `postgres`: the socket and the user. */
  readonly options: { host: string; port: number; user: string; database: string };
  /** The same as a `DATABASE_URL`. */
  readonly url: string;
  /** Ends running statements and shuts down; committed data is on disk. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL 18 over `dataDir`/postgres, initialized if need be, and restarts it whenever it dies, until `stop`.
 * The server listens on a Unix socket only, for root and for the OS user of this process. Throws `DataDirLockedError` or
 * `StartupError`.
 */
export async function startEmbedded(needs: {
  dataDir: string;
  connections?: number;
  log: Log;
  shutdown?: Shutdown | undefined;
}): Promise<EmbeddedServer> {
  const server = new SupervisedServer(resolve(needs.dataDir), needs.connections ?? 0, needs.log, needs.shutdown);
  try {
    return await server.open();
  } catch (error) {
    await server.stop();
    throw storageError(error, needs.dataDir);
  }
}

class SupervisedServer {
  readonly #dataDir: string;
  #cluster: string;
  readonly #connections: number;
  readonly #log: Log;
  readonly #shutdown: Shutdown | undefined;
  #osUser: OsUser = {};
  #binaries = '';
  #child: ChildProcess | undefined;
  #ready = false;
  #stopping = false;
  #restarting: Promise<void> | undefined;

  constructor(dataDir: string, connections: number, log: Log, shutdown: Shutdown | undefined) {
    this.#dataDir = dataDir;
    this.#connections = connections;
    this.#cluster = join(dataDir, 'postgres');
    this.#log = log;
    this.#shutdown = shutdown;
  }

  async open(): Promise<EmbeddedServer> {
    await prepareDataDir(this.#dataDir);
    this.#cluster = await findCluster(this.#dataDir);
    this.#osUser = await findOsUser(this.#cluster);
    this.#binaries = await binaryFolder(this.#osUser);
    const requested = this.#shutdown?.requested;
    await orAborted(stopStaleServer(this.#cluster), requested);
    await initDataDirectory(this.#cluster, this.#binaries, this.#osUser, { log: this.#log, requested });
    restoreOwnership(this.#cluster, this.#osUser);
    await refuseOtherMachine(this.#cluster, this.#log);
    await writeAccessRules(this.#cluster, this.#osUser);
    void whenAborted(requested).then(() => (this.#ready ? undefined : this.stop()));
    process.once('exit', this.#atExit);
    await this.#start();
    requested?.throwIfAborted();
    this.#ready = true;
    const machineLock = await markMachine(this.#cluster, this.#osUser);
    const folder = await shortPath(this.#cluster);
    const stop = async () => {
      await this.stop();
      await machineLock.release();
      await folder.release();
    };
    const options = { host: folder.path, port: 5432, user: 'vouch', database: 'postgres' };
    return { options, url: embeddedUrl(folder.path), stop };
  }

  /** Retries for a while: the last children of a killed server may still hold the memory that they shared with it. */
  async #start(): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!this.#stopping) {
      const logSize = await this.#logSize();
      const child = await this.#spawn();
      if (await isReady(this.#cluster, child)) return this.#watch(child);
      if (this.#stopping) return;
      await stopStaleServer(this.#cluster);
      const tail = await this.#logFrom(logSize);
      if (child.pid === undefined || !/lock file|still in use/.test(tail) || Date.now() > deadline) {
        const failure = explainStartFailure(`PostgreSQL does not start over ${this.#cluster}`, tail);
        throw new StartupError(`${failure}. More is at the end of ${this.#logFile}`);
      }
      await pause(100);
    }
  }

  async #spawn(): Promise<ChildProcess> {
    const options = Object.entries(this.#settings()).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // A file and no pipe, and a session of its own: the server outlives us whole, and Ctrl-C in a terminal is ours to
    // handle.
    const log = await open(this.#logFile, 'a', 0o600);
    try {
      this.#child = spawn(join(this.#binaries, 'postgres'), ['-D', clusterCwd ?? this.#cluster, ...options], {
        ...this.#osUser,
        cwd: this.#cluster,
        env: { LC_ALL: 'C', PATH: process.env.PATH },
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      this.#child.on('error', (error) => this.#log.error({ err: error }, 'postgres not executable'));
      return this.#child;
    } finally {
      await log.close();
    }
  }

  #settings(): Readonly<Record<string, string>> {
    return {
      listen_addresses: '',
      // Relative to the cluster, which is the server's working folder, so the length of its path does not matter.
      unix_socket_directories: '.',
      unix_socket_permissions: '0700',
      port: '5432',
      hba_file: join(clusterCwd ?? this.#cluster, 'pg_hba.conf'),
      ident_file: join(clusterCwd ?? this.#cluster, 'pg_ident.conf'),
      timezone: 'UTC',
      log_timezone: 'UTC',
      shared_buffers: `${cacheMegabytes(processMemory())}MB`,
      // Room beside ours for an operator, and for connections of killed processes that the server has not noticed yet.
      max_connections: String(Math.max(100, 2 * this.#connections + 20)),
      log_destination: 'stderr',
      logging_collector: 'off',
      ...privateParameters,
      log_parameter_max_length: privateServerLog.log_parameter_max_length,
      log_error_verbosity: privateServerLog.log_error_verbosity,
      log_min_error_statement: privateServerLog.log_min_error_statement,
      // The server ends instead and is restarted here: one that restarts by itself (18.4) hangs for good if a full disk
      // stops its recovery.
      restart_after_crash: 'off',
      [ownerSetting]: String(process.pid),
    };
  }

  get #logFile(): string {
    return join(this.#dataDir, 'postgres.log');
  }

  #watch(child: ChildProcess): void {
    const restart = () => {
      this.#restarting = this.#restart(child);
    };
    if (hasEnded(child)) restart();
    else child.once('exit', restart);
  }

  async #restart(child: ChildProcess): Promise<void> {
    if (this.#stopping) return;
    this.#log.error({ exitCode: child.exitCode, signal: child.signalCode }, 'postgres exited');
    let loggedAt = Number.NEGATIVE_INFINITY;
    while (!this.#stopping) {
      try {
        await this.#start();
        return this.#log.info('postgres restarted');
      } catch (error) {
        if (performance.now() - loggedAt > 30_000) {
          loggedAt = performance.now();
          this.#log.fatal({ err: error }, 'postgres restart failed');
        }
        await pause(1000);
      }
    }
  }

  readonly #atExit = () => {
    this.#child?.kill('SIGINT');
  };

  /** Resolves when no server of ours runs over the cluster and none will be started. */
  async stop(): Promise<void> {
    this.#stopping = true;
    process.off('exit', this.#atExit);
    await this.#shutDown();
    // A restart in progress may have started another server.
    await this.#restarting;
    await this.#shutDown();
  }

  async #shutDown(): Promise<void> {
    const child = this.#child;
    if (!child?.pid || hasEnded(child)) return;
    const exited = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    const quit = () => child.kill('SIGQUIT');
    const timeout = setTimeout(quit, 30_000);
    void whenAborted(this.#shutdown?.forced).then(() => setTimeout(quit, 5000).unref());
    await exited;
    clearTimeout(timeout);
  }

  async #logSize(): Promise<number> {
    return (await stat(this.#logFile).catch(() => undefined))?.size ?? 0;
  }

  async #logFrom(offset: number): Promise<string> {
    const log = await open(this.#logFile).catch(() => undefined);
    const read = await log?.read({ buffer: Buffer.alloc(65_536), position: offset });
    await log?.close();
    return read ? read.buffer.toString('utf8', 0, read.bytesRead) : '';
  }
}

/** Resolves with true when the server accepts connections, with false if it has ended. */
async function isReady(cluster: string, child: ChildProcess): Promise<boolean> {
  while (!hasEnded(child) && child.pid !== undefined) {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    // The eighth line is the state; pg_ctl waits for it too.
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return true;
    await pause(5);
  }
  return false;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
