import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Askers, type Door } from '../askers.ts';
import { HoldingSink } from '../holding-sink.ts';
import { largest } from '../largest.ts';
import { OpenRows } from '../open-rows.ts';
import { Phone } from '../phone.ts';
import { Postgres } from '../postgres.ts';
import { build, Product } from '../product.ts';
import type { Figure, Scenario } from '../scenario.ts';
import { onStage, type Stage } from '../stage.ts';
import { type Judged, judge } from '../tries.ts';

const hands = 10;
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
  const instances: Instance[] = [];
  for (const name of ['one', 'two']) {
    const log = join(folder, `product-${name}.log`);
    instances.push(await start(name, log, database.url(), sink));
    atEnd(() => instances.find(({ by }) => by.startsWith(name))?.product.kill());
    atEnd(() => instances.find(({ by }) => by.startsWith(name))?.phone.close());
  }
  const sql = database.admin();
  atEnd(() => sql.end());
  const askers = new Askers(instances, sink, hear);
  const stop = new AbortController();
  atEnd(() => stop.abort());
  const load = askers.keepOn(hands, stop.signal);
  const open = new OpenRows(sql);
  const watched = open.watch((number) => askers.askAgain(number), times);
  const killed = await killInTurn(instances, heard, times);
  const begun = performance.now();
  stop.abort();
  await load;
  await open.untilNone(openAtMostMs * 2);
  const closedMs = performance.now() - begun;
  open.stop();
  await watched;
  await open.untilNone(openAtMostMs);
  const judged = judge(askers.asks, sink.took, await open.allRows());
  return figures({ killed, askers, messages: sink.took.length, open, judged, closedMs });
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

/** One and the other in turn, so that one of them serves while the other comes back. */
async function killInTurn(
  instances: readonly Instance[],
  heard: EventEmitter,
  times: number,
): Promise<Map<Moment, number>> {
  const killed = new Map<Moment, number>();
  const names = Object.keys(moments) as Moment[];
  let comingBack = Promise.resolve();
  for (let kills = 0; kills < times; kills += 1) {
    const victim = instances[kills % instances.length]!;
    const name = names[Math.floor(Math.random() * names.length)]!;
    // the other one is back, and so was this one before it
    await comingBack;
    const [what, laterMs] = moments[name];
    await new Promise((resolve) => heard.once(`${what} ${victim.by}`, resolve));
    if (laterMs > 0) await pause(Math.random() * laterMs);
    await victim.kill();
    killed.set(name, (killed.get(name) ?? 0) + 1);
    if ((kills + 1) % 100 === 0) process.stdout.write(`${kills + 1} kills\n`);
    comingBack = victim.restart();
  }
  await comingBack;
  return killed;
}

function figures(told: {
  killed: Map<Moment, number>;
  askers: Askers;
  messages: number;
  open: OpenRows;
  judged: Judged;
  closedMs: number;
}): Figure[] {
  const { killed, askers, judged, open } = told;
  const kills = [...killed.values()].reduce((sum, count) => sum + count, 0);
  const acknowledged = askers.asks.filter(({ status }) => status === 201).length;
  const cutOff = askers.asks.filter(({ status }) => status === 0).length;
  const once = judged.takenOver.filter(({ id }) => !open.leftTwice.has(id));
  const longest = Math.round(largest(once.map(({ ms }) => ms)));
  const others = judged.takenOver.filter(({ byAnother }) => byAnother).length;
  const again = counted([...askers.again.values()]);
  const asked = askers.again.size;
  const refused = Object.entries(again).filter(([how]) => how.startsWith('answered'));
  return [
    { what: 'kill -9', figure: `${kills}: ${listed(Object.fromEntries(killed))}`, ok: true },
    {
      what: 'requests for a code',
      figure: `${askers.asks.length}: ${acknowledged} answered 201, ${cutOff} cut off`,
      bound: 'nothing else, and more than ten a kill',
      ok: acknowledged + cutOff === askers.asks.length && acknowledged > 10 * kills,
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
      ok: once.length > 0 && longest <= takenOverWithinMs,
    },
    {
      what: 'taken over, left by that one as well, and taken over again',
      figure: `${judged.takenOver.length - once.length}; after ${Math.round(largest(judged.takenOver.map(({ ms }) => ms)))} ms at most`,
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
      what: 'the longest that a try was neither begun nor ended',
      figure: `${Math.round(open.longestMs)} ms`,
      bound: `${openAtMostMs} ms`,
      ok: open.longestMs <= openAtMostMs,
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
