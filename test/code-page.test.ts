import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sent } from '../src/sms/provider.ts';
import { anyNumber, openApp } from './support/harness.ts';
import { HtmlClient, type HtmlResponse, hiddenFields } from './support/html-client.ts';
import { testProvider } from './support/test-deliveries.ts';

const app = await openApp();

let answer: () => Promise<Sent> = async () => ({ ok: true, reference: undefined });
const slow = await openApp({
  databaseUrl: app.databaseUrl,
  sending: { providers: [testProvider('slow', () => answer())] },
});

const textOf = ({ html }: HtmlResponse) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');

async function askedFor(on: typeof app, number = anyNumber()) {
  const visit = new HtmlClient(on);
  assert.equal((await visit.submit(await visit.get('/'), '/', { phone_number: number })).location, '/confirm/');
  return { visit, number, page: await visit.get('/confirm/') };
}

/** The page as soon as it no longer says that the message is being sent. */
async function sentPage(visit: HtmlClient): Promise<HtmlResponse> {
  for (;;) {
    const page = await visit.get('/confirm/');
    if (!textOf(page).includes('Отправляем')) return page;
    await new Promise(setImmediate);
  }
}

test('the page says that the message is being sent, then that it was sent, and no more than is known', async () => {
  let taken: (sent: Sent) => void = () => {};
  answer = () => new Promise((resolve) => (taken = resolve));
  const { visit, page } = await askedFor(slow);
  assert.match(textOf(page), /Отправляем на/);
  assert.doesNotMatch(textOf(page), /Отправили на/);
  const state = async () => JSON.parse((await visit.post('/confirm/state', hiddenFields(page.html, '/confirm/'))).html);
  assert.match(page.html, /data-state="\/confirm\/state"/);
  assert.deepEqual(await state(), { state: 'sending' });
  assert.equal((await visit.submit(page, '/confirm/number')).status, 200);
  assert.equal((await visit.submit(page, '/confirm/show')).location, '/confirm/', 'without JavaScript one looks again');
  while (slow.deliveries.load.sending === 0) await new Promise(setImmediate);
  taken({ ok: true, reference: 'r1' });
  assert.match(textOf(await sentPage(visit)), /Отправили на/);
  assert.deepEqual(await state(), { state: 'sent' });
});

test('where the provider refuses at once the page says that it failed, and another message can be asked for at once', async () => {
  answer = async () => ({ ok: false, error: 'rejected', reason: 'no such number' });
  const { visit, number } = await askedFor(slow);
  const failed = await sentPage(visit);
  assert.match(textOf(failed), /Не удалось отправить на/);
  assert.match(textOf(failed), /Проверьте номер и связь на телефоне/);
  assert.doesNotMatch(failed.html, /data-wait/, 'asking again is not locked');
  answer = async () => ({ ok: true, reference: 'r2' });
  assert.equal((await visit.submit(failed, '/confirm/resend')).location, '/confirm/');
  const sent = await sentPage(visit);
  assert.match(textOf(sent), /Отправили на/);
  assert.match(sent.html, /data-wait/);
  assert.equal((await visit.submit(sent, '/confirm/', { sms_code: slow.codeFor(number) })).location, '/account/');
});

test('a message that did not leave because of the service is told as that, and not as a fault of the number', async () => {
  answer = async () => ({ ok: false, error: 'refused', reason: 'no balance' });
  const { visit, page } = await askedFor(slow);
  const failed = textOf(await sentPage(visit));
  assert.match(failed, /сбой на нашей стороне/);
  assert.doesNotMatch(failed, /Проверьте номер и|balance/);
  const state = /data-state="([^"]+)"/.exec(page.html)?.[1];
  if (state) assert.deepEqual(JSON.parse((await visit.get(state)).html), { state: 'failed', cause: 'service' });
});

test('the script of the page gets the sentence of a wrong code, and the path that follows a right one', async () => {
  const { visit, number, page } = await askedFor(app);
  const enter = (sms_code: string) =>
    visit.post('/confirm/', { ...hiddenFields(page.html, '/confirm/'), sms_code }, { accept: 'application/json' });
  const right = app.codeFor(number);
  const wrong = await enter(right === '000000' ? '000001' : '000000');
  assert.equal(wrong.status, 400);
  assert.match(JSON.parse(wrong.html).error, /Код неверный/);
  app.clock.turn(601);
  assert.deepEqual(JSON.parse((await enter(right)).html), { location: '/confirm/' }, 'the page of an expired code');
  app.clock.turn(-601);
  assert.deepEqual(JSON.parse((await enter(right)).html), { location: '/account/' });
  assert.equal((await visit.get('/account/')).status, 200);
});

