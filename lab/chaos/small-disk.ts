import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import type { Fault } from './fault-window.ts';
import { processTree } from './process-tree.ts';

/** What this machine lacks for disks that fail, in words; undefined where they can be had. */
export function missingForDisks(): string | undefined {
  if (process.getuid?.() !== 0) return 'a small file system can be mounted by root only';
  if (spawnSync('strace', ['-V']).status !== 0) return 'strace is not installed, which injects EIO';
  const folder = mkdtempSync(join(tmpdir(), 'vouch-disk-'));
  try {
    const tried = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { encoding: 'utf8' });
    if (tried.status !== 0) return `no file system can be mounted here: ${tried.stderr}`;
    spawnSync('umount', [folder]);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A disk of so many MiB: an ext4 in a file where a loop device can be had, else memory that counts as a disk. */
export class SmallDisk {
  readonly folder: string;
  readonly kind: string;

  constructor(beside: string, mebibytes: number) {
    this.folder = join(beside, 'disk');
    const image = join(beside, 'disk.image');
    mkdirSync(this.folder, { recursive: true });
    execFileSync('truncate', ['-s', `${mebibytes}M`, image]);
    // whole at once: what is left to be made later would be made while people wait
    const made = spawnSync('mkfs.ext4', ['-q', '-m', '0', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
    const isExt4 = made.status === 0 && spawnSync('mount', ['-o', 'loop', image, this.folder]).status === 0;
    this.kind = isExt4 ? 'ext4' : 'tmpfs';
    if (!isExt4) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', this.folder]);
  }

  /** As soon as nobody uses it, which is waited for a while. */
  async unmount(): Promise<void> {
    for (const end = Date.now() + 10_000; Date.now() < end; await pause(200)) {
      if (spawnSync('umount', [this.folder]).status === 0) return;
    }
    execFileSync('umount', ['--lazy', this.folder]);
  }

  /**
   * Not a byte is left, and what PostgreSQL gives back is taken too. In the second half its log has to go on in a new
   * file, which is what ends a server.
   */
  full(seconds: number, admin: () => Sql): Fault {
    const filler = join(this.folder, 'filler');
    return {
      name: 'full disk',
      seconds,
      begin: async () => {
        const stop = new AbortController();
        const taking = this.#take(filler, (seconds * 1000) / 2, admin, stop.signal);
        return async () => {
          stop.abort();
          await taking;
          rmSync(filler);
        };
      },
    };
  }

  async #take(filler: string, switchAfterMs: number, admin: () => Sql, stop: AbortSignal): Promise<void> {
    const begun = performance.now();
    const sql = admin();
    // reserved, not written, so that the machine's own disk has nothing to do with it
    const { bavail, bsize } = statfsSync(this.folder);
    spawnSync('fallocate', ['-l', String(bavail * bsize - 2 ** 20), filler]);
    while (!stop.aborted) {
      fill(filler);
      const isTime = performance.now() - begun > switchAfterMs;
      const switched = isTime ? sql`select pg_switch_wal()`.catch(() => {}) : undefined;
      await Promise.race([switched, pause(250)]);
      await pause(50);
    }
    void sql.end({ timeout: 0 }).catch(() => {});
  }
}

function fill(filler: string): void {
  const file = openSync(filler, 'a');
  for (let size = 65_536; size >= 512; ) {
    try {
      writeSync(file, Buffer.alloc(size, 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      size /= 2;
    }
  }
  closeSync(file);
}

/** Whatever the server over a cluster asks to be on disk for good is answered EIO, in all of its processes. */
export function fsyncErrors(cluster: string, seconds: number): Fault {
  return {
    name: 'EIO on fsync',
    seconds,
    async begin() {
      const stop = new AbortController();
      const injecting = inject(cluster, stop.signal);
      return async () => {
        stop.abort();
        await injecting;
      };
    },
  };
}

/** Processes are taught as they come: those of a server that was started again, and those that came while one was taught. */
async function inject(cluster: string, stop: AbortSignal): Promise<void> {
  const tracers: ChildProcess[] = [];
  while (!stop.aborted) {
    const server = serverOver(cluster);
    const tree = server === undefined ? [] : await processTree(server);
    const free = tree.filter(({ pid }) => !isTraced(pid)).flatMap(({ pid }) => ['-p', String(pid)]);
    const error = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO'];
    if (free.length > 0) tracers.push(spawn('strace', ['-f', '-q', ...error, ...free], { stdio: 'ignore' }));
    await pause(50);
  }
  for (const tracer of tracers) await ended(tracer);
}

function isTraced(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/status`, 'utf8').includes('TracerPid:\t0\n');
  } catch {
    return true;
  }
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

function serverOver(cluster: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(cluster, 'postmaster.pid'), 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}
