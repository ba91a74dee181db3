import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCheckout, startCheckout, startCheckoutReady } from './support/database-checkout.ts';
import { deepTest } from './support/depth.ts';
import { loadFactor } from './support/load-factor.ts';

deepTest('the first start builds, makes the database and is ready in 5 s, a later one in 2 s', async (t) => {
  const checkout = await createCheckout(t);
  const first = await startCheckoutReady(t, checkout);
  assert.ok(first.lines.includes('building') && first.ms < 5000 * loadFactor(), JSON.stringify(first));
  await first.stop();
  const second = await startCheckoutReady(t, checkout);
  assert.ok(!second.lines.includes('building') && second.ms < 2000 * loadFactor(), JSON.stringify(second));
  await second.stop();
  const now = new Date(Date.now() + 1000);
  await utimes(join(checkout, 'src', 'main.ts'), now, now);
  const third = await startCheckoutReady(t, checkout);
  assert.ok(third.lines.includes('building'));
  await third.stop();
  assert.deepEqual(
    (await readdir(checkout)).filter((name) => name.startsWith('dist')),
    ['dist'],
  );
});

deepTest('two first starts at once over different data are both ready', async (t) => {
  const checkout = await createCheckout(t);
  const both = await Promise.all(
    ['one', 'two'].map((data) => startCheckoutReady(t, checkout, { DATA_DIR: join(checkout, data) })),
  );
  for (const one of both) assert.equal(await one.stop(), 0);
});

deepTest('it runs without sources and compiler where it is built', async (t) => {
  const checkout = await createCheckout(t);
  await (await startCheckoutReady(t, checkout)).stop();
  await rm(join(checkout, 'src'), { recursive: true });
  await rm(join(checkout, 'node_modules', 'typescript'));
  const built = await startCheckoutReady(t, checkout);
  assert.equal(await built.stop(), 0);
});

deepTest('a build that fails says so, ends, and leaves no build', async (t) => {
  const checkout = await createCheckout(t);
  await writeFile(join(checkout, 'src', 'main.ts'), 'const = 1;\n');
  const child = startCheckout(t, checkout);
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said += chunk;
  });
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(said, /The build failed/);
  assert.deepEqual(
    (await readdir(checkout)).filter((name) => name.startsWith('dist')),
    [],
  );
});
