// Libraries for OpenID Connect in other languages, from packages of Debian, sign people in through the pages.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { openBrowser, openVisitor } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber } from './support/harness.ts';
import { authRequest, secret } from './support/oidc-client.ts';
import {
  folderOfApp,
  type Judged,
  missingPackage,
  openJudged,
  python,
  root,
  startApp,
} from './support/other-languages.ts';
import { redirectTamperings, type Tampering, tamperings } from './support/tampering-proxy.ts';

/** A visitor who has signed in to the app through the pages, in Chromium. */
async function signInTo({ app, issuer, origin }: Judged, path: string) {
  const { context, page } = await openVisitor(await openBrowser(), origin);
  await page.goto(path);
  assert.equal(new URL(page.url()).origin, issuer);
  const number = anyNumber();
  await page.fill('input[name=phone_number]', number);
  await page.press('input[name=phone_number]', 'Enter');
  await page.waitForURL('**/confirm/');
  await page.fill('input[name=sms_code]', app.codeFor(number));
  await page.waitForURL(`${origin}/**`);
  const [account] = await app.sql<{ id: string }[]>`select id from account where phone_number = ${number}`;
  return { context, page, number, sub: account!.id };
}

/** Signs in again with the session that the browser has at the provider, without the cookies of the app. */
async function signInAgain({ proxy }: Judged, { context, page }: Visit, path: string, tampering: Tampering) {
  await context.clearCookies({ domain: 'localhost' });
  proxy.tampering = tampering;
  const answer = await page.goto(path);
  proxy.tampering = undefined;
  return { status: answer?.status() ?? 0, text: await page.content() };
}

interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
}

/** Asserts that an app lets in an ID token that was signed anew, and none that is wrong in one thing, but for those it takes. */
async function assertNoticesTampering(
  judged: Judged,
  visit: Visit & { sub: string },
  path: string,
  taken: readonly string[] = [],
) {
  const same = await signInAgain(judged, visit, path, {});
  assert.ok(same.text.includes(visit.sub), `a token that says the same: ${same.text}`);
  for (const [name, tampering] of Object.entries({ ...tamperings, ...redirectTamperings })) {
    const answer = await signInAgain(judged, visit, path, tampering);
    if (taken.includes(name)) assert.ok(answer.text.includes(visit.sub), `${name} is taken: ${answer.text}`);
    else assertRefused(answer, visit.sub, name);
  }
}

/** A code works once, and in the browser that began the sign-in: another one gets nothing for it. */
async function assertNoReplay({ sub }: Visit & { sub: string }, callback: string) {
  const { page } = await openVisitor(await openBrowser(), callback);
  const answer = await page.goto(callback);
  assertRefused({ status: answer?.status() ?? 0, text: await page.content() }, sub, 'a code that was used');
}

/** The error page of mod_auth_openidc and that of django-allauth have the status 200. */
function assertRefused({ status, text }: { status: number; text: string }, sub: string, name: string) {
  const isRefused = status >= 400 || /<title>Error|(?:Social Network|Third-Party) Login Failure/.test(text);
  assert.ok(isRefused && !text.includes(sub), `${name}: ${status} ${text}`);
}

/** The address of the app to which the provider sends the browser back next. */
function nextCallback({ page }: Visit, path: string): Promise<string> {
  return page.waitForRequest((request) => new URL(request.url()).pathname === path).then((request) => request.url());
}

const dist = '/usr/lib/python3/dist-packages';
const django = { 'python3-django': `${dist}/django`, 'python3-requests': `${dist}/requests` };
const authlib = missingPackage({ 'python3-authlib': `${dist}/authlib`, ...django });

