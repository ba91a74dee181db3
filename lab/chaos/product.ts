import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// a product cannot start while the database is killed again and again on a busy machine
const startPatienceMs = 120_000;

/** How a product is started. */
export interface ProductOptions {
  /** Variables beside those of `usual`, which they win over; undefined takes one away. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that its log is appended to. */
  readonly log: string;
  /** Words before `node`, as `faketime -f +1h`. */
  readonly launcher?: readonly string[];
  /** Options of Node.js. */
  readonly nodeOptions?: readonly string[];
  /** The folder of another version, compiled. */
  readonly root?: string;
  /** Does not wait until it is ready. */
  readonly atOnce?: true;
}

/** The product as an operator runs it: compiled, in production mode, in processes of its own, over HTTP. */
export class Product {
  readonly port: number;
  readonly #needs: ProductOptions;
  #child: ChildProcess | undefined;

  private constructor(port: number, needs: ProductOptions) {
    this.port = port;
    this.#needs = needs;
  }

  /** Starts one on a free port of the loopback, which it keeps over restarts, and waits until it is ready. */
  static async start(needs: ProductOptions): Promise<Product> {
    const product = new Product(await freePort(), needs);
    await product.restart();
    return product;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The process that was started, which is the supervisor where there are several workers. */
  get pid(): number {
    return this.#child!.pid!;
  }

  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it again where it has ended. */
  async restart(): Promise<void> {
    const log = openSync(this.#needs.log, 'a');
    const [command, ...words] = [
      ...(this.#needs.launcher ?? []),
      process.execPath,
      ...(this.#needs.nodeOptions ?? []),
      join(this.#needs.root ?? root, 'dist', 'main.js'),
    ];
    const given = Object.entries({ ...usual(this), ...this.#needs.env }).filter(([, text]) => text !== undefined);
    this.#child = spawn(command!, words, {
      cwd: this.#needs.root ?? root,
      env: { PATH: process.env.PATH, ...Object.fromEntries(given) },
      stdio: ['ignore', log, log],
    });
    started.add(this.#child);
    if (!this.#needs.atOnce) await this.ready();
  }

  /** Waits until `/readyz` is well; throws where the process ends or two minutes pass. */
  async ready(): Promise<void> {
    for (const end = Date.now() + startPatienceMs; Date.now() < end; await pause(10)) {
      if (!this.isAlive) throw new Error(`The product ended at its start; see ${this.#needs.log}`);
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.status === 200) return;
    }
    throw new Error(`The product is not ready after ${startPatienceMs / 1000} s; see ${this.#needs.log}`);
  }

  /** SIGKILL to the process that was started. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Lets it finish what is under way. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.#child!, 'exit');
    this.#child!.kill(signal);
    await ended;
    started.delete(this.#child!);
  }
}

/** Compiles the product, and copies its functions. */
export async function buildProduct(): Promise<void> {
  const built = spawn(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' });
  const [code] = await once(built, 'exit');
  if (code !== 0) throw new Error('The build failed');
}

function usual({ port, url }: Product): Record<string, string> {
  return {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: url,
    WORKERS: '1',
    SECRET_KEYS: 'a-key-for-chaos-that-is-long-enough-0123456789',
    SMS_ROUTES: '*=http',
    PHONE_NUMBER_POLICY: 'possible',
    NETWORK_MESSAGES_PER_HOUR: '100000',
    SMS_DAILY_MAX: 'off',
    LOG_LEVEL: 'warn',
  };
}

const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});
