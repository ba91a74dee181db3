import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { freshDatabase, testKey } from './harness.ts';
import { builtCheckout, eventually, Launch } from './launch.ts';

const checkout = await builtCheckout();

/** The settings of docs/scale.md. */
const proxies: Record<string, { file: string; words: string[]; config: (port: number, servers: string[]) => string }> =
  {
    nginx: {
      file: 'nginx.conf',
      words: ['-p', '.', '-c', 'nginx.conf', '-e', 'error.log'],
      config: (port, servers) => `
      daemon off;
      master_process off;
      pid nginx.pid;
      events {}
      http {
        access_log off;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        upstream vouch {
          ${servers.map((server) => `server ${server};`).join('\n')}
          keepalive 16;
        }
        server {
          listen 127.0.0.1:${port};
          location / {
            proxy_pass http://vouch;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
          }
        }
      }
    `,
    },
    haproxy: {
      file: 'haproxy.cfg',
      words: ['-f', 'haproxy.cfg'],
      config: (port, servers) => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option redispatch
frontend signin
  bind 127.0.0.1:${port}
  default_backend vouch
backend vouch
  option httpchk GET /readyz
  default-server check inter 1s fall 1 rise 1
${servers.map((server, at) => `  server vouch${at} ${server}`).join('\n')}
`,
    },
    caddy: {
      file: 'Caddyfile',
      words: ['run', '--config', 'Caddyfile'],
      config: (port, servers) => `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy ${servers.join(' ')} {
    health_uri /readyz
    health_interval 1s
    lb_try_duration 5s
  }
}
`,
    },
  };

const isInstalled = (name: string) => spawnSync(name, ['-v']).error === undefined;

for (const [name, { file, words, config }] of Object.entries(proxies)) {
  const skip = isInstalled(name) ? false : `${name} is not installed`;
  test(`an instance that stops behind ${name} drops no request`, { skip }, async () => {
    const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, DRAIN_SECONDS: '5' };
    const [leaving, staying] = [
      new Launch(checkout, { ...env, WORKERS: '2' }),
      new Launch(checkout, { ...env, WORKERS: '1' }),
    ];
    const servers = await Promise.all([leaving, staying].map(async (one) => new URL(await one.ready()).host));
    const proxy = await started(name, words, file, (port) => config(port, servers));
    const load = new Load(proxy.port);
    await load.passes(100);
    leaving.child.kill();
    await leaving.exited;
    await load.passes(100);
    await load.stop();
    proxy.child.kill();
    staying.child.kill();
    assert.deepEqual(load.failures, []);
    assert.match(leaving.output, /"seconds":5,"msg":"draining"/);
  });
}

test('an instance that stops says so at once, and serves on for the drain time', async () => {
  for (const workers of ['1', '2']) {
    const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, DRAIN_SECONDS: '4' };
    const launch = new Launch(checkout, { ...env, WORKERS: workers });
    const url = await launch.ready();
    const told = performance.now();
    launch.child.kill();
    await eventually('503 of every worker', async () => {
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => fetch(`${url}/readyz`, { headers: { connection: 'close' } })),
      );
      return answers.every(({ status }) => status === 503);
    });
    assert.equal((await fetch(`${url}/api/users/me`)).status, 401);
    assert.equal(await launch.exited, 0);
    assert.ok(performance.now() - told > 4000);
  }
});

/** A proxy on a free port, ready when it takes connections. */
async function started(name: string, words: readonly string[], file: string, config: (port: number) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'vouch-proxy-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  await writeFile(join(folder, file), config(port));
  const child: ChildProcess = spawn(name, words, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  after(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (said += chunk));
  await eventually(`${name} to serve`, async () => {
    if (child.exitCode !== null) throw new Error(said);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  });
  return { child, port };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Eight clients that keep their connections and read and write without a pause to speak of, until stopped. */
class Load {
  readonly failures: string[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: Promise<void>[];
  #passed = 0;
  #stopped = false;

  constructor(port: number) {
    this.#clients = Array.from({ length: 8 }, (_, at) => this.#client(port, at));
  }

  async passes(more: number): Promise<void> {
    const until = this.#passed + more;
    await eventually(`${more} more answers`, () => this.#passed >= until || this.failures.length > 0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #client(port: number, at: number): Promise<void> {
    for (let times = at; !this.#stopped; times += 1) {
      const outcome = await this.#send(port, times % 2 === 0).catch((error: Error) => String(error));
      if (outcome === 400 || outcome === 401) this.#passed += 1;
      else this.failures.push(String(outcome));
      await pause(5);
    }
  }

  #send(port: number, writes: boolean): Promise<number | undefined> {
    const path = writes ? '/api/verify-sms/' : '/api/users/me';
    const options = { port, host: '127.0.0.1', path, agent: this.#agent, method: writes ? 'POST' : 'GET' };
    return new Promise((resolve, reject) => {
      const sent = request({ ...options, headers: writes ? { 'content-type': 'application/json' } : {} }, (answer) => {
        answer
          .resume()
          .on('end', () => resolve(answer.statusCode))
          .on('error', reject);
      });
      sent.on('error', reject);
      sent.end(writes ? '{}' : undefined);
    });
  }
}
