import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openBrowser, openSite, openVisitor } from './support/browser.ts';
import { casesOf } from './support/depth.ts';

const browser = await openBrowser();
const site = await openSite();

const country = (page: Page) => page.inputValue('#country');
const number = (page: Page) => page.inputValue('#phone_number');
/** Waits until a field has a text: as a function, since the policy of the page lets no text become a program. */
async function shows(page: Page, field: string, text: string): Promise<void> {
  await page.waitForFunction(
    ([name = '', value]) => document.querySelector<HTMLInputElement>(name)?.value === value,
    [field, text],
  );
}
const showsCountry = (page: Page, text: string) => shows(page, '#country', text);

test('the country is found by its name, its English name or its calling code, with the keyboard alone', async () => {
  const { page, context, problems } = await openVisitor(browser, site.url);
  await page.goto('/');
  assert.equal(
    await page.evaluate('document.activeElement.id'),
    'phone_number',
    'on a desktop it can be typed at once',
  );
  await page.keyboard.press('Shift+Tab');
  for (const [typed, code, found] of [
    ['герм', 'DE', 'Германия +49'],
    ['kazak', 'KZ', 'Казахстан +7'],
    ['+995', 'GE', 'Грузия +995'],
  ] as const) {
    await page.keyboard.type(typed);
    await page.waitForSelector(`#country-${code}[aria-selected=true]`);
    assert.equal(await page.getAttribute('#country', 'aria-activedescendant'), `country-${code}`);
    await page.keyboard.press('Enter');
    assert.equal(await country(page), found);
    assert.equal(await page.isVisible('#countries'), false);
  }
  await page.keyboard.type('грец');
  await page.keyboard.press('Enter');
  assert.equal(await country(page), 'Греция +30', 'Enter waits for no drawing');
  await page.keyboard.type('+995');
  await page.keyboard.press('Enter');
  await page.keyboard.type('нет такой');
  await page.waitForSelector('#countries [aria-disabled]');
  await page.keyboard.press('Escape');
  assert.equal(await country(page), 'Грузия +995');
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector('#countries li');
  assert.equal(await page.locator('#countries li').count(), 245);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.type('555123456');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/confirm/');
  assert.equal(site.sent.at(-1)?.to, '+995555123456', 'moving through the list alone chooses nothing');
  assert.deepEqual(problems, []);
  await context.close();
});

test('a list of countries that comes late does not read another number than the one for which it was asked', async () => {
  const { page, context } = await openVisitor(browser, site.url);
  let answer: (() => void) | undefined;
  await page.route('**/countries/*', async (route) => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    await route.continue();
  });
  await page.goto('/');
  const asked = page.waitForRequest('**/countries/*');
  await page.fill('#phone_number', '+49');
  await asked;
  await page.fill('#phone_number', '12');
  const came = page.waitForResponse('**/countries/*');
  answer?.();
  await (await came).finished();
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))');
  assert.equal(await country(page), 'Россия +7');
  await context.close();
});

test('a number is grouped as it is typed, and the caret stays where it is put', async () => {
  const { page, context } = await openVisitor(browser, site.url, { locale: 'en-US' });
  await page.goto('/');
  await page.keyboard.type('917555123');
  assert.equal(await number(page), '917 555 123');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  assert.equal(await number(page), '917 555', 'what is deleted stays deleted');
  await page.keyboard.press('Home');
  await page.keyboard.type('2');
  assert.equal(await number(page), '2917 555', 'in the middle nothing is moved');
  assert.equal(await page.evaluate('document.activeElement.selectionStart'), 1);
  await page.fill('#phone_number', '');
  await page.keyboard.type('447911123456');
  assert.equal(await number(page), '447911123456', 'digits that do not fit stay as they are');
  await context.close();
});