test('the length of a code is shown only where it is known, and the next channel is named on the button', async () => {
  const [visit, first, second] = [new HtmlClient(app), anyNumber(), anyNumber()];
  for (const number of [first, second]) await visit.post('/', { phone_number: number });
  assert.match(textOf(await visit.get('/confirm/')), /Код из 6 цифр/);
  await visit.post('/', { phone_number: first });
  const unknown = await visit.get('/confirm/');
  assert.match(textOf(unknown), /Код из сообщения/);
  assert.match(unknown.html, /data-digits="8"/);
  assert.doesNotMatch(unknown.html, /data-length/, 'no last digit at which it would be submitted');
  const id = [...visit.cookies].find(([name]) => name.endsWith('pending'))![1].split('.');
  visit.cookies.set('__Host-pending', [...id.slice(0, 5), '1', ...id.slice(6)].join('.'));
  const other = await visit.get('/confirm/');
  assert.match(textOf(other), /Отправить в Telegram/);
  assert.match(other.html, /data-in="Код в.Telegram через"/);
});

test('a person chooses among the channels that lead to the number, and gets the code by the chosen one', async () => {
  const used: string[] = [];
  const providers = (['telegram', 'sms'] as const).map((channel) =>
    testProvider(
      channel,
      async () => {
        used.push(channel);
        return { ok: true, reference: undefined };
      },
      { channel },
    ),
  );
  const both = await openApp({ databaseUrl: app.databaseUrl, sending: { providers } });
  const { visit } = await askedFor(both);
  const first = await sentPage(visit);
  assert.match(
    textOf(first),
    /Отправить по СМС .*Код не пришёл\?.*Отправить в Telegram/,
    'the next one, and the other',
  );
  assert.equal((await visit.submit(first, '/confirm/resend', { channel: 'telegram' })).status, 429, 'no sooner');
  const resend = async (by: HtmlClient, channel: string) => {
    both.clock.turn(61);
    assert.equal((await by.submit(await by.get('/confirm/'), '/confirm/resend', { channel })).location, '/confirm/');
    return textOf(await sentPage(by));
  };
  assert.match(await resend(visit, 'telegram'), /Введите код из Telegram.*Отправить по СМС/);
  assert.match(await resend(visit, 'sms'), /Введите код из СМС.*Отправить в Telegram .*Отправить по СМС/);
  const other = (await askedFor(both)).visit;
  assert.match(await resend(other, 'pigeon'), /Введите код из СМС/, 'no such channel: the order of the routes');
  assert.match(await resend(other, 'sms'), /Введите код из СМС/, 'although it was the last one');
  assert.deepEqual(used, ['telegram', 'telegram', 'sms', 'telegram', 'sms', 'sms']);
  assert.doesNotMatch((await askedFor(app)).page.html, /name="channel"/, 'one channel is no choice');
});

test('how a message is delivered is told to the browser that asked for it, and to nobody else', async () => {
  answer = async () => ({ ok: false, error: 'rejected', reason: 'no such number' });
  const { visit, number } = await askedFor(slow);
  await sentPage(visit);
  const stranger = new HtmlClient(slow);
  stranger.cookies.set('__Host-pending', `${number}.6.0.0.0.0.00000000-0000-4000-8000-000000000000.`);
  assert.doesNotMatch(textOf(await stranger.get('/confirm/')), /Не удалось|Отправили/);
  for (const id of ['00000000-0000-4000-8000-000000000000', '', 'x', "' or 1=1"]) {
    const unknown = await stranger.post('/confirm/state', { pending: `${number}.6.0.0.0.0.${id}.` });
    assert.deepEqual(JSON.parse(unknown.html), { state: null }, id);
  }
  assert.deepEqual(JSON.parse((await stranger.post('/confirm/state', {})).html), { state: null });
});

test('a message whose code was used is told as sent, however it ended', async () => {
  const { visit, number, page } = await askedFor(app);
  const { pending = '' } = hiddenFields(page.html, '/confirm/');
  const id = /\.([0-9a-f-]{36})\./.exec(pending)![1]!;
  await visit.submit(page, '/confirm/', { sms_code: app.codeFor(number) });
  await app.sql`update delivery set state = 'failed', failed_at = now(), leased_until = null where id = ${id}::uuid`;
  assert.deepEqual(JSON.parse((await visit.post('/confirm/state', { pending })).html), { state: 'sent' });
});

