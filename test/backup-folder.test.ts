import assert from 'node:assert/strict';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { backup } from '../src/cli/backup.ts';
import { emptyFolder, memoryLog } from './support/embedded-database.ts';

test('a backup goes into a folder that only its user reads, new or there before, even if it fails', async (t) => {
  const folder = await emptyFolder(t);
  const nowhere = {
    dataDir: folder,
    databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    secretKeys: ['k'.repeat(32)] as const,
  };
  for (const name of ['new', 'old']) {
    const target = join(folder, name);
    if (name === 'old') {
      await mkdir(target);
      await chmod(target, 0o755);
    }
    await assert.rejects(
      backup(
        nowhere,
        target,
        memoryLog(() => {}),
      ),
    );
    assert.equal((await stat(target)).mode & 0o777, 0o700, name);
  }
});
