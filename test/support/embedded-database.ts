import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbedded } from '../../src/db/embedded/server.ts';
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts';
import { StartupError } from '../../src/db/startup-error.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import type { Log } from '../../src/kit/log.ts';
import { nodeArguments } from './child-script.ts';
import { fillDataFolder } from './data-folder.ts';

/** A log that hands each line's text on. */
export function memoryLog(take: (line: string) => unknown): Log {
  const level = (first: unknown, message?: string) =>
    take(message ? lineOf(first as { err?: Error }, message) : String(first));
  return { debug: level, info: level, warn: level, error: level, fatal: level } as unknown as Log;
}

/** The message, the values of its fields, and the error. */
function lineOf({ err, ...fields }: { err?: Error }, message: string): string {
  return [message, ...Object.values(fields).flat()].join(' ') + (err ? `: ${err.message}` : '');
}

/** How a start over the folder is refused: by a sentence that says what to do. */
export async function startupRefusal(dataDir: string): Promise<string> {
  const fault = await startEmbedded({ dataDir, log: memoryLog(() => {}) }).then(
    (server) => server.stop().then(() => assert.fail('it started')),
    (reason) => reason,
  );
  assert.ok(fault instanceof StartupError, String(fault?.stack));
  assert.doesNotMatch(fault.message, /\n|FATAL|PANIC|LOG:|^E[A-Z]+:/, 'one sentence, in our words');
  return fault.message;
}

const endings = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs after the test, what was named last first. */
export function cleanup(t: TestContext, ending: () => unknown): void {
  const known = endings.get(t);
  if (known) return void known.push(ending);
  const list = [ending];
  endings.set(t, list);
  t.after(async () => {
    for (const one of list.reverse()) await one();
  });
}

/** A folder of mode 700 that is gone after the test. */
export async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vouch-test-'));
  cleanup(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A data folder that has been started over before, gone after the test. */
export async function dataFolder(t: TestContext): Promise<string> {
  const folder = await emptyFolder(t);
  fillDataFolder(folder);
  return folder;
}

/** A database opened in this process, closed after the test, and the lines of its log. */
export async function openLoggedDatabase(
  t: TestContext,
  where: { dataDir?: string; databaseUrl?: string },
): Promise<OpenDatabase & { lines: string[] }> {
  const lines: string[] = [];
  const log = memoryLog((line) => lines.push(line));
  const database = await openDatabase({ dataDir: '', ...where, poolSize: 4, log, clock: databaseClock });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= database.close());
  cleanup(t, close);
  return { ...database, close, lines };
}

/** What a process of ours said. */
export type ProcessLine = { ready?: true; refused?: string; message?: string; log?: string };

/** Another process that opens a database; killed after the test if it still lives. */
export class DatabaseProcess {
  readonly child: ChildProcess;
  readonly lines: ProcessLine[] = [];
  readonly exited: Promise<unknown>;

  constructor(t: TestContext, env: Record<string, string>, account: { uid?: number; gid?: number } = {}) {
    this.child = spawn(process.execPath, nodeArguments('test/support/database-process.ts'), {
      ...account,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.exited = once(this.child, 'exit');
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.lines.push(JSON.parse(line)));
    cleanup(t, () => this.stop());
  }

  /** The first line that fits; throws if the process ends without one. */
  async waitForLine(fits: (said: ProcessLine) => unknown): Promise<ProcessLine> {
    return eventually(`a line of process ${this.child.pid}, which said ${JSON.stringify(this.lines)}`, () => {
      const found = this.lines.find(fits);
      if (!found && this.child.exitCode !== null) assert.fail(`ended: ${JSON.stringify(this.lines)}`);
      return found;
    });
  }

  /** Ready or refused, whichever it becomes. */
  outcome(): Promise<ProcessLine> {
    return this.waitForLine((said) => said.ready || said.refused);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Lets it close what it opened. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.exited;
  }
}

/** What `look` finds, as soon as it finds anything; throws after 60 s, for a machine may be busy. */
export async function eventually<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(5)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`Waited in vain for ${what}`);
}

/** The process id of the server over a data folder. */
export async function serverPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
}

/** False also for one that has ended and only waits to be reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
