import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { type Replication, type Standby, startReplication } from '../../../test/support/replication.ts';
import { ApiClient, type ApiResponse, uniqueNumber } from '../api-client.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { max } from '../max.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';

/** A first process with `READ_URLS` reads nothing from a standby before. */
const firstReadsAfterMs = 16_000;
/** As many waits end at once, and their reads begin: more of them would be refused as overload. */
const handsAtOnce = 16;
/** Standbys take turns, also among the requests of others: more than one for each. */
const readsOfEach = 4;
const maxWaitMs = 10_000;
const pricedSignOuts = 100;
const usedAgainWithinMs = 60_000;

/** Two processes end sessions and read them at once, while standbys fail; `--times` sessions. */
export const scenario: Scenario = {
  name: 'replicas',
  promise: 'no standby lets in a session that has ended, and a lost standby holds up nobody for more than 10 s',
  run: ({ times = '1000' }) => inSandbox((sandbox) => failStandbys(sandbox, Number(times))),
};

interface Fault {
  readonly name: string;
  readonly standby: number;
  begin(standby: Standby): unknown;
  end(standby: Standby): unknown;
}

const faults: readonly Fault[] = [
  { name: 'no fault', standby: 0, begin: () => {}, end: () => {} },
  { name: 'replay paused', standby: 0, begin: (one) => one.pauseReplay(), end: (one) => one.resumeReplay() },
  { name: 'cut off from the primary', standby: 1, begin: (one) => one.cutOff(), end: (one) => one.reconnect() },
  { name: 'killed', standby: 0, begin: (one) => one.server.kill(), end: (one) => one.server.restart() },
  { name: 'frozen', standby: 1, begin: (one) => one.freeze(), end: (one) => one.thaw() },
];

/** What the calls of one fault showed. */
interface Observed {
  readonly endMs: number[];
  readonly readMs: number[];
  readonly signInMs: number[];
  ended: number;
  letIn: number;
  readonly odd: number[];
}

async function failStandbys({ folder, cleanup }: Sandbox, times: number): Promise<Figure[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const servers = await startReplication(join(folder), 2);
  cleanup(() => servers.stop());
  const sql = servers.primary.admin();
  cleanup(() => sql.end());
  const start = async (name: string, more: Record<string, string> = {}) => {
    const env = { DATABASE_URL: servers.primary.url(), ...gateway.env, ...more };
    const product = await Product.start({ env, log: join(folder, `${name}.log`) });
    cleanup(() => product.kill());
    const client = new ApiClient([product.port]);
    cleanup(() => client.close());
    return { product, client };
  };
  const alone = await start('alone');
  const before = await signOutMs(alone.client, await signInAll([alone.client], gateway, pricedSignOuts));
  await alone.product.stop();

  const readUrls = servers.standbys.map(({ server }) => server.url()).join();
  const readers = [await start('one', { READ_URLS: readUrls }), await start('two', { READ_URLS: readUrls })];
  const clients = readers.map(({ client }) => client);
  const bare = await asynchronous(servers, sql, await signInAll(clients, gateway, 200));
  await pause(firstReadsAfterMs);
  const figures: Figure[] = [];
  let letIn = 0;
  let ended = 0;
  for (const fault of faults) {
    const standby = servers.standbys[fault.standby] as Standby;
    const tokens = await signInAll(clients, gateway, Math.ceil(times / faults.length));
    for (const one of servers.standbys) await waitUntilUsed(one, clients, tokens[0] as string);
    await fault.begin(standby);
    const observed = await observe(clients, tokens, gateway);
    await fault.end(standby);
    const [token] = await signInAll(clients, gateway, 1);
    const againMs = await waitUntilUsed(standby, clients, token as string);
    figures.push(...figuresOf(fault.name, observed, againMs));
    letIn += observed.letIn;
    ended += observed.ended;
    if (fault.name === 'no fault') {
      const reader = clients[0] as ApiClient;
      const now = await signOutMs(reader, await signInAll([reader], gateway, pricedSignOuts));
      figures.push({
        what: 'median of a sign-out without READ_URLS, and with them',
        figure: `${before} and ${now} ms`,
        ok: true,
      });
    }
  }
  return [
    {
      what: 'ended sessions that were let in',
      figure: `${letIn} of ${ended}`,
      bound: '0',
      ok: letIn === 0 && ended >= times,
    },
    {
      what: 'the same by bare reads at asynchronous standbys',
      figure: `${bare} of 200`,
      bound: 'more than 0',
      ok: bare > 0,
    },
    ...figures,
  ];
}

/** Tokens of so many new people. */
async function signInAll(clients: readonly ApiClient[], gateway: FakeGateway, count: number): Promise<string[]> {
  const tokens: string[] = [];
  const hand = async (client: ApiClient) => {
    for (let left = Math.ceil(count / clients.length / 4); left > 0; left -= 1)
      tokens.push(await signIn(client, gateway));
  };
  await Promise.all(clients.flatMap((client) => [1, 2, 3, 4].map(() => hand(client))));
  return tokens.slice(0, count);
}

