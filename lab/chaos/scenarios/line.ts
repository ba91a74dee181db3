import { join } from 'node:path';
import { Postgres } from '../../../test/support/postgres.ts';
import { type Fault, FaultProxy } from '../fault-proxy.ts';
import { judgeFault } from '../fault-window.ts';
import { build, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { Sink } from '../sink.ts';
import { onStage, type Stage } from '../stage.ts';
import { StatementFaults } from '../statement-faults.ts';

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
    const begin = async () => {
      await line.set();
      return async () => void (await line.mend());
    };
    const ports = products.map(({ port }) => port);
    figures.push(
      ...(await judgeFault({ name: line.name, begin, seconds }, { ports, sink, admin: () => database.admin() })),
    );
  }
  figures.push({
    what: 'statements answered 40001 or 40P01',
    figure: `${statements.counted.failed}`,
    bound: 'some',
    ok: only !== undefined || statements.counted.failed > 100,
  });
  return figures;
}
