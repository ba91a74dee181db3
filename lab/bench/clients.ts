import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pino } from 'pino';
import { parseConnectionString } from '../../src/db/connection-string.ts';
import { functionSchema } from '../../src/db/functions.ts';
import { openDatabase } from '../../src/db/open.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { firstOf } from '../../src/kit/present.ts';
import { openTestDatabase } from '../../test/support/create-database.ts';
import { installPeers, peersFolder } from './install-peers.ts';
import type { Plan } from './plan.ts';
import { middle, type Row } from './results.ts';

const connections = 10;
const callers = [1, 32, 300];

/** One call of a function of ours, as a statement that each client prepares once on each connection. */
interface Call {
  readonly name: string;
  readonly text: string;
  values(): unknown[];
}

interface Client {
  call(one: Call): Promise<unknown>;
  end(): Promise<unknown>;
}

/** Calls of our functions through `postgres`, which the product uses, and through `pg`, in turns, to one PostgreSQL. */
export async function compareClients({ url, dataDir, seconds, rounds }: Plan): Promise<Row[]> {
  const log = pino({ level: 'silent' });
  // installs the functions
  const db = await openDatabase({ databaseUrl: url, dataDir, poolSize: 1, log, clock: databaseClock });
  const clients: Record<string, Client> = { postgres: openPostgres(url), pg: await openPg(url) };
  const measured = new Map<string, Measured[]>();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const one of calls()) {
        for (const count of callers) {
          for (const [client, { call }] of Object.entries(clients)) {
            const key = `${one.name}, ${count} callers|${client}`;
            measured.set(key, [...(measured.get(key) ?? []), await measure(() => call(one), count, seconds)]);
          }
        }
      }
    }
  } finally {
    for (const client of Object.values(clients)) await client.end();
    await db.close();
  }
  return [...measured].map(([key, rows]) => {
    const [work = '', client = ''] = key.split('|');
    return {
      work,
      client,
      'calls a second': Math.round(middle(rows.map(({ rate }) => rate))),
      'µs of the process a call': Math.round(middle(rows.map(({ micros }) => micros))),
      'p99 ms': middle(rows.map(({ p99 }) => p99)).toFixed(1),
    };
  });
}

function calls(): Call[] {
  const schema = functionSchema('public');
  const id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
  const now = () => new Date().toISOString();
  return [
    {
      name: 'a read',
      text: `select * from ${schema}.live_session($1::uuid, $2::bytea, $3::float8, $4::timestamptz)`,
      values: () => [id, Buffer.alloc(32, 1), 3600, now()],
    },
    {
      name: 'a write with its commit',
      text: `select ${schema}.record_event($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text,
        $8::timestamptz)`,
      values: () => [id, 'signed_in', 'succeeded', '+7 ••• 12', null, '127.0.0.1', 'a device', now()],
    },
  ];
}

function openPostgres(url: string): Client {
  const { sql, close } = openTestDatabase(url, connections);
  return { call: async ({ text, values }) => sql.unsafe(text, values() as never[], { prepare: true }), end: close };
}

async function openPg(url: string): Promise<Client> {
  installPeers();
  const { Pool } = createRequire(peersFolder)('pg') as {
    Pool: new (options: object) => { query(query: object): Promise<unknown>; end(): Promise<void> };
  };
  const params = parseConnectionString(url);
  const host = firstOf(params.hosts);
  const pool = new Pool({
    ...('path' in host
      ? { host: dirname(host.path), port: Number(/\d+$/.exec(host.path)?.[0]) }
      : { host: host.host, port: host.port }),
    user: params.user,
    database: params.database,
    password: await params.passwordFor(host),
    max: connections,
  });
  return { call: ({ name, text, values }) => pool.query({ name, text, values: values() }), end: () => pool.end() };
}

interface Measured {
  readonly rate: number;
  /** Processor time of this process, which only calls. */
  readonly micros: number;
  readonly p99: number;
}

async function measure(call: () => Promise<unknown>, count: number, seconds: number): Promise<Measured> {
  const waits: number[] = [];
  const begun = process.cpuUsage();
  const end = performance.now() + seconds * 1000;
  const caller = async () => {
    while (performance.now() < end) {
      const asked = performance.now();
      await call();
      waits.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: count }, caller));
  const { user, system } = process.cpuUsage(begun);
  const p99 = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.99)]!;
  return { rate: waits.length / seconds, micros: (user + system) / waits.length, p99 };
}
