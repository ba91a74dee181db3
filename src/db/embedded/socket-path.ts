import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../startup-error.ts';

/** The `DATABASE_URL` of an embedded server, by the folder of its socket. */
export function embeddedUrl(folder: string): string {
  return `postgres://vouch@localhost/postgres?host=${encodeURIComponent(folder)}`;
}

/**
 * A path by which a client reaches the socket in a folder. The address of a Unix socket holds about 100 bytes, and a
 * comma separates hosts: a folder with such a path gets a short name that links to it.
 */
export async function shortPath(folder: string): Promise<{ path: string; release(): Promise<void> }> {
  if (fits(folder)) return { path: folder, release: async () => {} };
  for (const parent of [tmpdir(), '/tmp']) {
    if (!fits(join(parent, 'vouch-123456', 'db'))) continue;
    const shelter = await mkdtemp(join(parent, 'vouch-')).catch(() => undefined);
    if (!shelter) continue;
    await symlink(folder, join(shelter, 'db'));
    return { path: join(shelter, 'db'), release: () => rm(shelter, { recursive: true, force: true }) };
  }
  throw new StartupError(
    `The path ${folder} is too long for a socket, and no short name for it can be made in ${tmpdir()}: ` +
      'set TMPDIR to a short path that can be written, or DATA_DIR to a shorter one',
  );
}

function fits(folder: string): boolean {
  return Buffer.byteLength(folder) <= 85 && !folder.includes(',');
}
