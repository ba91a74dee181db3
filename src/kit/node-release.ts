import type { Log } from './log.ts';

/** The last day of each release line of Node.js (https://github.com/nodejs/release). */
const endsOfLife: Readonly<Record<string, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
};

/** Undefined for a release line that is not in the table. */
function endOfLifeOf(version: string): string | undefined {
  return endsOfLife[version.split('.')[0] ?? ''];
}

/** Logs that this Node.js gets no more security fixes, if so; called in one process only. */
export function logEndOfLife(log: Log, version: string = process.versions.node, now: Date = new Date()): void {
  const endOfLife = endOfLifeOf(version);
  if (endOfLife !== undefined && now.toISOString().slice(0, 10) > endOfLife)
    log.warn({ version, endOfLife }, 'node.js past its end of life');
}
