import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import parse, { type CountryCode, getCountries, getExampleNumber } from 'libphonenumber-js/max';
import { latinDigits } from '../src/kit/digits.ts';
import {
  callingCodesWithoutCountry,
  formatPhoneNumber,
  maskPhoneNumber,
  type PhoneNumber,
  type PhoneNumberPolicy,
  parsePhoneNumber,
  parseRegionCode,
  phoneNumberPolicies,
} from '../src/kit/phone-number.ts';
import { regions } from '../src/kit/regions.ts';
import { deepTest, repetitions } from './support/depth.ts';
import { anyNumber, openApp, withToken } from './support/harness.ts';

const examples = createRequire(import.meta.url)('libphonenumber-js/examples.mobile.json');

function read(text: string, region?: CountryCode, policy: PhoneNumberPolicy = 'possible'): string | undefined {
  const outcome = parsePhoneNumber(text, { region, defaultRegion: 'RU', policy });
  return outcome.ok ? outcome.phoneNumber : undefined;
}

test('every spelling of one number is that number', () => {
  for (const spelling of [
    '+79161234567',
    '+7 916 123-45-67',
    '+7 (916) 123-45-67',
    '8 916 123-45-67',
    '8(916)1234567',
    '9161234567',
    '79161234567',
    '007 916 123 45 67',
    'tel:+7-916-123-45-67',
    ' tel:+79161234567',
    '+79161234567'.padEnd(250),
    'tel:+79161234567;phone-context=+44',
    '9161234567;isub=phonecontext=+44',
    'TEL:+79161234567',
    'tel:9161234567;phone-context=+7',
    'tel:123-45-67;phone-context=+7-916',
    'tel:+7-916-123-45-67;isub=12%2F3; EXT=1-2',
    'tel:+79161234567;ext=12',
    '+7 916 1234567;ext=1',
    ' \t+7\u00a0916\u202f123\u201145\u201167\n',
    '\u202a+7 916 123 45 67\u202c',
    '＋７９１６１２３４５６７',
    '+٧٩١٦١٢٣٤٥٦٧',
    '+۷۹۱۶۱۲۳۴۵۶۷',
    '+७९१६१२३४५६७',
    '+7.916.123.45.67',
    '+7/916/123/45/67',
    '+7 916 123−45−67',
    '[+7] 916 【123】 {45} 67',
    '+7⁃916ー123─45〜67',
    '+7 916。123・45∕67',
    '+7\u00ad916\ufe0f123\u034f45\u180e67',
    '\ufeff\u2066+7\u200f916\u061c123\u20604567\u2069',
  ]) {
    assert.equal(read(spelling), '+79161234567', spelling);
  }
});

test('a national number is read by the region that is named, and the default one otherwise', () => {
  for (const [text, region, number] of [
    ['07400 123456', 'GB', '+447400123456'],
    ['0151 23456789', 'DE', '+4915123456789'],
    ['(201) 555-0123', 'US', '+12015550123'],
    ['06 12 34 56 78', 'FR', '+33612345678'],
    ['312 345 6789', 'IT', '+393123456789'],
    ['8 771 000 9998', 'KZ', '+77710009998'],
    ['8 916 123 45 67', undefined, '+79161234567'],
    ['+44 7400 123456', 'RU', '+447400123456'],
    ['0044 7400 123456', 'RU', '+447400123456'],
  ] as const) {
    assert.equal(read(text, region), number, text);
  }
});

test('trunk zeros after the country code make no second number, however many there are', () => {
  for (const zeros of ['', '0', '00', '000']) {
    for (const typed of [`+43${zeros}664123456`, `+43 (${zeros}) 664 123456`, `0043${zeros}664123456`]) {
      assert.equal(read(typed), '+43664123456', typed);
    }
    const british = read(`+44${zeros}7400123456`);
    assert.ok(british === '+447400123456' || (zeros.length > 1 && british === undefined));
  }
  assert.equal(read('6092827', 'CA'), undefined, 'a local number without its area is none');
});

deepTest('a digit of every script that Unicode knows has its value, where two scripts touch too', () => {
  const digits = Array.from({ length: 0x110000 }, (_, codePoint) => codePoint)
    .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
    .map((codePoint) => String.fromCodePoint(codePoint))
    .filter((letter) => /\p{Nd}/u.test(letter));
  assert.ok(digits.length >= 650);
  const values = digits.map(latinDigits).join('');
  assert.equal(values, '0123456789'.repeat(digits.length / 10));
});

test('a second spelling that the library knows is one number, another that is out of use is none', () => {
  for (const spelling of ['+54 9 11 1234-5678', '+54 11 15 1234-5678']) {
    assert.equal(read(spelling), '+5491112345678', spelling);
  }
  assert.equal(read('011 15 1234-5678', 'AR'), '+5491112345678');
  assert.equal(read('+55 0 15 11 91234-5678'), '+5511912345678', 'with the code of a carrier');
  for (const former of ['+52 1 55 1234 5678', '+225 01234567']) assert.equal(read(former), undefined, former);
  for (const other of ['+54 11 1234-5678', '+55 11 8123-4567']) {
    assert.ok(read(other), `${other} is possible`);
    assert.equal(read(other, undefined, 'mobile'), undefined, other);
  }
});

