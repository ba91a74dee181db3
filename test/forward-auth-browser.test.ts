// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { openBrowser, openSite, openVisitor } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { anyNumber } from './support/harness.ts';
import { missingProgram } from './support/installed-programs.ts';
import { protectingSettings } from './support/protecting-proxy.ts';
import { startProxy } from './support/proxy-process.ts';

/** An app that shows the person of its request. */
async function openShowing(): Promise<number> {
  const server = createServer(({ headers, url }, response) => {
    response.setHeader('content-type', 'text/html').end(`<title>app</title>${headers['x-vouch-user']} at ${url}`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const skip = missingProgram('nginx');

deepTest(
  'Chromium opens an app behind nginx, signs in on the way, and arrives at the page that it asked for',
  { skip },
  async () => {
    const listen = await freePort();
    const origin = `http://127.0.0.1:${listen}`;
    const forwardAuth = { returnOrigins: new Set([origin]), cookieDomain: undefined, withNumber: false };
    const site = await openSite({ forwardAuth });
    const vouch = Number(new URL(site.url).port);
    const ports = { listen, vouch, app: await openShowing() };
    await startProxy('nginx', listen, await protectingSettings('nginx', ports, origin));
    const { page } = await openVisitor(await openBrowser(), origin);
    await page.goto('/reports?year=2027');
    assert.equal(page.url(), `${site.url}/`);
    const phone = anyNumber();
    await page.fill('input[name=phone_number]', phone);
    await page.press('input[name=phone_number]', 'Enter');
    await page.waitForURL('**/confirm/');
    await page.fill('input[name=sms_code]', site.codeFor(phone));
    await page.waitForURL(`${origin}/reports?year=2027`);
    const [account] = await site.sql`select id from account where phone_number = ${phone}`;
    assert.equal(await page.textContent('body'), `${account!.id} at /reports?year=2027`);
  },
);
