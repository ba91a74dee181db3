import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase } from '../../test/support/create-database.ts';
import { FakeGateway } from '../chaos/fake-gateway.ts';
import { buildProduct } from '../chaos/product.ts';
import type { Measured } from './load.ts';
import { type Peer, vouch, works } from './peers.ts';
import type { Plan } from './plan.ts';
import { postgresPid, withCosts } from './processor-time.ts';
import { pairedRatio, type Row, residentMemory, summarize } from './results.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Sign-ins and profile reads of this tree beside those of an earlier commit with its own packages, both compiled, in turns
 * on one PostgreSQL. Each round has its ratio, since a machine gets faster and slower within a run.
 */
export async function compareBefore(plan: Plan): Promise<Row[]> {
  const { url, dataDir, seconds, rounds, against } = plan;
  const earlier = checkOut(against, join(dataDir, 'before'));
  await buildProduct();
  const gateway = await FakeGateway.open();
  const servers: Peer[] = [];
  try {
    for (const [name, options] of Object.entries({ before: { root: earlier }, now: {} }))
      servers.push(
        await vouch(await createDatabase(url, `bench_${name}`, { migrated: false }), gateway, dataDir, options),
      );
    const postgres = await postgresPid(plan);
    const rows: Row[] = [];
    for (const [work, perform] of Object.entries(works)) {
      const measured = new Map<Peer, Measured[]>(servers.map((server) => [server, []]));
      for (const server of servers) await perform(server, 1);
      for (let round = 0; round < rounds; round += 1) {
        // the first of a round differs, so that no drift within rounds favours one of them
        for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
          const payers = { application: server.pid, postgres };
          measured.get(server)?.push(await withCosts(payers, () => perform(server, seconds)));
        }
      }
      rows.push(...compared(work, against, [...measured.values()]));
    }
    const [before, now] = servers.map(({ pid }) => residentMemory(pid));
    return [
      ...rows,
      { work: 'memory after that', kind: against, MiB: before ?? 0 },
      { work: 'memory after that', kind: 'this tree', MiB: now ?? 0 },
    ];
  } finally {
    for (const server of servers) await server.end();
    gateway.close();
  }
}

function compared(work: string, commit: string, [before = [], now = []]: readonly Measured[][]): Row[] {
  const cost = ({ costs }: Measured) => (costs ? costs.application + costs.postgres : Number.NaN);
  const rate = ({ rate }: Measured) => rate;
  return [
    { work, kind: commit, ...summarize(before) },
    {
      work,
      kind: 'this tree',
      ...summarize(now),
      'rate, ratio of the rounds': pairedRatio(now.map(rate), before.map(rate)),
      'processor time, ratio': pairedRatio(now.map(cost), before.map(cost)),
    },
  ];
}

/** A commit of this repository, with its packages and compiled, in a folder of its own. */
function checkOut(commit: string, folder: string): string {
  if (commit === '') throw new Error('bench -- before needs --against COMMIT');
  mkdirSync(folder);
  const archive = execFileSync('git', ['-C', root, 'archive', commit], { maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  execFileSync('npm', ['ci', '--omit=dev'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(process.execPath, [join(folder, 'scripts', 'build.mjs')], { cwd: folder, stdio: 'inherit' });
  return folder;
}
