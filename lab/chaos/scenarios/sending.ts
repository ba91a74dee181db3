import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Postgres } from '../../../test/support/postgres.ts';
import { ApiClient } from '../api-client.ts';
import { CodeRequesters, type Target } from '../code-requesters.ts';
import { auditDeliveries, type DeliveryAudit } from '../delivery-audit.ts';
import { DeliveryWatcher } from '../delivery-watcher.ts';
import { max } from '../max.ts';
import { PausableGateway } from '../pausable-gateway.ts';
import { buildProduct, Product } from '../product.ts';
import { inSandbox, type Sandbox } from '../sandbox.ts';
import type { Figure, Scenario } from '../scenario.ts';

/** In each pair one is killed while the other serves. */
const pairs = [
  ['one', 'two'],
  ['three', 'four'],
];
const patienceMs = 30_000;
const takenOverWithinMs = 10_000;
const openAtMostMs = 20_000;

/** `kill -9` at every step of sending a message; `--times` says how often, `--hands` how many users request codes. */
export const scenario: Scenario = {
  name: 'sending',
  promise: 'whoever dies while sending, a message goes out at most once a try, and none is lost without a word',
  run: ({ times = '60', hands = '8' }) => inSandbox((sandbox) => killSenders(sandbox, Number(times), Number(hands))),
};

/** What is heard of a process, by its name: each is a moment to kill it at, so many ms later at random. */
const moments = {
  'while it is asked': ['asked', 10],
  'after its 201': ['acknowledged', 10],
  'as the sender gets the message': ['arrived', 0],
  'while the sender holds it': ['arrived', 60],
  'as the sender has answered': ['answered', 0],
} as const;
type Moment = keyof typeof moments;

