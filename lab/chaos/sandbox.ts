import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that is gone at the end, unless the play failed and its logs are wanted, and what is to be ended, in reverse order, whatever happens in between. */
export async function inSandbox<T>(play: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vouch-chaos-'));
  // the account that PostgreSQL runs as has to get to its own folder below
  chmodSync(folder, 0o755);
  const endings: (() => unknown)[] = [];
  try {
    const played = await play({ folder, cleanup: (ending) => endings.push(ending) });
    endings.unshift(() => rmSync(folder, { recursive: true, force: true }));
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
