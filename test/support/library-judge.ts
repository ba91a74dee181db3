import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { anyNumber } from './harness.ts';
import { HtmlClient } from './html-client.ts';
import type { JudgeSite } from './judge-site.ts';
import { follow } from './oidc-client.ts';

/** A library of others with which an app signs people in. It refuses what is not right by throwing. */
export interface Judge {
  /** Begins a sign-in as the app does. */
  begin(): Promise<StartedSignIn>;
}

/** A sign-in that an app has begun. */
export interface StartedSignIn {
  /** The URL that the app sends the browser to. */
  readonly url: string;
  /** Takes the URL that the browser came back with. */
  finish(callback: string): Promise<JudgedTokens>;
}

/** The result of a sign-in that the library found right, and its further calls. */
export interface JudgedTokens {
  readonly sub: string;
  userinfo(): Promise<{ readonly phone_number?: unknown }>;
  refresh(): Promise<JudgedTokens>;
  isActive(): Promise<boolean>;
  revoke(): Promise<void>;
  logoutUrl(): string;
}

/** Imports a package that is installed for tests alone. No bundle has it. */
export async function importPackage<T>(name: string): Promise<T> {
  return import(name);
}

/** False if a package is installed, or why a test that needs it is skipped. */
export function missingPackage(name: string): false | string {
  try {
    import.meta.resolve(name);
    return false;
  } catch {
    return `${name} is not installed`;
  }
}

/** Takes a person through the pages to which an app has sent the browser, and back to the redirect URI. */
export async function signInInBrowser(
  site: JudgeSite,
  page: Page,
  target = `${site.callback}?**`,
): Promise<{ url: string; phone: string }> {
  const phone = anyNumber();
  await page.waitForSelector('input[name=phone_number]');
  await page.fill('input[name=phone_number]', phone);
  await page.press('input[name=phone_number]', 'Enter');
  await page.waitForURL('**/confirm/');
  await page.fill('input[name=sms_code]', site.codeFor(phone));
  await page.waitForURL(target);
  return { url: page.url(), phone };
}

/** One whole sign-in by a judge through the pages in a browser, and everything after it until the sign-out. */
export async function takeThrough(site: JudgeSite, page: Page, judge: Judge): Promise<void> {
  const begun = await judge.begin();
  await page.goto(begun.url);
  const { url, phone } = await signInInBrowser(site, page);
  const first = await begun.finish(url);
  assert.match(first.sub, /^[\da-f-]{36}$/);
  assert.equal((await first.userinfo()).phone_number, phone);
  const second = await first.refresh();
  assert.equal(second.sub, first.sub);
  assert.equal((await second.userinfo()).phone_number, phone);
  assert.equal(await second.isActive(), true);
  await second.revoke();
  assert.equal(await second.isActive(), false);
  await page.goto(second.logoutUrl());
  await page.click('button[name=logout]');
  await page.waitForURL(new URL('/bye**', site.callback).href);
  await page.goto(`${site.url}/account/`);
  await page.waitForSelector('input[name=phone_number]');
}

/** A browser in which a person has signed in, without JavaScript: it goes from each request straight back to the app. */
export async function openSignedIn(site: JudgeSite): Promise<(url: string) => Promise<string>> {
  const browser = new HtmlClient(site);
  await browser.signIn(anyNumber());
  return async (url) => {
    const { pathname, search } = new URL(url);
    const { location, html } = await follow(browser, await browser.get(pathname + search), site.url);
    return location ?? assert.fail(html);
  };
}
