// npm run bench [-- before --against COMMIT clients flames import limit oidc operator peers sizes sending weight] [--seconds 4] [--rounds 3] [--most 1000000]: figures in turns, on one machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { formatTable } from '../../src/cli/table.ts';
import { startEmbedded } from '../../src/db/embedded/server.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { compareBefore } from './before.ts';
import { compareClients } from './clients.ts';
import { measureDeliveryLatency } from './delivery-latency.ts';
import { drawFlames } from './flames.ts';
import { measureFootprint } from './footprint.ts';
import { measureImport } from './import.ts';
import { compareOidc } from './oidc.ts';
import { measureOperatorReads } from './operator.ts';
import { measureOverhead } from './overhead.ts';
import { comparePeers } from './peers.ts';
import type { Plan } from './plan.ts';
import type { Row } from './results.ts';
import { measureTableSizes } from './table-sizes.ts';

const parts: Record<string, (plan: Plan) => Promise<Row[]>> = {
  before: compareBefore,
  clients: compareClients,
  flames: drawFlames,
  import: measureImport,
  limit: measureOverhead,
  oidc: compareOidc,
  operator: measureOperatorReads,
  peers: comparePeers,
  sizes: measureTableSizes,
  sending: measureDeliveryLatency,
  weight: measureFootprint,
};
// the one needs a commit, the other writes files
const onlyIfNamed = ['before', 'flames'];
const words = process.argv.slice(2);
const option = (name: string, usual: number) => Number(words[words.indexOf(`--${name}`) + 1] ?? usual) || usual;
const against = words.includes('--against') ? (words[words.indexOf('--against') + 1] ?? '') : '';
const log = pino({ level: 'silent' });
const all: Record<string, Row[]> = {};
for (const [part, measure] of Object.entries(parts)) {
  if (words.some((word) => word in parts) ? !words.includes(part) : onlyIfNamed.includes(part)) continue;
  const dataDir = await mkdtemp(join(tmpdir(), 'vouch-bench-'));
  const embedded = await startEmbedded({ dataDir, log });
  try {
    const db = await openDatabase({ databaseUrl: embedded.url, dataDir, poolSize: 1, log, clock: databaseClock });
    await migrate({ sql: db.sql, log });
    await db.close();
    const given = {
      seconds: option('seconds', 4),
      rounds: option('rounds', 3),
      maxAccounts: option('most', 1_000_000),
      against,
    };
    all[part] = await measure({ url: embedded.url, server: embedded.options, dataDir, ...given });
    process.stdout.write(`\n${part}\n${formatTable(all[part])}\n`);
  } finally {
    await embedded.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
process.stdout.write(
  `\n${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, ...all })}\n`,
);
process.exit(0);
