import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultBrand } from '../src/brand/brand.ts';
import { openApp } from './support/harness.ts';
import { HtmlClient, type HtmlResponse } from './support/html-client.ts';

const app = await openApp();
const given = { databaseUrl: app.databaseUrl };
const mobile = await openApp({ ...given, phoneNumberPolicy: 'mobile' });
const few = await openApp({ ...given, smsCountries: new Set(['DE', 'FR']), defaultRegion: 'DE' });

const optionsOf = ({ html }: HtmlResponse) => [...html.matchAll(/<option value="(\w\w)"/g)].map(([, code]) => code);
const selectedOf = ({ html }: HtmlResponse) => /<option value="(\w\w)" selected[^>]*>([^<]*)/.exec(html)?.slice(1);

let counter = Math.floor(Math.random() * 9000);
const lastFour = () => String(1000 + (counter++ % 9000));

/** A browser of these languages that submits the form as it is, with its country unless another one is chosen. */
async function submitted(language: string, phone_number: string, country?: string, on = app) {
  const visit = new HtmlClient(on, { 'accept-language': language });
  const page = await visit.get('/');
  const region_code = country ?? selectedOf(page)?.[0] ?? '';
  return visit.submit(page, '/', { phone_number, region_code });
}

test('the country is that of the browser’s languages, then DEFAULT_REGION, with its calling code in the page’s language', async () => {
  for (const [language, code, text] of [
    ['en-US,en;q=0.9,ru-RU;q=0.8', 'US', 'United States +1'],
    ['ru-KZ,ru', 'KZ', 'Казахстан +7'],
    ['de-Latn-AT,en', 'AT', 'Österreich +43'],
    ['en', 'RU', 'Russia +7'],
    ['ru', 'RU', 'Россия +7'],
    ['xx-ZZ, en-, ;;,-', 'RU', undefined],
  ] as const) {
    const page = await new HtmlClient(app, { 'accept-language': language }).get('/');
    assert.equal(selectedOf(page)?.[0], code, language);
    if (text) assert.equal(selectedOf(page)?.[1], text);
  }
});

test('a number without its calling code is one of the country that the page shows, not of DEFAULT_REGION', async () => {
  const last = lastFour();
  assert.equal((await submitted('en-US', `917 555 ${last}`)).location, '/confirm/');
  assert.equal(app.sent.at(-1)?.to, `+1917555${last}`);
  assert.equal((await submitted('ru-RU', `917 555 ${last}`, 'US')).location, '/confirm/');
  const visit = new HtmlClient(app, { 'accept-language': 'en-US' });
  const next = lastFour();
  assert.equal((await visit.post('/', { phone_number: `917 555 ${next}` })).location, '/confirm/', 'a form without it');
  assert.equal(app.sent.at(-1)?.to, `+1917555${next}`);
});

test('an international number is read as it is, whichever country the page shows', async () => {
  const last = lastFour();
  for (const [index, text] of [`+44 7911 12${last}`, `0044 7911 13${last}`].entries()) {
    assert.equal((await submitted('en-US', text)).location, '/confirm/');
    assert.equal(app.sent.at(-1)?.to, `+4479111${2 + index}${last}`);
  }
});

test('an international number without its plus is read where it can be only that', async () => {
  for (const on of [app, mobile]) {
    const last = lastFour();
    assert.equal((await submitted('ru-RU', `44 7911 14${last}`, undefined, on)).location, '/confirm/');
    assert.equal(on.sent.at(-1)?.to, `+44791114${last}`);
  }
  const landline = await submitted('ru-RU', '8 495 123-45-67', undefined, mobile);
  assert.match(landline.html, /Нужен мобильный номер/, 'a landline of the country, and not a number of Vietnam');
  const api = await mobile.call('POST', '/api/request-sms/', { phone_number: `44791115${lastFour()}` });
  assert.equal(api.statusCode, 400, 'clients of the API rely on one reading');
});

test('where a number has two readings the page asks, sends nothing, and takes the one that is chosen', async () => {
  const last = lastFour();
  const before = mobile.sent.length;
  const asked = await submitted('en-US', `659 223 ${last}`, undefined, mobile);
  assert.equal(asked.status, 400);
  assert.equal(mobile.sent.length, before);
  assert.match(asked.html, /Numbers of two countries/);
  const readings = [...asked.html.matchAll(/name="phone_number" value="(\+\d+)"/g)].map(([, number]) => number);
  assert.deepEqual(readings, [`+1659223${last}`, `+65922${`3${last}`}`]);
  for (const country of ['United States', 'Singapore']) assert.match(asked.html, new RegExp(`</bdi> ${country}<`));
  assert.match(asked.html, new RegExp(`value="659 223 ${last}"`), 'what was typed is kept');
  const visit = new HtmlClient(mobile, { 'accept-language': 'en-US' });
  await visit.get('/');
  assert.equal((await visit.submit(asked, '/', { phone_number: readings[1]! })).location, '/confirm/');
  assert.equal(mobile.sent.at(-1)?.to, readings[1]);
});