test('what is no number is refused', () => {
  for (const text of [
    '',
    ' ',
    '+',
    '7',
    '+7',
    '12',
    '112',
    '+7916123456',
    '+791612345678',
    '+0 916 123 45 67',
    '+999 123 456 789',
    '1-800-FLOWERS',
    'позвоните +79161234567',
    '+79161234567 или +79161234568',
    '+7916123456a',
    '+791612345½3',
    '+791612345½',
    '+7 916 123 45 6O',
    '++79161234567',
    '7+9161234567',
    '+79161234567\u0000',
    '<b>+79161234567</b>',
    "+79161234567' or 1=1",
    '+7916123456\ud835',
    '9'.repeat(10_000),
    `+7916${' '.repeat(10_000)}1234567`,
    'tel:',
    ';ext=5',
    '+79161234567;call me',
    '+79161234567;\u0000',
    '+79161234567;',
    '+79161234567;ext=',
    '+79161234567;ext=12;',
    '+79161234567;<b>',
    'tel:9161234567;phone-context=example.com',
    'tel:tel:+79161234567',
    '+7916 tel:1234567',
    '+79161234567'.padEnd(251),
    '+79161234567;xext=12',
    '+79161234567;ext=12x',
    '+79161234567 x12',
    '+79161234567,12',
    '+49 30 123456,78',
    'null',
  ]) {
    assert.equal(read(text), undefined, text.slice(0, 60));
  }
});

test('a refusal says why, and a number that nobody could have read is still shown and masked', () => {
  assert.deepEqual(parsePhoneNumber('x', { region: undefined, defaultRegion: 'RU', policy: 'possible' }), {
    ok: false,
    code: 'not_a_phone_number',
  });
  assert.equal(formatPhoneNumber('+79161234567' as PhoneNumber), '+7 916 123 45 67');
  assert.equal(formatPhoneNumber('+999123456789' as PhoneNumber), '+999123456789');
  assert.equal(maskPhoneNumber('+999123456789' as PhoneNumber), '+ •••••••••• 89');
});

test('the policies take what is possible, what is in use, and what is in use by mobile phones', () => {
  const taken = (text: string) => phoneNumberPolicies.filter((policy) => read(text, undefined, policy) !== undefined);
  assert.deepEqual(taken('+73213453212'), ['possible']);
  assert.deepEqual(taken('+74951234567'), ['possible', 'valid']);
  assert.deepEqual(taken('+79161234567'), ['possible', 'valid', 'mobile']);
  assert.deepEqual(taken('+12015550123'), ['possible', 'valid', 'mobile'], 'fixed or mobile, nobody can tell');
  assert.deepEqual(taken('+78001234567'), ['possible', 'valid']);
  assert.deepEqual(taken('+7321345321'), []);
});

const digitsOf = (zero: number) => (digit: string) => String.fromCodePoint(zero + Number(digit));
const scripts = [0x30, 0xff10, 0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0x1d7ce].map(digitsOf);
const between = fc.constantFrom('', ' ', '-', '  ', '\u00a0', '\u2011', '.', '\u200b', ' - ', '/');
const prefixes = fc.constantFrom('+', '00', '＋', 'tel:+', ' +', '\u202a+');

/** The digits in random scripts, with random signs between them. */
const spelled = (digits: string) =>
  fc
    .array(fc.tuple(fc.constantFrom(...scripts), between), { minLength: digits.length, maxLength: digits.length })
    .map((ways) => ways.map(([script, sign], at) => script(digits.charAt(at)) + sign).join(''));

test('any spelling of a mobile number of any country gives its one string', () => {
  const example = fc.constantFrom(...getCountries().filter((country) => examples[country]));
  const way = example.chain((country) => {
    const number = getExampleNumber(country, examples)!.number as string;
    return fc.tuple(fc.constant(number), prefixes, spelled(number.slice(1)));
  });
  fc.assert(
    fc.property(way, ([number, prefix, digits]) => {
      assert.equal(read(prefix + digits), number);
      assert.equal(read(number, 'US', 'mobile'), number);
    }),
    { numRuns: 1000 },
  );
});

test('each country’s own national spelling gives its number, and what was read is read as itself', () => {
  let countries = 0;
  for (const country of getCountries()) {
    const example = examples[country] && getExampleNumber(country, examples);
    if (!example) continue;
    countries += 1;
    assert.equal(read(example.formatNational(), country), example.number, `${country} ${example.formatNational()}`);
    assert.equal(read(example.formatInternational()), example.number, country);
    assert.equal(read(example.getURI()), example.number, country);
    assert.equal(read(formatPhoneNumber(example.number as unknown as PhoneNumber)), example.number);
  }
  assert.ok(countries > 200);
});

test('whatever is typed, reading never throws, and gives E.164 or a refusal', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.stringMatching(/^[+0-9 ();ext=.tel:-]*$/),
    fc.stringMatching(/^\+?[0-9]{0,20}$/),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(undefined, ...getCountries()), (typed, region) => {
      const number = read(typed, region);
      if (number === undefined) return;
      assert.match(number, /^\+[1-9]\d{1,14}$/);
      assert.equal(read(number), number, 'what was read is one number');
    }),
    { numRuns: 2000 },
  );
});

