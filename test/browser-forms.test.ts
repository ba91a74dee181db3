import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Sent } from '../src/sms/provider.ts';
import { insertingAccounts } from './support/accounts.ts';
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

test('the last digit submits the code, and after a wrong one the field keeps its focus and place, with its digits selected', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  await askedFor(page);
  const right = /#(\d{6})/.exec((await page.textContent('.bubble'))!)![1]!;
  const place = () => page.locator('#sms_code').boundingBox();
  const before = await place();
  await page.evaluate('window.isSamePage = true');
  await page.keyboard.type(right === '000000' ? '000001' : '000000');
  await page.waitForSelector('#sms_code[aria-invalid=true]');
  assert.deepEqual(await focused(page), ['sms_code', 0, 6]);
  assert.deepEqual(await place(), before, 'the field does not move');
  assert.equal(await page.evaluate('window.isSamePage'), true, 'the keyboard of a phone stays');
  assert.equal(await page.getAttribute('#sms_code-error', 'aria-live'), 'polite');
  assert.match((await page.textContent('#sms_code-error'))!, /^[^.]*Код [^.]*\./);
  let guesses = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/confirm/')) guesses += 1;
  });
  await page.keyboard.press('Enter');
  assert.equal(await page.getAttribute('#sms_code', 'aria-invalid'), 'true', 'the code is still told to be wrong');
  assert.equal(guesses, 0, 'Enter after the last digit, which submitted the code, costs no second guess');
  await page.keyboard.type(right);
  await page.waitForURL('**/account/');
  await context.close();
});

