import { type ChildProcess, fork } from 'node:child_process';
import { bundleRunner } from './bundle.ts';
import { createTestRole, type TestRole } from './test-role.ts';

/** A bundle to run, over which database server, with which of Stryker's mutants. */
export interface TestRun {
  readonly bundle: string;
  readonly databaseUrl: string;
  readonly mutant: string | undefined;
  /** The database that new databases are copies of. */
  readonly template: string | undefined;
}

/** How a test file ended: what failed first, or nothing. */
export type TestOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly failed: string; readonly isTimeout: boolean };

const longestMs = 120_000;
const runsOfAProcess = 40;

/** Runs test files of a copy, one at a time, until the first test that fails: the rest would tell nothing more. */
export class TestRunner {
  readonly #program: string;
  readonly #copy: string;
  readonly #lodging: TestRole;
  readonly #template: string | undefined;
  #child: ChildProcess | undefined;
  #runs = 0;

  private constructor(program: string, copy: string, lodging: TestRole, template: string | undefined) {
    this.#program = program;
    this.#copy = copy;
    this.#lodging = lodging;
    this.#template = template;
  }

  static async open(copy: string, serverUrl: string, name: string, template?: string): Promise<TestRunner> {
    return new TestRunner(await bundleRunner(copy), copy, await createTestRole(serverUrl, name), template);
  }

  async run(bundle: string, mutant?: string): Promise<TestOutcome> {
    if (this.#runs >= runsOfAProcess) this.#end();
    this.#child ??= this.#start();
    this.#runs += 1;
    const [template, databaseUrl] = [this.#template, this.#lodging.url];
    const ending = await this.#answer(this.#child, { bundle, mutant, template, databaseUrl });
    if (!ending.ok && ending.isTimeout) this.#end();
    await this.#lodging.clear();
    return ending;
  }

  async close(): Promise<void> {
    this.#end();
    await this.#lodging.close();
  }

  #answer(child: ChildProcess, run: TestRun): Promise<TestOutcome> {
    return new Promise((resolve) => {
      const settle = (ending: TestOutcome) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(ending);
      };
      const timer = setTimeout(() => settle({ ok: false, failed: 'too long', isTimeout: true }), longestMs);
      child.once('message', (ending: TestOutcome) => settle(ending));
      child.once('exit', (code) => {
        this.#child = undefined;
        settle({ ok: false, failed: `the process ended with ${code}`, isTimeout: false });
      });
      child.send(run);
    });
  }

  #start(): ChildProcess {
    this.#runs = 0;
    // a group of its own, so that what a test has started ends with it
    return fork(this.#program, {
      cwd: this.#copy,
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test' },
      execArgv: [],
    });
  }

  #end(): void {
    if (this.#child?.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    this.#child = undefined;
    this.#runs = 0;
  }
}
