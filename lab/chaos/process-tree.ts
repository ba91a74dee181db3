import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ: 100 on every Linux that there is. */
const ticksASecond = 100;

/** A process as the kernel sees it. */
export interface ProcessInfo {
  readonly pid: number;
  /** Its first words, as in `node` or `postgres: checkpointer`. */
  readonly name: string;
  /** Memory in MiB; `own` leaves out what it shares, which a hundred connections to one database would count each. */
  readonly rss: number;
  readonly own: number;
  readonly files: number;
}

/** A process and all that come from it, itself first; empty where it is gone. Linux only. */
export async function processTree(root: number): Promise<ProcessInfo[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), await parentOf(Number(name)));
  }
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  const seen = await Promise.all(tree.map((pid) => look(pid).catch(() => undefined)));
  return seen.filter((one) => one !== undefined);
}

/** Seconds of a core that a process and all that come from it have had so far; Linux only. */
export async function cpuSeconds(root: number): Promise<number> {
  const tree = await processTree(root);
  const each = await Promise.all(
    tree.map(async ({ pid }) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
      return (user + system) / ticksASecond;
    }),
  );
  return each.reduce((sum, one) => sum + one, 0);
}

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
}

async function look(pid: number): Promise<ProcessInfo> {
  const [status, words, files] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ]);
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { pid, name: words.split('\0')[0] ?? '', rss: mib('VmRSS'), own: mib('RssAnon'), files: files.length };
}
