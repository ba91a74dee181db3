import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { ApiClient, type RecordedCall } from '../api-client.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { type Baseline, measureBaseline, measureRecovery } from '../latency.ts';
import { Cluster, missingForCluster } from '../patroni.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { UserJourneys } from '../user-journey.ts';

const hands = 8;
const errorsAtMostS = 40;
const ordinaryWithinS = 60;

/** The primary of the cluster hands over, or dies; `--faults die`, `--port` the first of sixty. */
export const scenario: Scenario = {
  name: 'failover',
  promise: 'whatever becomes of the primary, nothing acknowledged is lost, and a minute later all is as before',
  missing: missingForCluster,
  run: ({ faults = 'switchover,die', port = '17600' }) =>
    inSandbox((sandbox) => failOver(sandbox, faults.split(','), Number(port))),
};

interface Fault {
  begin(cluster: Cluster, node: number): unknown;
  /** The machine comes back. */
  end(cluster: Cluster, node: number): unknown;
}

const kinds: Readonly<Record<string, Fault>> = {
  switchover: { begin: (cluster, node) => cluster.switchOver(node), end: () => {} },
  die: { begin: (cluster, node) => cluster.kill(node), end: (cluster, node) => cluster.restart(node) },
};

async function failOver({ folder, cleanup }: Sandbox, faults: string[], port: number): Promise<Figure[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const cluster = await Cluster.up(join(folder, 'cluster'), port);
  cleanup(() => cluster.down());
  const products: Product[] = [];
  for (const at of [1, 2]) {
    const env = { DATABASE_URL: cluster.url, DATABASE_POOLER: 'transaction', ...gateway.env };
    const product = await Product.start({ env, log: join(folder, `product-${at}.log`) });
    products.push(product);
    cleanup(() => product.kill());
  }

  const calls: RecordedCall[] = [];
  const client = new ApiClient(
    products.map((product) => product.port),
    (told) => calls.push(told),
  );
  cleanup(() => client.close());
  const journeys = new UserJourneys(client, gateway);
  const stop = new AbortController();
  const load = journeys.run(hands, stop.signal);
  const figures: Figure[] = [];
  for (const name of faults) figures.push(...(await oneFault(name, cluster, calls, journeys)));
  stop.abort();
  await load;

  const sql = postgres(cluster.url, { max: 4, prepare: false, onnotice: () => {} });
  cleanup(() => sql.end());
  const broken = await journeys.findViolations(sql);
  const { acknowledged, people } = journeys.counted;
  return [
    ...figures,
    {
      what: 'breaches of what was acknowledged',
      figure: `${broken.length} of ${acknowledged} effects for ${people} people${broken.length ? `: ${broken.slice(0, 10).join('; ')}` : ''}`,
      bound: '0',
      ok: broken.length === 0 && acknowledged > 100,
    },
  ];
}

/** Ordinary life for a while, the fault, a minute and more to see what becomes of it, and the machine's return. */
async function oneFault(
  name: string,
  cluster: Cluster,
  calls: RecordedCall[],
  journeys: UserJourneys,
): Promise<Figure[]> {
  const fault = kinds[name];
  if (!fault) throw new Error(`No such fault: ${name}`);
  await pause(3000);
  const since = Date.now();
  await pause(12_000);
  const ordinary = measureBaseline(calls, since, Date.now());
  const old = await cluster.primary();
  if (!old) throw new Error('The cluster has no primary');
  const before = journeys.counted.acknowledged;
  const begun = Date.now();
  await fault.begin(cluster, old);
  await pause((ordinaryWithinS + 10) * 1000);
  const after = Date.now();
  const now = await cluster.primary();
  await fault.end(cluster, old);
  const rejoinedMs = await cluster.waitForStandby(old, 60_000);
  return figuresOf(name, {
    ordinary,
    begun,
    after,
    calls,
    old,
    now,
    rejoinedMs,
    gained: journeys.counted.acknowledged - before,
  });
}

function figuresOf(
  name: string,
  told: {
    ordinary: Baseline;
    begun: number;
    after: number;
    calls: readonly RecordedCall[];
    old: number;
    now: number | undefined;
    rejoinedMs: number;
    gained: number;
  },
): Figure[] {
  const { ordinary, begun, after, old, now, rejoinedMs } = told;
  const { errors, errorsS, ordinaryS, longestMs, odd } = measureRecovery(told.calls, ordinary, begun, after);
  const seconds = (value: number) => (Number.isFinite(value) ? `${value.toFixed(1)} s` : 'not seen');
  return [
    {
      what: `${name}: the primary`,
      figure: `node${old}, then node${now}`,
      bound: 'another',
      ok: now !== undefined && now !== old,
    },
    {
      what: `${name}: errors in the 12 s before it`,
      figure: String(ordinary.errors),
      bound: '0',
      ok: ordinary.errors === 0,
    },
    {
      what: `${name}: errors until`,
      figure: `${seconds(errorsS)} after it (${errors} calls; ${odd} of 500 and above without Retry-After)`,
      bound: `${errorsAtMostS} s`,
      ok: errorsS <= errorsAtMostS && odd === 0,
    },
    {
      what: `${name}: ordinary again`,
      figure: `${seconds(ordinaryS)} after it (a second's p95 was up to ${ordinary.p95Ms.toFixed(0)} ms before)`,
      bound: `${ordinaryWithinS} s`,
      ok: ordinaryS <= ordinaryWithinS,
    },
    {
      what: `${name}: the longest wait for an answer`,
      figure: `${longestMs.toFixed(0)} ms`,
      bound: '10000 ms',
      ok: longestMs <= 10_000,
    },
    {
      what: `${name}: effects acknowledged after it`,
      figure: String(told.gained),
      bound: 'more than 0',
      ok: told.gained > 0,
    },
    {
      what: `${name}: the old primary stands by after its return`,
      figure: seconds(rejoinedMs / 1000),
      bound: '60 s',
      ok: rejoinedMs <= 60_000,
    },
  ];
}
