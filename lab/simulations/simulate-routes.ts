// Plays known truths and writes what choosing routes by them comes to: npm run simulate:routes [-- --write]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Choice,
  fixed,
  fixedWithSuspicion,
  MATURES,
  measured,
  messagesUntilBest,
  type Person,
  type Route,
  seeded,
  simulate,
  type Truth,
} from '../../test/support/route-simulation.ts';

const RUNS = 200;
const MESSAGES = 3000;
const CHANGE = 2000;

const route = (rate: number, price = 50_000): Route => ({ rate, price });
const [good, fair, poor] = [route(0.85), route(0.6), route(0.3)];
const two = [route(0.9), route(0.8)];

const truths: Truth[] = [
  { name: '0.90, 0.80', routes: two },
  { name: '0.85, 0.60, 0.30', routes: [good, fair, poor] },
  { name: '0.95, 0.90, 0.60', routes: [route(0.95), route(0.9), fair] },
  { name: '0.88 at a fifth of the price, 0.90', routes: [route(0.88, 10_000), route(0.9)] },
  { name: '0.90 → dead, 0.80', routes: two, change: { at: CHANGE, routes: [route(0), route(0.8)] } },
  {
    name: '0.85 → dead, 0.60, 0.30',
    routes: [good, fair, poor],
    change: { at: CHANGE, routes: [route(0), fair, poor] },
  },
  { name: '0.90 → 0.60, 0.80', routes: two, change: { at: CHANGE, routes: [fair, route(0.8)] } },
  { name: '0.85, 0.60 → 0.95', routes: [good, fair], change: { at: CHANGE, routes: [good, route(0.95)] } },
];

const lines = [...measuredTables(), ...outageTable()];
const text = lines.join('\n');
process.stdout.write(`${text}\n`);
if (process.argv.includes('--write')) {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'routing.md');
  const page = readFileSync(path, 'utf8');
  writeFileSync(path, page.replace(/(<!-- figures -->\n)[\s\S]*(<!-- end -->)/, `$1\n${text}\n\n$2`));
}

function measuredTables(): string[] {
  const spans = [0, 250, 500, 1000, 2000, 2250, 2500, MESSAGES];
  const found = [
    `| Rates of completion | ${spans
      .slice(1)
      .map((to, at) => `${spans[at]}–${to}`)
      .join(' | ')} | Best found after | Change followed after |`,
    `| --- |${' ---: |'.repeat(spans.length + 1)}`,
  ];
  const lost = [
    '| Rates of completion | Measured | Fixed, best first | Fixed, worst first |',
    '| --- | ---: | ---: | ---: |',
  ];
  for (const truth of truths) {
    const runs = played(truth, measured);
    const people = runs.flat();
    const shares = spans.slice(1).map((to, at) => {
      const there = people.filter((person) => person.at >= spans[at]! && person.at < to);
      if (there.length === 0) return '';
      return `${Math.round(100 * mean(there.map(({ best }) => Number(best))))} %`;
    });
    const until = (from: number) => span(runs.map((run) => messagesUntilBest(run, from)));
    found.push(`| ${[truth.name, ...shares, until(0), truth.change ? until(truth.change.at) : ''].join(' | ')} |`);
    const last = truth.routes.length - 1;
    const others = [fixed(0, 1), fixed(last, last - 1)].map((choice) => regret(played(truth, choice, 20).flat()));
    lost.push(`| ${[truth.name, regret(people), ...others].join(' | ')} |`);
  }
  return [
    `Share of people whose first message went over the best route, by messages sent (${RUNS} runs, an outcome known ${MATURES}`,
    'messages later, a change at message 2,000), and messages until that is 80 of the last 100 people, median and 95th',
    'percentile:',
    '',
    ...found,
    '',
    'Lost against always choosing the best: completions, of 1,000 people, and money, of what the best costs:',
    '',
    ...lost,
    '',
  ];
}

function outageTable(): string[] {
  const table = [
    '| Rates of completion | Order | Before | Meanwhile | First messages into nothing until it is left |',
    '| --- | --- | ---: | ---: | ---: |',
  ];
  for (const rate of [0.9, 0.7]) {
    const outage = { at: CHANGE, routes: [route(0), route(rate)] };
    const truth = { name: `${rate}, ${rate}`, routes: [route(rate), route(rate)], change: outage };
    for (const [name, choice] of [
      ['fixed, with suspicion', fixedWithSuspicion],
      ['fixed, without', fixed(0, 1)],
      ['measured', measured],
    ] as const) {
      const runs = played(truth, choice);
      const between = (from: number, to: number) => percent(runs.flat().filter(({ at }) => at >= from && at < to));
      const left = span(runs.map(untilLeft));
      const cells = [between(1000, CHANGE), between(CHANGE, MESSAGES), left];
      table.push(`| ${[truth.name, name, ...cells].join(' | ')} |`);
    }
  }
  return [
    'Share of people who complete, in 1,000 messages before and in 1,000 while the first of two providers accepts and never',
    'delivers, and how many people are sent there until it is left, median and 95th percentile:',
    '',
    ...table,
  ];
}

/** How many people were sent a first message over route 0 before, of twenty in a row, one at most was. */
function untilLeft(people: readonly Person[]): number {
  const later = people.filter(({ at }) => at >= CHANGE);
  const isLeft = (next: readonly Person[]) => next.length === 20 && next.filter(({ route }) => route === 0).length <= 1;
  const left = later.findIndex((_, at) => isLeft(later.slice(at, at + 20)));
  return left === -1 ? Number.POSITIVE_INFINITY : later.slice(0, left).filter(({ route }) => route === 0).length;
}

function played(truth: Truth, choice: Choice, runs = RUNS): Person[][] {
  return Array.from({ length: runs }, (_, run) =>
    simulate(truth, choice, truth.change ? MESSAGES : CHANGE, seeded(run + 1)),
  );
}

function regret(people: readonly Person[]): string {
  const completions = 1000 * mean(people.map(({ expected, ideal }) => ideal.completion - expected.completion));
  const ideal = mean(people.map((person) => person.ideal.money));
  const money = (100 * mean(people.map((person) => person.expected.money - person.ideal.money))) / ideal;
  return `${signed(completions)}; ${signed(money)} %`;
}

function signed(value: number): string {
  return value
    .toFixed(1)
    .replace(/^-0\.0$/, '0.0')
    .replace('-', '−');
}

function percent(people: readonly Person[]): string {
  return `${(100 * mean(people.map(({ completed }) => Number(completed)))).toFixed(1)} %`;
}

function span(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => {
    const value = sorted[Math.ceil(share * sorted.length) - 1]!;
    return Number.isFinite(value) ? String(value) : 'never';
  };
  return `${at(0.5)}, ${at(0.95)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
