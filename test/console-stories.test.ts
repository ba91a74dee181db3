import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { openBrowser, openVisitor } from './support/browser.ts';
import { goStale } from './support/console-client.ts';
import { enterAs, fillMessages, openConsoleSite } from './support/console-site.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber, type TestApp } from './support/harness.ts';

const browser = await openBrowser();
const site = await openConsoleSite();
await fillMessages(site);
/** Pictures of each story, for a person to look at, if this names a folder. */
const pictures = process.env.TEST_PICTURES;

interface Walk {
  readonly page: Page;
  /** Finds a number with a reason, as support does. */
  look(number: string, reason: string): Promise<string>;
  /** Enters the fresh code, if the page asks for one, and does the act that waited. */
  confirm(send?: string): Promise<void>;
  text(): Promise<string>;
}

/** Walks a story as an owner, within the minute that a user waits on the telephone. */
function story(name: string, walk: (walk: Walk) => Promise<void>): void {
  deepTest(`a support story in the console: ${name}`, async () => {
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [390, 'dark'],
    ] as const) {
      const viewport = { width, height: 900 };
      const { page, context, problems, elsewhere } = await openVisitor(browser, site.url, {
        locale: 'en-GB',
        viewport,
        colorScheme,
      });
      const operator = await enterAs(site, context, 'owner');
      await goStale(site);
      await page.goto('/console/');
      await walk(walkOf(page, operator.phoneNumber));
      if (pictures) {
        mkdirSync(pictures, { recursive: true });
        const file = `story-${name.replaceAll(/\W+/g, '-')}-${width}.png`;
        await page.screenshot({ path: `${pictures}/${file}`, fullPage: true });
      }
      assert.deepEqual([problems, elsewhere], [[], []]);
      await context.close();
    }
  });
}

function walkOf(page: Page, ownNumber: string): Walk {
  const text = async () => (await page.textContent('main')) ?? '';
  const confirm = async (send = 'main .links button') => {
    if (!/fresh code/.test(await text())) return;
    site.clock.turn(121);
    await page.click(send);
    await page.fill('#sms_code', site.codeFor(ownNumber));
    await page.click('main form button');
    await page.click('main .danger');
    await page.waitForLoadState();
  };
  return {
    page,
    text,
    async look(number, reason) {
      await page.goto('/console/');
      await page.fill('#text', number);
      await page.fill('#reason', reason);
      await page.click('main form button');
      await page.waitForLoadState();
      await confirm();
      await page.waitForSelector('#why-title');
      return text();
    },
    confirm,
  };
}

async function person(app: TestApp): Promise<string> {
  const number = anyNumber();
  await app.signIn(number);
  return number;
}

/** Opens an act of the story page and submits its form. */
async function act(page: Page, title: string): Promise<void> {
  await page.click(`summary:text-is("${title}")`);
  await page.click(`details[open] button:text-is("${title}")`);
  await page.waitForLoadState();
}

story('I get no code', async ({ look }) => {
  const number = anyNumber();
  for (let n = 0; n < 3; n += 1) await site.call('POST', '/api/request-sms/', { phone_number: number });
  const text = await look(`8 (${number.slice(2, 5)}) ${number.slice(5)}`, 'asked by the person: no code arrives');
  assert.match(text, /Refused within the last hour: the pause after the last message was not over\./);
  assert.match(text, /accepted the last message \([^)]+Z\) and has reported no delivery/);
});

story('my number was taken over', async ({ page, look, text }) => {
  const number = await person(site);
  assert.match(await look(number, 'asked by the person: number taken over'), /lightMyRequest/);
  await act(page, 'End all sessions');
  assert.match(await text(), /Done, and recorded/);
  await page.click('main form button');
  await page.waitForSelector('#why-title');
  assert.match(await text(), /DevicesNothing here/);
});

story('delete everything about me', async ({ page, look, confirm, text }) => {
  const number = await person(site);
  await look(number, 'asked by the person: delete my data');
  await act(page, 'Erase the person');
  await page.click('main .danger');
  await confirm();
  assert.match(await text(), /The person is erased[\s\S]*What stays, and until when/);
});

story('why was I billed so much in Kazakhstan', async ({ page, text }) => {
  await page.click('nav a:text-is("Today")');
  assert.match(await text(), /Kazakhstan\d+/);
  await page.click('nav a:text-is("Messages")');
  await page.fill('#country', 'KZ');
  await page.selectOption('#days', '30');
  await page.click('main form button');
  await page.waitForLoadState();
  const rows = await page.locator('tbody tr').allTextContents();
  assert.ok(rows.length > 10 && rows.every((row) => row.includes('Kazakhstan')));
});

