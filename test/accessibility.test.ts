import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { assertTree } from './support/accessibility-tree.ts';
import { giveSession, openBrowser, openVisitor } from './support/browser.ts';
import { casesOf, deepTest, isDeep } from './support/depth.ts';
import { anyNumber } from './support/harness.ts';
import { openSites, pageStates } from './support/page-states.ts';

const browser = await openBrowser();
const sites = await openSites();
const site = sites.usual;

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Each language, colour scheme and width, and in the deep run each two of them together: what axe finds depends on no
 * three of them.
 */
const looks = casesOf(
  [
    ['ru-RU', 'light', 320],
    ['en-GB', 'dark', 1280],
    ['ru-RU', 'dark', 1280],
    ['en-GB', 'light', 1280],
    ['en-GB', 'dark', 320],
  ] as const,
  2,
).map(([locale, colorScheme, width]) => ({ locale, colorScheme, viewport: { width, height: 800 } }));

/** Fails where axe finds anything at all. */
async function assertAccessible(page: Page, what: string): Promise<void> {
  // `page.evaluate` takes nearly twice as long for a text of this length
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Runtime.evaluate', { expression: `${axeSource};undefined` });
  await devtools.detach();
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await page.evaluate<AxeResults>(
    `axe.run({ runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] })`,
  );
  assert.ok(found.passes.length > 0, 'axe has looked');
  const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  assert.deepEqual(told, [], what);
}

/** Fails where a target is smaller than 24 px in a direction (WCAG 2.5.8), links within sentences aside. */
async function assertLargeTargets(page: Page, what: string): Promise<void> {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary, li[role]')]
      .filter((one) => one.tagName !== 'A' || one.parentElement?.textContent?.trim() === one.textContent?.trim())
      .filter((one) => one.checkVisibility() && !one.matches('.skip, [hidden]'))
      .map((one) => [one.outerHTML, one.getBoundingClientRect()] as const)
      .filter(([, { width, height }]) => width > 0 && (width < 24 || height < 24))
      .map(([html]) => html),
  );
  assert.deepEqual(small, [], what);
}

/** Fails where a page scrolls sideways at a zoom of 400 % (WCAG 1.4.10): 1280×1024 px are 320×256 px then. */
async function assertReflows(page: Page, what: string): Promise<void> {
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  await page.setViewportSize({ width: 320, height: 256 });
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.equal(overflow, 0, `${what} scrolls sideways`);
  await page.setViewportSize(before);
}

/** Counts what moves on a page without the hand of a person: the cumulative layout shift. */
const countShifts = `
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
  }).observe({ type: 'layout-shift', buffered: true });`;

for (const [turn, look] of looks.entries()) {
  const language = look.locale.slice(0, 2);
  const name = `${language}, ${look.colorScheme}, ${look.viewport.width} px`;
  test(`each state of each page has the stored tree, reflows and does not move, and axe finds nothing: ${name}`, async () => {
    const { page, context, elsewhere, problems } = await openVisitor(browser, site.url, look);
    await page.addInitScript(countShifts);
    // outside the deep run the looks share the states between them
    for (const [at, { name: state, reach, isDear }] of pageStates.entries()) {
      if (!isDeep && (isDear || at % looks.length !== turn)) continue;
      await context.clearCookies();
      await reach({ sites, page, context, language });
      await assertTree({ page, language, sql: site.sql }, state);
      const what = `${state}, ${name}`;
      assert.equal(await page.evaluate('window.shift'), 0, `nothing moves: ${what}`);
      await assertAccessible(page, what);
      await assertLargeTargets(page, what);
      await assertReflows(page, what);
    }
    // two of the states are answered so
    const unexpected = problems.filter((text) => !/status of 50[03]/.test(text));
    // the app of a state, which is never reached
    const own = [...Object.values(sites).map(({ url }) => url), 'https://wiki.example.com'];
    assert.deepEqual(
      elsewhere.filter((url) => !own.includes(new URL(url).origin) && url !== 'about:blank'),
      [],
    );
    assert.deepEqual(unexpected, []);
    await context.close();
  });
}

test('the first page weighs at most 20 kB over the wire, with its style, script and icon', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  const parts: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    parts.push(
      request.sizes().then(({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize),
    );
  });
  await page.goto('/', { waitUntil: 'networkidle' });
  const bytes = (await Promise.all(parts)).reduce((sum, part) => sum + part, 0);
  assert.ok(parts.length >= 3, 'page, style and script were counted');
  assert.ok(bytes <= 20_000, `${bytes} bytes`);
  process.stdout.write(`# first page: ${bytes} bytes in ${parts.length} answers, headers included\n`);
  await context.close();
});

