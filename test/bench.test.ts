import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { deepTest } from './support/depth.ts';

deepTest('the benchmarks run to their end, but for those that install another program', { timeout: 300_000 }, () => {
  const parts = ['limit', 'operator', 'sizes', 'sending', 'weight'];
  const words = ['run', 'bench', '--', ...parts, '--seconds', '1', '--rounds', '1', '--most', '1000'];
  const { status, stdout, stderr } = spawnSync('npm', words, { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  for (const part of parts) assert.match(stdout, new RegExp(`^${part}\n\\w+ `, 'm'));
});
