import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Measured } from './load.ts';

/** One line of a table: what was measured, by its name. */
export type Row = Readonly<Record<string, string | number>>;

/** The median. */
export function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The median of the rounds, how far they lie apart, and the processor time of a work where it was measured. */
export function summarize(all: readonly Measured[]): {
  rate: number;
  spread: number;
  median: number;
  p99: number;
  [cost: string]: number;
} {
  const rates = all.map(({ rate }) => rate);
  return {
    rate: Math.round(middle(rates)),
    spread: Math.round(Math.max(...rates) - Math.min(...rates)),
    median: Number(middle(all.map(({ median }) => median)).toFixed(2)),
    p99: Number(middle(all.map(({ p99 }) => p99)).toFixed(2)),
    ...costsOf(all),
  };
}

function costsOf(all: readonly Measured[]): Record<string, number> {
  const costs = all.flatMap((one) => one.costs ?? []);
  if (costs.length === 0) return {};
  const figure = (of: (cost: (typeof costs)[number]) => number) => Number(middle(costs.map(of)).toFixed(3));
  return {
    'application, ms': figure(({ application }) => application),
    'PostgreSQL, ms': figure(({ postgres }) => postgres),
    'load, ms': figure(({ load }) => load),
  };
}

/** The figure of each round by the figure beside it: the median of the ratios, and how far they go. */
export function pairedRatio(mine: readonly number[], others: readonly number[]): string {
  const ratios = mine.map((figure, round) => figure / (others[round] ?? Number.NaN));
  const [median, min, max] = [middle(ratios), Math.min(...ratios), Math.max(...ratios)];
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

/** Resident memory of a process, in MiB. */
export function residentMemory(pid: number): number {
  try {
    return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024);
  }
}
