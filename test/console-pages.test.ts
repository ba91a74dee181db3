import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { openBrowser, openVisitor } from './support/browser.ts';
import { enterAs, fillMessages, openConsoleSite } from './support/console-site.ts';
import { casesOf } from './support/depth.ts';
import { oidc } from './support/oidc-client.ts';

const browser = await openBrowser();
const site = await openConsoleSite({ oidc });
await fillMessages(site);
const [row] = await site.sql<{ phone_number: string }[]>`select phone_number from delivery limit 1`;
const number = row?.phone_number ?? '';
await site.signIn(number);
await site.sql`insert into webhook_endpoint (id, url, description, events, with_numbers, secret, last_seq, created_at)
  values ('0a', 'https://hooks.example.com', '', '{user.created}', false, '\\x00', 1, now())`;
await site.sql`insert into webhook_delivery (endpoint_id, seq, event_id, type, at, data, state)
  values ('0a', 1, 'evt_1', 'user.created', now(), '{"user_id":"1"}', 'delivered')`;
await site.sql`update account set email = 'ann.long.name@mail.example.com', email_key = 'ann' where phone_number = ${number}`;
await site.sql`update invite set invited_count = 3`;
await site.sql`insert into block (key, value, id, kind, reason, created_at, created_by)
  values ('network:203.0.113.0', '203.0.113.0/24', gen_random_uuid(), 'network', 'fraud by ann@example.com', now(),
    'operator:00000000-0000-4000-8000-000000000007')`;
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Pictures of each page, for a person to look at, if this names a folder. */
const pictures = process.env.TEST_PICTURES;

const looks = casesOf(
  [
    ['ru-RU', 'dark', 390],
    ['en-GB', 'light', 1280],
    ['ru-RU', 'light', 390],
    ['en-GB', 'dark', 1280],
  ] as const,
  1,
);

const paths = [
  '/',
  '/sign-in/',
  '/today/',
  '/messages/',
  '/people/',
  '/invites/',
  '/blocks/',
  '/webhooks/',
  '/webhooks/events/?id=0a',
  '/transfer/',
  '/clients/',
  '/keys/',
  '/operators/',
  '/audit/',
  '/settings/',
];

/** Fails where axe finds anything, or where the page is wider than the screen. */
async function assertAccessible(page: Page, what: string): Promise<void> {
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

/** Values as console tables have them, and the pages that must show one. */
const values =
  /\+\d{1,3} •+ \d\d|[\w.]+@[\w.]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|evt_\d+|\d+\.\d+\.\d+\.[\dx]+/;
const pagesWithValues = [
  '/messages/',
  '/people/',
  '/invites/',
  '/blocks/',
  '/operators/',
  '/audit/',
  '/webhooks/events/?id=0a',
];

/** Fails where a number, an e-mail address, an id, a client network or a time is broken over two lines of a table. */
async function assertWhole(page: Page, path: string): Promise<void> {
  const { broken, count } = await page.evaluate<{ broken: string[]; count: number }>(`(() => {
    const broken = [];
    let count = 0;
    for (const cell of document.querySelectorAll('main td, main tbody th')) {
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const { data, parentElement } = texts.currentNode;
        if (parentElement.closest('.sr, option, label')) continue;
        for (const { 0: value, index } of parentElement.closest('time') ? [{ 0: data, index: 0 }] : data.matchAll(${values}g)) {
          const range = document.createRange();
          range.setStart(texts.currentNode, index);
          range.setEnd(texts.currentNode, index + value.length);
          count += 1;
          if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(value);
        }
      }
    }
    return { broken, count };
  })()`);
  assert.deepEqual(broken, [], path);
  if (pagesWithValues.includes(path)) assert.ok(count > 0, `${path} shows values`);
}

for (const [locale, colorScheme, width] of looks) {
  const name = `${locale.slice(0, 2)}, ${colorScheme}, ${width} px`;
  test(`axe finds nothing on any page of the console, and no page is too wide: ${name}`, async () => {
    const viewport = { width, height: 800 };
    const { page, context, elsewhere, problems } = await openVisitor(browser, site.url, {
      locale,
      colorScheme,
      viewport,
    });
    await enterAs(site, context, 'owner');
    for (const path of paths) {
      await page.goto(`/console${path}`);
      if (pictures) {
        mkdirSync(pictures, { recursive: true });
        const file = `${path.replaceAll(/\W/g, '')}-${width}-${colorScheme}.png`;
        await page.screenshot({ path: `${pictures}/${file}`, fullPage: true });
      }
      await assertAccessible(page, `${path}, ${name}`);
      await assertWhole(page, path);
    }
    await page.goto('/console/');
    await page.fill('#text', number);
    await page.fill('#reason', 'no code arrives');
    await page.click('main form button');
    await page.waitForSelector('#why-title');
    if (pictures) await page.screenshot({ path: `${pictures}/story-${width}-${colorScheme}.png`, fullPage: true });
    await assertAccessible(page, `the story of a number, ${name}`);
    await site.sql`update operator_session set fresh_until = now() + interval '1 day'`;
    await page.goto('/console/clients/');
    await page.fill('#client_id', 'kiosk');
    await page.fill('#redirect_uris', 'http://kiosk.example/');
    await page.click('main form:has(#client_id) button');
    await page.waitForSelector('.summary');
    if (pictures) await page.screenshot({ path: `${pictures}/app-${width}-${colorScheme}.png`, fullPage: true });
    await assertAccessible(page, `a form of an app that is wrong, ${name}`);
    await page.goto('/console/transfer/');
    if (pictures) await page.screenshot({ path: `${pictures}/upload-${width}-${colorScheme}.png`, fullPage: true });
    await assertAccessible(page, `the form for a file, ${name}`);
    const file = Buffer.from('{"phone_number":"none"}\n{"phone_number":"+79161234567","email":"no"}\n');
    await page.setInputFiles('#file', { name: 'people.ndjson', mimeType: 'text/plain', buffer: file });
    await page.click('main form button');
    await page.waitForSelector('#totals-title');
    if (pictures) await page.screenshot({ path: `${pictures}/tried-${width}-${colorScheme}.png`, fullPage: true });
    await assertAccessible(page, `a dry run, ${name}`);
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(problems, []);
    await context.close();
  });
}
