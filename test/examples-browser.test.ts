// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { createInbox } from '../src/sms/inbox.ts';
import { openBrowser, openSite, openVisitor } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { anyNumber, openApp, type TestApp } from './support/harness.ts';
import { missingProgram } from './support/installed-programs.ts';
import { configured } from './support/oidc-client.ts';
import { startProxy } from './support/proxy-process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Signs in at the pages of Vouch. */
async function signIn(app: TestApp, page: Page): Promise<string> {
  const phone = anyNumber();
  await page.fill('input[name=phone_number]', phone);
  await page.press('input[name=phone_number]', 'Enter');
  await page.waitForURL('**/confirm/');
  await page.fill('input[name=sms_code]', app.codeFor(phone));
  return phone;
}

deepTest('examples/nginx lets in whom Vouch knows', { skip: missingProgram('nginx') }, async () => {
  const [listen, upstream] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${listen}`;
  const forwardAuth = { returnOrigins: new Set([origin]), cookieDomain: undefined, withNumber: false };
  const site = await openSite({ forwardAuth });
  const settings = (await readFile(`${root}/examples/nginx/nginx.conf`, 'utf8'))
    .replaceAll(':3000', `:${listen}`)
    .replaceAll(':3001', `:${upstream}`)
    .replaceAll(':8000', `:${new URL(site.url).port}`);
  await startProxy('nginx', listen, `master_process off;\n${settings}`);
  const { page } = await openVisitor(await openBrowser(), origin);
  await page.goto('/reports');
  await signIn(site, page);
  await page.waitForURL(`${origin}/reports`);
  assert.match((await page.textContent('body')) ?? '', /^[\da-f-]{36} at \/reports$/);
});

deepTest(
  'examples/spa signs in by OpenID Connect with DPoP, keeps the person over a reload, and signs out',
  async () => {
    const [port, own] = [await freePort(), await freePort()];
    const [publicUrl, origin] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${own}`];
    const redirect_uris = [`${origin}/callback`];
    const spa = configured({ client_id: 'spa', redirect_uris, first_party: true, token_endpoint_auth_method: 'none' });
    const oidc = { clients: new Map([['spa', spa]]), amr: ['otp', 'sms'] };
    const app = await openApp({ oidc, publicUrl, inbox: createInbox(), host: '127.0.0.1' });
    await app.server.listen({ host: '127.0.0.1', port });
    await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'packages/client'], {
      cwd: root,
    });
    const env = { PATH: process.env.PATH, VOUCH_URL: publicUrl, PORT: String(own) };
    const server = spawn(process.execPath, ['examples/spa/serve.mjs'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    after(() => server.kill());
    await once(server.stdout, 'data');
    const { page, problems } = await openVisitor(await openBrowser(), origin);
    await page.goto('/');
    await page.click('#in');
    await page.waitForSelector('input[name=phone_number]');
    const phone = await signIn(app, page);
    await page.waitForSelector('#phone');
    assert.equal(await page.textContent('#phone'), phone);
    await page.reload();
    assert.equal(await page.textContent('#phone'), phone);
    await page.click('#out');
    await page.waitForURL(`${publicUrl}/oauth/logout**`);
    await page.goto(origin);
    await page.waitForSelector('#in');
    assert.deepEqual(problems, []);
  },
);
