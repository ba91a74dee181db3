import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openBrowser, openVisitor } from './support/browser.ts';
import { isDeep } from './support/depth.ts';
import { anyNumber } from './support/harness.ts';
import { openSites, pageStates } from './support/page-states.ts';

const browser = await openBrowser();
const sites = await openSites();
const site = sites.usual;

/** A node of the accessibility tree, as Playwright has it; a text without further properties is a string. */
interface TreeNode {
  readonly role: string;
  readonly name?: string;
  readonly text?: string;
  readonly disabled?: boolean;
  readonly children?: readonly (TreeNode | string)[];
}

/** The controls of a tree, in its order: a group is a disclosure, which is named by its text. */
function controlsIn(nodes: readonly (TreeNode | string)[] = []): string[] {
  return nodes.flatMap((node) => {
    if (typeof node === 'string') return [];
    const { role, name = '', text, disabled, children = [] } = node;
    if (role === 'group') return [`group ${text ?? textOf(children[0])}`, ...controlsIn(children)];
    const isControl = ['link', 'button', 'textbox', 'combobox'].includes(role) && !disabled;
    return [...(isControl ? [`${role} ${name}`] : []), ...controlsIn(children)];
  });
}

const textOf = (node: TreeNode | string | undefined) => (typeof node === 'string' ? node : (node?.text ?? ''));

interface Focus {
  readonly control: string;
  readonly isVisible: boolean;
}

/**
 * The control that has the focus; undefined if none has. It is visible if it has an outline of 2 px or more (WCAG 2.4.13)
 * and is on the screen with nothing before it (2.4.11).
 */
function focused(page: Page): Promise<Focus | undefined> {
  return page.evaluate(() => {
    const one = document.activeElement as HTMLInputElement | null;
    if (!one || one === document.body) return undefined;
    const role =
      { A: 'link', BUTTON: 'button', SUMMARY: 'group' }[one.tagName] ?? one.getAttribute('role') ?? 'textbox';
    const name =
      one.getAttribute('aria-label') ??
      one.labels?.[0]?.textContent ??
      (one.textContent || one.querySelector('img')?.alt || '');
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const [box] = one.getClientRects();
    const front = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const isVisible = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && one.contains(front ?? null);
    return { control: `${role} ${name.replace(/\s+/g, ' ').trim()}`, isVisible };
  });
}

async function pressTab(page: Page): Promise<Focus | undefined> {
  await page.keyboard.press('Tab');
  const focus = await focused(page);
  assert.ok(focus === undefined || focus.isVisible, `the focus of ${focus?.control} is visible`);
  return focus;
}

/** Moves the focus on by Tab until a control has it. */
async function tabTo(page: Page, control: string): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 80) {
    const focus = await pressTab(page);
    if (focus?.control === control) return;
    passed.push(focus?.control ?? 'nothing');
  }
  assert.fail(`${control} is not reached: ${passed.join(', ')}`);
}

/** These have every kind of control; the deep run takes all states. */
const briefly = ['number, error', 'code, help', 'account, offered invite', 'invite, to accept'];

for (const { name, reach } of pageStates.filter((state) => isDeep || briefly.includes(state.name))) {
  test(`Tab goes through the controls in the order of the accessibility tree, with a visible focus: ${name}`, async () => {
    const { page, context } = await openVisitor(browser, site.url, { locale: 'en-GB' });
    await reach({ sites, page, context, language: 'en' });
    await page.keyboard.press('Escape');
    const expected = controlsIn((await page.locator('body').ariaSnapshotJSON()) as unknown as TreeNode[]);
    await page.focus('.skip');
    const found = [(await focused(page))?.control];
    for (let focus = await pressTab(page); focus && focus.control !== expected[0]; focus = await pressTab(page))
      found.push(focus.control);
    assert.deepEqual(found, expected);
    await context.close();
  });
}

test('a person signs up by an invite, changes the profile, and erases the account, with Tab, Enter and Space alone', async () => {
  const { page, context, problems } = await openVisitor(browser, site.url, { locale: 'ru-RU' });
  const { keyboard } = page;
  const owner = await site.call('GET', '/api/users/me', undefined, {
    authorization: `Token ${await site.signIn(anyNumber())}`,
  });
  await page.goto(`/i/${owner.data.referal_code}`);
  await tabTo(page, 'group Язык: Русский');
  await keyboard.press('Enter');
  await tabTo(page, 'button English');
  await keyboard.press('Space');
  await page.waitForSelector('html[lang=en]');
  const number = anyNumber();
  await tabTo(page, 'textbox Phone number');
  await keyboard.type(number);
  await tabTo(page, 'button Text me a code');
  await keyboard.press('Space');
  await page.waitForURL('**/confirm/');

  await page.waitForSelector('#sms_code:focus');
  await keyboard.type(site.codeFor(number) === '000000' ? '000001' : '000000');
  await page.waitForSelector('#sms_code[aria-invalid=true]:focus');
  await tabTo(page, 'group No code?');
  await keyboard.press('Space');
  await tabTo(page, 'button Change number');
  await keyboard.press('Enter');
  await page.waitForSelector('#phone_number');
  await page.goto('/confirm/');
  await page.waitForSelector('#sms_code:focus');
  await keyboard.type(site.codeFor(number));
  await page.waitForURL('**/account/');

  await tabTo(page, 'button Copy');
  await keyboard.press('Space');
  await page.waitForFunction(() => document.querySelector('#copied')?.textContent !== '');
  await tabTo(page, 'link Profile');
  await keyboard.press('Enter');
  await tabTo(page, 'textbox First name');
  await keyboard.type('Ada');
  await tabTo(page, 'button Save');
  await keyboard.press('Space');
  await page.waitForSelector('main > .notice');
  await tabTo(page, 'link Delete account');
  await keyboard.press('Enter');
  await page.waitForURL('**/account/delete/');
  await tabTo(page, 'button Delete for good');
  await keyboard.press('Space');
  await page.waitForURL((url) => url.pathname === '/');
  assert.match((await page.textContent('.notice')) ?? '', /account is deleted/);
  assert.deepEqual(problems, []);
  await context.close();
});

test('a known person signs in with Enter, follows the skip link, and signs out, with the keyboard alone', async () => {
  const { page, context } = await openVisitor(browser, site.url, { locale: 'en-GB' });
  const { keyboard } = page;
  const number = anyNumber();
  await site.signIn(number);
  site.clock.turn(31);
  await page.goto('/');
  await page.waitForSelector('#phone_number:focus');
  await keyboard.type(number);
  await keyboard.press('Enter');
  await page.waitForURL('**/confirm/');
  await page.waitForSelector('#sms_code:focus');
  await keyboard.type(site.codeFor(number));
  await page.waitForURL('**/account/');
  await tabTo(page, 'link Skip to content');
  await keyboard.press('Enter');
  assert.match((await pressTab(page))?.control ?? '', /^link Your link/, 'the first control of the content');
  await tabTo(page, 'button Sign out on this device');
  await keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/');
  assert.match((await page.textContent('.notice')) ?? '', /signed out/);
  await context.close();
});
