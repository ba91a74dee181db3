import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as listener } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The product as a process of its own, with a real environment, and all that it said. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly port: number;
  readonly said: string[];
  /** Asks it to stop, and kills it after 30 s. */
  stop(): Promise<void>;
}

/** The root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Starts the product as `npm start` does, for production, on a free port, and does not wait until it listens: see
 * `ready`. `env` wins over what is set here; without `DATABASE_URL` in it, it runs a PostgreSQL of its own in `DATA_DIR`.
 */
export async function startProduct(env: Record<string, string>, folder = root): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      SECRET_KEYS: 'a-key-for-chaos-that-is-long-enough-0123456789',
      SMS_SENDER: 'http',
      TRUST_PROXY: '1',
      LOG_LEVEL: 'warn',
      ADDRESS_SENDS_PER_HOUR: '1000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said.push(...String(chunk).split('\n').filter(Boolean));
      if (said.length > 2000) said.splice(0, said.length - 2000);
    });
  }
  const exited = once(child, 'exit');
  return {
    child,
    pid: child.pid!,
    port,
    said,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await exited;
      clearTimeout(patience);
    },
  };
}

/** Milliseconds until `/readyz` answers 200; throws after so many seconds, or when the process has ended. */
export async function ready({ child, port, said }: Running, seconds = 60): Promise<number> {
  const begun = performance.now();
  while (performance.now() - begun < seconds * 1000) {
    if (child.exitCode !== null) throw new Error(`the product ended: ${said.slice(-10).join('\n')}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(
      () => undefined,
    );
    if (answer?.status === 200) return performance.now() - begun;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the product was not ready within ${seconds} s: ${said.slice(-10).join('\n')}`);
}

/** Where the product's SMS go: keeps the newest code of each number. */
export interface Sink {
  readonly url: string;
  /** Takes the code that came to a number out; waits up to 5 s for it. */
  codeFor(phone: string): Promise<string | undefined>;
  close(): void;
}

/** Opens a sink on the loopback. */
export async function openSink(): Promise<Sink> {
  const codes = new Map<string, string>();
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const message = JSON.parse(text) as { to: string; text: string };
      codes.set(message.to, /#(\d+)/.exec(message.text)?.[1] ?? '');
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async codeFor(phone) {
      for (
        const end = performance.now() + 5000;
        performance.now() < end;
        await new Promise((done) => setTimeout(done, 5))
      ) {
        const code = codes.get(phone);
        if (code === undefined) continue;
        codes.delete(phone);
        return code;
      }
      return undefined;
    },
    close: () => void server.close(),
  };
}

/** A port of the loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = listener();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