deepTest(
  'Authlib in Django (examples/django) signs in, out, and notices a changed ID token',
  { skip: authlib },
  async () => {
    const judged = await openJudged('/callback');
    const { issuer, port, origin } = judged;
    const cwd = await folderOfApp();
    const env = {
      VOUCH_URL: issuer,
      PORT: String(port),
      CLIENT_SECRET: secret,
      SECRET_KEY: 'of-a-test',
      DATA_DIR: cwd,
    };
    await startApp([python, join(root, 'examples/django/shop.py')], { port, cwd, env });
    const visit = await signInTo(judged, '/login');
    const { page, sub, number } = visit;
    assert.deepEqual([await page.textContent('#user'), await page.textContent('#phone')], [sub, number]);
    await assertNoticesTampering(judged, visit, '/login');
    const callback = nextCallback(visit, '/callback');
    await page.goto('/login');
    assert.equal(await page.textContent('#user'), sub);
    await assertNoReplay(visit, await callback);
    await page.goto('/');
    await page.click('button');
    await page.waitForURL(`${issuer}/oauth/logout**`);
    await page.goto(origin);
    assert.equal(await page.textContent('a'), 'Sign in');
  },
);

const gocode = '/usr/share/gocode/src';
const go = missingPackage({
  'golang-go': '/usr/bin/go',
  'golang-github-coreos-go-oidc-dev': `${gocode}/github.com/coreos/go-oidc`,
  'golang-golang-x-oauth2-dev': `${gocode}/golang.org/x/oauth2`,
});

/** Builds examples/go with the packages of Debian, which has an earlier release of the library under another path. */
async function buildGo(cwd: string): Promise<string> {
  const source = await readFile(join(root, 'examples/go/main.go'), 'utf8');
  await writeFile(join(cwd, 'main.go'), source.replace('coreos/go-oidc/v3/oidc', 'coreos/go-oidc'));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
  for (const words of [['vet'], ['build', '-o', 'shop']]) await promisify(execFile)('go', words, { cwd, env });
  return join(cwd, 'shop');
}

deepTest(
  'go-oidc in Go (examples/go) signs in and notices a changed ID token; its API asks about access tokens',
  { skip: go },
  async () => {
    const judged = await openJudged('/callback');
    const { app, issuer, port, origin } = judged;
    const cwd = await folderOfApp();
    const env = { VOUCH_URL: issuer, PORT: String(port), ORIGIN: origin, CLIENT_SECRET: secret };
    await startApp([await buildGo(cwd)], { port, cwd, env });
    const visit = await signInTo(judged, '/login');
    const { page, sub, number } = visit;
    assert.deepEqual(JSON.parse((await page.textContent('body')) ?? ''), { sub, phone_number: number });
    await assertNoticesTampering(judged, visit, '/login');
    const callback = nextCallback(visit, '/callback');
    await page.goto('/login');
    await assertNoReplay(visit, await callback);
    const orders = (token: string) => fetch(`${origin}/api/orders`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await orders('wrong')).status, 401);
    const token = await accessToken(judged, visit);
    assert.equal((await (await orders(token)).json()).sub, sub);
    await app.sql`delete from session using account where account_id = account.id and account.id = ${sub}`;
    assert.equal((await orders(token)).status, 401);
  },
);

/** An access token of the person, from a code that the app never got. */
async function accessToken({ issuer, origin }: Judged, { page }: Visit): Promise<string> {
  const redirectUri = `${origin}/callback`;
  const { url, verifier } = authRequest('shop', { redirect_uri: redirectUri });
  await page.route(`${redirectUri}**`, (route) => route.fulfill({ body: 'here' }));
  await page.goto(issuer + url);
  const code = new URL(page.url()).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const authorization = `Basic ${Buffer.from(`shop:${encodeURIComponent(secret)}`).toString('base64')}`;
  const body = new URLSearchParams(form);
  return (await (await fetch(`${issuer}/oauth/token`, { method: 'POST', headers: { authorization }, body })).json())
    .access_token;
}

const modules = '/usr/lib/apache2/modules';
const apache = missingPackage({
  apache2: '/usr/sbin/apache2',
  'libapache2-mod-auth-openidc': `${modules}/mod_auth_openidc.so`,
});
const apacheModules = 'mpm_event authn_core authz_core authz_user proxy proxy_http auth_openidc'.split(' ');

