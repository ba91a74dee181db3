import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deepTest } from './support/depth.ts';
import { emptyFolder } from './support/embedded-database.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

deepTest(
  'what npm ci installs with NODE_ENV=production builds: npm run build needs nothing of development',
  async (t) => {
    const checkout = await productionCheckout(t);
    const { code, output } = await npm(checkout, 'run', 'build');
    assert.equal(code, 0, output);
    for (const file of ['main.js', 'cli/cli.js', 'runtime/workers/worker.js', 'http/layout.js']) {
      assert.ok((await stat(join(checkout, 'dist', file))).size > 0, file);
    }
  },
);

deepTest('where there is no compiler, the build and the start say how to get one', async (t) => {
  const checkout = await productionCheckout(t);
  await rm(join(checkout, 'node_modules', 'typescript'));
  for (const words of [['run', 'build'], ['start']]) {
    const { code, output } = await npm(checkout, ...words);
    assert.equal(code, 1, output);
    assert.match(output, /There is no compiler .* npm ci --include=optional && npm run build/);
    assert.doesNotMatch(output, /tsc: not found|--omit=dev/);
  }
});

/** A checkout with links to all packages that are not of development alone, as the lock file says. */
async function productionCheckout(t: TestContext): Promise<string> {
  const checkout = await emptyFolder(t);
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src']) {
    await cp(join(root, name), join(checkout, name), { recursive: true });
  }
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true; devOptional?: true }>;
  };
  for (const [path, { dev, devOptional }] of Object.entries(lock.packages)) {
    const isNested = path.lastIndexOf('node_modules/') > 0;
    if (path === '' || dev || devOptional || isNested) continue;
    await mkdir(join(checkout, dirname(path)), { recursive: true });
    await symlink(join(root, path), join(checkout, path));
  }
  return checkout;
}

async function npm(cwd: string, ...words: string[]): Promise<{ code: number; output: string }> {
  const child = spawn('npm', words, {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}
