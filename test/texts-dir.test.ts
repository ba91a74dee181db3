import assert from 'node:assert/strict';
import { readFile as readFileOf } from 'node:fs/promises';
import { test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import { languages } from '../src/kit/language.ts';
import { createInbox } from '../src/sms/inbox.ts';
import { allTexts, overrideTexts } from '../src/texts/override.ts';
import { ownTexts, useTexts } from '../src/texts/texts.ts';
import { openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

/** The configuration with these files in `TEXTS_DIR`. */
function configWith(files: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return parseConfig(
    { TEXTS_DIR: '/texts', ...env },
    (path) => text(files[path.replace('/texts/', '')]),
    () => Object.keys(files),
  );
}

function problemsOf(files: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const parsed = configWith(files, env);
  return parsed.ok ? [] : parsed.problems;
}

test('the texts of an operator take the place of ours, and the others stay', () => {
  const parsed = configWith({
    'de.json': { signIn: { phoneTitle: 'Ihre Nummer?', codeValid: { one: '{count} Min.', other: '{count} Min.' } } },
    'README.md': 'not read',
  });
  assert.ok(parsed.ok);
  const { de, en } = allTexts(parsed.config.operatorTexts);
  assert.deepEqual([de.signIn.phoneTitle, de.signIn.codeValid.other], ['Ihre Nummer?', '{count} Min.']);
  assert.equal(de.signIn.phoneLead, ownTexts.de.signIn.phoneLead);
  assert.equal(en, ownTexts.en);
});

test('a page shows the text of the operator', async () => {
  const app = await openApp({ inbox: createInbox(), devInbox: 'network' });
  const { texts, problems } = overrideTexts('tr', { dev: { title: 'Acme mesajları' } });
  assert.deepEqual(problems, []);
  useTexts({ ...ownTexts, tr: texts });
  const { html } = await new HtmlClient(app, { 'accept-language': 'tr' }).get('/dev/inbox').finally(() => {
    useTexts(ownTexts);
  });
  assert.match(html, /<h1>Acme mesajları<\/h1>/);
});

const longText = 'x'.repeat(200);
const refused: readonly [reason: string, files: Readonly<Record<string, unknown>>, problem: RegExp][] = [
  ['a language that is none', { 'fr.json': {} }, /^TEXTS_DIR holds fr\.json, which is no language of ours/],
  ['a file that is no JSON', { 'en.json': '{' }, /^TEXTS_DIR: \/texts\/en\.json cannot be read/],
  ['a file that is no object', { 'en.json': '[]' }, /^TEXTS_DIR: en\.json: the file has to be an object/],
  [
    'an unknown key',
    { 'en.json': { signIn: { phoneTitel: 'x' } } },
    /^TEXTS_DIR: en\.json: signIn\.phoneTitel is no text of ours\. The nearest is signIn\.phoneTitle$/,
  ],
  [
    'a key of every object',
    { 'en.json': '{"constructor":{}}' },
    /^TEXTS_DIR: en\.json: constructor is no text of ours/,
  ],
  [
    'a missing plural form',
    { 'ru.json': { signIn: { codeValid: { one: '{count}', few: '{count}', other: '{count}' } } } },
    /^TEXTS_DIR: ru\.json: signIn\.codeValid lacks the plural form many of ru/,
  ],
  [
    'a placeholder without a value',
    { 'en.json': { signIn: { codeInvite: '{code} {name}' } } },
    /^TEXTS_DIR: en\.json: signIn\.codeInvite has the placeholder \{name\}, which has no value/,
  ],
  [
    'a missing placeholder',
    { 'en.json': { message: { code: ['Your code'] } } },
    /^TEXTS_DIR: en\.json: message\.code\.0 lacks the placeholder \{code\}/,
  ],
  ['a number', { 'en.json': { site: { home: 1 } } }, /^TEXTS_DIR: en\.json: site\.home has to be a text/],
  ['an empty text', { 'en.json': { site: { home: ' ' } } }, /^TEXTS_DIR: en\.json: site\.home has to be a text/],
  [
    'a line end',
    { 'en.json': { site: { home: 'a\nb' } } },
    /^TEXTS_DIR: en\.json: site\.home holds a control character/,
  ],
  ['an empty list', { 'en.json': { message: { code: [] } } }, /^TEXTS_DIR: en\.json: message\.code has to be a list/],
  [
    'an SMS of two segments',
    { 'es.json': { message: { code: [`${longText} {code}`] } } },
    /^TEXTS_DIR has an SMS that does not fit into one segment with the host localhost/,
  ],
];

for (const [reason, files, problem] of refused) {
  test(`${reason} is refused at the start`, () => {
    const problems = problemsOf(files);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
  });
}

test('a letter outside of the GSM alphabet leaves 70 characters of an SMS, and 160 without one', () => {
  const texts = (text: string) => ({ 'en.json': { message: { code: [`${text} {code}`] } } });
  assert.deepEqual(problemsOf(texts('x'.repeat(100))), []);
  assert.equal(problemsOf(texts(`${'x'.repeat(100)}ş`)).length, 1);
});

test('all problems of all files are told at once, and a folder that is not there is one', () => {
  const problems = problemsOf({ 'de.json': { site: { home: '', back: 1 } }, 'tr.json': { x: '' } }, { PORT: 'x' });
  assert.equal(problems.length, 4, problems.join('\n'));
  const parsed = parseConfig({ TEXTS_DIR: '/nowhere/texts' }, () => assert.fail('no file is read'));
  assert.match(parsed.ok ? '' : (parsed.problems[0] ?? ''), /^TEXTS_DIR names a folder that cannot be read: \/nowhere/);
});

test('docs/texts has the texts of each language, which can be put into TEXTS_DIR as they are', async () => {
  for (const language of languages) {
    const text = await readFileOf(new URL(`../docs/texts/${language}.json`, import.meta.url), 'utf8');
    assert.deepEqual(JSON.parse(text), ownTexts[language], `npm run docs writes ${language}`);
    assert.deepEqual(overrideTexts(language, JSON.parse(text)), { texts: ownTexts[language], problems: [] });
  }
});