async function signIn(client: ApiClient, gateway: FakeGateway): Promise<string> {
  const number = uniqueNumber();
  const asked = await client.requestCode(number);
  const code = await gateway.waitForCode(number, 0, maxWaitMs);
  const verified = await client.verify(number, code ?? '', asked.data?.challenge);
  if (verified.status !== 201) throw new Error(`a sign-in was answered ${asked.status}, then ${verified.status}`);
  return verified.data.token;
}

/** Ends each session through one process and reads it at once through all, while a new person signs in now and then. */
async function observe(
  clients: readonly ApiClient[],
  tokens: readonly string[],
  gateway: FakeGateway,
): Promise<Observed> {
  const observed: Observed = { endMs: [], readMs: [], signInMs: [], ended: 0, letIn: 0, odd: [] };
  const left = [...tokens.entries()];
  const hand = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [at, token] = next;
      await endAndRead(clients, at, token, observed);
    }
  };
  const stop = new AbortController();
  const newcomers = (async () => {
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      await signIn(clients[0] as ApiClient, gateway);
      observed.signInMs.push(performance.now() - startedAt);
      await pause(200);
    }
  })();
  await Promise.all(Array.from({ length: handsAtOnce }, hand));
  stop.abort();
  await newcomers;
  return observed;
}

async function endAndRead(clients: readonly ApiClient[], at: number, token: string, observed: Observed): Promise<void> {
  const known = await Promise.all(clients.map((client) => client.profile(token)));
  const ended = await (clients[at % clients.length] as ApiClient).logOut(token);
  // those of one moment share a statement, and so a standby
  const reads: ApiResponse[] = [];
  for (let times = 0; times < readsOfEach; times += 1) {
    reads.push(...(await Promise.all(clients.map((client) => client.profile(token)))));
  }
  observed.endMs.push(ended.ms);
  observed.readMs.push(...[...known, ...reads].map(({ ms }) => ms));
  if (ended.status === 204) observed.ended += 1;
  if (reads.some(({ status }) => status === 200)) observed.letIn += 1;
  for (const { status } of known) if (status !== 200) observed.odd.push(status);
  for (const { status } of [ended, ...reads])
    if (status !== 204 && status !== 401 && status !== 200) observed.odd.push(status);
}

/** Deletes sessions on the primary and looks for each at the standbys at once, as a process without any check would. */
async function asynchronous({ standbys }: Replication, sql: Sql, tokens: readonly string[]): Promise<number> {
  const clients = standbys.map(({ server }) => server.admin());
  const rows = await sql`select account_id, secret_hash from session order by created_at desc limit ${tokens.length}`;
  let letIn = 0;
  for (const { account_id, secret_hash } of rows) {
    await sql`delete from session where account_id = ${account_id} and secret_hash = ${secret_hash}`;
    const found = await Promise.all(
      clients.map(
        (client) => client`select from session where account_id = ${account_id} and secret_hash = ${secret_hash}`,
      ),
    );
    if (found.some(({ length }) => length > 0)) letIn += 1;
  }
  await Promise.all(clients.map((client) => client.end()));
  return letIn;
}

/** Reads through every process until a standby has served one; the ms that it took. */
async function waitUntilUsed(standby: Standby, clients: readonly ApiClient[], token: string): Promise<number> {
  const calls = () =>
    standby.query(async (sql) => {
      const [row] = await sql`select calls from pg_stat_user_functions where funcname = 'read_profiles_at_standby'`;
      return Number(row?.calls ?? 0);
    });
  const startedAt = performance.now();
  const before = await calls();
  while (performance.now() - startedAt < usedAgainWithinMs) {
    await Promise.all(clients.map((client) => client.profile(token)));
    if ((await calls()) > before) return performance.now() - startedAt;
    await pause(50);
  }
  return Number.POSITIVE_INFINITY;
}

function figuresOf(name: string, { endMs, readMs, signInMs, odd }: Observed, againMs: number): Figure[] {
  const longest = max([...endMs, ...readMs, ...signInMs]);
  const ms = (values: readonly number[]) => `${quantile(values, 0.5)} / ${quantile(values, 1)} ms`;
  return [
    {
      what: `${name}: median and longest wait for a sign-out, a read, a sign-in`,
      figure: `${ms(endMs)}, ${ms(readMs)}, ${ms(signInMs)}`,
      bound: `${maxWaitMs} ms`,
      ok: longest <= maxWaitMs,
    },
    { what: `${name}: other responses`, figure: odd.length === 0 ? '0' : odd.join(), bound: '0', ok: odd.length === 0 },
    {
      what: `${name}: the standby is used again after`,
      figure: `${(againMs / 1000).toFixed(1)} s`,
      bound: `${usedAgainWithinMs / 1000} s`,
      ok: againMs <= usedAgainWithinMs,
    },
  ];
}

/** The median of sign-outs one after the other. */
async function signOutMs(client: ApiClient, tokens: readonly string[]): Promise<string> {
  const all: number[] = [];
  for (const token of tokens) all.push((await client.logOut(token)).ms);
  return quantile(all, 0.5, 1);
}

function quantile(values: readonly number[], share: number, digits = 0): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(digits);
}
