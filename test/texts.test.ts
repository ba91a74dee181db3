import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Language, languageOfCountry, languages } from '../src/kit/language.ts';
import { fill, fillCount } from '../src/kit/text.ts';
import { ownTexts } from '../src/texts/texts.ts';
import { openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

/** The texts of a language by their path; the forms of a plural are one text. */
function leaves(texts: object, path = ''): [path: string, text: string | Record<string, string> | readonly string[]][] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const isLeaf = typeof value === 'string' || Array.isArray(value) || typeof value.other === 'string';
    return isLeaf ? [[at, value]] : leaves(value, at);
  });
}

function placeholdersIn(text: string): string {
  return [...new Set(text.match(/\{\w+\}/g))].sort().join(' ');
}

for (const language of languages) {
  test(`${language} has every text with the placeholders of the English one, and the plural forms of CLDR`, () => {
    const english = new Map(leaves(ownTexts.en));
    const own = new Map(leaves(ownTexts[language]));
    assert.deepEqual([...own.keys()].sort(), [...english.keys()].sort());
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    for (const [path, text] of own) {
      const model = english.get(path);
      if (typeof text === 'string') assert.equal(placeholdersIn(text), placeholdersIn(model as string), path);
      else if (Array.isArray(text)) assert.ok(text.length > 0, path);
      else {
        assert.deepEqual(Object.keys(text).sort(), categories, path);
        const { other } = model as Record<string, string>;
        for (const form of Object.values(text)) assert.equal(placeholdersIn(form), placeholdersIn(other!), path);
      }
    }
  });
}

test('a text is filled by name, and its plural form is that of the language', () => {
  assert.equal(fill('{a} and {b}, {a}', { a: '$&', b: 2 }), '$& and 2, $&');
  const { left } = ownTexts.ru.problems.wrong_code;
  const told = [1, 2, 5, 21].map((count) => fillCount('ru', left, { count }).split('. ')[1]);
  assert.deepEqual(told, ['Осталась 1 попытка.', 'Осталось 2 попытки.', 'Осталось 5 попыток.', 'Осталась 21 попытка.']);
});

test('a country has the language of most of its people, if it is one of ours', () => {
  const expected = { DE: 'de', AT: 'de', MX: 'es', TR: 'tr', KZ: 'kk', RU: 'ru', US: 'en', FR: undefined };
  for (const [country, language] of Object.entries(expected)) assert.equal(languageOfCountry(country), language);
  for (const none of ['001', '+881', 'x', '']) assert.equal(languageOfCountry(none), undefined);
});

test('a message is in the language of the browser, else of the country of the number, else the default', async () => {
  const app = await openApp();
  const code = { de: /ist Ihr Anmeldecode/, en: /is your sign-in code/, ru: /код для входа/, kk: /кіру коды/ };
  const cases: [accept: string | undefined, number: string, language: keyof typeof code][] = [
    [undefined, '+4915123456789', 'de'],
    ['fr', '+4915123456780', 'de'],
    ['en', '+4915123456781', 'en'],
    [undefined, '+77011234567', 'kk'],
    ['fr', '+33612345678', 'ru'],
  ];
  for (const [accept, number, language] of cases) {
    const headers: Record<string, string> = accept ? { 'accept-language': accept } : {};
    const asked = await app.call('POST', '/api/request-sms/', { phone_number: number }, headers);
    assert.equal(asked.statusCode, 201, asked.body);
    assert.match(app.sent.at(-1)!.text, code[language], `${accept} ${number}`);
  }
});

test('a browser that names none of our languages goes on in that of the country of its number', async () => {
  const app = await openApp();
  const visit = new HtmlClient(app, { 'accept-language': 'fr' });
  await visit.post('/', { phone_number: '+34612345678' });
  assert.match((await visit.get('/confirm/')).html, /<html lang="es"/);
  const russian = new HtmlClient(app, { 'accept-language': 'ru' });
  await russian.post('/', { phone_number: '+34612345679' });
  assert.match((await russian.get('/confirm/')).html, /<html lang="ru"/);
});

test('each language can be chosen on each page, without JavaScript', async () => {
  const app = await openApp();
  const visit = new HtmlClient(app);
  for (const language of [...languages, 'ru'] satisfies Language[]) {
    await visit.submit(await visit.get('/'), '/language/', { language });
    assert.match((await visit.get('/')).html, new RegExp(`<html lang="${language}"`));
  }
});
