import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import postgres, { type Sql } from 'postgres';
import { startEmbedded } from '../../../src/db/embedded/server.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { uniqueNumber } from '../api-client.ts';
import { cleanupLag, insertExpiringRows } from '../expired-rows.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { heapAfterCollection } from '../heap.ts';
import { type Growth, measureGrowth, median, type Sample } from '../leak-slope.ts';
import { processTree } from '../process-tree.ts';
import { buildProduct, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { type Call, UserLoad } from '../user-load.ts';

const processes = 2;
const pool = 10;

/** So many minutes of ordinary life at so many works a second, by two products of so many workers each. */
export const scenario: Scenario = {
  name: 'soak',
  promise: 'in a long life memory does not climb, no connection leaks, and what is over goes within ten minutes',
  missing: () => (process.platform === 'linux' ? undefined : 'memory is read from /proc, which only Linux has'),
  async run({ minutes = '2', rate = '40', workers = '1' }) {
    await buildProduct();
    const dataDir = await mkdtemp(join(tmpdir(), 'vouch-soak-'));
    const database = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
    const sql = postgres({ ...database.options, max: 2, onnotice: () => {} });
    const gateway = await FakeGateway.open();
    const products: Product[] = [];
    try {
      // Only the first: a collection for each look at the heap would hide how much memory is left to itself.
      const inspected = workers === '1' ? await freePort() : undefined;
      for (let at = 0; at < processes; at += 1) {
        const env = { DATABASE_URL: database.url, DATABASE_POOL: String(pool), TRUST_PROXY: '1', WORKERS: workers };
        const nodeOptions = at === 0 && inspected ? [`--inspect=127.0.0.1:${inspected}`] : [];
        const log = join(dataDir, `product-${at}.log`);
        products.push(await Product.start({ env: { ...env, ...gateway.env }, log, nodeOptions }));
      }
      const server = Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
      const people = new UserLoad(() => products.map(({ port }) => port), gateway);
      await openAllConnections(products);
      const stop = new AbortController();
      const living = people.run(Number(rate), stop.signal);
      const soaked = await watch({ products, inspected, server, people, sql }, Number(minutes));
      stop.abort();
      await living;
      people.close();
      return figures(soaked, Number(minutes), Number(workers), people);
    } finally {
      for (const product of products) await product.stop();
      gateway.close();
      await sql.end();
      await database.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

/**
 * A pool opens a connection when it has none free and keeps it, so a busy moment late in the hour would look like a leak:
 * all that there may be are opened at once, and none may come to them.
 */
async function openAllConnections(products: readonly Product[]): Promise<void> {
  const ask = async ({ url }: Product) => {
    const text = JSON.stringify({ phone_number: uniqueNumber() });
    const headers = { 'content-type': 'application/json' };
    await (await fetch(`${url}/api/request-sms/`, { method: 'POST', headers, body: text })).body?.cancel();
  };
  await Promise.all(products.flatMap((product) => Array.from({ length: 8 * pool }, () => ask(product))));
}

interface Watched {
  readonly products: readonly Product[];
  /** The port of the first product's inspector. */
  readonly inspected: number | undefined;
  /** The process of PostgreSQL. */
  readonly server: number;
  readonly people: UserLoad;
  readonly sql: Sql;
}

interface Soaked {
  /** By what was measured. */
  readonly series: Map<string, Sample[]>;
  readonly perMinute: { readonly p99: number; readonly failed: number; readonly calls: number }[];
  latest: number;
  connections: number;
}

async function watch(watched: Watched, minutes: number): Promise<Soaked> {
  const soaked: Soaked = { series: new Map(), perMinute: [], latest: 0, connections: 0 };
  const begun = performance.now();
  const everyMs = Math.max(5000, minutes * 500);
  let told = 0;
  for (let at = 1; performance.now() - begun < minutes * 60_000; at += 1) {
    const due = begun + at * everyMs;
    await new Promise((done) => setTimeout(done, Math.max(0, due - performance.now())));
    const minute = (at * everyMs) / 60_000;
    await sample(watched, soaked, minute, at);
    if (Math.floor(minute) > told) {
      told = Math.floor(minute);
      tell(watched.people.calls.splice(0), soaked, told);
    }
  }
  if (watched.people.calls.length > 0) tell(watched.people.calls.splice(0), soaked, minutes);
  return soaked;
}

async function sample({ products, inspected, server, sql }: Watched, soaked: Soaked, minute: number, at: number) {
  const note = (what: string, value: number | undefined) => {
    if (value === undefined) return;
    const series = soaked.series.get(what) ?? [];
    soaked.series.set(what, series);
    series.push({ minute, value });
  };
  for (const [index, product] of products.entries()) {
    const tree = await processTree(product.pid);
    for (const [place, one] of tree.entries()) {
      const name = `process ${index + 1}${place > 0 ? `.${place}` : ''}`;
      note(`memory of ${name}, MiB`, one.rss);
      note(`open files of ${name}`, one.files);
    }
  }
  if (inspected) note('heap of process 1 after a collection, MiB', await heapAfterCollection(inspected));
  const servers = await processTree(server);
  note(
    'own memory of all processes of PostgreSQL, MiB',
    servers.reduce((sum, one) => sum + one.own, 0),
  );
  const [held] = await sql`select count(*)::int as n from pg_stat_activity where application_name = 'vouch'`;
  note('connections to the database', held!.n);
  soaked.connections = Math.max(soaked.connections, held!.n);
  soaked.latest = Math.max(soaked.latest, (await cleanupLag(sql)) ?? 0);
  await insertExpiringRows(sql, { rows: 50, from: -1, to: 0, series: at });
}

/** A line a minute. */
function tell(calls: readonly Call[], { series, perMinute, latest: late }: Soaked, minute: number): void {
  const times = calls.map(({ ms }) => ms).sort((one, other) => one - other);
  const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
  const failed = calls.filter(({ status }) => status === 0 || status >= 500);
  perMinute.push({ p99, failed: failed.length, calls: calls.length });
  const now = (start: string) =>
    [...series].filter(([what]) => what.startsWith(start)).map(([, all]) => all.at(-1)!.value.toFixed(0));
  process.stdout.write(
    `minute ${minute}: ${calls.length} calls, p50 ${median(times).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
      `${failed.length} failed${failed[0] ? ` (${failed[0].kind} ${failed[0].status} ${failed[0].said})` : ''}; ` +
      `memory ${now('memory of').join(' + ')} MiB, heap ${now('heap').join(' + ')} MiB, ` +
      `PostgreSQL ${now('own').join()} MiB, files ${now('open').join(' + ')}, ` +
      `connections ${now('connections').join()}, latest ${late.toFixed(0)} s\n`,
  );
}

function figures(
  { series, perMinute, latest: late, connections }: Soaked,
  minutes: number,
  workers: number,
  people: UserLoad,
): Figure[] {
  const most = processes * workers * pool;
  // in a few minutes everything still warms up
  const isShort = minutes < 20;
  const limits: [start: string, allowed: { share: number; least: number }][] = [
    ['memory of', isShort ? { share: 0.4, least: 48 } : { share: 0.1, least: 12 }],
    ['heap of', isShort ? { share: 0.2, least: 8 } : { share: 0.1, least: 3 }],
    ['own memory', isShort ? { share: 0.5, least: 64 } : { share: 0.2, least: 24 }],
    ['open files', { share: 0, least: 8 }],
    ['connections', { share: 0, least: 3 }],
  ];
  const climbs = [...series].map(([what, samples]): Figure => {
    const climb = measureGrowth(samples, limits.find(([start]) => what.startsWith(start))![1]);
    return {
      what,
      figure: said(samples, climb),
      bound: `grows by at most ${climb.allowed.toFixed(1)}`,
      ok: !climb.isLeak,
    };
  });
  const sum = (key: 'calls' | 'failed') => perMinute.reduce((all, one) => all + one[key], 0);
  const share = Math.max(1, Math.floor(perMinute.length / 4));
  const first = median(perMinute.slice(0, share).map(({ p99 }) => p99));
  const last = median(perMinute.slice(-share).map(({ p99 }) => p99));
  return [
    { what: 'calls, and works not begun', figure: `${sum('calls')}, ${people.passedOver}`, ok: sum('calls') > 0 },
    {
      what: 'calls that failed (5xx, or no answer)',
      figure: String(sum('failed')),
      bound: '0',
      ok: sum('failed') === 0,
    },
    {
      what: 'p99 of a call, first and last quarter of the minutes',
      figure: `${first.toFixed(1)} ms, ${last.toFixed(1)} ms`,
      bound: 'not over twice the first and 50 ms',
      ok: last <= first * 2 + 50,
    },
    ...climbs,
    {
      what: 'connections to the database at most',
      figure: String(connections),
      bound: String(most),
      ok: connections <= most,
    },
    {
      what: 'what is over stayed at most',
      figure: `${late.toFixed(0)} s`,
      bound: '600 s',
      ok: late <= 600,
    },
  ];
}

function said(samples: readonly Sample[], { grew }: Growth): string {
  const values = samples.map(({ value }) => value);
  const middle = median(values.slice(Math.floor(values.length / 3)));
  return `from ${values[0]!.toFixed(1)} to ${values.at(-1)!.toFixed(1)}, middle ${middle.toFixed(1)}; the last two thirds grew by ${grew.toFixed(1)}`;
}
