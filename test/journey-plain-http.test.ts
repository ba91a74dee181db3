import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openBrowser, visitor } from './browser.ts';
import { anyNumber, openApp } from './harness.ts';

/** An address of this machine at which a browser does not take plain http for safe, as it does at the loopback. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
const skip = address === undefined && 'this machine has no address but those of the loopback';

const browser = skip ? undefined : await openBrowser();
const app = await openApp({ publicUrl: 'http://localhost:8000' });
const { port } = new URL(await app.server.listen({ host: '0.0.0.0', port: 0 }));

for (const javaScriptEnabled of [true, false]) {
  const mode = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`over plain http at an address of the network, every form is taken ${mode}`, { skip }, async () => {
    const url = `http://${address}:${port}`;
    const { page, context } = await visitor(browser!, url, { javaScriptEnabled });
    const sites = new Set<string | undefined>();
    const origins = new Set<string | undefined>();
    page.on('request', (request) => {
      if (request.method() !== 'POST') return;
      void request.allHeaders().then((headers) => {
        sites.add(headers['sec-fetch-site']);
        origins.add(headers.origin);
      });
    });

    await page.goto('/');
    await page.click('.tongues button[value=en]');
    await page.waitForSelector('html[lang=en]');
    const number = anyNumber();
    await page.fill('#phone_number', number);
    await page.press('#phone_number', 'Enter');
    await page.waitForURL('**/confirm/');
    const code = app.codeFor(number);
    await page.fill('#sms_code', code === '000000' ? '111111' : '000000');
    await page.press('#sms_code', 'Enter');
    await page.waitForSelector('.summary');
    await page.fill('#sms_code', code);
    await page.press('#sms_code', 'Enter');
    await page.waitForURL('**/success/');
    await page.fill('#first_name', 'Anna');
    await page.press('#first_name', 'Enter');
    await page.waitForURL('**/success/?done=profile_saved');
    await page.fill('#invite_code', 'BCDFGH');
    await page.press('#invite_code', 'Enter');
    await page.waitForSelector('.summary');
    await leave(page, url);

    assert.deepEqual([...sites], [undefined], 'the browser sends no Sec-Fetch-Site here');
    assert.deepEqual([...origins], [url]);
    await context.close();
  });
}

async function leave(page: Page, url: string): Promise<void> {
  await page.goto('/logout/');
  await page.click('main form button');
  await page.waitForURL((left) => left.origin === url && left.pathname === '/');
}
