import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { debianBinaries, Postgres } from '../../../test/support/postgres.ts';
import { ApiClient, type RecordedCall } from '../api-client.ts';
import { insertExpiringRows } from '../expired-rows.ts';
import { FakeGateway } from '../fake-gateway.ts';
import { watchLocks } from '../lock-watcher.ts';
import { max } from '../max.ts';
import { buildProduct, Product } from '../product.ts';
import { migrationNames, nextVersion, versionBefore } from '../product-versions.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { UserJourneys } from '../user-journey.ts';

const lockAtMostMs = 2000;
const hands = 6;

/** Each released schema to the newest, then planted migrations, of which the bad ones have to be found; `--rows` a table. */
export const scenario: Scenario = {
  name: 'migrations',
  promise: 'old and new code serve side by side while the new one migrates, and no lock on a table lasts over 2 s',
  async run({ rows = '400000', versions = '15,18' }) {
    await buildProduct();
    const figures: Figure[] = [];
    for (const version of versions.split(',')) {
      const server = `PostgreSQL ${version}`;
      const binaries = version === '18' ? undefined : debianBinaries(Number(version));
      if (version !== '18' && !binaries) {
        figures.push({ what: `${server}: not installed`, figure: 'not run', ok: true });
        continue;
      }
      const use = { server, rows: Number(rows), ...(binaries ? { binaries } : {}) };
      const [, ...later] = migrationNames();
      figures.push({
        what: `${server}: migrations that were released after the first`,
        figure: `${later.length}`,
        ok: true,
      });
      for (const name of later) figures.push(...(await inSandbox((sandbox) => moved(sandbox, name, use))));
      figures.push(...(await inSandbox((sandbox) => planted(sandbox, use))));
    }
    return figures;
  },
};

interface Use {
  readonly server: string;
  readonly binaries?: string;
  readonly rows: number;
}

/** From the schema before a migration to the newest, with the code of then beside that of now. */
async function moved(sandbox: Sandbox, migration: string, use: Use): Promise<Figure[]> {
  const old = versionBefore(migration, join(sandbox.folder, 'old'));
  const ground = await prepared(sandbox, use, old);
  return sideBySide(ground, { name: `${use.server}, from before ${migration}`, old, isBad: false });
}

const good = {
  '0901_planted_column.sql': 'alter table session add column planted text;',
  '0902_planted_index.sql': `-- outside a transaction
drop index concurrently if exists planted_index;
create index concurrently planted_index on session (planted, created_at);`,
};
// what each row costs is in them, so that they are slow on any machine
const rewrite = {
  '0903_planted_rewrite.sql': `alter table session add column rewritten text not null
    default md5(repeat(gen_random_uuid()::text, 200));`,
};
const lockedIndex = {
  '0904_planted_index.sql': 'create index planted_slow on session (md5(repeat(id::text, 200)));',
};

/** The judge has to pass migrations made as they should be, and to report those that are not. */
async function planted(sandbox: Sandbox, use: Use): Promise<Figure[]> {
  const ground = await prepared(sandbox, use);
  const figures: Figure[] = [];
  let all: Record<string, string> = {};
  for (const { name, added, isBad } of [
    { name: 'planted: a column, and an index made concurrently', added: good, isBad: false },
    { name: 'planted: a table written anew', added: rewrite, isBad: true },
    { name: 'planted: an index made under a lock', added: lockedIndex, isBad: true },
  ]) {
    all = { ...all, ...added };
    const next = nextVersion(join(sandbox.folder, Object.keys(added)[0]!), all);
    figures.push(...(await sideBySide(ground, { name: `${use.server}, ${name}`, next, isBad })));
  }
  return figures;
}

interface Ground {
  readonly database: Postgres;
  readonly gateway: FakeGateway;
  readonly folder: string;
}

