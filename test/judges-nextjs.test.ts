import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserContext } from 'playwright-core';
import { openBrowser, openVisitor } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { freePort } from './support/free-port.ts';
import { openJudgeSite } from './support/judge-site.ts';
import { signInInBrowser } from './support/library-judge.ts';
import { secret } from './support/oidc-client.ts';
import { folderOfApp, startApp } from './support/other-languages.ts';
import { eventually } from './support/product-launch.ts';
import { type Tampering, tamperings } from './support/tampering-proxy.ts';

const cwd = fileURLToPath(new URL('../examples/nextjs', import.meta.url));
const next = [process.execPath, `${cwd}/node_modules/next/dist/bin/next`] as const;
const skip = !existsSync(`${cwd}/node_modules/next-auth`) && 'the packages of examples/nextjs are not installed';

/** The reason in the log of the app for each change of an ID token. */
const reasons: Readonly<Record<string, RegExp>> = {
  'another nonce': /nonce mismatch/,
  'another audience': /aud/,
  'another issuer': /unexpected iss/,
  'an end in the past': /JWT expired/,
  'alg none': /unexpected JWT alg/,
  'another key': /failed to validate JWT signature/,
  'a key that is not published': /no valid key found/,
};

/** A change of the redirect, and the reason in the log. */
const redirects: Readonly<Record<string, readonly [Readonly<Record<string, string>>, RegExp]>> = {
  'another state': [{ state: 'another' }, /state mismatch/],
  'the issuer of another provider': [{ iss: 'https://evil.example' }, /iss mismatch/],
};

deepTest('examples/nextjs signs in by next-auth, refuses what is tampered with, and signs out', { skip }, async (t) => {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const callback = `${origin}/api/auth/callback/vouch`;
  const uris = { redirect_uris: [callback], post_logout_redirect_uris: [`${origin}/`] };
  const site = await openJudgeSite([{ client_id: 'shop', ...uris }]);
  const env = {
    HOME: await folderOfApp(),
    NEXT_TELEMETRY_DISABLED: '1',
    VOUCH_URL: site.url,
    CLIENT_SECRET: secret,
    NEXTAUTH_URL: origin,
    NEXTAUTH_SECRET: 's'.repeat(32),
    PORT: String(port),
  };
  await promisify(execFile)(next[0], [next[1], 'build'], { cwd, env: { PATH: process.env.PATH, ...env } });
  const child = await startApp([...next, 'start', '-H', '127.0.0.1'], { port, cwd, env });
  let log = '';
  child.stderr?.on('data', (chunk) => (log += chunk));
  const { page, context } = await openVisitor(await openBrowser(), origin);

  await t.test('signs in', async () => {
    await page.goto('/');
    await page.click('button');
    const { phone } = await signInInBrowser(site, page, `${origin}/`);
    assert.match((await page.textContent('#id')) ?? '', /^[\da-f-]{36}$/);
    assert.equal(await page.textContent('#phone'), phone);
  });

  /** The app refuses the callback for a reason, and lets nobody in. */
  const refuses = async (url: string, reason: RegExp, tampering?: Tampering) => {
    log = '';
    site.proxy.tampering = tampering;
    await page.goto(url);
    site.proxy.tampering = undefined;
    assert.match(page.url(), /error=OAuthCallback/);
    await eventually(`a reason like ${reason} in ${log}`, async () => reason.test(log));
    await page.goto('/');
    assert.equal(await page.textContent('button'), 'Sign in');
  };
  for (const [name, tampering] of Object.entries(tamperings))
    await t.test(name, async () =>
      refuses(await nextCallback(context, origin, callback), reasons[name] ?? assert.fail(name), tampering),
    );
  for (const [name, [parameters, reason]] of Object.entries(redirects))
    await t.test(name, async () => {
      const url = new URL(await nextCallback(context, origin, callback));
      for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
      await refuses(url.href, reason);
    });
  await t.test('a replayed code', async () => {
    const url = await nextCallback(context, origin, callback);
    await page.goto(url);
    await page.waitForSelector('#id');
    await context.clearCookies({ name: 'next-auth.session-token' });
    await refuses(url, /cookie was missing/);
  });
  await t.test('signs out at Vouch, too', async () => {
    await page.goto(await nextCallback(context, origin, callback));
    await page.click('button');
    await page.click('button[name=logout]');
    await page.waitForURL(`${origin}/`);
    assert.equal(await page.textContent('button'), 'Sign in');
    await page.goto(`${site.url}/account/`);
    await page.waitForSelector('input[name=phone_number]');
  });
});

/** Begins another sign-in of the person whom Vouch knows, and follows it up to the URL of the app. */
async function nextCallback(context: BrowserContext, origin: string, callback: string): Promise<string> {
  const { request } = context;
  await context.clearCookies({ name: 'next-auth.session-token' });
  const { csrfToken } = await (await request.get(`${origin}/api/auth/csrf`)).json();
  const form = { csrfToken, callbackUrl: `${origin}/`, json: 'true' };
  const started = await request.post(`${origin}/api/auth/signin/vouch`, { form });
  let { url } = await started.json();
  while (!url.startsWith(callback)) {
    const { location = assert.fail(url) } = (await request.get(url, { maxRedirects: 0 })).headers();
    url = new URL(location, url).href;
  }
  return url;
}
