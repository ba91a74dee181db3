import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { Postgres } from './postgres.ts';

/** Durability costs the tests time, and none of them takes the power away. */
const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '60' };

/** A primary, and hot standbys of it by asynchronous streaming replication. */
export interface Replication {
  readonly primary: Postgres;
  readonly standbys: readonly Standby[];
  stop(): Promise<void>;
}

/** A standby that can be cut off from its primary, or be told to replay nothing. */
export class Standby {
  readonly server: Postgres;
  readonly #primary: Postgres;

  constructor(server: Postgres, primary: Postgres) {
    this.server = server;
    this.#primary = primary;
  }

  /** Its clients reach it still, and its primary no more. */
  cutOff(): Promise<void> {
    return this.#receiveFrom('host=127.0.0.1 port=1');
  }

  async reconnect(): Promise<void> {
    await this.follow(this.#primary);
  }

  /** Replicates from another server than before, as after a failover. */
  follow(primary: Postgres): Promise<void> {
    return this.#receiveFrom(conninfoOf(primary));
  }

  /** It becomes a primary. */
  async promote(): Promise<void> {
    await this.query((sql) => sql`select pg_promote()`);
  }

  /** It receives everything and shows nothing of it. */
  async pauseReplay(): Promise<void> {
    await this.query((sql) => sql`select pg_wal_replay_pause()`);
  }

  async resumeReplay(): Promise<void> {
    await this.query((sql) => sql`select pg_wal_replay_resume()`);
  }

  /** Every process of it stands still, as on a machine that hangs. */
  freeze(): void {
    signalAll(this.server.pid, 'SIGSTOP');
  }

  thaw(): void {
    signalAll(this.server.pid, 'SIGCONT');
  }

  async query<T>(run: (sql: Sql) => PromiseLike<T>): Promise<T> {
    const sql = this.server.admin();
    try {
      return await run(sql);
    } finally {
      await sql.end();
    }
  }

  async #receiveFrom(conninfo: string): Promise<void> {
    await this.query(async (sql) => {
      await sql.unsafe(`alter system set primary_conninfo = '${conninfo}'`);
      await sql`select pg_reload_conf()`;
    });
  }
}

/** Starts a primary with an empty database and standbys in a folder. */
export async function startReplication(folder: string, count: number): Promise<Replication> {
  chmodSync(folder, 0o755);
  const primary = await Postgres.start({ folder: join(folder, 'primary'), settings });
  await primary.stop();
  const copies = Array.from({ length: count }, (_, at) => copyCluster(folder, primary, `standby-${at + 1}`));
  await primary.restart();
  const options = { ...settings, hot_standby: 'on', track_functions: 'pl', wal_retrieve_retry_interval: '200ms' };
  const servers = await Promise.all(copies.map((copy) => Postgres.start({ folder: copy, settings: options })));
  const standbys = servers.map((server) => new Standby(server, primary));
  return {
    primary,
    standbys,
    stop: async () => {
      for (const standby of standbys) {
        if (standby.server.isAlive) standby.thaw();
        await standby.server.stop();
      }
      await primary.stop();
    },
  };
}

/** The folder of a standby: a copy of the stopped primary that is told whom to follow. */
function copyCluster(folder: string, primary: Postgres, name: string): string {
  const copy = join(folder, name);
  mkdirSync(copy);
  execFileSync('cp', ['-a', primary.cluster, copy]);
  execFileSync('chown', ['--reference', primary.cluster, copy]);
  writeFileSync(join(copy, 'cluster', 'standby.signal'), '');
  appendFileSync(join(copy, 'cluster', 'postgresql.auto.conf'), `primary_conninfo = '${conninfoOf(primary)}'\n`);
  return copy;
}

function conninfoOf(primary: Postgres): string {
  return `host=127.0.0.1 port=${primary.port} user=vouch`;
}

/** The postmaster and its children. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  for (const one of [pid, ...children.split(/\s+/).filter(Boolean).map(Number)]) {
    try {
      process.kill(one, signal);
    } catch {
      // it has ended meanwhile
    }
  }
}
