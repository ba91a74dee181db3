// npm run bench: the product against the least that could do the same, on one PostgreSQL, in turns.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { startEmbedded } from '../src/db/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { databaseClock } from '../src/kit/clock.ts';
import { clientOf, load, type Measured, type Send } from './load.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 4);
const kinds = ['bare', 'vouch'] as const;
const works = { 'profile read': readProfile, 'sign-in, each person new': signInNew };

interface Bench {
  readonly child: ChildProcess;
  readonly send: Send;
  readonly codes: Map<string, (code: string) => void>;
}

const log = pino({ level: 'silent' });
let people = 0;
const dataDir = await mkdtemp(join(tmpdir(), 'vouch-bench-'));
const embedded = await startEmbedded({ dataDir, log });
const db = await openDatabase({ databaseUrl: embedded.url, dataDir, poolSize: 1, log, clock: databaseClock });
await migrate({ sql: db.sql, log });
await db.close();

const servers = { bare: await open('bare'), vouch: await open('vouch') };
const results: { work: string; kind: string; rate: number; spread: number; median: number; p99: number }[] = [];
for (const [work, perform] of Object.entries(works)) {
  const measured: Record<string, Measured[]> = { bare: [], vouch: [] };
  for (const kind of kinds) await perform(servers[kind], 1);
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) measured[kind]!.push(await perform(servers[kind], seconds));
  }
  for (const kind of kinds) results.push({ work, kind, ...summary(measured[kind]!) });
}
process.stdout.write(table(results.map((row) => ({ ...row, ratio: ratioOf(row) }))));
for (const kind of kinds)
  process.stdout.write(`memory after load, ${kind}: ${Math.round((await memory(servers[kind])) / 2 ** 20)} MiB\n`);
process.stdout.write(
  `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, results })}\n`,
);
for (const { child } of Object.values(servers)) child.kill('SIGKILL');
await embedded.stop();
await rm(dataDir, { recursive: true });
process.exit(0);

async function open(kind: string): Promise<Bench> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), [kind, embedded.url], {
    execArgv: ['--import', 'tsx'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const codes: Bench['codes'] = new Map();
  child.on('message', (message: { to?: string; code?: string }) => {
    if (message.to && message.code) codes.get(message.to)?.(message.code);
  });
  return { child, send: clientOf(port), codes };
}

async function readProfile({ send, ...bench }: Bench, time: number): Promise<Measured> {
  const token = await signIn({ send, ...bench });
  return load(time, async () => void (await send('GET', '/api/users/me', undefined, token)));
}

function signInNew(bench: Bench, time: number): Promise<Measured> {
  return load(time, async () => void (await signIn(bench)));
}

async function signIn({ send, codes }: Bench): Promise<string> {
  people += 1;
  const number = `+7916${String(people).padStart(7, '0')}`;
  const code = new Promise<string>((resolve) => codes.set(number, resolve));
  await send('POST', '/api/request-sms/', { phone_number: number });
  const { token } = await send('POST', '/api/verify-sms/', { phone_number: number, sms_code: await code });
  codes.delete(number);
  return String(token);
}

function summary(all: Measured[]): { rate: number; spread: number; median: number; p99: number } {
  const middle = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const rates = all.map(({ rate }) => rate);
  return {
    rate: Math.round(middle(rates)),
    spread: Math.round(Math.max(...rates) - Math.min(...rates)),
    median: Number(middle(all.map(({ median }) => median)).toFixed(2)),
    p99: Number(middle(all.map(({ p99 }) => p99)).toFixed(2)),
  };
}

function table(rows: Record<string, string | number>[]): string {
  const names = Object.keys(rows[0]!);
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return `${lines.map((line) => line.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')).join('\n')}\n`;
}

function ratioOf({ work, rate }: { work: string; rate: number }): string {
  const bare = results.find((other) => other.work === work && other.kind === 'bare')!;
  return (rate / bare.rate).toFixed(2);
}

async function memory({ child }: Bench): Promise<number> {
  const told = new Promise<number>((resolve) =>
    child.on('message', (message: { memory?: number }) => message.memory && resolve(message.memory)),
  );
  child.send('memory');
  return told;
}
