import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Postgres } from '../../../test/support/postgres.ts';
import { ApiClient, type RecordedCall, uniqueNumber } from '../api-client.ts';
import { max } from '../max.ts';
import { inTimeMs, type Offer, type Outcome } from '../offered-load.ts';
import { cpuSeconds } from '../process-tree.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';

/** More connections than are worked on at once, so that it is the product that refuses. */
const lines = 2000;
/** As many callers in turn as keep one process busy. */
const hands = 64;
const refusedAtOnceMs = 100;
const healthyMs = 250;

/** What it can do is measured, then five times that is offered by the clock; `--seconds` and `--times`. */
export const scenario: Scenario = {
  name: 'overload',
  promise: 'at five times what it can do it does nine tenths of that in time, refuses the rest at once, and lives',
  run: ({ seconds = '15', times = '5' }) => inSandbox((sandbox) => overloaded(sandbox, Number(seconds), Number(times))),
};

async function overloaded({ folder, cleanup }: Sandbox, seconds: number, times: number): Promise<Figure[]> {
  await buildProduct();
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  cleanup(() => database.stop());
  const load = fork(fileURLToPath(new URL('../offered-load.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  cleanup(() => load.kill('SIGKILL'));
  const [gateway] = await once(load, 'message');
  const env = { DATABASE_URL: database.url(), TRUST_PROXY: '1', ...gateway };
  const product = await Product.start({ env, log: join(folder, 'product.log') });
  cleanup(() => product.stop());
  const { port } = product;
  const roots = { product: product.pid, database: database.pid, load: load.pid! };
  const offer = async (one: Offer): Promise<Weighed> => {
    const before = await coresOf(roots);
    const outcome = await offered(load, port, one);
    const after = await coresOf(roots);
    const had = (name: keyof Cores) => (after[name] - before[name]) / outcome.seconds;
    return { ...outcome, cores: { product: had('product'), database: had('database'), load: had('load') } };
  };

  await offer({ perSecond: 0, seconds: 5, connections: hands });
  const before = await offer({ perSecond: 0, seconds: 6, connections: hands });
  const watched = watch(port);
  const during = await offer({ perSecond: rate(before) * times, seconds, connections: lines });
  const probes = await watched.stop();
  const healthy = await untilHealthy(port);
  await pause(1000);
  const after = await offer({ perSecond: 0, seconds: 6, connections: hands });
  return judged({ before, during, after }, times, probes, healthy);
}

/** Cores that each had, in the middle. */
interface Cores {
  readonly product: number;
  readonly database: number;
  readonly load: number;
}

interface Weighed extends Outcome {
  readonly cores: Cores;
}

async function coresOf(roots: Cores): Promise<Cores> {
  const [product = 0, database = 0, load = 0] = await Promise.all(
    [roots.product, roots.database, roots.load].map(cpuSeconds),
  );
  return { product, database, load };
}

async function offered(load: ChildProcess, port: number, offer: Offer): Promise<Outcome> {
  const told = once(load, 'message');
  load.send({ port, offer });
  return (await told)[0];
}

/** Looks at what a balancer looks at, ten times a second. */
function watch(port: number): { stop(): Promise<RecordedCall[]> } {
  const probes: RecordedCall[] = [];
  const client = new ApiClient([port], (told) => probes.push(told));
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await pause(100)) {
      await Promise.all(['/livez', '/readyz'].map((path) => client.call(path, 'GET', path)));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await watching;
      client.close();
      return probes;
    },
  };
}

/** How long after the end newcomers are refused, or wait. */
async function untilHealthy(port: number): Promise<number> {
  const client = new ApiClient([port]);
  const begun = performance.now();
  let ill = 0;
  while (performance.now() - begun < 3000) {
    const { status, ms } = await client.requestCode(uniqueNumber().replace('+7916', '+7926'));
    if (status !== 201 || ms > healthyMs) ill = performance.now() - begun;
    await pause(50);
  }
  client.close();
  return ill;
}

interface Measured {
  readonly before: Weighed;
  readonly during: Weighed;
  readonly after: Weighed;
}

function judged(
  { before, during, after }: Measured,
  times: number,
  probes: readonly RecordedCall[],
  ill: number,
): Figure[] {
  // before and after, for a machine that others use as well is not the same for long
  const peak = (rate(before) + rate(after)) / 2;
  const share = rate(during) / peak;
  const reached = during.offered / during.seconds / peak;
  const odd = Object.entries(during.odd);
  const failed = probes.filter(({ status }) => status !== 200);
  const slowest = max(probes.map(({ ms }) => ms));
  return [
    {
      what: `served in time before, and after (${hands} callers in turn)`,
      figure: `${told(before)}; ${told(after)}`,
      ok: before.inTime > 0 && after.inTime > 0,
    },
    {
      what: `offered by the clock on ${lines} connections`,
      figure: `${Math.round(during.offered / during.seconds)} a second, ${reached.toFixed(1)} times that; ${during.noLine} found no connection free`,
      bound: `${0.9 * times} times, and 1 % of them`,
      ok: reached >= 0.9 * times && during.noLine <= during.offered * 0.01,
    },
    {
      what: 'served in time meanwhile',
      figure: `${told(during)}: ${(share * 100).toFixed(0)} % of the peak; ${during.late} later`,
      bound: '90 %',
      ok: share >= 0.9,
    },
    {
      what: 'cores of the product, PostgreSQL and the load, before and meanwhile',
      figure: `${shared(before)}; ${shared(during)}`,
      ok: true,
    },
    {
      what: 'wait of what was served, p50 and p99',
      figure: `${Math.round(during.servedP50)} and ${Math.round(during.servedP99)} ms`,
      bound: `p99 ${inTimeMs} ms`,
      ok: during.servedP99 <= inTimeMs,
    },
    {
      what: 'refused with 503 and Retry-After, and their wait, p50 and p99',
      figure: `${during.refused}; ${Math.round(during.refusedP50)} and ${Math.round(during.refusedP99)} ms`,
      bound: `some; p50 ${refusedAtOnceMs} ms`,
      ok: during.refused > 0 && during.refusedP50 <= refusedAtOnceMs,
    },
    {
      what: 'answers of any other kind, and connections that were cut',
      figure: odd.length === 0 ? '0' : odd.map(([status, count]) => `${status}: ${count}`).join(', '),
      bound: '0',
      ok: odd.length === 0,
    },
    {
      what: 'looks at /livez and /readyz meanwhile, those that did not say 200, the slowest',
      figure: `${probes.length}, ${failed.length}, ${Math.round(slowest)} ms`,
      bound: '0, 1000 ms',
      ok: probes.length > 0 && failed.length === 0 && slowest <= 1000,
    },
    {
      what: 'newcomers refused, or waiting, after its end for',
      figure: `${Math.round(ill)} ms`,
      bound: '1000 ms',
      ok: ill <= 1000,
    },
  ];
}

/** Calls a second that were served in time. */
function rate({ inTime, seconds }: Outcome): number {
  return inTime / seconds;
}

function shared({ cores: { product, database, load } }: Weighed): string {
  return [product, database, load].map((one) => one.toFixed(2)).join(', ');
}

function told(outcome: Outcome): string {
  return `${Math.round(rate(outcome))} a second, ${Math.round(outcome.signedIn / outcome.seconds)} sign-ins ended among them`;
}