test('a code that has expired leaves one thing to do: one button, no field, no minutes', async () => {
  const { visit, number, page } = await askedFor(app);
  assert.match(textOf(page), /Код действует 10 минут/);
  app.clock.turn(599);
  assert.match(textOf(await visit.get('/confirm/')), /Код действует 1 минуту/);
  app.clock.turn(1);
  const expired = await visit.get('/confirm/');
  assert.match(textOf(expired), /Код устарел/);
  assert.doesNotMatch(expired.html, /name="sms_code"|0 минут/);
  assert.equal(expired.html.match(/<button class="button/g)?.length, 1);
  const late = await visit.submit(page, '/confirm/', { sms_code: app.codeFor(number) });
  assert.equal(late.status, 400);
  assert.match(textOf(late), /Код устарел/, 'the code of a page that was left open');
  assert.equal((await visit.submit(expired, '/confirm/resend')).location, '/confirm/');
  const again = await visit.get('/confirm/');
  assert.match(textOf(again), /Это новый код/);
  assert.equal((await visit.submit(again, '/confirm/', { sms_code: app.codeFor(number) })).location, '/account/');
});

test('a browser that keeps no cookies is told so, and no message is sent', async () => {
  for (const language of ['ru', 'en']) {
    const visit = new HtmlClient(app, { 'accept-language': language });
    const [number, before] = [anyNumber(), app.sent.length];
    const page = await visit.get('/');
    visit.cookies.clear();
    const told = await visit.submit(page, '/', { phone_number: number });
    assert.equal(told.status, 400);
    assert.match(textOf(told), language === 'ru' ? /не сохраняет cookie/ : /does not keep cookies/);
    assert.ok(told.html.includes(`value="${number}"`), 'what was typed is kept');
    assert.equal(app.sent.length, before);
    assert.equal(
      (await visit.submit(told, '/', { phone_number: number })).location,
      '/confirm/',
      'once they are allowed',
    );
  }
});

test('a code entered in a browser that stopped keeping cookies is not used up', async () => {
  const { visit, number, page } = await askedFor(app);
  visit.cookies.clear();
  const told = await visit.submit(page, '/confirm/', { sms_code: app.codeFor(number) });
  assert.match(textOf(told), /не сохраняет cookie/);
  const [{ guesses, used_at } = {}] =
    await app.sql`select guesses, used_at from challenge where phone_number = ${number}`;
  assert.deepEqual([guesses, used_at], [0, null]);
});

test('another browser that asks for the same number has a code of its own, and learns nothing of the first', async () => {
  const { number, visit, page } = await askedFor(app);
  const first = app.codeFor(number);
  const other = await askedFor(app, number);
  const second = app.codeFor(number);
  const plain = (text: string) => text.replace(/\d\d:\d\d:\d\d/g, 'T');
  while (app.deliveries.load.sending > 0) await new Promise(setImmediate);
  const [seen, seenFirst] = [await other.visit.get('/confirm/'), await visit.get('/confirm/')];
  assert.deepEqual(plain(textOf(seen)).split(' '), plain(textOf(seenFirst)).split(' '));
  if (first !== second) {
    assert.equal((await other.visit.submit(other.page, '/confirm/', { sms_code: first })).status, 400);
    assert.equal((await visit.submit(page, '/confirm/', { sms_code: second })).status, 400);
  }
  assert.equal((await other.visit.submit(other.page, '/confirm/', { sms_code: second })).location, '/account/');
  assert.equal((await visit.submit(page, '/confirm/', { sms_code: first })).location, '/account/');
});

test('a browser that goes back within the pause is told that its code is under way', async () => {
  const { number, visit } = await askedFor(app);
  const again = await visit.post('/', { phone_number: number });
  assert.equal(again.location, '/confirm/');
  assert.match(textOf(await visit.get('/confirm/')), /Код для этого номера уже отправляли/);
  assert.equal((await visit.post('/confirm/', { sms_code: app.codeFor(number) })).location, '/account/');
});

test('after the fifth wrong code the limits are told, and what is typed is kept', async () => {
  const { visit, number, page } = await askedFor(app);
  const wrong = app.codeFor(number) === '000000' ? '000001' : '000000';
  let seen = page;
  for (let guess = 0; guess < 5; guess += 1) seen = await visit.submit(seen, '/confirm/', { sms_code: wrong });
  assert.match(textOf(seen), /Попыток не осталось: запросите новый код/);
  assert.match(seen.html, new RegExp(`value="${wrong}"`));
  assert.match(seen.html, /autofocus/, 'the focus stays in the field');
});
