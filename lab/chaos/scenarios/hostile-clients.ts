import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Postgres } from '../../../test/support/postgres.ts';
import { ApiClient, type RecordedCall, uniqueNumber } from '../api-client.ts';
import { FakeGateway } from '../fake-gateway.ts';
import type { ClientGroup, ClientKind, ClientOutcome } from '../misbehaving-clients.ts';
import { processTree } from '../process-tree.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';

const crowds: readonly [kind: ClientKind, count: number][] = [
  ['newcomers in one moment', 2000],
  ['slow heads', 1000],
  ['slow bodies', 1000],
  ['slow readers', 300],
  ['many headers', 50],
  ['giant headers', 50],
  ['giant bodies', 50],
  ['idle', 10_000],
];
const filesNeeded = 10_500;
/** A person notices a second. */
const servedWithinMs = 1000;
/** 8,000 connections of 10 KiB, twice that for what they have in flight, and room for the collector. */
const growsByMiB = 256;

/** Each kind of hostile client in turn, while somebody signs in and reads; `--seconds` each, `--kinds a,b`. */
export const scenario: Scenario = {
  name: 'hostile-clients',
  promise:
    'slow clients, floods of headers, giant bodies and 10,000 idle connections do not keep others from being served',
  missing: () => {
    if (process.platform !== 'linux') return 'memory is read from /proc, which only Linux has';
    const files = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
    return files < filesNeeded ? `${filesNeeded} open files; the hard limit (ulimit -Hn) is ${files}` : undefined;
  },
  run: ({ seconds = '8', kinds }) => inSandbox((sandbox) => sendHostile(sandbox, Number(seconds), kinds?.split(','))),
};

async function sendHostile(
  { folder, cleanup }: Sandbox,
  seconds: number,
  only: string[] | undefined,
): Promise<Figure[]> {
  await buildProduct();
  const gateway = await FakeGateway.open();
  cleanup(() => gateway.close());
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  cleanup(() => database.stop());
  const env = { DATABASE_URL: database.url(), ...gateway.env };
  const product = await Product.start({ env, log: join(folder, 'product.log') });
  cleanup(() => product.stop());

  await serve(product, gateway, () => pause(3000));
  const rest = await memoryOf(product);
  const figures: Figure[] = [];
  for (const [kind, count] of crowds.filter(([kind]) => !only || only.includes(kind))) {
    const crowd = fork(fileURLToPath(new URL('../misbehaving-clients.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
    });
    cleanup(() => crowd.kill('SIGKILL'));
    let fate: ClientOutcome = { opened: 0, open: 0, answered: 0 };
    crowd.on('message', (told: ClientOutcome) => {
      fate = told;
    });
    let most = 0;
    const calls = await serve(product, gateway, async () => {
      crowd.send({ kind, count, port: product.port } satisfies ClientGroup);
      for (const begun = performance.now(); performance.now() - begun < seconds * 1000; await pause(250)) {
        most = Math.max(most, await memoryOf(product));
      }
    });
    crowd.kill('SIGKILL');
    figures.push(...judged({ kind, count, fate, calls, grew: most - rest }));
    await pause(1000);
  }
  return figures;
}

/** While it lasts, two callers read and one signs in, each over and over, a call every 20 ms. */
async function serve(product: Product, gateway: FakeGateway, act: () => Promise<void>): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = [];
  const client = new ApiClient([product.port], (told) => calls.push(told));
  const signIn = async () => {
    const number = uniqueNumber();
    await client.requestCode(number);
    const { data } = await client.verify(number, (await gateway.waitForCode(number)) ?? '');
    return (data?.token ?? '') as string;
  };
  const token = await signIn();
  let isOver = false;
  const again = async (call: () => Promise<unknown>) => {
    for (; !isOver; await pause(20)) await call();
  };
  const serving = [again(() => client.profile(token)), again(() => client.profile(token)), again(signIn)];
  await act();
  isOver = true;
  await Promise.all(serving);
  client.close();
  return calls;
}

async function memoryOf({ pid }: Product): Promise<number> {
  return (await processTree(pid)).reduce((sum, { rss }) => sum + rss, 0);
}

interface Besieged {
  readonly kind: ClientKind;
  readonly count: number;
  readonly fate: ClientOutcome;
  readonly calls: readonly RecordedCall[];
  readonly grew: number;
}

function judged({ kind, count, fate, calls, grew }: Besieged): Figure[] {
  const mustBeAnswered = kind === 'newcomers in one moment';
  const failed = calls.filter(({ status }) => status !== 200 && status !== 201);
  const times = calls.map(({ ms }) => ms).sort((one, other) => one - other);
  const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0);
  return [
    {
      what: `${count} × ${kind}: connections opened, still open, answered`,
      figure: `${fate.opened}, ${fate.open}, ${fate.answered}`,
      bound: mustBeAnswered ? `${count} opened and answered` : `${count} opened`,
      ok: fate.opened >= count && (!mustBeAnswered || fate.answered >= count),
    },
    {
      what: `${kind}: calls of others, and those not served`,
      figure: `${calls.length}, ${failed.length}${failed[0] ? ` (${failed[0].kind} ${failed[0].status})` : ''}`,
      bound: '0',
      ok: calls.length > 0 && failed.length === 0,
    },
    {
      what: `${kind}: wait of others, p50, p99, longest`,
      figure: `${at(0.5)}, ${at(0.99)}, ${at(1)} ms`,
      bound: `p99 ${servedWithinMs} ms`,
      ok: at(0.99) <= servedWithinMs,
    },
    {
      what: `${kind}: memory over that at rest`,
      figure: `${Math.round(grew)} MiB`,
      bound: `${growsByMiB} MiB`,
      ok: grew <= growsByMiB,
    },
  ];
}