test('a mask shows the country code and two digits, and no more', () => {
  assert.equal(maskPhoneNumber('+79161234567' as PhoneNumber), '+7 •••••••• 67');
  for (const country of getCountries()) {
    const example = examples[country] && getExampleNumber(country, examples);
    if (!example) continue;
    const masked = maskPhoneNumber(example.number as unknown as PhoneNumber);
    assert.match(masked, new RegExp(`^\\+${example.countryCallingCode} •+ ${example.number.slice(-2)}$`));
    assert.equal(masked.replaceAll(' ', '').length, example.number.length);
  }
});

test('a region is an ISO code in any case', () => {
  assert.equal(parseRegionCode(' ru '), 'RU');
  for (const wrong of ['', 'R', 'RUS', 'XX', '7', 'ß', 'ıt', 'constructor', '__proto__'])
    assert.equal(parseRegionCode(wrong), undefined);
  assert.equal(regions('ru').length, getCountries().length);
  const names = regions('ru').map(({ name }) => name);
  assert.deepEqual(names, names.toSorted(new Intl.Collator('ru').compare));
  assert.deepEqual(
    regions('en').find(({ code }) => code === 'DE'),
    {
      code: 'DE',
      name: 'Germany',
      callingCode: '49',
      pattern: '#### #######',
      trunkPattern: '0#### #######',
      isMain: true,
      leadingDigits: undefined,
    },
  );
});

test('the leading digits of a country that shares its calling code are those of the metadata', () => {
  const shared = regions('en').filter(({ leadingDigits }) => leadingDigits !== undefined);
  const codes = new Set(shared.map(({ callingCode }) => callingCode));
  const all = regions('en').filter(({ callingCode }) => codes.has(callingCode));
  assert.deepEqual(shared, all, 'each country of such a calling code is in the table');
  assert.equal(shared.filter(({ isMain }) => isMain).length, codes.size);
  let known = 0;
  for (const callingCode of codes) {
    const countries = shared.filter((region) => region.callingCode === callingCode);
    const prefixes = countries.flatMap(({ leadingDigits = '' }) => leadingDigits.split(' ').filter(Boolean));
    const others = Array.from({ length: repetitions(1000) }, (_, at) => String((at * 7919) % 100_000).padStart(5, '0'));
    for (const [at, prefix] of [...prefixes, ...others].entries()) {
      for (const length of callingCode === '290' ? [4] : [8, 9, 10]) {
        const number = parse(`+${callingCode}${(prefix + String(23_456_789_234 + at)).slice(0, length)}`);
        if (!number?.isValid() || !/FIXED|MOBILE/.test(number.getType() ?? '')) continue;
        known += 1;
        const { nationalNumber, country } = number;
        const owner = countries.find(({ leadingDigits }) =>
          leadingDigits?.split(' ').some((first) => first !== '' && nationalNumber.startsWith(first)),
        );
        assert.equal((owner ?? countries.find(({ isMain }) => isMain))?.code, country, number.number);
      }
    }
  }
  assert.ok(known > 200, `${known} numbers are in use`);
});

test('all spellings are one challenge, one limit and one account, and the gateway gets the one string', async () => {
  const app = await openApp();
  const number = anyNumber();
  const local = number.slice(2);
  const token = await app.signIn(number);
  assert.equal(app.sent.at(-1)?.to, number);
  for (const spelling of [
    `8${local}`,
    `007${local}`,
    `tel:${number}`,
    `tel:${number};ext=5`,
    `7 (${local.slice(0, 3)}) ${local.slice(3)}`,
  ]) {
    const refused = await app.call('POST', '/api/request-sms/', { phone_number: spelling });
    assert.equal(refused.statusCode, 429, spelling);
    app.clock.turn(Number(refused.headers['retry-after']));
    const sent = app.sent.length;
    assert.equal((await app.call('POST', '/api/request-sms/', { phone_number: spelling })).statusCode, 201);
    assert.equal(app.sent.length, sent + 1);
    assert.equal(app.sent.at(-1)?.to, number);
    const entered = { phone_number: ` ${number} `, sms_code: app.codeFor(number) };
    const { data } = await app.call('POST', '/api/verify-sms/', entered);
    assert.equal(data.created, false);
  }
  assert.equal((await app.sql`select from account`).length, 1);
  assert.equal((await app.sql`select from challenge`).length, 1);
  const { data } = await app.call('GET', '/api/users/me', undefined, withToken(token));
  assert.equal(data.phone_number, number);
});

test('a mask shows the calling code of every country that the metadata know', () => {
  const codes = [...new Set([...regions('en').map(({ callingCode }) => callingCode), ...callingCodesWithoutCountry])];
  assert.ok(codes.length > 200);
  for (const code of codes) {
    const number = `+${code}123456789` as PhoneNumber;
    assert.equal(maskPhoneNumber(number), `+${code} ••••••• 89`);
  }
});
