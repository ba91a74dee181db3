import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findOsUser } from '../../src/db/embedded/os-user.ts';
import { sessionSettingNames } from '../../src/db/session-settings.ts';
import { freePort } from '../../test/support/free-port.ts';

const binary = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find(existsSync);

/** Whether PgBouncer is installed here. */
export const hasPgBouncer = binary !== undefined;

/** A PgBouncer before a server on the loopback, in the way of pooling that it is given. */
export class PgBouncer {
  readonly port: number;
  readonly #folder: string;
  readonly #account: { uid?: number; gid?: number };
  readonly #mode: string;
  #child: ChildProcess | undefined;

  private constructor(port: number, folder: string, account: { uid?: number; gid?: number }, mode: string) {
    this.port = port;
    this.#folder = folder;
    this.#account = account;
    this.#mode = mode;
  }

  static async start(needs: { folder: string; to: number; mode: 'session' | 'transaction' }): Promise<PgBouncer> {
    const account = await findOsUser(needs.folder);
    const pooler = new PgBouncer(await freePort(), needs.folder, account, needs.mode);
    mkdirSync(needs.folder, { recursive: true });
    writeFileSync(join(needs.folder, 'users.txt'), '"vouch" ""\n');
    writeFileSync(join(needs.folder, 'pgbouncer.ini'), settings(pooler.port, needs));
    if (account.uid !== undefined) chownSync(needs.folder, account.uid, account.gid);
    await pooler.restart();
    return pooler;
  }

  /** Starts it where it has ended, and waits until it takes connections. */
  async restart(): Promise<void> {
    const log = openSync(join(this.#folder, 'pgbouncer.log'), 'a');
    this.#child = spawn(binary!, [join(this.#folder, 'pgbouncer.ini')], {
      ...this.#account,
      cwd: this.#folder,
      stdio: ['ignore', log, log],
    });
    started.add(this.#child);
    for (const end = Date.now() + 10_000; Date.now() < end; await pause(10)) if (await answers(this.port)) return;
    throw new Error(`PgBouncer does not start; see ${this.#folder}/pgbouncer.log`);
  }

  /** Leads to another server from its next start on. */
  leadTo(port: number): void {
    writeFileSync(join(this.#folder, 'pgbouncer.ini'), settings(this.port, { to: port, mode: this.#mode }));
  }

  /** It hangs, with all of its connections. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    started.delete(child);
  }
}

function settings(port: number, { to, mode }: { to: number; mode: string }): string {
  return `[databases]
* = host=127.0.0.1 port=${to}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = users.txt
pool_mode = ${mode}
max_client_conn = 1000
default_pool_size = 40
server_login_retry = 0.1
ignore_startup_parameters = ${sessionSettingNames}
`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});
