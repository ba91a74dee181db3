import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Postgres } from '../../../test/support/postgres.ts';
import { ApiClient, type RecordedCall } from '../api-client.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { max } from '../max.ts';
import { hasPgBouncer, PgBouncer } from '../pgbouncer.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { UserJourneys } from '../user-journey.ts';

const hands = 24;
const waitAtMostMs = 10_000;

/** `kill -9` at random under load; `--times` says how often. */
export const scenario: Scenario = {
  name: 'kills',
  promise: 'whatever is killed at whatever moment, nothing that was acknowledged is lost or done twice',
  run: ({ times = '60' }) => inSandbox((sandbox) => killAtRandom(sandbox, Number(times))),
};

interface Victim {
  readonly name: string;
  kill(): Promise<boolean>;
  restart(): Promise<void>;
  busy?: Promise<void> | undefined;
}

async function killAtRandom({ folder, cleanup }: Sandbox, times: number): Promise<Figure[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  cleanup(() => database.stop());
  await endWhatHangs(database);
  const pooler = hasPgBouncer
    ? await PgBouncer.start({ folder: join(folder, 'pooler'), to: database.port, mode: 'transaction' })
    : undefined;
  cleanup(() => pooler?.kill());
  const direct = { DATABASE_URL: database.url() };
  const pooled = pooler ? { DATABASE_URL: database.url(pooler.port), DATABASE_POOLER: 'transaction' } : direct;
  const products: Product[] = [];
  for (const [at, way] of [direct, pooled, pooled].entries()) {
    const log = join(folder, `product-${at}.log`);
    products.push(await Product.start({ env: { ...way, ...gateway.env }, log }));
    cleanup(() => products[at]!.kill());
  }

  const calls: RecordedCall[] = [];
  const client = new ApiClient(
    products.map(({ port }) => port),
    (told) => calls.push(told),
  );
  cleanup(() => client.close());
  const journeys = new UserJourneys(client, gateway);
  const stop = new AbortController();
  const load = journeys.run(hands, stop.signal);
  const victims = victimsOf(products, pooler, database);
  const killed = await killRandomly(victims, times, () => journeys.counted.acknowledged);
  const begun = performance.now();
  stop.abort();
  await load;
  const healthyMs = await untilHealthy(products, begun);

  const sql = database.admin();
  cleanup(() => sql.end());
  const broken = await journeys.findViolations(sql);
  return figures({ killed, calls, journeys, broken, healthyMs, withPooler: pooler !== undefined });
}

/** What a server has to be told where a pooler in transaction mode stands before it. */
async function endWhatHangs(database: Postgres): Promise<void> {
  const sql = database.admin();
  await sql`alter role vouch set statement_timeout = 8000`;
  await sql`alter role vouch set lock_timeout = 5000`;
  await sql.end();
}

function victimsOf(products: Product[], pooler: PgBouncer | undefined, database: Postgres): Victim[] {
  const ended = (kill: () => Promise<void>) => () => kill().then(() => true);
  const application = products.map((product, at) => ({
    name: `application ${at}`,
    kill: ended(() => product.kill()),
    restart: () => product.restart(),
  }));
  return [
    ...application,
    { name: 'PostgreSQL', kill: ended(() => database.kill()), restart: () => database.restart() },
    { name: 'one backend of PostgreSQL', kill: async () => database.killBackend(), restart: async () => {} },
    ...(pooler ? [{ name: 'PgBouncer', kill: ended(() => pooler.kill()), restart: () => pooler.restart() }] : []),
  ];
}

/** One after the other; who is killed comes back in the background, and is not killed before it is back. */
async function killRandomly(victims: Victim[], times: number, done: () => number): Promise<Map<string, number>> {
  const killed = new Map<string, number>();
  const faults: unknown[] = [];
  for (let kills = 0; kills < times && faults.length === 0; ) {
    await someWork(done);
    const free = victims.filter(({ busy }) => !busy);
    const victim = free[Math.floor(Math.random() * free.length)];
    if (!victim || !(await victim.kill())) continue;
    kills += 1;
    killed.set(victim.name, (killed.get(victim.name) ?? 0) + 1);
    if (kills % 100 === 0) process.stdout.write(`${kills} kills\n`);
    victim.busy = victim
      .restart()
      .catch((fault) => void faults.push(fault))
      .finally(() => {
        victim.busy = undefined;
      });
  }
  await Promise.all(victims.map(({ busy }) => busy));
  if (faults[0]) throw faults[0];
  return killed;
}

/** Something is to be lost by each kill: a moment, and until a few more effects were acknowledged, or a second passed. */
async function someWork(done: () => number): Promise<void> {
  const before = done();
  await pause(50 + Math.random() * 200);
  for (const end = Date.now() + 1000; Date.now() < end && done() < before + 5; ) await pause(10);
}

async function untilHealthy(products: Product[], begun: number): Promise<number> {
  await Promise.all(products.map((product) => product.ready()));
  return performance.now() - begun;
}

function figures(told: {
  killed: Map<string, number>;
  calls: RecordedCall[];
  journeys: UserJourneys;
  broken: string[];
  healthyMs: number;
  withPooler: boolean;
}): Figure[] {
  const { killed, calls, journeys, broken } = told;
  const { acknowledged, people } = journeys.counted;
  const all = [...killed.values()].reduce((sum, count) => sum + count, 0);
  const named = [...killed].sort().map(([name, count]) => `${name} ${count}`);
  const by = (fits: (call: RecordedCall) => boolean) => calls.filter(fits).length;
  const longest = Math.round(max(calls.map(({ ms }) => ms)));
  const odd = calls.filter(({ status, retryAfter }) => status >= 500 && !(status === 503 && retryAfter));
  return [
    {
      what: 'kill -9',
      figure: `${all}: ${named.join(', ')}${told.withPooler ? '' : '; PgBouncer is not installed'}`,
      ok: true,
    },
    {
      what: 'calls',
      figure: `${calls.length}: ${by(({ status }) => status > 0 && status < 500)} answered, ${by(({ status }) => status === 503)} refused (503), ${by(({ status }) => status === 0)} cut off`,
      ok: true,
    },
    {
      what: 'people, and effects that were acknowledged',
      figure: `${people}, ${acknowledged}`,
      bound: 'more than one a kill',
      ok: acknowledged > all,
    },
    {
      what: 'breaches of what was acknowledged',
      figure: broken.length ? broken.slice(0, 20).join('; ') : '0',
      bound: '0',
      ok: broken.length === 0,
    },
    {
      what: 'answers of 500 and above but 503 with Retry-After',
      figure: String(odd.length),
      bound: '0',
      ok: odd.length === 0,
    },
    {
      what: 'the longest wait for an answer',
      figure: `${longest} ms`,
      bound: `${waitAtMostMs} ms`,
      ok: longest <= waitAtMostMs,
    },
    {
      what: 'all well after the last one was back',
      figure: `${Math.round(told.healthyMs)} ms`,
      bound: '5000 ms',
      ok: told.healthyMs <= 5000,
    },
  ];
}
