import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createClient, load, type Measured, type Send } from './load.ts';
import { isInstalled, pgbenchRead } from './pgbench.ts';
import type { Plan } from './plan.ts';
import { postgresPid, withCosts } from './processor-time.ts';
import { type Row, residentMemory, summarize } from './results.ts';

const kinds = ['bare', 'vouch'] as const;
const works = { 'profile read': readProfile, 'sign-in, each person new': signInNew };

interface Bench {
  readonly child: ChildProcess;
  readonly send: Send;
  readonly codes: Map<string, (code: string) => void>;
}

let people = 0;

/** Our HTTP server against a bare one of Node.js that does the same statements by the same client, in turns; and `pgbench`. */
export async function measureOverhead(plan: Plan): Promise<Row[]> {
  const { url, seconds, rounds } = plan;
  const servers = { bare: await open('bare', url), vouch: await open('vouch', url) };
  const rows: Row[] = [];
  const postgresAt = await postgresPid(plan);
  for (const [work, perform] of Object.entries(works)) {
    const measured = { bare: [] as Measured[], vouch: [] as Measured[] };
    for (const kind of kinds) await perform(servers[kind], 1);
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of kinds) {
        const payers = { application: servers[kind].child.pid!, postgres: postgresAt };
        measured[kind].push(await withCosts(payers, () => perform(servers[kind], seconds)));
      }
    }
    const bare = summarize(measured.bare);
    for (const kind of kinds) {
      const mine = summarize(measured[kind]);
      rows.push({ work, kind, ...mine, 'of the bare server': (mine.rate / bare.rate).toFixed(2) });
    }
  }
  if (isInstalled) {
    const token = await signIn(servers.vouch);
    const measured: Measured[] = [];
    for (let round = 0; round < rounds; round += 1) measured.push(await pgbenchRead(plan, token, seconds));
    const { rate, spread, median } = summarize(measured);
    rows.push({ work: 'profile read', kind: 'pgbench', rate, spread, median });
  }
  for (const kind of kinds)
    rows.push({ work: 'memory after that', kind, MiB: residentMemory(servers[kind].child.pid!) });
  for (const { child } of Object.values(servers)) child.kill('SIGKILL');
  return rows;
}

async function open(kind: string, url: string): Promise<Bench> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), [kind, url], {
    execArgv: ['--import', 'tsx'],
  });
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the ${kind} server ended with ${code}`)),
  );
  const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
  const codes: Bench['codes'] = new Map();
  child.on('message', (message: { to?: string; code?: string }) => {
    if (message.to && message.code) codes.get(message.to)?.(message.code);
  });
  return { child, send: createClient(port), codes };
}

async function readProfile({ send, ...bench }: Bench, time: number): Promise<Measured> {
  const authorization = `Token ${await signIn({ send, ...bench })}`;
  return load(time, async () => void (await send('GET', '/api/users/me', undefined, { authorization })));
}

function signInNew(bench: Bench, time: number): Promise<Measured> {
  return load(time, async () => void (await signIn(bench)));
}

async function signIn({ send, codes }: Bench): Promise<string> {
  people += 1;
  const number = `+7916${String(people).padStart(7, '0')}`;
  const code = new Promise<string>((resolve) => codes.set(number, resolve));
  await send('POST', '/api/request-sms/', { phone_number: number });
  const { data } = await send('POST', '/api/verify-sms/', { phone_number: number, sms_code: await code });
  codes.delete(number);
  return data.token;
}
