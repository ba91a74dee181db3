import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';
import { Postgres } from '../../../test/support/postgres.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { checkFault } from '../fault-window.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { fsyncErrors, missingForDisks, SmallDisk } from '../small-disk.ts';

const mebibytes = 400;

/** Below the data folder of the product, and below a server that is given by `DATABASE_URL`; `--seconds` each fault. */
export const scenario: Scenario = {
  name: 'disk',
  promise: 'a full disk, and one that does not write, lose nothing that was acknowledged, and open no limit',
  missing: missingForDisks,
  run: async ({ seconds = '15', below = 'both' }) => [
    ...(below === 'server' ? [] : await inSandbox((sandbox) => onDisk(sandbox, Number(seconds), ours))),
    ...(below === 'ours' ? [] : await inSandbox((sandbox) => onDisk(sandbox, Number(seconds), given))),
  ],
};

/** A database whose files are on the disk, and a product that uses it. */
interface Placed {
  readonly name: string;
  readonly product: Product;
  readonly cluster: string;
  /** What PostgreSQL says. */
  readonly log: string;
  readonly admin: () => Sql;
}

type Place = (sandbox: Sandbox, disk: SmallDisk, gateway: FakeGateway) => Promise<Placed>;

async function onDisk(sandbox: Sandbox, seconds: number, place: Place): Promise<Figure[]> {
  await buildProduct();
  const disk = new SmallDisk(sandbox.folder, mebibytes);
  sandbox.cleanup(() => disk.unmount());
  const gateway = await FakeGateway.open();
  sandbox.cleanup(() => gateway.close());
  const { name, product, cluster, log, admin } = await place(sandbox, disk, gateway);
  const figures: Figure[] = [];
  for (const fault of [disk.full(seconds, admin), fsyncErrors(cluster, seconds)]) {
    const before = readFileSync(log, 'utf8').length;
    const named = { ...fault, name: `${fault.name} (${disk.kind}) below ${name}` };
    figures.push(...(await checkFault(named, { ports: [product.port], gateway, admin })));
    figures.push(said(named.name, readFileSync(log, 'utf8').slice(before)));
  }
  return figures;
}

/** Our own server in `DATA_DIR`, which the product starts again. */
async function ours({ folder, cleanup }: Sandbox, disk: SmallDisk, gateway: FakeGateway): Promise<Placed> {
  const dataDir = join(disk.folder, 'data');
  const env = { ...gateway.env, DATA_DIR: dataDir, DATABASE_URL: undefined };
  const product = await Product.start({ env, log: join(folder, 'product.log') });
  cleanup(() => product.stop());
  const cluster = join(dataDir, 'postgres');
  const options = { host: cluster, port: 5432, user: 'vouch', database: 'postgres' };
  const admin = () => postgres({ ...options, max: 2, onnotice: () => {}, backoff: () => 0.05, connect_timeout: 5 });
  return { name: 'DATA_DIR', product, cluster, log: join(dataDir, 'postgres.log'), admin };
}

/** A server that somebody else starts again, as an operating system does; its log is not on the disk. */
async function given({ folder, cleanup }: Sandbox, disk: SmallDisk, gateway: FakeGateway): Promise<Placed> {
  // as for ours, and for the same reason
  const settings = { restart_after_crash: 'off' };
  const server = await Postgres.start({ folder: join(disk.folder, 'server'), settings });
  cleanup(() => server.stop());
  let over = false;
  const keeping = (async () => {
    while (!over) {
      if (!server.isAlive) await server.restart();
      await pause(100);
    }
  })();
  cleanup(async () => {
    over = true;
    await keeping;
  });
  const env = { ...gateway.env, DATABASE_URL: server.url() };
  const product = await Product.start({ env, log: join(folder, 'product.log') });
  cleanup(() => product.stop());
  const { cluster } = server;
  const log = join(disk.folder, 'server', 'postgres.log');
  return { name: 'a server', product, cluster, log, admin: () => server.admin() };
}

/** That the fault was one, by what PostgreSQL itself said of it. */
function said(name: string, log: string): Figure {
  const count = (found: RegExp) => [...log.matchAll(found)].length;
  const refused = count(/No space left on device|Input\/output error/g);
  return {
    what: `${name}: PostgreSQL was refused by the disk, and panicked`,
    figure: `${refused} times, ${count(/PANIC: {2}/g)} times`,
    bound: 'some',
    ok: refused > 0,
  };
}
