import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { verifyTrail } from '../../src/audit/verify-trail.ts';
import { createDatabase } from '../../src/db/database.ts';
import { functionSchema } from '../../src/db/functions.ts';
import { databaseClock } from '../../src/kit/clock.ts';
import { random } from '../../src/kit/random.ts';
import { secretKeys } from '../../src/kit/secret.ts';
import { parseNetwork } from '../../src/limits/ip-network.ts';
import { addWebhook } from '../../src/webhooks/manage-webhooks.ts';

const secret = 'a-key-for-chaos-that-is-long-enough-0123456789';
const keys = secretKeys([secret]);
const byCommand = { kind: 'command_line', id: 'chaos' } as const;
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent, fatal: silent } as never;
const startPatienceMs = 60_000;
const momentPatienceMs = 15_000;
const drainPatienceMs = 180_000;

/** The moments at which processes are killed. */
const moments = [
  'at random',
  'as an event arrives',
  'while the receiver holds it',
  'as the receiver has answered',
] as const;
type Moment = (typeof moments)[number];

/** How the processes are started: the modules of the product, compiled or not, and words after `node`. */
export interface WebhookProcess {
  readonly modules: URL;
  readonly extension: '.js' | '.ts';
  readonly words: readonly string[];
}

/** The work of a product that is nobody's request, in a process of its own: it seals, queues and sends. */
function codeOf({ modules, extension }: WebhookProcess, databaseUrl: string): string {
  const from = (path: string) => JSON.stringify(new URL(path + extension, modules).href);
  return `
    import { openDatabase } from ${from('db/open')};
    import { startBackground } from ${from('runtime/background')};
    import { databaseClock } from ${from('kit/clock')};
    const no = () => {};
    const log = { debug: no, info: no, warn: console.error, error: console.error, fatal: console.error };
    const shutdown = { requested: new AbortController().signal, forced: new AbortController().signal };
    const db = await openDatabase({ databaseUrl: ${JSON.stringify(databaseUrl)}, dataDir: '/nowhere', poolSize: 4,
      others: 0, log, clock: databaseClock, shutdown, readUrls: [], databasePooler: 'none' });
    startBackground(db, log, { secretKeys: [${JSON.stringify(secret)}], dataDir: '/nowhere',
      sessionLife: { idleSeconds: 3600, lifetimeSeconds: 3600 }, sms: { deliveriesKeepDays: 30 }, auditKeepDays: 400,
      webhookPrivateNetworks: [{ bytes: [127, 0, 0, 0], bits: 8 }] });
    console.log('ready');
    setInterval(no, 1000);`;
}

/** Writers of events, a receiver that misbehaves, and the processes between them, which are killed so many times. */
export async function killWebhooks(
  sql: Sql,
  databaseUrl: string,
  how: WebhookProcess,
  { times, minutes = 1440 }: { readonly times: number; readonly minutes?: number },
) {
  const until = performance.now() + minutes * 60_000;
  const heard = new EventEmitter();
  const receiver = await openReceiver(heard);
  const db = createDatabase(sql, databaseClock);
  const network = parseNetwork('127.0.0.0/8');
  const needs = { db, log, keys, allowedNetworks: network.ok ? [network.network] : [] };
  for (const path of ['one', 'two']) {
    const input = { url: `${receiver.url}/${path}`, description: '', events: ['user.updated'], withNumbers: false };
    await addWebhook(needs, byCommand, input);
  }
  const stop = new AbortController();
  const written = { committed: new Set<string>(), rolledBack: new Set<string>() };
  const writers = Promise.all([1, 2, 3].map(() => write(sql, written, stop.signal)));
  const killed: Moment[] = [];
  try {
    await killInTurn(heard, how, databaseUrl, killed, () => killed.length >= times || performance.now() > until);
    stop.abort();
    await writers;
    const drainedMs = await drain(sql, how, databaseUrl, written.committed.size);
    const trail = await verifyTrail({ db, keys }, byCommand, []);
    return { killed, written, received: receiver.received, drainedMs, trail, ...(await numbersOf(sql)) };
  } finally {
    stop.abort();
    await writers.catch(() => {});
    await receiver.close();
  }
}

/** A request that the receiver got. */
export interface ReceivedEvent {
  readonly path: string;
  readonly id: string;
  readonly sequence: number;
  readonly user: string;
}