story('a bot signs up', async ({ page, text }) => {
  await page.click('nav a:text-is("Blocks")');
  await page.selectOption('#kind', 'network');
  await page.fill('#value', '203.0.113.0/24');
  await page.selectOption('#days', '7');
  await page.fill('#reason', 'a bot signs up');
  await page.click('main .danger');
  await page.waitForSelector('.notice');
  assert.match(await text(), /203\.0\.113\.0\/24/);
});

story('it says that my number is locked', async ({ page, look, text }) => {
  const number = await person(site);
  await site.sql`update number_limit set failures = 100 where phone_number = ${number}`;
  await look(number, 'asked by the person: no code arrives');
  await act(page, 'Let it try now');
  assert.match(await text(), /Done, and recorded/);
  const [row] = await site.sql`select failures from number_limit where phone_number = ${number}`;
  assert.ok(row === undefined || row.failures === 0);
});

story('I lost my phone', async ({ page, look, text }) => {
  const number = await person(site);
  await look(number, 'asked by the person: number taken over');
  await act(page, 'End all sessions');
  assert.match(await text(), /Done, and recorded/);
  const [row] = await site.sql`select count(*)::int as n from session s join number_account a using (account_id)
    where a.phone_number = ${number}`;
  assert.equal(row?.n, 0);
});

story('give me all my data', async ({ page, look, confirm, text }) => {
  const number = await person(site);
  await look(number, 'asked by the person');
  await goStale(site);
  await act(page, 'Export the data');
  const [download] = await Promise.all([page.waitForEvent('download'), confirm()]);
  assert.match(download.suggestedFilename(), /^person-[0-9a-f-]+\.json$/);
  const data = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.deepEqual([data.profile.phone_number, data.messages.length], [number, 1]);
  assert.match(await text(), /It will be in your downloads/);
});

story('my invite code is all over the internet', async ({ page, look, text }) => {
  const number = await person(site);
  const [row] = await site.sql`update invite i set invited_count = 5000 from number_account n
    where n.account_id = i.account_id and n.phone_number = ${number} returning i.code`;
  assert.match(await look(number, 'asked by the person: my code is public'), new RegExp(`Invite code${row?.code}`));
  await page.click('nav a:text-is("Invites")');
  await page.click(`button:has-text("Close the code ${row?.code}")`);
  await page.fill('#reason', 'asked by the person');
  await page.click('main .danger');
  await page.waitForSelector('.notice');
  assert.match(await text(), new RegExp(`The invite code is closed[\\s\\S]*${row?.code} \\(closed\\)`));
  const refused = await site.call('GET', `/api/invites/${row?.code}`);
  assert.equal(refused.statusCode, 404);
});

story('codes arrive late today', async ({ page, text }) => {
  await page.click('nav a:text-is("Today")');
  await page.click('summary');
  assert.match(await text(), /Providers in trouble/);
  await page.click('nav a:text-is("Messages")');
  await page.selectOption('#state', 'failed');
  await page.click('main form button');
  await page.waitForLoadState();
  assert.match(await text(), /subscriber is absent/);
});

story('a colleague joins', async ({ page, confirm, text }) => {
  const number = await person(site);
  await page.click('nav a:text-is("Operators")');
  await page.fill('#phone_number', number);
  await page.click('section.sheet form button');
  await confirm();
  assert.match(await text(), /The operator is added/);
});

story('we move from Firebase', async ({ page, confirm, text }) => {
  const number = anyNumber();
  const users = [
    { localId: `f${number}`, phoneNumber: number, displayName: 'Ann', createdAt: '1700000000000' },
    { localId: 'f2', email: 'nobody@example.org' },
  ];
  await page.click('nav a:text-is("Import and export")');
  await confirm('main form button');
  await page.setInputFiles('#file', {
    name: 'firebase.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ users })),
  });
  await page.selectOption('#format', 'firebase');
  await page.click('main form button');
  await page.waitForSelector('#totals-title');
  assert.match(await text(), /nothing was changed[\s\S]*New people1[\s\S]*Refused1[\s\S]*has no number/);
  await page.click('main form button');
  await page.waitForSelector('.notice');
  assert.match(await text(), /Imported, and recorded in the audit trail/);
  await page.click('nav a:text-is("People")');
  assert.match(await text(), /Ann[\s\S]*imported, has not signed in yet/);
});
