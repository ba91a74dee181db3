import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from './scenario.ts';

/** Plays in a folder, and ends what it began in reverse order. The folder stays if a promise broke: its logs tell why. */
export async function inSandbox(play: (sandbox: Sandbox) => Promise<Figure[]>): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vouch-chaos-'));
  // the account that PostgreSQL runs as has to get to its own folder below
  chmodSync(folder, 0o755);
  const endings: (() => unknown)[] = [];
  try {
    const played = await play({ folder, cleanup: (ending) => endings.push(ending) });
    const isBroken = played.some(({ ok }) => !ok);
    if (isBroken) process.stdout.write(`The logs are kept in ${folder}\n`);
    else endings.unshift(() => rmSync(folder, { recursive: true, force: true }));
    return played;
  } finally {
    for (const ending of endings.reverse()) {
      await Promise.resolve()
        .then(ending)
        .catch((error: Error) => process.stdout.write(`an ending failed: ${error.message}\n`));
    }
  }
}

/** What a scenario plays on. */
export interface Sandbox {
  readonly folder: string;
  cleanup(ending: () => unknown): void;
}
