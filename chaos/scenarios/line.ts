import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, FaultProxy } from '../fault-proxy.ts';
import { Journeys } from '../journey.ts';
import { judgeCalls } from '../kinds-of-call.ts';
import { Phone, type Told } from '../phone.ts';
import { Postgres } from '../postgres.ts';
import { build, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { Siege } from '../siege.ts';
import { Sink } from '../sink.ts';
import { onStage, type Stage } from '../stage.ts';
import { StatementFaults } from '../statement-faults.ts';

const hands = 12;
const healSeconds = 8;

/** Each fault of the line between application and database in turn, under load and siege; `--seconds` each. */
export const scenario: Scenario = {
  name: 'line',
  promise: 'whatever the line to the database does, no limit opens, nobody waits over 10 s, and 5 s later all is well',
  run: ({ seconds = '14', faults }) => onStage((stage) => onTheLine(stage, Number(seconds), faults?.split(','))),
};

interface Line {
  readonly name: string;
  set(): unknown;
  mend(): unknown;
}

async function onTheLine(stage: Stage, seconds: number, only: string[] | undefined): Promise<Figure[]> {
  const { folder, atEnd } = stage;
  await build();
  const sink = await Sink.open();
  atEnd(() => sink.close());
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  atEnd(() => database.stop());
  const statements = await StatementFaults.open(database.port);
  atEnd(() => statements.close());
  const proxy = await FaultProxy.open({ port: statements.port });
  atEnd(() => proxy.close());
  const products: Product[] = [];
  for (const workers of ['1', '2']) {
    const env = { DATABASE_URL: database.url(proxy.port), WORKERS: workers, ...sink.env };
    const product = await Product.start({ env, log: join(folder, `product-${workers}.log`) });
    products.push(product);
    atEnd(() => product.stop());
  }

  const ofProxy = (fault: Fault, latencyMs?: number): Line => ({
    name: latencyMs ? `${latencyMs / 1000} s ${fault}` : fault,
    set: () => proxy.set(fault, latencyMs),
    mend: () => proxy.set('none'),
  });
  const lines: Line[] = [
    ofProxy('latency', 2000),
    ...(['reset', 'black hole', 'refuse', 'slow close', 'torn'] as const).map((fault) => ofProxy(fault)),
    {
      name: '10 % 40001 and 40P01',
      set: () => {
        statements.share = 0.1;
      },
      mend: () => {
        statements.share = 0;
      },
    },
  ];
  const figures: Figure[] = [];
  for (const line of lines.filter(({ name }) => !only || only.includes(name))) {
    figures.push(...(await underFault(line, { products, sink, database, seconds })));
  }
  figures.push({
    what: 'statements answered 40001 or 40P01',
    figure: `${statements.counted.failed}`,
    bound: 'some',
    ok: only !== undefined || statements.counted.failed > 100,
  });
  return figures;
}

async function underFault(
  line: Line,
  { products, sink, database, seconds }: { products: Product[]; sink: Sink; database: Postgres; seconds: number },
): Promise<Figure[]> {
  const calls: Told[] = [];
  const phone = new Phone(
    products.map(({ port }) => port),
    (told) => calls.push(told),
  );
  const journeys = new Journeys(phone, sink);
  const siege = await Siege.begin(phone, sink);
  const stop = new AbortController();
  const load = Promise.all([journeys.keepOn(hands, stop.signal), siege.keepOn(stop.signal)]);
  await pause(1000);
  const from = Date.now();
  await line.set();
  await pause(seconds * 1000);
  await line.mend();
  const mended = Date.now();
  await pause(healSeconds * 1000);
  stop.abort();
  await load;
  const opened = await siege.breaches();
  const sql = database.admin();
  const broken = await journeys.broken(sql);
  await sql.end();
  phone.close();
  return [
    ...judgeCalls(line.name, calls, { from, mended }),
    {
      what: `${line.name}: limits, besieged`,
      figure: opened.length === 0 ? siege.told : opened.join('; '),
      bound: 'what the limits say',
      ok: opened.length === 0,
    },
    {
      what: `${line.name}: breaches of what was acknowledged`,
      figure: broken.length === 0 ? `0 of ${journeys.counted.acknowledged}` : broken.slice(0, 10).join('; '),
      bound: '0',
      ok: broken.length === 0 && journeys.counted.acknowledged > 0,
    },
  ];
}
