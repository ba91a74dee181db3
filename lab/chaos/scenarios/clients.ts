import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Replication, startReplication } from '../../../test/support/replication.ts';
import { installPeers } from '../../bench/install-peers.ts';
import type { ClientCommand, ClientReport } from '../client-process.ts';
import { FaultProxy } from '../fault-proxy.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';

const kinds = ['postgres', 'postgres in Vouch', 'pg'];
const maxWaitMs = 10_000;
const maxRecoveryMs = 5000;
const program = fileURLToPath(new URL('../client-process.ts', import.meta.url));

/** Two clients of PostgreSQL, and one of them as the product uses it, under the same faults at the same time. */
export const scenario: Scenario = {
  name: 'clients',
  promise: 'the client as we use it loses no row, holds up nobody for more than 10 s, and recovers within 5 s',
  run: ({ only }) => inSandbox((sandbox) => compare(sandbox, only)),
};

interface Stage {
  readonly servers: Replication;
  readonly proxy: FaultProxy;
  send(command: ClientCommand): void;
}

interface Fault {
  readonly name: string;
  run(stage: Stage): Promise<void>;
}

const faults: readonly Fault[] = [
  {
    name: 'server killed, back after 3 s',
    run: async ({ servers: { primary } }) => {
      await primary.kill();
      await pause(3000);
      await primary.restart();
    },
  },
  { name: 'half-open connections, 12 s', run: ({ proxy }) => during(proxy, 'black hole', 12_000) },
  { name: 'torn bytes and resets, 6 s', run: ({ proxy }) => during(proxy, 'torn', 6000) },
  {
    name: '9 of 10 connections busy, 9 s',
    run: async ({ send }) => {
      send('busy');
      await pause(9500);
    },
  },
  { name: 'statements cancelled by the server, 5 s', run: ({ servers }) => cancelAll(servers) },
  {
    name: 'failover to a standby',
    run: async ({ servers: { primary, standbys } }) => {
      await primary.kill();
      await pause(2000);
      await standbys[0]?.promote();
    },
  },
];

async function during(proxy: FaultProxy, fault: 'black hole' | 'torn', ms: number): Promise<void> {
  await proxy.set(fault);
  await pause(ms);
  await proxy.set('none');
}

async function cancelAll({ primary }: Replication): Promise<void> {
  const sql = primary.admin();
  for (let times = 0; times < 50; times += 1) {
    await sql`select pg_cancel_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()`;
    await pause(100);
  }
  await sql.end();
}

async function compare({ folder, cleanup }: Sandbox, only: string | undefined): Promise<Figure[]> {
  installPeers();
  const servers = await startReplication(folder, 1);
  cleanup(() => servers.stop());
  const proxy = await FaultProxy.open({ port: servers.primary.port });
  cleanup(() => proxy.close());
  const hosts = [proxy.port, servers.standbys[0]?.server.port].map((port) => `127.0.0.1:${port}`);
  const url = `postgres://vouch@${hosts.join()}/postgres`;
  const figures: Figure[] = [];
  for (const fault of faults.filter(({ name }) => name.includes(only ?? ''))) {
    const clients = await Promise.all(kinds.map((kind) => start(kind, url, folder)));
    const send = (command: ClientCommand) => {
      for (const { child } of clients) if (child.connected) child.send(command);
    };
    await fault.run({ servers, proxy, send });
    send('mended');
    await pause(maxRecoveryMs + 6000);
    for (const client of clients) figures.push(await figureOf(fault.name, client));
  }
  return figures;
}

interface Client {
  readonly kind: string;
  readonly child: ChildProcess;
}

async function start(kind: string, url: string, folder: string): Promise<Client> {
  const log = openSync(join(folder, `${kind}.log`), 'a');
  const child = fork(program, [kind, url], { execArgv: ['--import', 'tsx'], stdio: ['ignore', log, log, 'ipc'] });
  await once(child, 'message');
  return { kind, child };
}

async function figureOf(fault: string, { kind, child }: Client): Promise<Figure> {
  const what = `${fault}: ${kind}`;
  const isOurs = kind === 'postgres in Vouch';
  if (!child.connected) return { what, figure: 'the process has ended', ok: !isOurs };
  const reported = once(child, 'message');
  child.send('report');
  const [report] = (await reported) as [ClientReport];
  child.kill('SIGKILL');
  const { succeeded, failed, endless, wrong, longestMs, medianMs, recoveryMs } = report;
  const codes = Object.entries(failed).map(([code, count]) => `${code} ${count}`);
  const isGood =
    wrong === 0 && endless === 0 && longestMs <= maxWaitMs && recoveryMs !== null && recoveryMs <= maxRecoveryMs;
  return {
    what,
    figure: [
      `${succeeded} succeeded`,
      `failed: ${codes.join(', ') || '0'}`,
      `without an end: ${endless}`,
      `wrong rows: ${wrong}`,
      `median and longest wait ${Math.round(medianMs)} and ${Math.round(longestMs)} ms`,
      recoveryMs === null ? 'not recovered' : `recovered after ${(recoveryMs / 1000).toFixed(1)} s`,
    ].join('; '),
    ...(isOurs ? { bound: 'no wrong row, 10 s, recovered after 5 s' } : {}),
    ok: !isOurs || isGood,
  };
}
