import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { binaryFolder } from '../../src/db/embedded/binaries.ts';
import { findOsUser, type OsUser } from '../../src/db/embedded/os-user.ts';
import { freePort } from './free-port.ts';

/** Where Debian puts a version of PostgreSQL; undefined where it is not installed. */
export function debianBinaries(version: number): string | undefined {
  const folder = `/usr/lib/postgresql/${version}/bin`;
  return existsSync(join(folder, 'postgres')) ? folder : undefined;
}

/** How a server is started. */
export interface PostgresNeeds {
  /** An empty or absent folder that it may have, or one that it had. */
  readonly folder: string;
  /** The folder of `initdb` and `postgres`; the embedded PostgreSQL where it is not given. */
  readonly binaries?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Words before `postgres`, and variables for it. */
  readonly launcher?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A PostgreSQL server on a port of the loopback that can be killed and started again; durable, as shipped. */
export class Postgres {
  readonly port: number;
  readonly #needs: PostgresNeeds;
  readonly #account: OsUser;
  readonly #binaries: string;
  #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;

  private constructor(port: number, needs: PostgresNeeds, account: OsUser, binaries: string) {
    this.port = port;
    this.#needs = needs;
    this.#account = account;
    this.#binaries = binaries;
    this.#env = needs.env ?? {};
  }

  static async start(needs: PostgresNeeds): Promise<Postgres> {
    const account = await findOsUser(join(needs.folder, 'cluster'));
    const binaries = needs.binaries ?? (await binaryFolder(account));
    const server = new Postgres(await freePort(), needs, account, binaries);
    server.#initialise();
    await server.restart();
    return server;
  }

  /** A `DATABASE_URL`, by way of another port where one stands before it. */
  url(port = this.port): string {
    return `postgres://vouch@127.0.0.1:${port}/postgres`;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The folder of the cluster. */
  get cluster(): string {
    return join(this.#needs.folder, 'cluster');
  }

  /** A client of its own way into the server; to be ended. */
  admin(): Sql {
    return postgres(this.url(), { max: 2, onnotice: () => {}, backoff: () => 0.05, connect_timeout: 5 });
  }

  /** Starts it where it does not run, with other variables if any are given; waits until it takes connections. */
  async restart(env: Readonly<Record<string, string>> = this.#env): Promise<void> {
    this.#env = env;
    for (const end = Date.now() + 60_000; Date.now() < end; await pause(50)) {
      await this.#spawn();
      if (await this.#isReady()) return;
    }
    throw new Error(`PostgreSQL does not start; see ${this.#needs.folder}/postgres.log`);
  }

  /** SIGKILL to the postmaster: its children end by themselves, and the next start recovers from the log. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGKILL to one of those who serve clients, upon which the server restarts itself. False where there is none. */
  killBackend(): boolean {
    const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(this.pid)], { encoding: 'utf8' });
    const backends = stdout.split('\n').filter((line) => line.includes('127.0.0.1'));
    const [pid] = /\d+/.exec(backends[Math.floor(Math.random() * backends.length)] ?? '') ?? [];
    if (!pid) return false;
    try {
      process.kill(Number(pid), 'SIGKILL');
      return true;
    } catch {
      return false;
    }
  }

  /** Shuts it down in order. */
  async stop(): Promise<void> {
    await this.#end('SIGINT');
  }

  #initialise(): void {
    const { folder } = this.#needs;
    mkdirSync(this.cluster, { recursive: true });
    if (existsSync(join(this.cluster, 'PG_VERSION'))) return;
    if (this.#account.uid !== undefined) {
      for (const owned of [folder, this.cluster]) chownSync(owned, this.#account.uid, this.#account.gid);
    }
    const options = ['-D', this.cluster, '-U', 'vouch', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions'];
    execFileSync(join(this.#binaries, 'initdb'), options, {
      ...this.#account,
      env: { LC_ALL: 'C', PATH: process.env.PATH },
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  async #spawn(): Promise<void> {
    const settings = {
      port: String(this.port),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      ...this.#needs.settings,
    };
    const log = openSync(join(this.#needs.folder, 'postgres.log'), 'a');
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const words = [...(this.#needs.launcher ?? []), join(this.#binaries, 'postgres'), '-D', this.cluster, ...options];
    this.#child = spawn(words[0]!, words.slice(1), {
      ...this.#account,
      cwd: this.cluster,
      env: { LC_ALL: 'C', PATH: process.env.PATH, ...this.#env },
      stdio: ['ignore', log, log],
    });
    started.add(this.#child);
    await once(this.#child, 'spawn');
  }

  /** False where it ended instead, as while children of a killed one still hold its memory. */
  async #isReady(): Promise<boolean> {
    while (this.#child!.exitCode === null && this.#child!.signalCode === null) {
      const lines = readable(join(this.cluster, 'postmaster.pid')).split('\n');
      if (Number(lines[0]) === this.#child!.pid && lines[7]?.trim() === 'ready') return true;
      await pause(5);
    }
    return false;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    // PostgreSQL 18.4 ignores a fast shutdown while it recovers from a crash
    const hangs = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(hangs);
    started.delete(child);
  }
}

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) child.kill('SIGQUIT');
});
