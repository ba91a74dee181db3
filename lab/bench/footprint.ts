import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ApiClient, uniqueNumber } from '../chaos/api-client.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { buildProduct, Product } from '../chaos/product.ts';
import { load } from './load.ts';
import type { Plan } from './plan.ts';
import { type Row, residentMemory } from './results.ts';

const root = join(import.meta.dirname, '..', '..');

/** How long a start takes, and what the product weighs: in memory, on disk, and on the wire. */
export async function measureFootprint({ url, dataDir, seconds }: Plan): Promise<Row[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  const rows: Row[] = [];
  const start = async (what: string, env: Record<string, string>) => {
    const begun = performance.now();
    const product = await Product.start({ env: { ...env, ...gateway.env }, log: join(dataDir, 'vouch.log') });
    rows.push({ what, figure: `${Math.round(performance.now() - begun)} ms` });
    return product;
  };
  const own = { DATA_DIR: join(dataDir, 'own') };
  await (await start('start to the first answer, its own database made', own)).stop();
  await (await start('start to the first answer, its own database there', own)).stop();
  await (await start('the same with two workers', { ...own, WORKERS: '2' })).stop();
  const product = await start('start to the first answer, a given database', { DATABASE_URL: url });
  const client = new ApiClient([product.port]);
  try {
    // an idle process gives memory back at its third look at the latest
    await new Promise((resolve) => setTimeout(resolve, 35_000));
    rows.push({ what: 'memory at rest, without PostgreSQL', figure: `${residentMemory(product.pid)} MiB` });
    await client.requestCode(uniqueNumber());
    await load(seconds, async () => void (await client.call('page', 'GET', '/')));
    rows.push({ what: 'memory under load, without PostgreSQL', figure: `${residentMemory(product.pid)} MiB` });
    for (const path of ['/', '/redoc/', '/assets/app.css', '/assets/app.js']) {
      const bytes = Buffer.from(await (await fetch(product.url + (await assetOf(product, path)))).arrayBuffer());
      rows.push({
        what: `${path}, and by gzip at a proxy`,
        figure: `${bytes.length}, ${gzipSync(bytes).length} bytes`,
      });
    }
  } finally {
    client.close();
    await product.stop();
    gateway.close();
  }
  const shipped = join(dataDir, 'image');
  await mkdir(shipped);
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'LICENSE', 'migrations', 'public', 'dist']) {
    await cp(join(root, name), join(shipped, name), { recursive: true });
  }
  execFileSync('npm', ['ci', '--ignore-scripts', '--omit=dev', '--omit=optional'], { cwd: shipped, stdio: 'ignore' });
  const modules = join(shipped, 'node_modules');
  const packages = (await readFile(join(modules, '.package-lock.json'), 'utf8')).match(/"node_modules\//g)?.length ?? 0;
  rows.push({
    what: 'node_modules of the image',
    figure: `${mebibytes(await sizeOf(modules))} MiB, ${packages} packages`,
  });
  rows.push({
    what: 'what the Dockerfile adds to its base, as a sum of files',
    figure: `${mebibytes(await sizeOf(shipped))} MiB`,
  });
  return rows;
}

/** Assets are served under a name that the page tells. */
async function assetOf(product: Product, path: string): Promise<string> {
  if (!path.startsWith('/assets/')) return path;
  const page = await (await fetch(product.url)).text();
  const stem = path.replace(/\.\w+$/, '');
  return new RegExp(`${stem}[^"']*\\${path.slice(stem.length)}[^"']*`).exec(page)?.[0] ?? path;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
