import { execFileSync } from 'node:child_process';

/** The processes of the product that this one has started, by their ids. */
export function workerPids(pid: number): number[] {
  const said = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,stat=,args='], { encoding: 'utf8' });
  return said
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , state]) => Number(parent) === pid && !state?.startsWith('Z'))
    .filter((words) => words.some((word) => /main\.[jt]s$/.test(word)))
    .map(([, child]) => Number(child));
}