test('the page offers the likeliest countries, and all of them when asked, with what was typed', async () => {
  const visit = new HtmlClient(app, { 'accept-language': 'en-US,de-DE' });
  const page = await visit.get('/');
  assert.deepEqual(optionsOf(page), ['US', 'DE', 'RU']);
  assert.match(page.html, /formaction="\/countries\/"/);
  const all = await visit.submit(page, '/', { phone_number: '12', region_code: 'DE' });
  assert.equal(optionsOf(all).length, 245);
  const complete = await visit.submit(page, '/countries/', { phone_number: '151 2', region_code: 'DE' });
  assert.equal(complete.status, 200);
  assert.equal(optionsOf(complete).length, 245);
  assert.equal(selectedOf(complete)?.[0], 'DE');
  assert.match(complete.html, /name="phone_number"[^>]* value="151 2"/);
  assert.doesNotMatch(complete.html, /formaction="\/countries\/"/);
  const list = JSON.parse((await visit.get('/countries/en')).html);
  assert.equal(list.length, 245);
  assert.deepEqual(
    list.find(([code]: [string]) => code === 'RU'),
    ['RU', 'Russia', '7', '### ### ## ##', '8 (###) ###-##-##', 1, ''],
  );
});

test('a page that shows a number again shows its own country, even if several share the calling code', async () => {
  for (const [typed, country, own] of [
    ['416 555 0123', 'US', 'CA'],
    ['+1 876 210 1234', 'RU', 'JM'],
    ['07781 123456', 'GB', 'GG'],
    ['8 701 123-45-67', 'RU', 'KZ'],
    ['917 555 0123', 'CA', 'US'],
    ['416', 'US', 'US'],
  ] as const) {
    const visit = new HtmlClient(app, { 'accept-language': 'en' });
    const given = { phone_number: typed, region_code: country };
    const page = await visit.submit(await visit.get('/'), '/countries/', given);
    assert.equal(selectedOf(page)?.[0], own, typed);
  }
  const refused = await submitted('en', '+7 701 123-45-67', undefined, few);
  assert.match(refused.html, /this country: Kazakhstan/);
  assert.deepEqual(selectedOf(refused)?.[0], 'DE', 'a country without codes is not offered');
});

test('only the countries of SMS_COUNTRIES are offered, and few of them all at once', async () => {
  const visit = new HtmlClient(few, { 'accept-language': 'ru-RU' });
  const page = await visit.get('/');
  assert.deepEqual(optionsOf(page), ['DE', 'FR']);
  assert.deepEqual(selectedOf(page), ['DE', 'Германия +49']);
  assert.doesNotMatch(page.html, /formaction="\/countries\/"/);
  assert.deepEqual(
    JSON.parse((await visit.get('/countries/ru')).html).map(([code]: [string]) => code),
    ['DE', 'FR'],
  );
  const none = await openApp({ ...given, smsCountries: new Set(['+881']) });
  assert.doesNotMatch((await new HtmlClient(none).get('/')).html, /<select/);
});

test('the documents of the operator are accepted by the button, and the support is linked where no code comes', async () => {
  const links = { terms: 'https://acme.example/terms', support: 'mailto:help@acme.example' };
  const on = await openApp({ ...given, brand: { ...defaultBrand, name: 'Acme', links, isOwn: true } });
  const visit = new HtmlClient(on, { 'accept-language': 'en' });
  const page = await visit.get('/');
  const sentence = /<p class="hint">(By continuing.*?)<\/p>/.exec(page.html)?.[1];
  assert.equal(sentence, 'By continuing, you accept <a href="https://acme.example/terms">the terms of use</a>.');
  await visit.submit(page, '/', { phone_number: `+7917 557 ${lastFour()}` });
  assert.match(
    (await visit.get('/confirm/')).html,
    /If nothing helps, <a href="mailto:help@acme.example">contact support<\/a>/,
  );
  assert.doesNotMatch((await new HtmlClient(app).get('/')).html, /Нажимая кнопку/);
});

test('a number in the sentence about an error is not broken between two lines', async () => {
  const page = await submitted('ru', '12');
  assert.equal(page.html.match(/\+7\u00a0916\u00a0123\u201145\u201167/g)?.length, 2, 'in the summary and at the field');
});

test('changing the number keeps the number and its country', async () => {
  const last = lastFour();
  const visit = new HtmlClient(app, { 'accept-language': 'ru-RU' });
  await visit.submit(await visit.get('/'), '/', { phone_number: `917 556 ${last}`, region_code: 'US' });
  const changed = await visit.submit(await visit.get('/confirm/'), '/confirm/number');
  assert.equal(selectedOf(changed)?.[0], 'US');
  assert.match(changed.html, new RegExp(`name="phone_number"[^>]* value="\\+1 917 556 ${last}"`));
});
