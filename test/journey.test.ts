import assert from 'node:assert/strict';
import { test } from 'node:test';
import { giveSession, openBrowser, openSite, openVisitor, signInByPage } from './support/browser.ts';
import { deepTest } from './support/depth.ts';
import { anyNumber } from './support/harness.ts';

const browser = await openBrowser();
const site = await openSite();

for (const javaScriptEnabled of [true, false]) {
  const mode = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';

  test(`a person signs in, edits, invites, redeems and leaves ${mode}`, async () => {
    const owner = await openVisitor(browser, site.url, { javaScriptEnabled });
    // with JavaScript the guest is enough, and the walk over http at an address of the network
    if (javaScriptEnabled) {
      await giveSession(site, owner.context);
      await owner.page.goto('/account/');
    } else await signInByPage(owner.page, anyNumber());
    const code = (await owner.page.textContent('.ticket-code .code'))!.trim();
    assert.match(code, /^[23456789BCDFGHJKMNPQRSTVWXZ]{6}$/);

    const username = `Жан-Поль +${anyNumber()}`;
    await owner.page.fill('#username', username);
    await owner.page.fill('#email', 'not an address');
    await owner.page.press('#email', 'Enter');
    assert.match(await owner.page.title(), /^Ошибка:/);
    assert.equal(await owner.page.inputValue('#username'), username, 'what was typed is kept');
    await owner.page.fill('#email', `jean@${mode.replaceAll(' ', '-')}.example`);
    await owner.page.press('#email', 'Enter');
    await owner.page.waitForSelector('.notice');
    assert.equal(await owner.page.inputValue('#email'), `jean@${mode.replaceAll(' ', '-')}.example`);

    const number = anyNumber();
    const guest = await openVisitor(browser, site.url, { javaScriptEnabled });
    await guest.page.goto(`/i/${code}`);
    assert.match((await guest.page.textContent('.pass'))!, new RegExp(code));
    await signInByPage(guest.page, number);
    assert.match(
      (await guest.page.textContent('main'))!,
      new RegExp(code),
      'the code of the link was redeemed at sign-up',
    );

    await owner.page.goto('/account/');
    const shown = (await owner.page.textContent('#invited'))!.replace(/\D/g, '');
    assert.ok(shown.includes(number.slice(1)), 'its owner sees who used it');

    await guest.page.goto('/account/delete/');
    await guest.page.click('button.danger');
    await guest.page.waitForURL(`${site.url}/`);
    await owner.page.goto('/account/');
    assert.ok(!(await owner.page.textContent('#invited'))!.replace(/\D/g, '').includes(number.slice(1)));
    assert.match((await owner.page.textContent('#invited'))!, /1/, 'the count stays true');

    await owner.page.goto('/logout/');
    await owner.page.click('main form button');
    await owner.page.waitForURL(`${site.url}/`);
    await owner.page.goto('/account/');
    assert.equal(new URL(owner.page.url()).pathname, '/');
    for (const one of [owner, guest]) {
      assert.deepEqual(one.elsewhere, [], 'no request to another host');
      assert.deepEqual(one.problems, [], 'nothing in the console');
      await one.context.close();
    }
  });
}

deepTest(
  'a wrong code is told on the code page, and the message can be asked for again at the time that is shown',
  async () => {
    const { page, context } = await openVisitor(browser, site.url);
    await page.goto('/');
    await page.fill('#phone_number', anyNumber());
    await page.press('#phone_number', 'Enter');
    await page.waitForURL('**/confirm/');
    const right = /#(\d{6})/.exec((await page.textContent('.bubble'))!)![1]!;
    await page.fill('#sms_code', right === '000000' ? '111111' : '000000');
    await page.waitForSelector('[aria-invalid=true]');
    assert.ok(await page.getAttribute('#resend time', 'datetime'), 'the time of the server’s clock is there');
    site.clock.turn(31);
    await page.evaluate(() => (document.querySelector('form#resend') as unknown as { submit(): void }).submit());
    await page.waitForURL('**/confirm/');
    await page.waitForSelector('.notice');
    assert.match((await page.textContent('.bubble'))!, new RegExp(right), 'asking again sends the same code');
    await page.fill('#sms_code', right);
    await page.waitForURL('**/account/');
    await context.close();
  },
);

test('the countdown runs on the button, copying says that it copied, and sharing passes the link on', async () => {
  const { page, context } = await openVisitor(browser, site.url, {
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await page.addInitScript('navigator.share = async (given) => { window.shared = given.url; };');
  await page.goto('/');
  await page.fill('#phone_number', anyNumber());
  await page.press('#phone_number', 'Enter');
  await page.waitForURL('**/confirm/');
  await page.waitForFunction(() => /через\s0:2\d$/.test(document.querySelector('#resend button')?.textContent ?? ''));
  assert.equal(await page.isEnabled('#resend button'), false);
  await page.fill('#sms_code', (await page.textContent('.bubble'))!);
  await page.waitForURL('**/account/');
  const told = await page.locator('#copied').boundingBox();
  assert.equal(told?.height, 0, 'nothing is told yet, and no space is left for it');
  await page.click('[data-copy]');
  await page.waitForFunction(() => (document.querySelector('#copied')?.textContent ?? '') !== '');
  const code = (await page.textContent('.ticket-code .code'))!.trim();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), `${site.url}/i/${code}`);
  await page.click('[data-share]');
  assert.equal(await page.evaluate('window.shared'), `${site.url}/i/${code}`);
  const tops = await page.evaluate(`[...document.querySelectorAll('.pair .button')]
    .map((one) => one.getBoundingClientRect().top)`);
  assert.equal(new Set(tops as number[]).size, 1, 'both buttons stand in one line');
  await context.close();
});
