import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { deepTest } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { freshDatabase, testKey } from './support/harness.ts';
import { missingProgram } from './support/installed-programs.ts';
import { builtCheckout, eventually, ProductLaunch } from './support/product-launch.ts';
import { nginxSettings, type ProxyName, proxyNames, startProxy } from './support/proxy-process.ts';

const checkout = await builtCheckout();

/** The settings of docs/scale.md. */
const settings: Record<ProxyName, (port: number, servers: readonly string[]) => string> = {
  nginx: (port, servers) => nginxSettings(`127.0.0.1:${port}`, servers),
  haproxy: (port, servers) => `
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
  caddy: (port, servers) => `
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
};

for (const name of proxyNames) {
  deepTest(`an instance that stops behind ${name} drops no request`, { skip: missingProgram(name) }, async () => {
    const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, DRAIN_SECONDS: '5' };
    const [leaving, staying] = [
      new ProductLaunch(checkout, { ...env, WORKERS: '2' }),
      new ProductLaunch(checkout, { ...env, WORKERS: '1' }),
    ];
    const servers = await Promise.all([leaving, staying].map(async (one) => new URL(await one.ready()).host));
    const port = await freePort();
    const proxy = await startProxy(name, port, settings[name](port, servers));
    await eventually(`an answer through ${name}`, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      return answer?.status === 200;
    });
    const load = new Load(port);
    await load.passes(100);
    leaving.child.kill();
    await leaving.exited;
    await load.passes(100);
    await load.stop();
    proxy.kill();
    staying.child.kill();
    assert.deepEqual(load.failures, []);
    assert.match(leaving.output, /"seconds":5,"msg":"drain started"/);
  });
}

deepTest('an instance that stops says so at once, and serves on for the drain time', async () => {
  for (const workers of ['1', '2']) {
    const env = { DATABASE_URL: await freshDatabase(), SECRET_KEYS: testKey, DRAIN_SECONDS: '4' };
    const launch = new ProductLaunch(checkout, { ...env, WORKERS: workers });
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