async function openReceiver(heard: EventEmitter) {
  const received: ReceivedEvent[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { sequence, data } = JSON.parse(body);
    const id = String(request.headers['webhook-id']);
    received.push({ path: request.url ?? '', id, sequence, user: data.user_id });
    heard.emit('as an event arrives');
    const luck = Math.random();
    if (luck < 0.03) return void response.writeHead(503, { 'retry-after': '1' }).end();
    if (luck < 0.06) return void request.socket.destroy();
    if (luck < 0.3) {
      setTimeout(() => heard.emit('while the receiver holds it'), 20);
      await pause(60);
    }
    response.on('finish', () => heard.emit('as the receiver has answered'));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, close };
}

/** Writes events by the function of the product, each of an account of its own; some transactions are long, some roll back. */
async function write(
  sql: Sql,
  { committed, rolledBack }: { committed: Set<string>; rolledBack: Set<string> },
  stop: AbortSignal,
): Promise<void> {
  const record = `select ${functionSchema('public')}.record_event($1::uuid, 'profile_changed', 'succeeded', null, 'email',
    '192.0.2.1', 'chaos', now())`;
  while (!stop.aborted) {
    const user = random.id();
    const isLost = Math.random() < 0.1;
    await sql
      .begin(async (transaction) => {
        await transaction.unsafe(record, [user]);
        if (Math.random() < 0.1) await pause(Math.random() * 300);
        if (isLost) throw new Error('rolled back');
      })
      .then(
        () => committed.add(user),
        () => rolledBack.add(user),
      );
    await pause(Math.random() * 500);
  }
}

/** Two processes at a time: both are killed at a moment, so that the one that is sending is among them. */
async function killInTurn(
  heard: EventEmitter,
  how: WebhookProcess,
  databaseUrl: string,
  killed: Moment[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const processes = await Promise.all([startProcess(how, databaseUrl), startProcess(how, databaseUrl)]);
    const moment = moments[Math.floor(Math.random() * moments.length)] ?? 'at random';
    if (moment === 'at random') await pause(Math.random() * 1800);
    else await once(heard, moment, { signal: AbortSignal.timeout(momentPatienceMs) }).catch(() => undefined);
    if (moment !== 'at random' && Math.random() < 0.5) await pause(Math.random() * 20);
    await Promise.all(processes.map(kill));
    killed.push(moment, moment);
    if (killed.length % 100 === 0) process.stdout.write(`${killed.length} kills\n`);
  }
}

async function startProcess(how: WebhookProcess, databaseUrl: string): Promise<ChildProcess> {
  const words = [...how.words, '--input-type=module', '-e', codeOf(how, databaseUrl)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.add(child);
  const ready = once(child.stdout as NodeJS.ReadableStream, 'data', { signal: AbortSignal.timeout(startPatienceMs) });
  await Promise.race([
    ready,
    once(child, 'exit').then(() => Promise.reject(new Error('a process ended at its start'))),
  ]);
  return child;
}

const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  started.delete(child);
}

/** Lets one process deliver the rest; leases and pauses before retries are cut short, since they last for minutes. */
async function drain(sql: Sql, how: WebhookProcess, databaseUrl: string, events: number): Promise<number> {
  const begun = performance.now();
  const last = await startProcess(how, databaseUrl);
  try {
    for (let left = 1; left > 0; await pause(500)) {
      await sql`update webhook_delivery set next_at = now(), retries = 0 where state = 'waiting' and next_at > now() + interval '20 s'`;
      const [row] = await sql<{ queued: number; waiting: number }[]>`select count(*)::int as queued,
        count(*) filter (where state <> 'delivered')::int as waiting from webhook_delivery`;
      left = (row?.waiting ?? 0) + Math.max(0, 2 * events - (row?.queued ?? 0));
      if (performance.now() - begun > drainPatienceMs) break;
    }
  } finally {
    await kill(last);
  }
  return performance.now() - begun;
}

/** The numbers of each endpoint that have an event, and the newest number. */
async function numbersOf(sql: Sql) {
  const endpoints = await sql<{ path: string; newest: number; count: number; least: number; most: number }[]>`
    select regexp_replace(e.url, '^.*/', '/') as path, e.last_seq::int as newest, count(*)::int as count,
      min(d.seq)::int as least, max(d.seq)::int as most
    from webhook_endpoint e join webhook_delivery d on d.endpoint_id = e.id group by e.id, e.url, e.last_seq order by 1`;
  const undelivered = await sql`select seq from webhook_delivery where state <> 'delivered'`;
  return { endpoints: [...endpoints], undelivered: undelivered.length };
}
