import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Measured } from './load.ts';

/** One line of a table: what was measured, by its name. */
export type Row = Readonly<Record<string, string | number>>;

/** The median. */
export function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The median of the rounds, and how far they lie apart. */
export function summarize(all: readonly Measured[]): { rate: number; spread: number; median: number; p99: number } {
  const rates = all.map(({ rate }) => rate);
  return {
    rate: Math.round(middle(rates)),
    spread: Math.round(Math.max(...rates) - Math.min(...rates)),
    median: Number(middle(all.map(({ median }) => median)).toFixed(2)),
    p99: Number(middle(all.map(({ p99 }) => p99)).toFixed(2)),
  };
}

/** Resident memory of a process, in MiB. */
export function residentMemory(pid: number): number {
  try {
    return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024);
  }
}
