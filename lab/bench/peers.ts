import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createDatabase } from '../../test/support/create-database.ts';
import { uniqueNumber } from '../chaos/api-client.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { buildProduct, Product, type ProductOptions } from '../chaos/product.ts';
import { RawConnection, type RawResponse } from '../chaos/raw-connection.ts';
import { installPeers, peersFolder } from './install-peers.ts';
import { createClient, load, type Measured } from './load.ts';
import type { Plan } from './plan.ts';
import { postgresPid, withCosts } from './processor-time.ts';
import { type Row, residentMemory, summarize } from './results.ts';

/** A system that does our job, in a process of its own; another one is a file in `peers/` and an entry in `peers`. */
export interface Peer {
  readonly name: string;
  readonly pid: number;
  /** A new person's sign-in, as a client does it: what to read a session with. */
  signIn(): Promise<Record<string, string>>;
  /** Reads it, from one of many connections that cost next to nothing. */
  readonly sessionAt: { port: number; path: string; contains: string };
  end(): Promise<void>;
}

/** Sign-ins and reads of a session against other systems, in turns on one PostgreSQL; limits off, logs off. */
export async function comparePeers(plan: Plan): Promise<Row[]> {
  const { url, dataDir, seconds, rounds } = plan;
  await buildProduct();
  installPeers();
  const gateway = await FakeGateway.open();
  const contestants: Peer[] = [];
  try {
    const postgresAt = await postgresPid(plan);
    for (const open of peers) {
      const own = await createDatabase(url, `bench_${contestants.length}`, { migrated: false });
      contestants.push(await open(own, gateway, dataDir));
    }
    const rows: Row[] = [];
    for (const [work, perform] of Object.entries(works)) {
      const measured = new Map<string, Measured[]>(contestants.map(({ name }) => [name, []]));
      for (const contestant of contestants) await perform(contestant, 1);
      for (let round = 0; round < rounds; round += 1) {
        for (const contestant of contestants) {
          const payers = { application: contestant.pid, postgres: postgresAt };
          measured.get(contestant.name)!.push(await withCosts(payers, () => perform(contestant, seconds)));
        }
      }
      const ours = summarize(measured.get('vouch')!);
      for (const [name, all] of measured) {
        const mine = summarize(all);
        rows.push({ work, kind: name, ...mine, 'we do': `${(ours.rate / mine.rate).toFixed(1)} times` });
      }
    }
    for (const { name, pid } of contestants)
      rows.push({ work: 'memory after that', kind: name, MiB: residentMemory(pid) });
    return rows;
  } finally {
    for (const contestant of contestants) await contestant.end();
    gateway.close();
  }
}

/** The works that are compared. */
export const works: Record<string, (contestant: Peer, seconds: number) => Promise<Measured>> = {
  'session read': async (contestant, seconds) => {
    const { port, path, contains } = contestant.sessionAt;
    const headers = Object.entries(await contestant.signIn()).map(([name, value]) => `${name}: ${value}\r\n`);
    const bytes = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers.join('')}\r\n`;
    const lines: RawConnection[] = [];
    const free: RawConnection[] = [];
    const measured = await load(seconds, async () => {
      const line = free.pop() ?? new RawConnection(port);
      if (!lines.includes(line)) lines.push(line);
      const { status, body } = await new Promise<RawResponse>((resolve) => line.send(bytes, resolve));
      if (status !== 200 || !body.includes(contains)) throw new Error(`${path}: ${status} ${body}`);
      free.push(line);
    });
    for (const line of lines) line.close();
    return measured;
  },
  'sign-in, each person new': (contestant, seconds) => load(seconds, async () => void (await contestant.signIn())),
};

const peers: ((url: string, gateway: FakeGateway, dataDir: string) => Promise<Peer>)[] = [
  vouch,
  (url, gateway) => betterAuth('Better Auth', url, gateway, 'off'),
  (url, gateway) => betterAuth('Better Auth, sessions cached in the cookie', url, gateway, 'on'),
];

/** Vouch as compiled, by default from this tree. */
export async function vouch(
  url: string,
  gateway: FakeGateway,
  dataDir: string,
  options: Partial<ProductOptions> = {},
): Promise<Peer> {
  const env = { DATABASE_URL: url, TRUST_PROXY: '1', ...gateway.env, ...options.env };
  const product = await Product.start({ ...options, env, log: join(dataDir, 'vouch.log') });
  const send = createClient(product.port);
  return {
    name: 'vouch',
    pid: product.pid,
    signIn: async () => {
      const phone_number = uniqueNumber();
      const from = { 'x-forwarded-for': `10.${[1, 2, 3].map(() => Math.floor(Math.random() * 256)).join('.')}` };
      const asked = await send('POST', '/api/request-sms/', { phone_number }, from);
      const { data } = await send('POST', '/api/verify-sms/', {
        phone_number,
        sms_code: await codeOf(gateway, phone_number),
        challenge: asked.data.challenge,
      });
      return { authorization: `Token ${data.token}` };
    },
    sessionAt: { port: product.port, path: '/api/users/me', contains: '"phone_number"' },
    end: () => product.stop(),
  };
}

async function betterAuth(name: string, url: string, gateway: FakeGateway, cache: string): Promise<Peer> {
  const [child, port] = await serverOf('better-auth.js', { DATABASE_URL: url, CACHE: cache, ...gateway.env });
  const send = createClient(port);
  const origin = { origin: 'http://127.0.0.1' };
  return {
    name,
    pid: child.pid!,
    signIn: async () => {
      const phoneNumber = uniqueNumber();
      await send('POST', '/api/auth/phone-number/send-otp', { phoneNumber }, origin);
      const code = await codeOf(gateway, phoneNumber);
      const { cookies } = await send('POST', '/api/auth/phone-number/verify', { phoneNumber, code }, origin);
      return { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') };
    },
    sessionAt: { port, path: '/api/auth/get-session', contains: '"session"' },
    end: async () => void child.kill('SIGKILL'),
  };
}

/** Both get their code by the same way: the sender's HTTP. */
async function codeOf(gateway: FakeGateway, number: string): Promise<string> {
  const code = await gateway.waitForCode(number, 0, 10_000);
  gateway.forget(number);
  if (!code) throw new Error(`no message for ${number}`);
  return code;
}

/** Starts a server of `peers/` that prints its port. */
export async function serverOf(file: string, env: Record<string, string>): Promise<[ChildProcess, number]> {
  const child = spawn(process.execPath, [file], {
    cwd: peersFolder,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^port (\d+)/.exec(line)?.[1];
    if (port) return [child, Number(port)];
  }
  throw new Error(`${file} ended at its start`);
}
