import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Postgres } from '../../../test/support/postgres.ts';
import { Askers, type Door } from '../askers.ts';
import { HoldingSink } from '../holding-sink.ts';
import { largest } from '../largest.ts';
import { OpenRows } from '../open-rows.ts';
import { Phone } from '../phone.ts';
import { build, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { onStage, type Stage } from '../stage.ts';
import { type Judged, judge } from '../tries.ts';

/** In each pair one is killed while the other serves. */
const pairs = [
  ['one', 'two'],
  ['three', 'four'],
];
const hands = 8;
const patienceMs = 30_000;
const takenOverWithinMs = 10_000;
const openAtMostMs = 20_000;

/** `kill -9` at every step of sending a message; `--times` says how often. */
export const scenario: Scenario = {
  name: 'sending',
  promise: 'whoever dies while sending, a message goes out at most once a try, and none is lost without a word',
  run: ({ times = '60' }) => onStage((stage) => killSenders(stage, Number(times))),
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
interface Instance extends Door {
  readonly product: Product;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

async function killSenders({ folder, atEnd }: Stage, times: number): Promise<Figure[]> {
  await build();
  const heard = new EventEmitter();
  const hear = (what: string, by: string) => void heard.emit(`${what} ${by}`);
  const sink = await HoldingSink.open(hear);
  atEnd(() => sink.close());
  const database = await Postgres.start({ folder: join(folder, 'postgres') });
  atEnd(() => database.stop());
  const open = async (name: string) => {
    const instance = await start(name, join(folder, `product-${name}.log`), database.url(), sink);
    atEnd(() => instance.product.kill());
    atEnd(() => instance.phone.close());
    return instance;
  };
  const instances = await Promise.all(pairs.map((names) => Promise.all(names.map(open))));
  const sql = database.admin();
  atEnd(() => sql.end());
  const askers = new Askers(instances.flat(), sink, hear);
  const stop = new AbortController();
  atEnd(() => stop.abort());
  const load = askers.keepOn(hands, stop.signal);
  const rows = new OpenRows(sql);
  const watched = rows.watch((number) => askers.askAgain(number));
  const killed: Moment[] = [];
  await Promise.all(instances.map((pair) => killInTurn(pair, heard, killed, times)));
  const begun = performance.now();
  stop.abort();
  await load;
  await rows.untilNone(openAtMostMs * 2);
  const closedMs = performance.now() - begun;
  rows.stop();
  await watched;
  await rows.untilNone(openAtMostMs);
  const judged = judge(askers.asks, sink.took, await rows.allRows());
  return figures({ killed, askers, messages: sink.took.length, rows, judged, closedMs });
}

async function start(name: string, log: string, databaseUrl: string, sink: HoldingSink): Promise<Instance> {
  let life = 0;
  let isUp = true;
  const env = {
    DATABASE_URL: databaseUrl,
    SMS_HTTP_BODY: sink.env(name).SMS_HTTP_BODY,
    // read at each start
    get SMS_HTTP_URL() {
      return sink.env(`${name}-${life}`).SMS_HTTP_URL;
    },
  };
  const product = await Product.start({ env, log });
  return {
    product,
    phone: new Phone([product.port]),
    get by() {
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
    await once(heard, `${what} ${victim.by}`, { signal: AbortSignal.timeout(patienceMs) });
    if (laterMs > 0) await pause(Math.random() * laterMs);
    await victim.kill();
    comingBack = victim.restart();
  }
  await comingBack;
}

function figures(told: {
  killed: readonly Moment[];
  askers: Askers;
  messages: number;
  rows: OpenRows;
  judged: Judged;
  closedMs: number;
}): Figure[] {
  const { killed, askers, judged, rows } = told;
  const acknowledged = askers.asks.filter(({ status }) => status === 201).length;
  const cutOff = askers.asks.filter(({ status }) => status === 0).length;
  const takenOnce = judged.takenOver.filter(({ id }) => !rows.leftTwice.has(id));
  const longest = Math.round(largest(takenOnce.map(({ ms }) => ms)));
  const others = judged.takenOver.filter(({ byAnother }) => byAnother).length;
  const again = counted([...askers.again.values()]);
  const asked = askers.again.size;
  const refused = Object.entries(again).filter(([how]) => how.startsWith('answered'));
  return [
    { what: 'kill -9', figure: `${killed.length}: ${listed(counted(killed))}`, ok: true },
    {
      what: 'requests for a code',
      figure: `${askers.asks.length}: ${acknowledged} answered 201, ${cutOff} cut off`,
      bound: 'nothing else, and more than ten a kill',
      ok: acknowledged + cutOff === askers.asks.length && acknowledged > 10 * killed.length,
    },
    { what: 'messages that the sender got', figure: String(told.messages), ok: told.messages > 0 },
    { what: 'tries', figure: listed(judged.states), ok: true },
    none('sent twice', judged.twice),
    none('lost without a word', judged.lost),
    none('rows and sender that disagree', judged.odd),
    {
      what: 'taken over',
      figure: `${judged.takenOver.length}, ${others} of them seen to come from another process; begun ${longest} ms after they were asked for at most`,
      bound: `${takenOverWithinMs} ms`,
      ok: takenOnce.length > 0 && longest <= takenOverWithinMs,
    },
    {
      what: 'taken over, left by that one as well, and taken over again',
      figure: `${judged.takenOver.length - takenOnce.length}; after ${Math.round(largest(judged.takenOver.map(({ ms }) => ms)))} ms at most`,
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