/** The settings of docs/quickstart/server-app.md, for ports of this machine. */
async function apacheSettings({ issuer, origin, port }: Judged, upstream: number): Promise<string> {
  const guide = await readFile(join(root, 'docs/quickstart/server-app.md'), 'utf8');
  const [, settings = ''] = /^```apache\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const known = settings
    .replaceAll('https://signin.example.com', issuer)
    .replaceAll('https://shop.example.com', origin)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${upstream}`)
    .replace('OIDCClientSecret …', `OIDCClientSecret "${secret}"`)
    .replace('OIDCCryptoPassphrase …', 'OIDCCryptoPassphrase of-a-test');
  return `ServerRoot "."
    ${apacheModules.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
    ServerName localhost
    Listen 127.0.0.1:${port}
    User www-data
    Group www-data
    PidFile apache.pid
    DefaultRuntimeDir .
    ErrorLog error.log
    ${known}`;
}

/** An app that shows the headers of its request. */
async function openShowing(): Promise<number> {
  const server = createServer(({ headers }, response) => response.end(JSON.stringify(headers)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

deepTest(
  'mod_auth_openidc in Apache, by docs/quickstart/server-app.md, signs in and notices a changed ID token',
  { skip: apache },
  async () => {
    const judged = await openJudged('/oidc/callback');
    const { port } = judged;
    const cwd = await folderOfApp();
    await chmod(cwd, 0o755);
    await writeFile(join(cwd, 'apache.conf'), await apacheSettings(judged, await openShowing()));
    const command = ['/usr/sbin/apache2', '-d', cwd, '-f', join(cwd, 'apache.conf'), '-DFOREGROUND'];
    await startApp(command, { port, cwd });
    const visit = await signInTo(judged, '/orders');
    const { page, sub, number } = visit;
    const headers = JSON.parse((await page.textContent('body')) ?? '');
    assert.deepEqual([headers.oidc_claim_sub, headers.oidc_claim_phone_number], [sub, number]);
    // the token endpoint stands for a signature there, as OpenID Connect Core 3.1.3.7 permits
    await assertNoticesTampering(judged, visit, '/orders', ['alg none']);
    const callback = nextCallback(visit, '/oidc/callback');
    await page.goto('/orders');
    await assertNoReplay(visit, await callback);
  },
);

/** The installed django-allauth, and those that `test/judges/install-allauth.sh` fetched: a folder of packages for each. */
const allauthReleases = [dist, ...foldersIn(join(root, 'test/judges/packages'))].map((folder) => {
  const file = join(folder, 'allauth/__init__.py');
  const [, version = ''] = existsSync(file)
    ? (/^VERSION = \((\d+, \d+, \d+)/m.exec(readFileSync(file, 'utf8')) ?? [])
    : [];
  return { folder, version: version.split(', ').map(Number) };
});

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

const signatureOfToken = ['alg none', 'another key', 'a key that is not published'];

/** The changes that a release of django-allauth takes: it leaves the signature to TLS, and the ID token to userinfo before 65.11. */
function takenByAllauth([major = 0, minor = 0]: readonly number[]): readonly string[] {
  const readsIdToken = major > 65 || (major === 65 && minor >= 11);
  const ofToken = readsIdToken ? ['another nonce', ...signatureOfToken] : Object.keys(tamperings);
  return [...ofToken, 'the issuer of another provider'];
}

for (const { folder, version } of allauthReleases)
  deepTest(
    `django-allauth ${version.join('.')} signs in and takes no code twice; it leaves the ID token to TLS or userinfo`,
    { skip: missingPackage({ 'python3-django-allauth': `${folder}/allauth`, ...django }) },
    async () => {
      const callbackPath = '/accounts/oidc/vouch/login/callback/';
      const judged = await openJudged(callbackPath);
      const { issuer, port, origin } = judged;
      const cwd = await folderOfApp();
      const env = { VOUCH_URL: issuer, PORT: String(port), CLIENT_SECRET: secret, PYTHONPATH: folder };
      await startApp([python, join(root, 'test/judges/allauth_site.py')], { port, cwd, env });
      const signIn = '/accounts/oidc/vouch/login/';
      const visit = await signInTo(judged, signIn);
      const { page, context, sub, number } = visit;
      assert.deepEqual([await page.textContent('#user'), await page.textContent('#phone')], [sub, number]);
      await assertNoticesTampering(judged, visit, signIn, takenByAllauth(version));
      await context.clearCookies({ domain: 'localhost' });
      const callback = nextCallback(visit, callbackPath);
      await page.goto(signIn);
      assert.equal(page.url(), `${origin}/`);
      await assertNoReplay(visit, await callback);
    },
  );
