import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fillDataFolder } from './data-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A database that is not there. */
export const unreachableDatabase = 'postgres://vouch@127.0.0.1:1/vouch';

/**
 * A checkout of the whole product, built, gone after the tests of the file. A run of all tests bundles the product once
 * for them; what `npm start` builds is what `start.test.ts` starts.
 */
export async function builtCheckout(): Promise<string> {
  const checkout = await wholeCheckout();
  if (process.env.TEST_DIST === undefined) spawnSync('npm', ['run', 'build'], { cwd: checkout });
  else await cp(process.env.TEST_DIST, join(checkout, 'dist'), { recursive: true });
  return checkout;
}

/** A checkout of the whole product, not built yet, gone after the tests of the file. */
export async function wholeCheckout(): Promise<string> {
  const checkout = await mkdtemp(join(tmpdir(), 'vouch-launch-'));
  after(() => rm(checkout, { recursive: true, force: true }));
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'migrations', 'public', 'src'])
    await cp(join(root, name), join(checkout, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
  return checkout;
}

/** The product, started from a checkout as people start it, in a process group of its own as a terminal makes one. */
export class ProductLaunch {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly checkout: string;
  output = '';

  constructor(checkout: string, env: Record<string, string>, command: readonly string[] = startCommand(checkout)) {
    this.checkout = checkout;
    const [program = '', ...words] = command;
    this.child = spawn(program, words, {
      cwd: checkout,
      detached: true,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'development', PORT: '0', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'exit').then(([code]) => code);
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk) => {
        this.output += chunk;
      });
      stream.on('error', () => {});
    }
    after(() => this.signalGroup('SIGKILL'));
  }

  /** What fits in the output, as soon as it is there; throws where the process ends first. */
  async waitForOutput(fits: RegExp): Promise<RegExpExecArray> {
    return eventually(`${fits} of\n${this.output}`, () => {
      const found = fits.exec(this.output);
      if (!found && this.child.exitCode !== null) throw new Error(`ended before ${fits}:\n${this.output}`);
      return found;
    });
  }

  /** The address, as soon as it serves. */
  async ready(): Promise<string> {
    return (await this.waitForOutput(/ {2}Vouch {10}(http\S+)\/\n/))[1]!;
  }

  signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, signal);
    } catch {
      // all of it has ended
    }
  }
}

/** The command of `npm start`, without npm. */
export function startCommand(checkout: string): string[] {
  return [process.execPath, join(checkout, 'scripts', 'start.mjs')];
}

/** A folder for data beside nothing else. */
export async function emptyDataFolder(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'vouch-data-'));
  after(() => rm(parent, { recursive: true, force: true }));
  await mkdir(join(parent, 'data'));
  return join(parent, 'data');
}

/** The same after a start over it. */
export async function dataFolder(): Promise<string> {
  const folder = await emptyDataFolder();
  fillDataFolder(folder);
  return folder;
}

/** What runs of the checkout or over the folder, as `pid: command` lines; zombies left out. Linux only. */
export function findProcesses(...folders: readonly string[]): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const isOurs = folders.some((one) => words.includes(one) || readlinkSync(`/proc/${pid}/cwd`).startsWith(one));
      return isOurs ? [`${pid}: ${words.replaceAll('\0', ' ')}`] : [];
    } catch {
      // it has ended meanwhile
      return [];
    }
  });
}

/**
 * Nothing runs over the data, and nothing of the checkout soon; no stack was written. The former is not waited for: a
 * PostgreSQL that outlives the process is an orphan.
 */
export async function assertNoProcesses({ checkout, output }: ProductLaunch, dataDir: string): Promise<void> {
  assert.deepEqual(findProcesses(dataDir), []);
  await eventually('the end of all workers', () => findProcesses(checkout).length === 0);
  assert.doesNotMatch(output, /^ +at |EPIPE|Error:/m);
  assert.deepEqual(
    (await readdir(dataDir)).filter((name) => name.includes('.new.')),
    [],
  );
}

/** What `look` finds, as soon as it finds anything; throws after 150 s, which a busy machine may need. */
export async function eventually<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let ms = 2, end = Date.now() + 150_000; Date.now() < end; ms = Math.min(1.5 * ms, 100)) {
    const found = await look();
    if (found) return found;
    await pause(ms);
  }
  throw new Error(`Waited in vain for ${what}`);
}