/** A server with the schema of a version, and rows. */
async function prepared({ folder, cleanup }: Sandbox, use: Use, root?: string): Promise<Ground> {
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const place = join(folder, 'postgres');
  mkdirSync(place);
  const database = await Postgres.start({ folder: place, ...(use.binaries ? { binaries: use.binaries } : {}) });
  cleanup(() => database.stop());
  const env = { DATABASE_URL: database.url(), ...gateway.env };
  const first = await Product.start({ env, log: join(folder, 'first.log'), ...(root ? { root } : {}) });
  await first.stop();
  const sql = database.admin();
  await insertExpiringRows(sql, { rows: use.rows, from: 36_000, to: 72_000, series: 1 });
  await sql.end();
  return { database, gateway, folder };
}

/** The old code serves; the new one is started beside it, migrates, and serves too; then people go from one to the other. */
async function sideBySide(
  { database, gateway, folder }: Ground,
  { name, old, next, isBad }: { name: string; old?: string; next?: string; isBad: boolean },
): Promise<Figure[]> {
  const env = { DATABASE_URL: database.url(), ...gateway.env };
  const log = join(folder, 'product.log');
  const products = [await Product.start({ env, log, ...(old ? { root: old } : {}) })];
  const sql = database.admin();
  const calls: RecordedCall[] = [];
  const hear = (told: RecordedCall) => void calls.push(told);
  const ports = () => products.map(({ port }) => port);
  try {
    const before = new UserJourneys(new ApiClient(ports(), hear), gateway);
    const stop = new AbortController();
    const load = [before.run(hands, stop.signal)];
    await pause(2000);
    const locks = watchLocks(sql);
    const begun = performance.now();
    products.push(await Product.start({ env, log, ...(next ? { root: next } : {}) }));
    const readyMs = performance.now() - begun;
    const after = new UserJourneys(new ApiClient(ports(), hear), gateway);
    load.push(after.run(hands, stop.signal));
    await pause(3000);
    stop.abort();
    await Promise.all(load);
    const longest = await locks.stop();
    const broken = [...(await before.findViolations(sql)), ...(await after.findViolations(sql))];
    const acknowledged = before.counted.acknowledged + after.counted.acknowledged;
    return figures(name, { calls, longest, readyMs, broken, acknowledged, isBad });
  } finally {
    for (const product of products) await product.stop();
    await sql.end();
  }
}

function figures(
  name: string,
  {
    calls,
    longest,
    readyMs,
    broken,
    acknowledged,
    isBad,
  }: {
    calls: readonly RecordedCall[];
    longest: Awaited<ReturnType<ReturnType<typeof watchLocks>['stop']>>;
    readyMs: number;
    broken: readonly string[];
    acknowledged: number;
    isBad: boolean;
  },
): Figure[] {
  const failed = calls.filter(({ status }) => status === 0 || status >= 500).length;
  const slowest = max(calls.map(({ ms }) => ms));
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const isFound = longest.held > lockAtMostMs;
  const held: Figure = {
    what: `${name}: the longest lock on a table`,
    figure: `${ms(longest.held)} (${longest.what}; ${longest.looks} looks)`,
    bound: isBad ? `is found to be over ${lockAtMostMs} ms` : `${lockAtMostMs} ms`,
    ok: isBad === isFound,
  };
  const told = `${calls.length}, ${failed} failed, the longest ${ms(slowest)}; the new version was ready after ${ms(readyMs)}`;
  if (isBad) return [held, { what: `${name}: calls of people`, figure: told, ok: calls.length > 0 }];
  return [
    held,
    {
      what: `${name}: the longest wait for a lock`,
      figure: ms(longest.waited),
      bound: `${lockAtMostMs} ms`,
      ok: longest.waited <= lockAtMostMs,
    },
    { what: `${name}: calls of people`, figure: told, bound: '0 failed', ok: failed === 0 && calls.length > 0 },
    {
      what: `${name}: breaches of what was acknowledged, with both versions`,
      figure: broken.length === 0 ? `0 of ${acknowledged}` : broken.slice(0, 10).join('; '),
      bound: '0',
      ok: broken.length === 0 && acknowledged > 0,
    },
  ];
}
