import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deepTest } from './support/depth.ts';
import { dataFolder, eventually, ProductLaunch, wholeCheckout } from './support/product-launch.ts';

deepTest('npm run dev serves each change of a source, and what there was while a source has a fault', async () => {
  const checkout = await wholeCheckout();
  const command = [process.execPath, '--import', 'tsx', 'scripts/dev.ts'];
  const launch = new ProductLaunch(checkout, { DATA_DIR: await dataFolder() }, command);
  const url = await launch.ready();
  const headline = async () => /<h1>([^<]+)<\/h1>/.exec(await (await fetch(url, english)).text())?.[1];
  const english = { headers: { 'accept-language': 'en' } };
  const before = await headline();
  assert.ok(before);
  const messages = join(checkout, 'src/texts/en/pages.ts');
  const text = await readFile(messages, 'utf8');
  assert.ok(text.includes(`'${before}'`), before);
  await writeFile(messages, text.replace(`'${before}'`, "'A new headline'"));
  await eventually('the new headline', async () => (await headline()) === 'A new headline');
  await appendFile(messages, 'const = 1;\n');
  await launch.waitForOutput(/ERROR.*pages|Expected identifier/);
  assert.equal(await headline(), 'A new headline');
  await writeFile(messages, text);
  await eventually('the headline of before', async () => (await headline()) === before);
  launch.signalGroup('SIGINT');
  assert.equal(await launch.exited, 0);
});