test('the field takes exactly the digits of the code, of any script, and a pasted message whole', async () => {
  const { page, context } = await openVisitor(browser, site.url, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await askedFor(page);
  const right = /#(\d{6})/.exec((await page.textContent('.bubble'))!)![1]!;
  const wrong = right === '123456' ? '123457' : '123456';
  const tried = async () => {
    await page.waitForSelector('#sms_code[aria-invalid=true]');
    const value = await page.inputValue('#sms_code');
    await page.fill('#sms_code', '');
    assert.equal(await page.getAttribute('#sms_code', 'aria-invalid'), null, 'a new code is not wrong yet');
    return value;
  };
  await page.keyboard.type(`${wrong.slice(0, 2)} x${wrong.slice(2, 4)}-${wrong.slice(4)}`);
  assert.equal(await tried(), wrong);
  await page.keyboard.insertText(`${wrong}7890`);
  assert.equal(await tried(), wrong, 'no more than fit');
  const arabic = (digits: string) => digits.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  await page.keyboard.insertText(arabic(wrong));
  assert.equal(await tried(), wrong);
  await page.keyboard.insertText('Ваш заказ 12 345 готов');
  assert.equal(await page.inputValue('#sms_code'), '12345');
  await page.keyboard.press('Enter');
  assert.equal(await page.textContent('#sms_code-error'), 'Введите код целиком.', 'which costs no guess');
  await page.keyboard.insertText(' и 678');
  assert.equal(await page.inputValue('#sms_code'), '123456', 'a text with other words waits for its reader');
  assert.equal(await page.getAttribute('#sms_code', 'aria-invalid'), null);
  const message = (await page.textContent('.bubble'))!;
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(message)})`);
  await page.fill('#sms_code', '');
  await page.press('#sms_code', 'Control+V');
  await page.waitForURL('**/account/');
  await context.close();
});

test('a code that expires while its page is open leaves the button that asks for a new one', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  await page.clock.install();
  await askedFor(page);
  // the browser focuses the field when it has drawn the page
  await page.waitForSelector('#sms_code:focus');
  await page.clock.fastForward(601_000);
  await page.waitForSelector('#sms_code', { state: 'hidden' });
  assert.equal(await page.textContent('h1'), 'Код устарел');
  assert.equal(await page.textContent('.eyebrow'), 'Время вышло');
  assert.equal(await page.title(), 'Код устарел · Vouch');
  assert.match((await page.textContent('.lead'))!, /код больше не.действует/);
  assert.deepEqual(await page.locator('.button:visible').allTextContents(), ['Отправить новый код']);
  assert.equal(await page.isEnabled('#resend button'), true);
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Отправить новый код');
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
    // a zone in which it is another day than in UTC
    const timezoneId = new Date().getUTCHours() >= 10 ? 'Pacific/Kiritimati' : 'Pacific/Niue';
    const { page, context } = await openVisitor(browser, site.url, { javaScriptEnabled, timezoneId });
    await giveSession(site, context);
    await page.goto('/account/');
    await inviteMany((await page.textContent('.ticket-code .code'))!.trim(), 230);
    await page.goto('/account/');
    const shown = () => page.locator('#invited-list li').allTextContents();
    const first = await shown();
    assert.equal(first.length, 10);
    assert.match(first[0] ?? '', /^\+7\s916\s[\d\s]+ \d+\s[а-я]+\.?\s\d{4}\sг\.$/, 'a number and a day');
    const more = page.getByRole('link', { name: 'Показать ещё' });
    await more.click();
    if (javaScriptEnabled) {
      await page.waitForFunction(() => document.querySelectorAll('#invited-list li').length === 110);
      assert.deepEqual((await shown()).slice(0, 10), first, 'what was shown stays');
      for (const count of [210, 230]) {
        await more.click();
        await page.waitForFunction((all) => document.querySelectorAll('#invited-list li').length === all, count);
      }
      assert.equal(await more.count(), 0);
      assert.equal(await page.locator('#invited .links').count(), 0, 'nothing empty stays below the list');
      assert.equal(new Set(await shown()).size, 230, 'everybody, once');
      const inOwnZone = `[...document.querySelectorAll('#invited-list time')].filter((one) => one.textContent ===
        new Intl.DateTimeFormat('ru', JSON.parse(one.dataset.when)).format(new Date(one.dateTime))).length`;
      assert.equal(await page.evaluate(inOwnZone), 230, 'days are of the zone of the reader');
    } else {
      await page.waitForURL('**/account/?cursor=*');
      const second = await shown();
      assert.equal(new Set([...first, ...second]).size, 110);
      const goOn = async () => {
        const before = page.url();
        await more.click();
        await page.waitForURL((url) => url.href !== before);
      };
      await goOn();
      const third = await shown();
      await goOn();
      assert.equal(new Set([...first, ...second, ...third, ...(await shown())]).size, 230);
      await page.getByRole('link', { name: 'К началу списка' }).click();
      await page.waitForURL('**/account/*');
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
    const place = await page.locator('#sms_code').boundingBox();
    answer(sent);
    await page.waitForFunction(() => !document.querySelector('.stub')?.textContent?.includes('Отправляем'));
    assert.match((await page.textContent('.stub'))!, said);
    assert.equal(await page.inputValue('#sms_code'), '12', 'what is being typed stays');
    assert.deepEqual(await page.locator('#sms_code').boundingBox(), place, 'where it is being typed');
    if (!sent.ok) {
      await page.waitForSelector('#resend button:enabled');
      assert.match((await page.textContent('#resend .notice'))!, /Проверьте номер/);
    } else assert.equal(await page.isEnabled('#resend button'), false);
    await context.close();
  }
});

/** Signs so many people up with a code, by the database alone. */
async function inviteMany(code: string, count: number): Promise<void> {
  const { sql } = site;
  const first = Math.floor(Math.random() * 8e6) + 1e6;
  await sql.unsafe(
    insertingAccounts(
      `select gen_random_uuid() as id, '+7916' || (${first} + n) as phone_number, now() - n * interval '1 second' as created_at,
        (select string_agg(substr('23456789BCDFGHJKMNPQRSTVWXZ', 1 + floor(random() * 27)::int, 1), '')
          from generate_series(1, 6) where n > 0) as code
        from generate_series(1, ${count}) n`,
      `'${code}'`,
    ),
  );
}
