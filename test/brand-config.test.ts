import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../src/config/config.ts';
import type { ReadFile } from '../src/config/variable-values.ts';

type Env = Readonly<Record<string, string>>;

const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 32"></svg>';
const files: Readonly<Record<string, string | Buffer>> = {
  '/logo.svg': svg,
  '/dark.svg': `${svg}\n`,
  '/logo.gif': 'GIF89a',
  '/logo.png': Buffer.from('89504e470d0a1a0a', 'hex'),
};
const readFile: ReadFile = (path) => {
  const text = files[path];
  if (text === undefined) throw new Error(`no such file: ${path}`);
  return text;
};

function problemsOf(env: Env): readonly string[] {
  const parsed = parseConfig(env, readFile);
  return parsed.ok ? [] : parsed.problems;
}

test('a brand is read with its colour, its logos and its addresses', () => {
  const parsed = parseConfig(
    {
      BRAND_NAME: 'Ромашка',
      BRAND_COLOR: '1D4ED8',
      BRAND_LOGO: '/logo.svg',
      BRAND_LOGO_DARK: '/dark.svg',
      BRAND_URL: 'https://a.example',
      BRAND_SUPPORT_URL: 'tel:+74950000000',
      ANDROID_APP_HASH: 'FA+9qCX9VSu',
    },
    readFile,
  );
  assert.ok(parsed.ok);
  const { brand, androidAppHash } = parsed.config;
  assert.deepEqual([brand.name, brand.color, brand.isOwn], ['Ромашка', '#1d4ed8', true]);
  assert.deepEqual(brand.logo, {
    light: { type: 'image/svg+xml', content: svg, ratio: 3 },
    dark: { type: 'image/svg+xml', content: svg, ratio: 3 },
  });
  assert.deepEqual(brand.links, {
    home: 'https://a.example/',
    terms: undefined,
    privacy: undefined,
    support: 'tel:+74950000000',
  });
  assert.equal(androidAppHash, 'FA+9qCX9VSu');
  const none = parseConfig({}, readFile);
  assert.ok(none.ok);
  assert.deepEqual([none.config.brand.name, none.config.brand.isOwn], ['Vouch', false]);
});

const named = { BRAND_NAME: 'Acme' };
const refused: readonly [reason: string, env: Env, problem: RegExp][] = [
  ['a long name', { BRAND_NAME: 'x'.repeat(31) }, /^BRAND_NAME has to be a name of at most 30 characters/],
  ['a name with a line end', { BRAND_NAME: 'a\tb' }, /^BRAND_NAME has to be /],
  ['no colour', { ...named, BRAND_COLOR: 'blue' }, /^BRAND_COLOR has to be a colour such as #1d4ed8/],
  [
    'an unreadable colour',
    { ...named, BRAND_COLOR: '#F00' },
    /^BRAND_COLOR has to be .*best contrast of a text on it is 4\.46, .* The nearest colour that passes is #ff0900\./,
  ],
  ['a missing logo', { ...named, BRAND_LOGO: '/no.svg' }, /^BRAND_LOGO names a file that cannot be read: \/no\.svg/],
  ['a picture', { ...named, BRAND_LOGO: '/logo.gif' }, /^BRAND_LOGO names a file that cannot be a logo: .*nor a PNG/],
  ['a PNG cut off', { ...named, BRAND_LOGO: '/logo.png' }, /^BRAND_LOGO names a file .* be a logo: .*damaged PNG/],
  ['a dark logo alone', { ...named, BRAND_LOGO_DARK: '/dark.svg' }, /^BRAND_LOGO is needed with BRAND_LOGO_DARK/],
  ['a colour without a name', { BRAND_COLOR: '#1d4ed8' }, /^BRAND_NAME is needed with BRAND_COLOR/],
  ['an address over http', { ...named, BRAND_URL: 'http://a.example' }, /^BRAND_URL has to be a URL that begins with/],
  ['terms by mail', { ...named, BRAND_TERMS_URL: 'mailto:a@b.example' }, /^BRAND_TERMS_URL has to be /],
  [
    'a policy with a password',
    { ...named, BRAND_PRIVACY_URL: 'https://a:b@c.example' },
    /^BRAND_PRIVACY_URL has to be /,
  ],
  [
    'support by script',
    { ...named, BRAND_SUPPORT_URL: 'javascript:x' },
    /^BRAND_SUPPORT_URL has to be .*mailto: or tel:/,
  ],
  ['a short hash', { ANDROID_APP_HASH: 'FA+9qCX9VS' }, /^ANDROID_APP_HASH has to be the 11 characters/],
  [
    'a name that the SMS has no room for',
    { BRAND_NAME: 'я'.repeat(30), PUBLIC_URL: 'http://signin.a-rather-long-name.example' },
    /^BRAND_NAME does not fit into one SMS with the host signin\.a-rather-long-name\.example: at most \d+ characters do/,
  ],
  [
    'a hash that the SMS has no room for',
    { ANDROID_APP_HASH: 'FA+9qCX9VSu', PUBLIC_URL: `http://${'h'.repeat(36)}.example` },
    /^ANDROID_APP_HASH does not fit into one SMS with the host h+\.example/,
  ],
];

for (const [reason, env, problem] of refused) {
  test(`${reason} is refused at the start`, () => {
    const problems = problemsOf(env);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
  });
}

test('all problems of a brand are told at once', () => {
  const problems = problemsOf({
    BRAND_COLOR: 'red',
    BRAND_LOGO: '/no.svg',
    BRAND_LOGO_DARK: '/logo.png',
    BRAND_URL: 'x',
    BRAND_SUPPORT_URL: 'y',
    ANDROID_APP_HASH: 'z',
  });
  const names = problems.map((problem) => problem.split(' ', 1)[0]).sort();
  assert.deepEqual(names, [
    'ANDROID_APP_HASH',
    'BRAND_COLOR',
    'BRAND_LOGO',
    'BRAND_LOGO_DARK',
    'BRAND_NAME',
    'BRAND_SUPPORT_URL',
    'BRAND_URL',
  ]);
});
