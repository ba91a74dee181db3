import assert from 'node:assert/strict';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { figuresOf } from '../lab/chaos/scenarios/webhooks.ts';
import { killWebhooks } from '../lab/chaos/webhook-kills.ts';
import { openTestDatabase } from './support/create-database.ts';
import { deepTest } from './support/depth.ts';
import { freshDatabase } from './support/harness.ts';

deepTest('after kill -9 at each step no event is lost, and what comes twice has the same id', async (t) => {
  const url = await freshDatabase();
  const { sql, close } = openTestDatabase(url, 8);
  after(close);
  const modules = new URL(`file://${fileURLToPath(new URL('../src/', import.meta.url))}`);
  const words = ['--import', import.meta.resolve('tsx')];
  const figures = figuresOf(await killWebhooks(sql, url, { modules, extension: '.ts', words }, { times: 8 }));
  for (const { what, figure } of figures) t.diagnostic(`${what}: ${figure}`);
  assert.deepEqual(
    figures.filter(({ ok }) => !ok),
    [],
  );
});
