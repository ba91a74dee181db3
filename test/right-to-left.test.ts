// Takes seconds: `npm run test:fast` leaves this file out.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { directionOf } from '../src/kit/text.ts';
import { ownTexts, useTexts } from '../src/texts/texts.ts';
import { giveSession, openBrowser, openSite, openVisitor } from './support/browser.ts';
import { pseudoTexts } from './support/pseudo-language.ts';

test('the direction of a page is that of its texts', () => {
  for (const texts of Object.values(ownTexts)) assert.equal(directionOf(texts.site.skip), 'ltr');
  assert.equal(directionOf(pseudoTexts().site.skip), 'rtl');
  assert.equal(directionOf('1. العربية'), 'rtl');
});

test('no rule of the stylesheet names a side of the page', async () => {
  const css = await readFile(new URL('../public/app.css', import.meta.url), 'utf8');
  assert.deepEqual(css.match(/^ *(?:[a-z-]+-)?(?:left|right)\b.*|: *(?:left|right)\b.*/gm), null);
});

test('in a language that reads from right to left every page is mirrored, and numbers and codes are not', async () => {
  useTexts({ ...ownTexts, en: pseudoTexts() });
  try {
    const site = await openSite();
    const browser = await openBrowser();
    for (const width of [390, 1280]) {
      const viewport = { width, height: 844 };
      const { context, page, problems } = await openVisitor(browser, site.url, { locale: 'en', viewport });
      await page.goto('/');
      await assertMirrored(page);
      await page.fill('#phone_number', '+447911123456');
      assert.equal(await page.evaluate("getComputedStyle(document.querySelector('#phone_number')).direction"), 'ltr');
      await page.press('#phone_number', 'Enter');
      await page.waitForURL('**/confirm/');
      await assertMirrored(page);
      for (const field of ['#sms_code', '.phone-number'])
        assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('${field}')).direction`), 'ltr');
      await giveSession(site, context);
      const others = width === 390 ? ['/logout/', '/account/delete/', '/nothing', '/dev/inbox'] : [];
      for (const path of ['/account/', ...others]) {
        await page.goto(path);
        await assertMirrored(page);
      }
      assert.deepEqual(problems, []);
      await context.close();
      await site.sql`delete from number_limit`;
    }
  } finally {
    useTexts(ownTexts);
  }
});

/** The head begins on the right, nothing is wider than the page, and no English is left. */
async function assertMirrored(page: Page): Promise<void> {
  assert.equal(await page.getAttribute('html', 'dir'), 'rtl');
  const [brand, tongues] = await Promise.all(
    ['.brand', '.tongues'].map(async (name) => (await page.locator(name).first().boundingBox())?.x ?? 0),
  );
  assert.ok(brand! > tongues!, `${page.url()}: the name is right of the languages`);
  const [wide, room] = (await page.evaluate(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )) as [number, number];
  assert.ok(wide <= room, `${page.url()}: ${wide} px in ${room}`);
  const heading = (await page.textContent('h1')) ?? '';
  assert.match(heading, /\p{Script=Hebrew}/u);
  assert.doesNotMatch(heading, /[a-z]/i);
}
