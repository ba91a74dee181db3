import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { openBrowser, openVisitor } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { openJudgeSite } from './support/judge-site.ts';
import { missingPackage, signInInBrowser } from './support/library-judge.ts';
import { type Tampering, tamperings } from './support/tampering-proxy.ts';

/**
 * The changes that the library leaves to TLS: it reads an ID token without a check of its signature, issuer, audience or
 * end. So an app in a browser must not hand the ID token on as a proof.
 */
const leftToTls = [
  'another audience',
  'another issuer',
  'an end in the past',
  'alg none',
  'another key',
  'a key that is not published',
];

const skip = missingPackage('oidc-client-ts');
const url = (path: string) => new URL(path, site.callback).href;
const site = await openJudgeSite([{ client_id: 'spa', token_endpoint_auth_method: 'none' }], appOf);

/** A page of the app, or its script. */
async function appOf(path: string, issuer: string): Promise<string> {
  if (path !== '/app.js')
    return `<!doctype html><html data-issuer="${issuer}"><meta charset="utf-8"><script src="/app.js"></script></html>`;
  const entry = fileURLToPath(new URL('./support/oidc-client-ts-app.js', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife' });
  return outputFiles[0]?.text ?? '';
}

deepTest('oidc-client-ts signs in inside a page, refreshes, revokes and signs out', { skip }, async () => {
  const { page, problems } = await openVisitor(await openBrowser(), site.url);
  await begin(page);
  const { phone } = await signInInBrowser(site, page);
  const first = await call(page, 'finish');
  assert.match(String(first.sub), /^[\da-f-]{36}$/, JSON.stringify(first));
  assert.equal(first.phone_number, phone);
  const second = await call(page, 'refresh');
  assert.equal(second.sub, first.sub);
  assert.notEqual(second.access_token, first.access_token);
  await page.evaluate('app.revoke()');
  const headers = { authorization: `Bearer ${second.access_token}` };
  assert.equal((await fetch(`${site.url}/oauth/userinfo`, { headers })).status, 401);
  await page.evaluate('void app.end()');
  await page.click('button[name=logout]');
  await page.waitForURL(`${url('/bye')}**`);
  assert.deepEqual(problems, []);
});

deepTest('oidc-client-ts gets tokens that are bound to its key, and refreshes them by it', { skip }, async () => {
  const { page } = await openVisitor(await openBrowser(), site.url);
  await page.goto(url('/'));
  await page.evaluate("localStorage.setItem('dpop', 'yes')");
  await begin(page);
  await signInInBrowser(site, page);
  const [first, second] = [await call(page, 'finish'), await call(page, 'refresh')];
  assert.equal(first.token_type, 'DPoP', JSON.stringify(first));
  assert.equal(second.token_type, 'DPoP', JSON.stringify(second));
});

deepTest('oidc-client-ts refuses what is tampered with, but leaves ID tokens to TLS', { skip }, async (t) => {
  const { page } = await openVisitor(await openBrowser(), site.url);
  await begin(page);
  await signInInBrowser(site, page);
  const callback = page.url();
  assert.ok((await call(page, 'finish')).sub);
  await page.goto(callback);
  assert.match(String((await call(page, 'finish')).message), /state/i, 'a replayed code: by the judge');
  for (const [name, tampering] of Object.entries(tamperings))
    await t.test(name, async () => {
      const result = await signInAgain(page, tampering);
      if (leftToTls.includes(name)) assert.ok(result.sub, JSON.stringify(result));
      else assert.match(String(result.message), /nonce/);
    });
  await t.test('userinfo of another person', async () => {
    assert.match(String((await signInAgain(page, { userinfo: { sub: 'another' } })).message), /subject/);
  });
  await t.test('wrong state', async () => {
    await begin(page);
    await page.waitForURL(`${site.callback}?**`);
    const changed = new URL(page.url());
    changed.searchParams.set('state', 'another');
    await page.goto(changed.href);
    assert.match(String((await call(page, 'finish')).message), /state/i);
  });
});

/** A sign-in of somebody who is signed in, with a change of the responses. */
async function signInAgain(page: Page, tampering: Tampering): Promise<Record<string, unknown>> {
  await begin(page);
  await page.waitForURL(`${site.callback}?**`);
  site.proxy.tampering = tampering;
  try {
    return await call(page, 'finish');
  } finally {
    site.proxy.tampering = undefined;
  }
}

async function begin(page: Page): Promise<void> {
  await page.goto(url('/'));
  await page.evaluate('void app.begin()');
}

function call(page: Page, name: string): Promise<Record<string, unknown>> {
  return page.evaluate(`app.${name}()`);
}
