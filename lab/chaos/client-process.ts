// Calls PostgreSQL all the time through one client, for the scenario `clients`: `client-process.ts KIND URL`.
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import postgres from 'postgres';
import { parseConnectionString } from '../../src/db/connection-string.ts';
import { openDatabase } from '../../src/db/open.ts';
import { errorCode } from '../../src/kit/caught.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { firstOf } from '../../src/kit/present.ts';
import { peersFolder } from '../bench/install-peers.ts';
import { max } from './max.ts';

/** The calls since the last report. */
export interface ClientReport {
  readonly succeeded: number;
  /** How many failed, by the code of the error. */
  readonly failed: Readonly<Record<string, number>>;
  /** Calls that had not ended after 10 s. */
  readonly endless: number;
  /** Calls whose row was missing or that of another call. */
  readonly wrong: number;
  readonly longestMs: number;
  readonly medianMs: number;
  /** From the end of the fault to the first success and the last failure, whichever is later. */
  readonly recoveryMs: number | null;
}

/** `busy` holds nine of ten connections for some seconds; `mended` is the end of the fault. */
export type ClientCommand = 'busy' | 'mended' | 'report';

type Call = (n: number, seconds: number) => Promise<readonly { n: number }[]>;

const connections = 10;
const callers = 20;
const endlessAfterMs = 10_000;
const text = 'select $1::int as n, pg_sleep($2::float8)::text';

const opened: Readonly<Record<string, (url: string) => Promise<Call>>> = {
  postgres: async (url) => {
    const sql = postgres(`${url}?target_session_attrs=primary`, {
      max: connections,
      connect_timeout: 3,
      connection: { statement_timeout: 8000 },
    });
    return (n, seconds) => sql.unsafe(text, [n, seconds], { prepare: true }) as Promise<never>;
  },
  'postgres in Vouch': async (databaseUrl) => {
    const log = pino({ level: 'silent' });
    const db = await openDatabase({ databaseUrl, dataDir: '', poolSize: connections, log, clock: databaseClock });
    return (n, seconds) => db.run(() => db.sql<{ n: number }[]>`select ${n}::int as n, pg_sleep(${seconds})::text`);
  },
  pg: async (url) => {
    const { Pool } = createRequire(peersFolder)('pg');
    const params = parseConnectionString(url);
    // it has no list of hosts
    const pool = new Pool({
      ...firstOf(params.hosts),
      user: params.user,
      database: params.database,
      max: connections,
      connectionTimeoutMillis: 3000,
      query_timeout: 9000,
      statement_timeout: 8000,
      keepAlive: true,
    });
    // without a listener, the loss of an idle connection would end the process
    pool.on('error', () => {});
    return (n, seconds) => pool.query({ name: 'call', text, values: [n, seconds] }).then((result: Rows) => result.rows);
  },
};

interface Rows {
  readonly rows: readonly { n: number }[];
}

let calls: { startedAt: number; endedAt: number; outcome: string }[] = [];
let mendedAt: number | undefined;
let lastNumber = 0;

async function observe(call: Call, seconds: number): Promise<string> {
  const startedAt = performance.now();
  lastNumber += 1;
  const n = lastNumber;
  let timer: NodeJS.Timeout | undefined;
  const endless = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('endless'), endlessAfterMs);
  });
  const done = call(n, seconds).then(
    (rows) => (rows.length === 1 && rows[0]?.n === n ? 'ok' : 'wrong'),
    (error) => errorCode(error) || (error as Error).message,
  );
  const outcome = await Promise.race([done, endless]);
  clearTimeout(timer);
  calls.push({ startedAt, endedAt: performance.now(), outcome });
  return outcome;
}

async function keepCalling(call: Call): Promise<void> {
  for (;;) await pause((await observe(call, 0.005)) === 'ok' ? 5 : 50);
}

async function keepBusy(call: Call): Promise<void> {
  for (let times = 0; times < 3; times += 1) {
    await call(0, 3).catch(() => {});
  }
}

function report(): ClientReport {
  const by = (wanted: string) => calls.filter(({ outcome }) => outcome === wanted).length;
  const known = ['ok', 'endless', 'wrong'];
  const codes = new Set(calls.map(({ outcome }) => outcome).filter((outcome) => !known.includes(outcome)));
  const waits = calls.map(({ startedAt, endedAt }) => endedAt - startedAt).sort((one, other) => one - other);
  return {
    succeeded: by('ok'),
    failed: Object.fromEntries([...codes].map((code) => [code, by(code)])),
    endless: by('endless'),
    wrong: by('wrong'),
    longestMs: max(waits),
    medianMs: waits[waits.length >> 1] ?? 0,
    recoveryMs: recoveryMs(),
  };
}

function recoveryMs(): number | null {
  const since = mendedAt;
  if (since === undefined) return null;
  const first = calls.filter(({ outcome, startedAt }) => outcome === 'ok' && startedAt >= since)[0];
  const failures = calls.filter(({ outcome, endedAt }) => outcome !== 'ok' && endedAt >= since);
  return first === undefined ? null : max([first.endedAt, ...failures.map(({ endedAt }) => endedAt)]) - since;
}

const [kind = '', url = ''] = process.argv.slice(2);
const call = await (opened[kind] as (url: string) => Promise<Call>)(url);
process.on('message', (command: ClientCommand) => {
  if (command === 'busy') for (let n = 1; n < connections; n += 1) void keepBusy(call);
  if (command === 'mended') mendedAt = performance.now();
  if (command === 'report') process.send?.(report());
});
process.on('disconnect', () => process.exit());
for (let n = 0; n < callers; n += 1) void keepCalling(call);
await pause(1000);
calls = [];
process.send?.('warm');
