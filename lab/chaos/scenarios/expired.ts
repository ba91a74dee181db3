import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import postgres, { type Sql } from 'postgres';
import { startEmbedded } from '../../../src/db/embedded/server.ts';
import { cleanedTables, cleanupLag, insertExpiringRows } from '../expired-rows.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { buildProduct, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { type LongestTimes, watchStatements } from '../statement-watcher.ts';
import { UserLoad } from '../user-load.ts';

/**
 * `--rows` in each of the three tables: first a backlog that was over before the product started, then as many that end
 * one after another within an hour, of which `--minutes` are watched. People sign in all the while.
 */
export const scenario: Scenario = {
  name: 'expired',
  promise: 'what is over goes at most ten minutes late, however much it is, and no statement holds a lock for long',
  async run({ rows = '200000', minutes = '2', processes = '2', rate = '20' }) {
    const dataDir = await mkdtemp(join(tmpdir(), 'vouch-expired-'));
    const database = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
    const sql = postgres({ ...database.options, max: 3, onnotice: () => {} });
    const gateway = await FakeGateway.open();
    const products: Product[] = [];
    try {
      await buildProduct();
      const needs = {
        env: { DATABASE_URL: database.url, TRUST_PROXY: '1', ...gateway.env },
        log: join(dataDir, 'product.log'),
      };
      await (await Product.start(needs)).stop();
      await planted(sql, { rows: Number(rows), from: -300, to: -1, series: 1 });
      const begun = performance.now();
      for (let at = 0; at < Number(processes); at += 1) products.push(await Product.start(needs));
      const use = { products, gateway, sql, rate: Number(rate) };

      let goneAfter = Number.POSITIVE_INFINITY;
      const backlog = await peopleWhile(use, async () => {
        goneAfter = await untilGone(sql, begun, 700);
      });
      await planted(sql, { rows: Number(rows), from: 0, to: 3600, series: 2 });
      let late = 0;
      let last = performance.now();
      // what came to an end while it was planted is a backlog of its own
      const settled = await untilGone(sql, performance.now(), 700, 60);
      const stream = await peopleWhile(use, async () => {
        last = performance.now();
        while (performance.now() - last < Number(minutes) * 60_000) {
          late = Math.max(late, (await cleanupLag(sql)) ?? 0);
          await new Promise((done) => setTimeout(done, 1000));
        }
      });
      const perHour = Number(rows) * cleanedTables.length;
      return [
        {
          what: `a backlog of ${rows} rows in each of ${cleanedTables.length} tables is gone after`,
          figure: `${goneAfter.toFixed(0)} s, with ${processes} processes`,
          bound: '600 s from their start',
          ok: goneAfter <= 600,
        },
        ...figuresOf('meanwhile', backlog),
        {
          what: `${perHour} rows that end within an hour: the latest, once what ended while they were planted was gone (${settled.toFixed(0)} s)`,
          figure: `${late.toFixed(0)} s late, watched for ${minutes} minutes`,
          bound: '600 s',
          ok: late <= 600,
        },
        ...figuresOf('with that stream', stream),
      ];
    } finally {
      for (const product of products) await product.stop();
      gateway.close();
      await sql.end();
      await database.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

async function planted(sql: Sql, rows: Parameters<typeof insertExpiringRows>[1]): Promise<void> {
  const begun = performance.now();
  await insertExpiringRows(sql, rows);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  process.stdout.write(`planted ${rows.rows} rows in each of ${cleanedTables.length} tables in ${seconds} s\n`);
}

/** Seconds until nothing is over for longer than `least`; infinite where that is not so after `most` seconds. */
async function untilGone(sql: Sql, begun: number, most: number, least = 0): Promise<number> {
  for (let told = 0; ; ) {
    const seconds = (performance.now() - begun) / 1000;
    const late = (await cleanupLag(sql)) ?? 0;
    // people's own allowances end all the time
    if (late <= Math.max(least, 5)) return seconds;
    if (seconds > most) return Number.POSITIVE_INFINITY;
    if (seconds - told > 30) {
      told = seconds;
      process.stdout.write(`${seconds.toFixed(0)} s: the latest has been over for ${late.toFixed(0)} s\n`);
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
}

interface Seen {
  readonly longest: LongestTimes;
  readonly calls: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

async function peopleWhile(
  { products, gateway, sql, rate }: { products: readonly Product[]; gateway: FakeGateway; sql: Sql; rate: number },
  work: () => Promise<void>,
): Promise<Seen> {
  const people = new UserLoad(() => products.map(({ port }) => port), gateway);
  const stop = new AbortController();
  const living = people.run(rate, stop.signal);
  const watched = watchStatements(sql);
  await work();
  stop.abort();
  await living;
  people.close();
  const times = people.calls.map(({ ms }) => ms).sort((one, other) => one - other);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  const failed = people.calls.filter(({ status }) => status === 0 || status >= 500).length;
  return {
    longest: await watched.stop(),
    calls: times.length,
    failed,
    p50: at(0.5),
    p99: at(0.99),
    most: times.at(-1) ?? 0,
  };
}

function figuresOf(when: string, { longest, calls, failed, p50, p99, most }: Seen): Figure[] {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    {
      what: `${when}, the longest bite`,
      figure: `${ms(longest.cleanup)} (${longest.looks} looks)`,
      bound: '1000 ms',
      ok: longest.cleanup <= 1000,
    },
    {
      what: `${when}, the longest wait for a lock`,
      figure: ms(longest.lockWait),
      bound: '1000 ms',
      ok: longest.lockWait <= 1000,
    },
    {
      what: `${when}, calls of people that failed`,
      figure: `${failed} of ${calls}`,
      bound: '0',
      ok: failed === 0 && calls > 0,
    },
    {
      what: `${when}, calls of people`,
      figure: `p50 ${ms(p50)}, p99 ${ms(p99)}, most ${ms(most)}`,
      bound: 'p99 2000 ms',
      ok: p99 <= 2000,
    },
  ];
}
