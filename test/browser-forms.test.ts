import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Sent } from '../src/sms/provider.ts';
import { giveSession, openBrowser, openSite, openVisitor } from './support/browser.ts';
import { deepTest, testOf } from './support/depth.ts';
import { anyNumber } from './support/harness.ts';
import { testProvider } from './support/test-deliveries.ts';

const browser = await openBrowser();
const site = await openSite();

async function askedFor(page: Page, number = anyNumber()): Promise<string> {
  await page.goto('/');
  await page.fill('#phone_number', number);
  await page.press('#phone_number', 'Enter');
  await page.waitForURL('**/confirm/');
  return number;
}

const focused = (page: Page) =>
  page.evaluate(
    `(({ id, selectionStart, selectionEnd }) => [id, selectionStart, selectionEnd])(document.activeElement)`,
  );

deepTest('a form works again after the browser’s Stop button, and a double click sends it once', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  let posts = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST') posts += 1;
  });
  await page.goto('/');
  await page.fill('#phone_number', anyNumber());
  const devtools = await context.newCDPSession(page);
  // what a person does cannot wait for a navigation, as the calls of the page do
  const press = () =>
    devtools.send('Runtime.evaluate', { expression: `document.querySelector('main form button').click()` });
  await site.sql.begin(async (sql) => {
    await sql`lock table challenge`;
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await press();
    await sent;
    await press();
    assert.equal(posts, 1);
    await devtools.send('Page.stopLoading');
    const again = page.waitForRequest((request) => request.method() === 'POST');
    await press();
    await again;
    // a browser may send it once more by itself, on a busy machine: when the connection of the first one closes
    assert.ok(posts >= 2, `${posts} were sent`);
  });
  await page.waitForURL('**/confirm/');
  await context.close();
});

test('after a wrong code the focus is in the field, and its digits are selected', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  await askedFor(page);
  const right = /#(\d{6})/.exec((await page.textContent('.bubble'))!)![1]!;
  await page.fill('#sms_code', right === '000000' ? '000001' : '000000');
  await page.press('#sms_code', 'Enter');
  await page.waitForSelector('.summary');
  assert.match(await page.title(), /^Ошибка:/);
  assert.deepEqual(await focused(page), ['sms_code', 0, 6]);
  await page.keyboard.type(right);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/success/');
  await context.close();
});

test('the field takes as many digits as a code can have, and a pasted message whole', async () => {
  const { page, context } = await openVisitor(browser, site.url, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await askedFor(page);
  await page.click('#sms_code');
  await page.keyboard.type('1234567890');
  assert.equal(await page.inputValue('#sms_code'), '12345678');
  await page.fill('#sms_code', '');
  await page.keyboard.type('12 34-56 78 90');
  assert.equal((await page.inputValue('#sms_code')).replace(/\D/g, ''), '12345678');
  const message = (await page.textContent('.bubble'))!;
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(message)})`);
  await page.fill('#sms_code', '');
  await page.press('#sms_code', 'Control+V');
  assert.equal(await page.inputValue('#sms_code'), /#(\d{6})/.exec(message)![1]);
  await context.close();
});

test('a code that expires while its page is open leaves the button that asks for a new one', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  await page.clock.install();
  await askedFor(page);
  await page.clock.fastForward(601_000);
  await page.waitForSelector('#sms_code', { state: 'hidden' });
  assert.match((await page.textContent('#resend'))!, /Код больше не.действует/);
  assert.equal(await page.isEnabled('#resend button'), true);
  await context.close();
});

for (const javaScriptEnabled of [true, false]) {
  const mode = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  deepTest(`changing the number keeps the number that was typed, ${mode}`, async () => {
    const { page, context } = await openVisitor(browser, site.url, { javaScriptEnabled });
    const number = await askedFor(page);
    await page.getByRole('button', { name: 'Изменить номер' }).click();
    await page.waitForSelector('#phone_number');
    assert.equal((await page.inputValue('#phone_number')).replace(/[^\d+]/g, ''), number);
    await context.close();
  });

  testOf(!javaScriptEnabled)(`a long list of the invited grows, or has a way back, ${mode}`, async () => {
    const { page, context } = await openVisitor(browser, site.url, { javaScriptEnabled });
    await giveSession(site, context);
    await page.goto('/success/');
    await inviteMany((await page.textContent('.ticket-code .code'))!.trim(), 230);
    await page.goto('/success/');
    const shown = () => page.locator('#invited-list li').allTextContents();
    const first = await shown();
    assert.equal(first.length, 100);
    const more = page.getByRole('link', { name: 'Показать ещё' });
    await more.click();
    if (javaScriptEnabled) {
      await page.waitForFunction(() => document.querySelectorAll('#invited-list li').length === 200);
      assert.deepEqual((await shown()).slice(0, 100), first, 'what was shown stays');
      await more.click();
      await page.waitForFunction(() => document.querySelectorAll('#invited-list li').length === 230);
      assert.equal(await more.count(), 0);
      assert.equal(new Set(await shown()).size, 230, 'everybody, once');
    } else {
      await page.waitForURL('**/success/?cursor=*');
      const second = await shown();
      assert.equal(new Set([...first, ...second]).size, 200);
      await more.click();
      await page.waitForFunction(`document.querySelectorAll('#invited-list li').length === 30`).catch(() => undefined);
      assert.equal(new Set([...first, ...second, ...(await shown())]).size, 230);
      await page.getByRole('link', { name: 'К началу списка' }).click();
      await page.waitForURL('**/success/*');
      assert.deepEqual(await shown(), first);
    }
    await context.close();
  });
}

test('the page hears that a message was sent or was not, without being opened again', async () => {
  let answer: (sent: Sent) => void = () => {};
  const provider = testProvider('slow', () => new Promise<Sent>((resolve) => (answer = resolve)));
  const slow = await openSite({ databaseUrl: site.databaseUrl, sending: { providers: [provider] } });
  for (const [sent, said] of [
    [{ ok: true, reference: 'r' }, /Отправили на/],
    [{ ok: false, error: 'rejected', reason: 'no such number' }, /Не.удалось отправить на/],
  ] as const) {
    const { page, context } = await openVisitor(browser, slow.url);
    await askedFor(page);
    assert.match((await page.textContent('.stub'))!, /Отправляем на/);
    await page.fill('#sms_code', '12');
    answer(sent);
    await page.waitForFunction(() => !document.querySelector('.stub')?.textContent?.includes('Отправляем'));
    assert.match((await page.textContent('.stub'))!, said);
    assert.equal(await page.inputValue('#sms_code'), '12', 'what is being typed stays');
    if (!sent.ok) await page.waitForSelector('#resend button:enabled');
    else assert.equal(await page.isEnabled('#resend button'), false);
    await context.close();
  }
});

/** Signs so many people up with a code, by the database alone. */
async function inviteMany(code: string, count: number): Promise<void> {
  const { sql } = site;
  const first = Math.floor(Math.random() * 8e6) + 1e6;
  await sql`with one as (
      insert into invite (account_id, code, inviter_id, redeemed_at)
      select gen_random_uuid(), code, (select account_id from invite where code = ${code}), now() - n * interval '1 second'
      from (select n, (select string_agg(substr('23456789BCDFGHJKMNPQRSTVWXZ', 1 + floor(random() * 27)::int, 1), '')
        from generate_series(1, 6) where n > 0) as code from generate_series(1, ${count}::int) n) made
      returning account_id)
    insert into account (id, phone_number, created_at)
    select account_id, '+7916' || (${first}::int + row_number() over ()), now() from one`;
  await sql`update invite set invited_count = ${count} where code = ${code}`;
}