test('an international number that is typed or pasted switches the country, and another country its calling code', async () => {
  const { page, context } = await openVisitor(browser, site.url, { locale: 'en-US' });
  await page.goto('/');
  await page.keyboard.type('+447911');
  await showsCountry(page, 'United Kingdom +44');
  assert.equal(await number(page), '+44 7911');
  await page.keyboard.type('123');
  assert.equal(await number(page), '+44 7911 123');
  for (const [pasted, shown, text] of [
    ['+7 701 123 45 67', 'Kazakhstan +7', '+7 701 123 4567'],
    ['+7 (916) 123-45-67', 'Russia +7', '+7 916 123 45 67'],
    ['0049 1512 3456789', 'Germany +49', '0049 1512 3456789'],
  ] as const) {
    await page.fill('#phone_number', '');
    await page.keyboard.insertText(pasted);
    await showsCountry(page, shown);
    await shows(page, '#phone_number', text);
  }
  await page.fill('#phone_number', '');
  await page.keyboard.type('+491512');
  await page.click('#country');
  await page.keyboard.type('France');
  await page.waitForSelector('#country-FR[aria-selected]');
  await page.keyboard.press('Enter');
  assert.equal((await number(page)).replaceAll(' ', ''), '+331512');
  await context.close();
});

test('a number shows its own country while it is typed, even if several share the calling code', async () => {
  const { page, context, problems } = await openVisitor(browser, site.url, { locale: 'en-US' });
  await page.goto('/');
  for (const [typed, shown, text] of [
    ['4165550123', 'Canada +1', '416 555 0123'],
    ['9175550123', 'United States +1', '917 555 0123'],
    ['+18762101234', 'Jamaica +1', '+1 876 210 1234'],
    ['14165550123', 'Canada +1', '14165550123'],
    ['+447781123456', 'Guernsey +44', '+44 7781 123456'],
    ['07400123456', 'United Kingdom +44', '07400 123456'],
    ['+79161234567', 'Russia +7', '+7 916 123 45 67'],
    ['87011234567', 'Kazakhstan +7', '8 (701) 123 4567'],
    ['79161234567', 'Russia +7', '79161234567'],
  ] as const) {
    await page.fill('#phone_number', '');
    await page.keyboard.type(typed);
    await showsCountry(page, shown);
    await shows(page, '#phone_number', text);
  }
  // a country that was chosen stays as long as the number can be one of it
  await page.fill('#phone_number', '');
  await page.click('#country');
  await page.keyboard.type('Canada');
  await page.waitForSelector('#country-CA[aria-selected]');
  await page.keyboard.press('Enter');
  await page.focus('#phone_number');
  await page.keyboard.type('90');
  await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
  assert.equal(await country(page), 'Canada +1');
  await page.keyboard.type('9');
  await showsCountry(page, 'United States +1');
  assert.deepEqual(problems, []);
  await context.close();
});

const screens = casesOf(
  [
    [320, 568],
    [568, 320],
    [844, 390],
    [375, 553],
  ] as const,
  2,
);

for (const [width, height] of screens) {
  test(`the button is above the fold on both pages at ${width}×${height}`, async () => {
    const { page, context } = await openVisitor(browser, site.url, { viewport: { width, height } });
    const assertAbove = async () => {
      const box = (await page.locator('main form:not(.links) button.button').first().boundingBox())!;
      assert.ok(box.y + box.height <= height, `${page.url()}: ${box.y + box.height} of ${height}`);
      assert.equal(await page.evaluate('scrollY'), 0);
    };
    await page.goto('/');
    await assertAbove();
    await page.fill('#phone_number', `+7915${String(width * 1000 + height).padStart(7, '0')}`);
    await page.press('#phone_number', 'Enter');
    await page.waitForURL('**/confirm/');
    await assertAbove();
    await page.fill('#sms_code', '0000');
    await page.press('#sms_code', 'Enter');
    await page.waitForSelector('[aria-invalid=true]');
    await assertAbove();
    await context.close();
  });
}