/** A product that is killed and comes back under another name. */
interface Instance extends Target {
  readonly product: Product;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

async function killSenders({ folder, cleanup }: Sandbox, times: number, hands: number): Promise<Figure[]> {
  await buildProduct();
  const heard = new EventEmitter();
  const hear = (what: string, by: string) => void heard.emit(`${what} ${by}`);
  const gateway = await PausableGateway.open(hear);
  cleanup(() => gateway.close());
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  cleanup(() => database.stop());
  const open = async (name: string) => {
    const instance = await start(name, join(folder, `product-${name}.log`), database.url(), gateway);
    cleanup(() => instance.product.kill());
    cleanup(() => instance.client.close());
    return instance;
  };
  const instances = await Promise.all(pairs.map((names) => Promise.all(names.map(open))));
  const sql = database.admin();
  cleanup(() => sql.end());
  const requesters = new CodeRequesters(instances.flat(), gateway, hear);
  const stop = new AbortController();
  cleanup(() => stop.abort());
  const load = requesters.run(hands, stop.signal);
  const rows = new DeliveryWatcher(sql);
  const watched = rows.watch((number) => requesters.retry(number));
  // a scenario that breaks off ends the connection under a look
  cleanup(async () => {
    rows.stop();
    await watched.catch(() => undefined);
  });
  const killed: Moment[] = [];
  await Promise.all(instances.map((pair) => killInTurn(pair, heard, killed, times)));
  const begun = performance.now();
  stop.abort();
  await load;
  await rows.waitUntilDone(openAtMostMs * 2);
  const closedMs = performance.now() - begun;
  rows.stop();
  await watched;
  await rows.waitUntilDone(openAtMostMs);
  const judged = auditDeliveries(requesters.requests, gateway.took, await rows.allRows());
  return figures({ killed, requesters, messages: gateway.took.length, rows, judged, closedMs });
}

async function start(name: string, log: string, databaseUrl: string, gateway: PausableGateway): Promise<Instance> {
  let life = 0;
  let isUp = true;
  const env = {
    DATABASE_URL: databaseUrl,
    // the attempt of one message begins with its record, and the next ones wait
    SMS_CONCURRENCY: '2',
    SMS_HTTP_BODY: gateway.env(name).SMS_HTTP_BODY,
    // read at each start
    get SMS_HTTP_URL() {
      return gateway.env(`${name}-${life}`).SMS_HTTP_URL;
    },
  };
  const product = await Product.start({ env, log });
  return {
    product,
    client: new ApiClient([product.port]),
    get name() {
      return `${name}-${life}`;
    },
    get isUp() {
      return isUp;
    },
    async kill() {
      isUp = false;
      await product.kill();
    },
    async restart() {
      life += 1;
      await product.restart();
      isUp = true;
    },
  };
}

/** One and the other in turn, until so many were killed, here and elsewhere. */
async function killInTurn(pair: readonly Instance[], heard: EventEmitter, killed: Moment[], times: number) {
  const names = Object.keys(moments) as Moment[];
  let comingBack = Promise.resolve();
  for (let turn = 0; killed.length < times; turn += 1) {
    const victim = pair[turn % pair.length]!;
    const name = names[Math.floor(Math.random() * names.length)]!;
    killed.push(name);
    if (killed.length % 100 === 0) process.stdout.write(`${killed.length} kills\n`);
    // the other one is back, and so was this one before it
    await comingBack;
    const [what, laterMs] = moments[name];
    await once(heard, `${what} ${victim.name}`, { signal: AbortSignal.timeout(patienceMs) });
    if (laterMs > 0) await pause(Math.random() * laterMs);
    await victim.kill();
    comingBack = victim.restart();
  }
  await comingBack;
}

function figures(told: {
  killed: readonly Moment[];
  requesters: CodeRequesters;
  messages: number;
  rows: DeliveryWatcher;
  judged: DeliveryAudit;
  closedMs: number;
}): Figure[] {
  const { killed, requesters, judged, rows } = told;
  const acknowledged = requesters.requests.filter(({ status }) => status === 201).length;
  const cutOff = requesters.requests.filter(({ status }) => status === 0).length;
  const takenOnce = judged.takenOver.filter(({ id }) => !rows.leftTwice.has(id));
  const longest = Math.round(max(takenOnce.map(({ ms }) => ms)));
  const others = judged.takenOver.filter(({ byAnother }) => byAnother).length;
  const again = counted([...requesters.retries.values()]);
  const asked = requesters.retries.size;
  const refused = Object.entries(again).filter(([how]) => how.startsWith('answered'));
  return [
    { what: 'kill -9', figure: `${killed.length}: ${listed(counted(killed))}`, ok: true },
    {
      what: 'requests for a code',
      figure: `${requesters.requests.length}: ${acknowledged} answered 201, ${cutOff} cut off`,
      bound: 'nothing else, and more than ten a kill',
      ok: acknowledged + cutOff === requesters.requests.length && acknowledged > 10 * killed.length,
    },
    { what: 'messages that the sender got', figure: String(told.messages), ok: told.messages > 0 },
    { what: 'tries', figure: listed(judged.states), ok: true },
    none('sent twice', judged.duplicates),
    none('lost without a word', judged.lost),
    none('rows and sender that disagree', judged.inconsistent),
    {
      what: 'taken over',
      figure: `${judged.takenOver.length}, ${others} of them seen to come from another process; begun ${longest} ms after they were asked for at most`,
      bound: `${takenOverWithinMs} ms`,
      ok: takenOnce.length > 0 && longest <= takenOverWithinMs,
    },
    {
      what: 'taken over, left by that one as well, and taken over again',
      figure: `${judged.takenOver.length - takenOnce.length}; after ${Math.round(max(judged.takenOver.map(({ ms }) => ms)))} ms at most`,
      bound: `${openAtMostMs} ms`,
      ok: judged.takenOver.every(({ ms }) => ms <= openAtMostMs),
    },
    {
      what: 'unknown whether they went out',
      figure: `${judged.unknown.all}, of which the sender got ${judged.unknown.arrived}`,
      ok: judged.unknown.all > 0,
    },
    {
      what: 'of those asked for again at once',
      figure: `${asked}: ${listed(again)}`,
      bound: 'answered 201, and signed in unless killed again',
      ok: refused.length === 0 && (again['signed in'] ?? 0) > asked / 2,
    },
    {
      what: 'the longest that a try was seen waiting or sending',
      figure: `${Math.round(rows.longestMs)} ms`,
      bound: `${openAtMostMs} ms`,
      ok: rows.longestMs <= openAtMostMs,
    },
    {
      what: 'all said after the last kill',
      figure: `${Math.round(told.closedMs)} ms`,
      bound: `${openAtMostMs} ms`,
      ok: told.closedMs <= openAtMostMs,
    },
  ];
}

function none(what: string, found: readonly string[]): Figure {
  const figure = [String(found.length), ...found.slice(0, 20)].join('; ');
  return { what, figure, bound: '0', ok: found.length === 0 };
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}