test('nothing moves while the page loads', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  await page.addInitScript(countShifts);
  // a script that comes late does not change a page that was painted without it
  await page.route('**/*.js*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.goto('/', { waitUntil: 'networkidle' });
  assert.equal(await page.evaluate('window.shift'), 0);
  await page.fill('#phone_number', anyNumber());
  await page.press('#phone_number', 'Enter');
  await page.waitForURL('**/confirm/');
  await page.waitForFunction(`/0:\\d\\d$/.test(document.querySelector('#resend button').textContent)`);
  assert.equal(await page.evaluate('window.shift'), 0);
  await giveSession(site, context);
  await page.goto('/account/', { waitUntil: 'networkidle' });
  assert.equal(await page.evaluate('window.shift'), 0);
  await context.close();
});

test('nothing moves when the message has left, nor when the wait for another code ends', async () => {
  const { page, context } = await openVisitor(browser, site.url, {
    locale: 'en-GB',
    viewport: { width: 320, height: 1200 },
  });
  await page.goto('/');
  await page.fill('#phone_number', anyNumber());
  await page.press('#phone_number', 'Enter');
  await page.waitForURL('**/confirm/');
  // a redirect is not intercepted
  await page.route('**/confirm/', async (route) => {
    const response = await route.fetch();
    const sending = `<span data-state="/confirm/state" data-sent="Sent">${'It is being sent. '.repeat(5)}</span>`;
    const body = (await response.text())
      .replace(/data-wait="\d+"/, 'data-wait="2"')
      .replace(/(class="lead" role="status">)<span[^>]*>[^<]*<.span>/, `$1${sending}`);
    await route.fulfill({ response, body });
  });
  await page.reload();
  const places = () =>
    page.evaluate(() =>
      ['#sms_code', '#resend button', '.help'].map((name) => document.querySelector(name)!.getBoundingClientRect().top),
    );
  await page.waitForSelector('#resend button:disabled');
  const before = await places();
  await page.waitForSelector('#resend button:enabled');
  await page.waitForFunction(() => document.querySelector('.lead span')!.textContent === 'Sent');
  assert.deepEqual(await places(), before);
  await context.close();
});

test('nothing moves for a person who asks for less motion', async () => {
  for (const [reducedMotion, isMoved] of [
    ['reduce', false],
    ['no-preference', true],
  ] as const) {
    const { page, context } = await openVisitor(browser, site.url, { reducedMotion });
    await page.goto('/');
    await page.hover('main .button');
    await page.mouse.down();
    const moved = await page.evaluate(() => getComputedStyle(document.querySelector('main .button')!).transform);
    assert.equal(moved !== 'none', isMoved, reducedMotion);
    assert.equal(await page.evaluate('document.getAnimations().length'), 0);
    await context.close();
  }
  const { body: style } = await site.server.inject({ method: 'GET', url: '/brand/style.css' });
  assert.doesNotMatch(style, /transition|animation|scroll-behavior/);
});

deepTest('with forced colours, borders, the focus, the list of countries and the QR code are seen', async () => {
  const { page, context } = await openVisitor(browser, site.url, { forcedColors: 'active' });
  const styleOf = (one: string) =>
    page.evaluate((name) => {
      const { borderStyle, borderWidth, outlineStyle, fill, backgroundColor } = getComputedStyle(
        document.querySelector(name)!,
      );
      return { borderStyle, borderWidth, outlineStyle, fill, backgroundColor };
    }, one);
  await page.goto('/');
  await page.click('#country');
  await page.waitForSelector('#countries [aria-selected]');
  for (const one of ['main .button', '#phone_number', '#country', '#countries']) {
    const { borderStyle, borderWidth } = await styleOf(one);
    assert.deepEqual([borderStyle, borderWidth], ['solid', '2px'], one);
  }
  assert.equal((await styleOf('#countries [aria-selected]')).outlineStyle, 'solid');
  assert.equal((await styleOf('#country')).outlineStyle, 'solid', 'the focus');
  await giveSession(site, context);
  await page.goto('/account/');
  const { fill, backgroundColor } = await styleOf('.qr');
  assert.deepEqual([fill, backgroundColor], ['rgb(23, 23, 28)', 'rgb(255, 255, 255)']);
  await context.close();
});
