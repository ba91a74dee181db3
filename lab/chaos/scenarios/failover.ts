import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { Journeys } from '../journey.ts';
import { type Ordinary, ordinaryOf, recoveryOf } from '../latency.ts';
import { Cluster, lacksCluster } from '../patroni.ts';
import { Phone, type Told } from '../phone.ts';
import { build, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { Sink } from '../sink.ts';
import { onStage, type Stage } from '../stage.ts';

const hands = 8;
const errorsAtMostS = 40;
const ordinaryWithinS = 60;

/** The primary of the cluster hands over, or dies; `--faults die`, `--port` the first of sixty. */
export const scenario: Scenario = {
  name: 'failover',
  promise: 'whatever becomes of the primary, nothing acknowledged is lost, and a minute later all is as before',
  lacks: lacksCluster,
  run: ({ faults = 'switchover,die', port = '17600' }) =>
    onStage((stage) => failOver(stage, faults.split(','), Number(port))),
};

interface Fault {
  begin(cluster: Cluster, node: number): unknown;
  /** The machine comes back. */
  end(cluster: Cluster, node: number): unknown;
}

const kinds: Readonly<Record<string, Fault>> = {
  switchover: { begin: (cluster, node) => cluster.switchOver(node), end: () => {} },
  die: { begin: (cluster, node) => cluster.die(node), end: (cluster, node) => cluster.revive(node) },
};

async function failOver({ folder, atEnd }: Stage, faults: string[], port: number): Promise<Figure[]> {
  await build();
  const sink = await Sink.open();
  atEnd(() => sink.close());
  const cluster = await Cluster.up(join(folder, 'cluster'), port);
  atEnd(() => cluster.down());
  const products: Product[] = [];
  for (const at of [1, 2]) {
    const env = { DATABASE_URL: cluster.url, DATABASE_POOLER: 'transaction', ...sink.env };
    const product = await Product.start({ env, log: join(folder, `product-${at}.log`) });
    products.push(product);
    atEnd(() => product.kill());
  }

  const calls: Told[] = [];
  const phone = new Phone(
    products.map((product) => product.port),
    (told) => calls.push(told),
  );
  atEnd(() => phone.close());
  const journeys = new Journeys(phone, sink);
  const stop = new AbortController();
  const load = journeys.keepOn(hands, stop.signal);
  const figures: Figure[] = [];
  for (const name of faults) figures.push(...(await oneFault(name, cluster, calls, journeys)));
  stop.abort();
  await load;

  const sql = postgres(cluster.url, { max: 4, prepare: false, onnotice: () => {} });
  atEnd(() => sql.end());
  const broken = await journeys.broken(sql);
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
async function oneFault(name: string, cluster: Cluster, calls: Told[], journeys: Journeys): Promise<Figure[]> {
  const fault = kinds[name];
  if (!fault) throw new Error(`No such fault: ${name}`);
  await pause(3000);
  const since = Date.now();
  await pause(12_000);
  const ordinary = ordinaryOf(calls, since, Date.now());
  const old = await cluster.primary();
  if (!old) throw new Error('The cluster has no primary');
  const before = journeys.counted.acknowledged;
  const begun = Date.now();
  await fault.begin(cluster, old);
  await pause((ordinaryWithinS + 10) * 1000);
  const after = Date.now();
  const now = await cluster.primary();
  await fault.end(cluster, old);
  const rejoinedMs = await cluster.rejoined(old, 60_000);
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
    ordinary: Ordinary;
    begun: number;
    after: number;
    calls: readonly Told[];
    old: number;
    now: number | undefined;
    rejoinedMs: number;
    gained: number;
  },
): Figure[] {
  const { ordinary, begun, after, old, now, rejoinedMs } = told;
  const { errors, errorsS, ordinaryS, longestMs, odd } = recoveryOf(told.calls, ordinary, begun, after);
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
