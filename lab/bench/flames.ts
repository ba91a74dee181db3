import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase } from '../../test/support/create-database.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { buildProduct } from '../chaos/product.ts';
import { type CpuProfile, stacksOf } from './cpu-profile.ts';
import { flameGraph, type Stack } from './flame-graph.ts';
import { vouch, works } from './peers.ts';
import type { Plan } from './plan.ts';
import { postgresPid, processesUnder } from './processor-time.ts';
import type { Row } from './results.ts';

const folder = 'flames';

/**
 * A flame graph of each work, of the product and, where `perf` may be used, of PostgreSQL: SVG files in `flames/`. With
 * BENCH_ROOT it is another version that has been built in its folder.
 */
export async function drawFlames(plan: Plan): Promise<Row[]> {
  const root = process.env.BENCH_ROOT;
  if (root === undefined) await buildProduct();
  await mkdir(folder, { recursive: true });
  const gateway = await FakeGateway.open();
  const rows: Row[] = [];
  const spans: { work: string; from: number; to: number }[] = [];
  const started = performance.now();
  // another version has other tables
  const url = await createDatabase(plan.url, 'flames', { migrated: false });
  const peer = await vouch(url, gateway, plan.dataDir, {
    nodeOptions: ['--cpu-prof', '--cpu-prof-dir', plan.dataDir],
    ...(root === undefined ? {} : { root }),
  });
  try {
    const server = await postgresPid(plan);
    for (const [work, perform] of Object.entries(works)) {
      await perform(peer, 1);
      const from = performance.now() - started;
      const [measured, stacks] = await Promise.all([perform(peer, plan.seconds), watchPostgres(server, plan)]);
      spans.push({ work, from, to: performance.now() - started });
      const title = `PostgreSQL, ${work}, ${Math.round(measured.rate)} a second`;
      if (stacks) rows.push(await write(title, `${nameOf(work)}-postgresql`, stacks));
    }
  } finally {
    await peer.end();
    gateway.close();
  }
  const [file] = (await readdir(plan.dataDir)).filter((name) => name.endsWith('.cpuprofile'));
  const profile: CpuProfile = JSON.parse(await readFile(join(plan.dataDir, file!), 'utf8'));
  for (const { work, from, to } of spans) {
    rows.push(await write(`Vouch, ${work}`, nameOf(work), stacksOf(profile, from, to)));
  }
  return rows;
}

/** The stacks of all backends for as long as a measurement takes; undefined without `perf`. */
async function watchPostgres(server: number, { seconds, dataDir }: Plan): Promise<Stack[] | undefined> {
  const file = join(dataDir, 'perf.data');
  const options = ['-F', '499', '--call-graph', 'dwarf,16384', '-e', 'cpu-clock', '-p', processesUnder(server).join()];
  const perf = spawn('perf', ['record', '-o', file, ...options, '--', 'sleep', String(seconds)], { stdio: 'ignore' });
  const code = await Promise.race([once(perf, 'exit').then(([status]) => status), once(perf, 'error').then(() => 1)]);
  if (code !== 0) return undefined;
  const said = spawnSync('perf', ['script', '-i', file, '-F', 'ip,sym,dso'], { encoding: 'utf8', maxBuffer: 2 ** 30 });
  return said.stdout.split('\n\n').flatMap((text) => {
    const frames = text
      .split('\n')
      .map((line) => /^\s*[0-9a-f]+ (.+) \((.+)\)$/.exec(line))
      .flatMap((found) => (found ? [{ name: found[1]!, owner: ownerOf(found[2]!) }] : []));
    return frames.length > 0 ? [{ frames: frames.reverse(), weight: 1 }] : [];
  });
}

function ownerOf(dso: string): string {
  if (dso.startsWith('[')) return 'kernel';
  return /plpgsql/.test(dso) ? 'PL/pgSQL' : /postgres$/.test(dso) ? 'PostgreSQL' : 'libraries';
}

function nameOf(work: string): string {
  return work.split(',')[0]!.replace(' ', '-');
}

async function write(title: string, name: string, stacks: readonly Stack[]): Promise<Row> {
  const path = join(folder, `${name}.svg`);
  const text = flameGraph(title, stacks);
  await writeFile(path, text);
  return { picture: path, stacks: stacks.length, bytes: text.length };
}
