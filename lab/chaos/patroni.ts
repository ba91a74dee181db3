import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../deploy/cluster/cluster.sh', import.meta.url));
const nodes = [1, 2, 3];

/** What this machine lacks for the cluster of `deploy/cluster`; undefined where it has all. */
export function missingForCluster(): string | undefined {
  const folders = ['/usr/bin', '/usr/sbin', '/usr/local/bin'];
  const missing = ['patroni', 'etcd', 'haproxy', 'pgbouncer', 'curl'].filter(
    (name) => !folders.some((folder) => existsSync(join(folder, name))),
  );
  if (!existsSync('/usr/lib/postgresql')) missing.push('postgresql');
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}

/** The cluster of `deploy/cluster`, whose machines can die, hand over and come back. */
export class Cluster {
  readonly url: string;
  readonly #folder: string;
  readonly #port: number;

  private constructor(folder: string, port: number, url: string) {
    this.#folder = folder;
    this.#port = port;
    this.url = url;
  }

  /** Builds one in an empty or absent folder, on the sixty ports from `port` on. */
  static async up(folder: string, port: number): Promise<Cluster> {
    const { stdout } = await promisify(execFile)(script, ['up', folder, `${port}`], { timeout: 180_000 });
    const [, url] = /DATABASE_URL=(\S+)/.exec(stdout) ?? [];
    if (!url) throw new Error(`The cluster told no DATABASE_URL; see ${folder}`);
    return new Cluster(folder, port, url);
  }

  /** The number of the machine that takes writes, by Patroni. */
  async primary(): Promise<number | undefined> {
    for (const node of nodes) if (await this.#says(node, 'primary')) return node;
    return undefined;
  }

  /** Waits until a machine stands by and streams. */
  async waitForStandby(node: number, patienceMs: number): Promise<number> {
    const begun = performance.now();
    while (performance.now() - begun < patienceMs) {
      if (await this.#says(node, 'replica')) return performance.now() - begun;
      await pause(200);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The machine is dead: Patroni and every process of PostgreSQL, at once. */
  kill(node: number): void {
    this.#signal(node, 'SIGKILL');
  }

  /** A dead machine is started again. */
  restart(node: number): void {
    const log = openSync(join(this.#folder, `patroni-${node}.log`), 'a');
    const as =
      process.getuid?.() === 0 ? ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--init-groups'] : [];
    const [command, ...words] = [...as, 'patroni', join(this.#folder, `patroni-${node}.yml`)];
    spawn(command!, words, { cwd: this.#folder, stdio: ['ignore', log, log], detached: true }).unref();
  }

  /** The primary hands over in order, to the synchronous standby. */
  async switchOver(from: number): Promise<void> {
    const answer = await fetch(this.#rest(from, 'switchover'), {
      method: 'POST',
      body: JSON.stringify({ leader: `node${from}` }),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(`Patroni does not switch over: ${answer.status} ${said}`);
  }

  /** Ends all of it. */
  async down(): Promise<void> {
    await promisify(execFile)(script, ['down', this.#folder, `${this.#port}`], { timeout: 60_000 }).catch(() => {});
    for (const node of nodes) this.kill(node);
  }

  #rest(node: number, path: string): string {
    return `http://127.0.0.1:${this.#port + 20 + node}/${path}`;
  }

  async #says(node: number, role: string): Promise<boolean> {
    const asked = { signal: AbortSignal.timeout(1000) };
    const answer = await fetch(this.#rest(node, role), asked).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  }

  /** To Patroni first, which would otherwise start PostgreSQL again. Both are known by files in our own folder. */
  #signal(node: number, signal: NodeJS.Signals): void {
    const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
    const all = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)?.slice(1) ?? []);
    const having = (text: string) => all.filter(([, , args]) => args?.split(' ').includes(text)).map(([pid]) => pid);
    const patroni = having(join(this.#folder, `patroni-${node}.yml`));
    const postmasters = all
      .filter(
        ([, , args]) => args?.includes('/postgres -D ') && args.split(' ').includes(join(this.#folder, `data-${node}`)),
      )
      .map(([pid]) => pid);
    const backends = all.filter(([, parent]) => parent && postmasters.includes(parent)).map(([pid]) => pid);
    for (const pid of [...patroni, ...postmasters, ...backends]) {
      try {
        process.kill(Number(pid), signal);
      } catch {
        // it has ended meanwhile
      }
    }
  }
}
