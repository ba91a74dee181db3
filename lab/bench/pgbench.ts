import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import postgres from 'postgres';
import { createDatabase } from '../../src/db/database.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { findProfile } from '../../src/profile/store.ts';
import { parseToken } from '../../src/sessions/session.ts';
import type { Measured } from './load.ts';
import type { Plan } from './plan.ts';

/** As many as our pool holds. */
const connections = 10;

/** Whether `pgbench` is installed here. */
export const isInstalled = spawnSync('pgbench', ['--version']).status === 0;

/**
 * How often `pgbench` does the statement of a profile read, prepared as our client prepares it, on as many connections as
 * we have: what PostgreSQL permits, without HTTP and without Node.js. It tells an average for the median, and no p99.
 */
export async function pgbenchRead({ server, dataDir }: Plan, token: string, seconds: number): Promise<Measured> {
  const said: { text: string; parameters: unknown[] }[] = [];
  const sql = postgres({
    ...server,
    max: 1,
    fetch_types: false,
    debug: (_, text, parameters) => said.push({ text, parameters }),
  });
  const sessionLife = { idleSeconds: 30 * 86_400, lifetimeSeconds: 365 * 86_400 };
  await findProfile(
    { db: createDatabase(sql, databaseClock), sessionLife, log: pino({ level: 'silent' }) },
    parseToken(token)!,
  );
  await sql.end();
  const { text, parameters } = said.at(-1)!;
  const script = join(dataDir, 'profile-read.sql');
  // a variable of pgbench cannot be null
  const filled = text.replace(/\$(\d+)/g, (_, at) => (parameters[at - 1] == null ? 'null' : `:p${at}`));
  await writeFile(script, `${filled.replaceAll('\n', ' ')};\n`);
  const values = parameters.flatMap((value, at) =>
    value == null ? [] : ['-D', `p${at + 1}=${Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value}`],
  );
  const place = ['-h', server.host, '-p', String(server.port), '-U', server.user, server.database];
  const child = spawn('pgbench', [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(connections),
    '-T',
    String(seconds),
    '-f',
    script,
    ...values,
    ...place,
  ]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => child.on('close', resolve));
  const rate = Number(/tps = ([\d.]+)/.exec(output)?.[1]);
  if (!rate) throw new Error(output);
  const average = Number(/latency average = ([\d.]+)/.exec(output)?.[1]);
  return { rate, median: average, p99: Number.NaN, works: Math.round(rate * seconds) };
}
