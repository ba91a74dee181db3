import { readdirSync, readFileSync } from 'node:fs';
import postgres from 'postgres';
import type { Measured } from './load.ts';
import type { Plan } from './plan.ts';

/** The processes whose time a work costs. */
export interface Payers {
  readonly application: number;
  readonly postgres: number;
}

/** The first process of the PostgreSQL of a run. */
export async function postgresPid({ server }: Plan): Promise<number> {
  const sql = postgres({ ...server, max: 1 });
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const { parent } = statOf(row!.pid);
  await sql.end();
  return parent;
}

/** A measurement with the processor time of a work in the application, in PostgreSQL and in this process; Linux only. */
export async function withCosts(payers: Payers, measure: () => Promise<Measured>): Promise<Measured> {
  if (process.platform !== 'linux') return measure();
  const read = () => [payers.application, payers.postgres, process.pid].map(timeOf);
  const before = read();
  const measured = await measure();
  const [application = 0, postgres = 0, load = 0] = read().map((ms, at) => (ms - before[at]!) / measured.works);
  return { ...measured, costs: { application, postgres, load } };
}

/** A process and all in its tree. */
export function processesUnder(pid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: statOf(Number(name)).parent }));
  const within = new Set([pid]);
  for (let size = 0; size < within.size; ) {
    size = within.size;
    for (const one of all) if (within.has(one.parent)) within.add(one.pid);
  }
  return [...within];
}

/** Milliseconds of a process; of all in its tree, with those that have ended, unless it is this one. */
export function timeOf(pid: number): number {
  if (pid === process.pid) return statOf(pid).own;
  return processesUnder(pid)
    .map(statOf)
    .reduce((sum, { own, ended }) => sum + own + ended, 0);
}

/** The parent of a process, and milliseconds of its own and of its children that have ended; proc_pid_stat(5). */
function statOf(pid: number): { parent: number; own: number; ended: number } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = (at: number) => 10 * (fields[at]! + fields[at + 1]!);
    return { parent: fields[1]!, own: ticks(11), ended: ticks(13) };
  } catch {
    // it has ended since the folder was read
    return { parent: 0, own: 0, ended: 0 };
  }
}
