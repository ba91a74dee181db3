import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Postgres } from '../../../test/support/postgres.ts';
import { createClient } from '../../bench/load.ts';
import { uniqueNumber } from '../api-client.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { appAuthorization, signInToApp, writeAppFile } from '../oidc-sign-in.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';

const people = 24;

/** `kill -9` at random while clients refresh their tokens; `--times` says how often. */
export const scenario: Scenario = {
  name: 'oidc',
  promise: 'whatever is killed while apps refresh their tokens, nobody is signed out',
  run: ({ times = '60' }) => inSandbox((sandbox) => killAtRandom(sandbox, Number(times))),
};

interface Victim {
  readonly name: string;
  kill(): Promise<unknown>;
  restart(): Promise<void>;
}

async function killAtRandom({ folder, cleanup }: Sandbox, times: number): Promise<Figure[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  cleanup(() => database.stop());
  const file = join(folder, 'clients.json');
  await writeAppFile(file);
  const env = { DATABASE_URL: database.url(), OIDC: 'on', CLIENTS_FILE: file, ...gateway.env };
  const products: Product[] = [];
  for (const at of [0, 1]) {
    const product = await Product.start({ env, log: join(folder, `product-${at}.log`) });
    products.push(product);
    cleanup(() => product.kill());
  }
  const ports = products.map(({ port }) => port);
  const clients: RefreshingClient[] = [];
  while (clients.length < people) clients.push(new RefreshingClient(ports, await signIn(ports[0] ?? 0, gateway)));
  const stop = new AbortController();
  const load = Promise.all(clients.map((client) => client.run(stop.signal)));
  const victims: Victim[] = [
    ...products.map((product, at) => ({
      name: `application ${at}`,
      kill: () => product.kill(),
      restart: () => product.restart(),
    })),
    { name: 'PostgreSQL', kill: () => database.kill(), restart: () => database.restart() },
    { name: 'one backend of PostgreSQL', kill: async () => database.killBackend(), restart: async () => {} },
  ];
  const killed = new Map<string, number>();
  for (let kills = 0; kills < times; kills += 1) {
    await pause(100 + Math.random() * 400);
    const victim = victims[Math.floor(Math.random() * victims.length)];
    if (!victim) continue;
    await victim.kill();
    killed.set(victim.name, (killed.get(victim.name) ?? 0) + 1);
    // the other application goes on meanwhile
    await victim.restart();
  }
  await Promise.all(products.map((product) => product.ready()));
  await pause(1000);
  stop.abort();
  await load;
  return figures(killed, clients);
}

async function signIn(port: number, gateway: FakeGateway): Promise<string> {
  const send = createClient(port);
  const phone_number = uniqueNumber();
  const asked = await send('POST', '/api/request-sms/', { phone_number });
  const sms_code = await gateway.waitForCode(phone_number, 0, 10_000);
  const form = { phone_number, sms_code, challenge: asked.data.challenge };
  const { data } = await send('POST', '/api/verify-sms/', form);
  return signInToApp(port, data.token);
}

/** An app that refreshes again and again, at one process after the other, and keeps its token until it has the next one. */
class RefreshingClient {
  readonly #ports: readonly number[];
  #token: string;
  #turn = 0;
  /** The answers by status, 0 if none came. */
  readonly counts = new Map<number, number>();
  /** The answer that signed the person out. */
  signedOut: string | undefined;

  constructor(ports: readonly number[], token: string) {
    this.#ports = ports;
    this.#token = token;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.signedOut === undefined) {
      const { status, text } = await this.#refresh();
      this.counts.set(status, (this.counts.get(status) ?? 0) + 1);
      if (status === 200) this.#token = JSON.parse(text).refresh_token;
      else if (status === 400 || status === 401) this.signedOut = text;
      await pause(status === 200 ? 20 : 100);
    }
  }

  async #refresh(): Promise<{ status: number; text: string }> {
    this.#turn += 1;
    const port = this.#ports[this.#turn % this.#ports.length];
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
        method: 'POST',
        headers: { authorization: appAuthorization },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: this.#token }),
        signal: AbortSignal.timeout(20_000),
      });
      return { status: answer.status, text: await answer.text() };
    } catch {
      return { status: 0, text: '' };
    }
  }
}

function figures(killed: Map<string, number>, clients: readonly RefreshingClient[]): Figure[] {
  const all = [...killed.values()].reduce((sum, count) => sum + count, 0);
  const by = (fits: (status: number) => boolean) =>
    clients.flatMap(({ counts }) => [...counts]).reduce((sum, [status, n]) => sum + (fits(status) ? n : 0), 0);
  const signedOut = clients.flatMap((client) => client.signedOut ?? []);
  const odd = by((status) => status >= 500 && status !== 503);
  const named = [...killed].sort().map(([name, count]) => `${name} ${count}`);
  const refreshed = by((status) => status === 200);
  return [
    { what: 'kill -9', figure: `${all}: ${named.join(', ')}`, ok: true },
    {
      what: 'refreshes',
      figure: `${refreshed}; ${by((status) => status === 503)} refused (503), ${by((status) => status === 0)} cut off`,
      bound: 'more than one a kill',
      ok: refreshed > all,
    },
    {
      what: `people signed out, of ${clients.length}`,
      figure: `${signedOut.length} ${signedOut[0] ?? ''}`.trim(),
      bound: '0',
      ok: signedOut.length === 0,
    },
    { what: 'answers of 500 and above but 503', figure: String(odd), bound: '0', ok: odd === 0 },
  ];
}
