import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openBrowser, openSite, openVisitor } from './support/browser.ts';
import { casesOf } from './support/depth.ts';
import { anyNumber } from './support/harness.ts';

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
  for (const text of ['917-555-1234', '917.555.1234', '917 5551234', '(917) 5551234', '+1 (917) 555-12 34']) {
    await page.fill('#phone_number', '');
    await page.keyboard.type(text);
    assert.equal(await number(page), text, 'groups of a person stay');
  }
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
    ['+77011234567', 'Kazakhstan +7', '+7 701 123 4567'],
    ['+7 701 123 45 67', 'Kazakhstan +7', '+7 701 123 45 67'],
    ['+7 (916) 123-45-67', 'Russia +7', '+7 (916) 123-45-67'],
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
    [320, 568, 'ru'],
    [568, 320, 'de'],
    [844, 390, 'en'],
    [375, 553, 'kk'],
    [320, 568, 'de'],
    [320, 568, 'en'],
    [320, 568, 'es'],
    [320, 568, 'tr'],
    [320, 568, 'kk'],
    [568, 320, 'kk'],
    [844, 390, 'es'],
  ] as const,
  2,
);

for (const [width, height, locale] of screens) {
  test(`the button is above the fold on both pages at ${width}×${height}, ${locale}`, async () => {
    const { page, context } = await openVisitor(browser, site.url, { locale, viewport: { width, height } });
    const assertAbove = async () => {
      const box = (await page.locator('main form:not(.links) button.button').first().boundingBox())!;
      assert.ok(box.y + box.height <= height, `${page.url()}: ${box.y + box.height} of ${height}`);
      assert.equal(await page.evaluate('scrollY'), 0);
    };
    await page.goto('/');
    await assertAbove();
    await page.fill('#phone_number', anyNumber());
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

for (const locale of casesOf(['de', 'en', 'ru', 'es', 'tr', 'kk'], 1)) {
  test(`the golden part takes less than three tenths of the screen of a phone, on both pages: ${locale}`, async () => {
    const { page, context } = await openVisitor(browser, site.url, { locale, viewport: { width: 390, height: 844 } });
    const assertSmall = async () => {
      const { height } = (await page.locator('.stub').boundingBox())!;
      assert.ok(height < 844 * 0.3, `${page.url()}: ${height} px`);
    };
    await page.goto('/');
    await assertSmall();
    await page.fill('#phone_number', anyNumber());
    await page.press('#phone_number', 'Enter');
    await page.waitForURL('**/confirm/');
    await assertSmall();
    await context.close();
  });
}

/** The sum of red, green and blue in the darkest pixel of a part of the screen. */
async function darkest(page: Page, clip: { x: number; y: number; width: number; height: number }): Promise<number> {
  const picture = (await page.screenshot({ clip })).toString('base64');
  // not on the page itself: its policy loads no such picture
  const easel = await page.context().newPage();
  const sum = await easel.evaluate(async (url) => {
    const image = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    return Math.min(...Array.from(data).flatMap((_, at) => (at % 4 ? [] : data[at]! + data[at + 1]! + data[at + 2]!)));
  }, `data:image/png;base64,${picture}`);
  await easel.close();
  return sum;
}

test('the shadow of the card follows its notches', async () => {
  for (const [width, height] of [
    [390, 844],
    [1280, 800],
  ] as const) {
    const { page, context } = await openVisitor(browser, site.url, { viewport: { width, height } });
    await page.goto('/');
    const { stub, card } = await page.evaluate(() => {
      const toBox = (name: string) => document.querySelector(name)!.getBoundingClientRect().toJSON();
      return { stub: toBox('.stub'), card: toBox('.pass') };
    });
    const isUpright = stub.width === card.width;
    const notch = isUpright ? { x: stub.left + 2, y: stub.bottom - 2 } : { x: stub.right - 2, y: stub.bottom - 6 };
    const below = { x: card.left + 80, y: card.bottom + 2 };
    const light = 0xf0 + 0xef + 0xea;
    assert.ok((await darkest(page, { ...notch, width: 4, height: 4 })) >= light - 12, 'nearly as light as the page');
    assert.ok((await darkest(page, { ...below, width: 4, height: 4 })) <= light - 24, 'there is a shadow');
    await context.close();
  }
});
