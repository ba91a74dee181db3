/**
 * Runs an idempotent act in a process of its own: it inserts a row into `act_done` of `DATABASE_URL`. Stops for good where
 * `STOP` says: `claimed`, `acted` or `committed`, and tells its parent so. Without it, it runs `TIMES` attempts at once,
 * each again after 409, and tells all results.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { AdminResult } from '../../src/admin/result.ts';
import { runOnce } from '../../src/admin/run-once.ts';
import type { Database } from '../../src/db/database.ts';
import { openDatabase } from '../../src/db/open.ts';

const { DATABASE_URL: databaseUrl, STOP: stop, TIMES = '1' } = process.env;
const db = await openDatabase({
  databaseUrl,
  dataDir: '',
  poolSize: 10,
  log: pino({ level: 'error' }, { write: (line) => void process.stderr.write(line) }),
  clock: { aheadMs: 0 },
});
process.once('disconnect', () => process.exit());

const identity = { apiKeyId: '0123456789abcdef', idempotencyKey: 'one', request: ['POST', '/act'] };

async function act({ sql, run }: Database): Promise<AdminResult> {
  if (stop === 'claimed') await stopped();
  const [row] = await run(() => sql<{ id: string }[]>`insert into act_done (pid) values (${process.pid}) returning id`);
  if (stop === 'acted') await stopped();
  return { ok: true, status: 201, body: { id: row?.id, pid: process.pid } };
}

async function attempt(): Promise<AdminResult> {
  const result = await runOnce(db, identity, act);
  if (result.ok || result.code !== 'request_in_progress') return result;
  conflicts += 1;
  await pause(20);
  return attempt();
}

let conflicts = 0;
if (stop === 'committed') {
  await runOnce(db, identity, act);
  await stopped();
}
const results = await Promise.all(Array.from({ length: Number(TIMES) }, () => attempt()));
process.send?.({ results, conflicts });

async function stopped(): Promise<never> {
  process.send?.({ stopped: stop });
  return new Promise(() => {});
}
