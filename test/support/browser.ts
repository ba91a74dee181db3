import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { createInbox } from '../../src/sms/inbox.ts';
import { findChromium } from './chromium.ts';
import { anyNumber, openApp, type TestApp } from './harness.ts';
import { HtmlClient } from './html-client.ts';

/** How a Chromium is started that only does what a test says. */
const chromiumArguments = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--no-sandbox',
  '--disable-gpu',
];

let chromiumOfAll: Browser | undefined;
let isShared = false;

/** Keeps the browser for the next test files of this process; returns the function that closes it after the last. */
export function shareBrowser(): () => Promise<void> {
  isShared = true;
  return closeBrowser;
}

/**
 * A real Chromium, closed after the tests of the file unless it is shared. No promise is shared: Node.js 20 finds the parent
 * of a test by the promise that was awaited, so that the tests of later files would become children of the first.
 */
export async function openBrowser(): Promise<Browser> {
  if (!isShared) after(closeBrowser);
  chromiumOfAll ??= await chromium.launch({ ...findChromium(), args: chromiumArguments });
  return chromiumOfAll;
}

async function closeBrowser(): Promise<void> {
  await chromiumOfAll?.close();
  chromiumOfAll = undefined;
}

/** The product listening on a port of its own, with the development inbox, as a browser reaches it. */
export async function openSite(options: Parameters<typeof openApp>[0] = {}): Promise<TestApp & { url: string }> {
  const app = await openApp({ inbox: createInbox(), publicUrl: 'http://127.0.0.1', host: '127.0.0.1', ...options });
  const url = await app.server.listen({ host: '127.0.0.1', port: 0 });
  app.server.publicUrl = url;
  return { ...app, url };
}

/** A new visitor, and every address outside the site that the browser asked for. */
export async function openVisitor(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; elsewhere: string[]; problems: string[] }> {
  const context = await browser.newContext({ baseURL: url, locale: 'ru-RU', ...options });
  const page = await context.newPage();
  const elsewhere: string[] = [];
  const problems: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) problems.push(message.text());
  });
  page.on('pageerror', (fault) => problems.push(fault.message));
  return { context, page, elsewhere, problems };
}

/**
 * Chromium reports every 4xx document as an error of the console, and over plain http at a network address each header that
 * it heeds only in a secure context.
 */
const expected =
  /status of 4\d\d|Cross-Origin-Opener-Policy header has been ignored|Clear-Site-Data header .*insecure/is;

/** Signs a new visitor in through the pages, and ends on `/account/`. */
export async function signInByPage(page: Page, phoneNumber: string): Promise<void> {
  await page.goto('/');
  await page.fill('#phone_number', phoneNumber);
  await page.press('#phone_number', 'Enter');
  await page.waitForURL('**/confirm/');
  const told = ((await page.textContent('.lead')) ?? '').replace(/[^\d+]/g, '');
  assert.ok(told.includes(phoneNumber), `the page says where the code went: ${told}`);
  const message = (await page.textContent('.bubble')) ?? '';
  const hasScript = (await page.locator('html.js').count()) > 0;
  await page.fill('#sms_code', message);
  if (!hasScript) await page.press('#sms_code', 'Enter');
  await page.waitForURL('**/account/');
}

/** Gives a new visitor the session of a new account, without its pages, where the sign-in is not what is tried. */
export async function giveSession(app: TestApp & { url: string }, context: BrowserContext): Promise<void> {
  const client = new HtmlClient(app);
  await client.signIn(anyNumber());
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: app.url })));
}
