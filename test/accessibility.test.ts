import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { giveSession, openBrowser, openSite, openVisitor } from './support/browser.ts';
import { casesOf, isDeep } from './support/depth.ts';
import { anyNumber, withToken } from './support/harness.ts';

const browser = await openBrowser();
const site = await openSite();
const owner = await site.call('GET', '/api/users/me', undefined, withToken(await site.signIn(anyNumber())));
const code: string = owner.data.referal_code;

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

/** Fails where axe finds anything at all, or where the page is wider than the screen. */
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
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  assert.equal(overflow, 0, `${what} scrolls sideways`);
}

async function submit(page: Page, field: string, value: string): Promise<void> {
  await page.fill(field, value);
  await page.press(field, 'Enter');
  await page.waitForSelector('.summary');
}

for (const [turn, look] of looks.entries()) {
  const name = `${look.locale.slice(0, 2)}, ${look.colorScheme}, ${look.viewport.width} px`;
  test(`axe finds nothing on any page, with and without errors: ${name}`, async () => {
    const { page, context, elsewhere, problems } = await openVisitor(browser, site.url, look);
    let pages = 0;
    // outside the deep run the looks share the pages between them
    const at = async (what: string, reach: () => Promise<unknown> = async () => undefined) => {
      pages += 1;
      if (!isDeep && pages % looks.length !== turn) return;
      await reach();
      await assertAccessible(page, `${what}, ${name}`);
    };
    const atAddress = (path: string) => at(path, () => page.goto(path));
    await page.goto('/');
    await at('phone');
    await at('phone with its countries', async () => {
      await page.click('#country');
      await page.waitForSelector('#countries li');
    });
    await at('a number of two countries', async () => {
      await page.selectOption('#region_code', { index: 0 }, { force: true });
      await page.evaluate(`document.querySelector('#region_code').options[0].value = 'US'`);
      await submit(page, '#phone_number', '659 223 4567');
      await page.waitForSelector('#readings button');
    });
    await page.goto('/');
    await submit(page, '#phone_number', 'nonsense');
    assert.match(await page.title(), look.locale.startsWith('ru') ? /^Ошибка: / : /^Error: /);
    await at('phone with an error');
    await atAddress(`/i/${code}`);
    await atAddress('/i/nobody');
    await context.clearCookies();
    await page.goto('/');
    await page.fill('#phone_number', anyNumber());
    await page.press('#phone_number', 'Enter');
    await page.waitForURL('**/confirm/');
    await at('code');
    const message = (await page.textContent('.bubble'))!;
    await at('code with an error', async () => {
      await page.fill('#sms_code', '1');
      await page.press('#sms_code', 'Enter');
      await page.waitForSelector('[aria-invalid=true]');
    });
    await at('help for a code that does not come', () => page.click('.help summary'));
    await at('a code that expires while its page is open', async () => {
      await page.clock.install();
      await page.reload();
      await page.clock.fastForward(601_000);
      await page.waitForSelector('#sms_code', { state: 'hidden' });
    });
    await at('an expired code', async () => {
      site.clock.turn(601);
      await page.reload();
      site.clock.turn(-601);
    });
    await page.goto('/confirm/');
    await page.fill('#sms_code', message);
    await page.waitForURL('**/account/');
    await at('profile');
    await at('profile with a refused invite code', () => submit(page, '#invite_code', 'nonsense'));
    await at('profile with an error', () => submit(page, '#email', 'nonsense'));
    for (const path of [
      `/i/${code}`,
      '/i/nobody',
      '/account/delete/',
      '/logout/',
      '/problems/wrong_code',
      '/nothing-here',
      '/dev/inbox',
    ]) {
      await atAddress(path);
    }
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(problems, []);
    await context.close();
  });
}

test('everything that can be pressed is at least 24 px in each direction, links within sentences aside', async () => {
  const { page, context } = await openVisitor(browser, site.url, { viewport: { width: 320, height: 800 } });
  const assertLarge = async () => {
    const small =
      await page.evaluate(`[...document.querySelectorAll('button, input:not([type=hidden]), select, summary, li[role]')]
      .map((one) => [one.outerHTML, one.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24)).map(([html]) => html)`);
    assert.deepEqual(small, [], page.url());
  };
  await page.goto('/');
  await page.click('#country');
  await page.waitForSelector('#countries li');
  await assertLarge();
  await page.fill('#phone_number', anyNumber());
  await page.press('#phone_number', 'Enter');
  await page.waitForURL('**/confirm/');
  await page.click('.help summary');
  await assertLarge();
  await giveSession(site, context);
  await page.goto('/account/');
  await assertLarge();
  await context.close();
});

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
  await page.addInitScript(`
    window.shift = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shift += one.value; })
      .observe({ type: 'layout-shift', buffered: true });`);
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
