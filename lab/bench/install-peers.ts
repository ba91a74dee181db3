import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the benchmarks compare Vouch with. */
export const peersFolder = fileURLToPath(new URL('peers/', import.meta.url));

/** Installs it at first use. */
export function installPeers(): void {
  if (existsSync(join(peersFolder, 'node_modules'))) return;
  execFileSync('npm', ['ci', '--prefix', peersFolder], { stdio: ['ignore', 'ignore', 'inherit'] });
}
