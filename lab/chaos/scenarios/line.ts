import { join } from 'node:path';
import { Postgres } from '../../../test/support/postgres.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { type Fault, FaultProxy } from '../fault-proxy.ts';
import { checkFault } from '../fault-window.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { StatementFaultProxy } from '../statement-faults.ts';

/** Each fault of the line between application and database in turn, under load and abuse; `--seconds` each. */
export const scenario: Scenario = {
  name: 'line',
  promise: 'whatever the line to the database does, no limit opens, nobody waits over 10 s, and 5 s later all is well',
  run: ({ seconds = '14', faults }) => inSandbox((sandbox) => onTheLine(sandbox, Number(seconds), faults?.split(','))),
};

interface Line {
  readonly name: string;
  set(): unknown;
  mend(): unknown;
}

async function onTheLine(sandbox: Sandbox, seconds: number, only: string[] | undefined): Promise<Figure[]> {
  const { folder, cleanup } = sandbox;
  await buildProduct();
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  cleanup(() => database.stop());
  const statements = await StatementFaultProxy.open(database.port);
  cleanup(() => statements.close());
  const proxy = await FaultProxy.open({ port: statements.port });
  cleanup(() => proxy.close());
  const products: Product[] = [];
  for (const workers of ['1', '2']) {
    const env = { DATABASE_URL: database.url(proxy.port), WORKERS: workers, ...gateway.env };
    const product = await Product.start({ env, log: join(folder, `product-${workers}.log`) });
    products.push(product);
    cleanup(() => product.stop());
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
      ...(await checkFault({ name: line.name, begin, seconds }, { ports, gateway, admin: () => database.admin() })),
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
