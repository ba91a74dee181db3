import assert from 'node:assert/strict';
import { test } from 'node:test';
import parse, { type CountryCode, getCountryCallingCode } from 'libphonenumber-js/max';
import { uniformCountries, uniformMobileCountry } from '../src/kit/numbering-plans.ts';
import { callingCodesWithoutCountry, countryOf, type PhoneNumber, parsePhoneNumber } from '../src/kit/phone-number.ts';
import { noopMetrics } from '../src/metrics/metrics.ts';
import { deepTest } from './support/depth.ts';
import { openApp } from './support/harness.ts';
import { HtmlClient } from './support/html-client.ts';

const counted: string[] = [];
const metrics = {
  ...noopMetrics,
  numberRefused: (code: string, country: string | undefined) => void counted.push(`${code} ${country ?? ''}`.trim()),
};
const app = await openApp({ phoneNumberPolicy: 'mobile', metrics });
const strict = { databaseUrl: app.databaseUrl, phoneNumberPolicy: 'mobile' as const, metrics };
const russian = await openApp({ ...strict, smsCountries: new Set(['RU']) });

const ask = (phone_number: string, at = app, language = 'en') =>
  at.call('POST', '/api/request-sms/', { phone_number }, { 'accept-language': language });

/** What reading a number comes to: the number, or why not. */
function outcome(
  text: string,
  served: readonly string[] | undefined,
  policy: 'mobile' | 'valid' | 'possible' = 'mobile',
) {
  const read = parsePhoneNumber(text, {
    region: undefined,
    defaultRegion: 'RU',
    policy,
    served: served && new Set(served),
  });
  if (read.ok) return read.phoneNumber;
  return read.code === 'country_not_served' ? `${read.code} ${read.country}` : read.code;
}

const notMobile: readonly (readonly [kind: string, numbers: readonly string[]])[] = [
  ['landline', ['+74951234567', '8 495 123-45-67', '+442079460000', '+4930123456']],
  ['toll-free', ['8 800 200-06-00', '+78002000600', '+448001111111', '+498001234567']],
  ['premium-rate', ['8 809 123 45 67', '+449098790000', '+19002345678']],
  ['shared-cost', ['+448431234567', '+498031234567']],
  ['VoIP', ['+445612345678', '+33912345678']],
  ['pager', ['+447640123456', '+491681234567']],
  ['personal', ['+447012345678', '+15002345678']],
  ['company', ['+445512345678']],
  ['short', ['112', '0611', '900', '88005', '8-800', '123456', '*112'.slice(1)]],
];

for (const [kind, numbers] of notMobile) {
  test(`a ${kind} number is told that a mobile number is needed, by API and page, in both languages`, async () => {
    for (const number of numbers) {
      assert.equal(outcome(number, ['*']), 'mobile_number_needed', number);
      const { statusCode, data } = await ask(number);
      assert.deepEqual([statusCode, data.code], [400, 'mobile_number_needed'], number);
      assert.match(data.non_field_errors[0], /mobile number is needed/);
      const { data: verified } = await app.call('POST', '/api/verify-sms/', {
        phone_number: number,
        sms_code: '123456',
      });
      assert.deepEqual([verified.code, verified.detail], ['mobile_number_needed', verified.non_field_errors[0]]);
      assert.match(verified.detail, /Нужен мобильный номер/);
      const page = await new HtmlClient(app, { 'accept-language': 'ru' }).post('/', { phone_number: number });
      assert.equal(page.status, 400);
      assert.match(page.html, /Нужен мобильный номер/);
    }
  });
}

test('what is no number at all is still told that it is none', async () => {
  for (const number of ['+7916123456', 'abc', '12', '+7 999', '+49 1', '+15550100000']) {
    assert.equal((await ask(number)).data.code, 'not_a_phone_number', number);
  }
});

test('where landlines are allowed, a landline gets a code', async () => {
  for (const policy of ['valid', 'possible'] as const)
    assert.equal(outcome('+74951234567', ['*'], policy), '+74951234567');
});

const withoutCountry = [
  '+8816123456789',
  '+870773123456',
  '+88213123456',
  '+8835100123456',
  '+8835100012345678',
  '+979123456789',
  '+80012345678',
  '+80812345678',
  '+87812345678901',
  '+878101234567890',
  '00 881 612 345 67 89',
];

test('a satellite number or another one without a country gets no code unless its calling code is named', async () => {
  for (const number of withoutCountry) {
    for (const policy of ['mobile', 'valid', 'possible'] as const) {
      const found = outcome(number, ['*'], policy);
      assert.match(found, /^(country_not_served \+\d{3}|not_a_phone_number)$/, `${number} ${policy}`);
    }
  }
  assert.equal(outcome('+8816123456789', ['RU']), 'country_not_served +881');
  assert.equal(outcome('+8816123456789', ['RU', '+881']), '+8816123456789');
  assert.equal(outcome('+870773123456', ['*', '+881']), 'country_not_served +870');
  assert.equal(outcome('+870773123456', ['+870']), '+870773123456');
  assert.equal(outcome('+79161234567', ['+870']), 'country_not_served RU');
  const { data } = await ask('+8816123456789');
  assert.deepEqual([data.code, data.country], ['country_not_served', '+881']);
  assert.match(data.detail, /\+881/);
  assert.equal(app.sent.length, 0);
});

test('no calling code without a country has one in our list of countries', () => {
  for (const code of callingCodesWithoutCountry) {
    const number = `+${code}123456789` as PhoneNumber;
    assert.equal(countryOf(number).region, '001', code);
  }
});

test('a country that is not served is named in the language of the reader, by API and page', async () => {
  for (const [number, country, en, ru] of [
    ['+447797712345', 'JE', 'Jersey', 'Джерси'],
    ['+77001234567', 'KZ', 'Kazakhstan', 'Казахстан'],
    ['+17587123456', 'LC', 'St. Lucia', 'Сент-Люсия'],
    ['+4915123456789', 'DE', 'Germany', 'Германия'],
  ] as const) {
    const { statusCode, data } = await ask(number, russian);
    assert.deepEqual([statusCode, data.code, data.country], [400, 'country_not_served', country]);
    assert.ok(data.non_field_errors[0].includes(en), data.detail);
    assert.ok((await ask(number, russian, 'ru')).data.detail.includes(ru));
    const { data: verified } = await russian.call('POST', '/api/verify-sms/', { phone_number: number, sms_code: '1' });
    assert.equal(verified.code, 'country_not_served');
    const page = await new HtmlClient(russian, { 'accept-language': 'ru' }).post('/', { phone_number: number });
    assert.equal(page.status, 400);
    assert.ok(page.html.includes(ru), page.html);
    assert.ok(counted.includes(`country_not_served ${country}`));
  }
  assert.equal(russian.sent.length, 0);
  assert.equal((await ask('+79161234567', russian)).statusCode, 201);
});

test('a shared calling code is judged by the own country of the number', () => {
  for (const [number, country] of [
    ['+447797712345', 'JE'],
    ['+447781123456', 'GG'],
    ['+447624123456', 'IM'],
    ['+447400123456', 'GB'],
    ['+12015550123', 'US'],
    ['+16042345678', 'CA'],
    ['+18762101234', 'JM'],
    ['+18092345678', 'DO'],
    ['+79161234567', 'RU'],
    ['+77001234567', 'KZ'],
    ['+4741234567', 'NO'],
    ['+358412345678', 'FI'],
    ['+61412345678', 'AU'],
    ['+212650123456', 'MA'],
    ['+262692123456', 'RE'],
    ['+262639012345', 'YT'],
    ['+59995181234', 'CW'],
    ['+5993181234', 'BQ'],
  ] as const) {
    assert.equal(outcome(number, [country]), number, country);
    assert.equal(countryOf(number as PhoneNumber).region, country);
    for (const other of ['GB', 'US', 'RU', 'NO', 'FI', 'AU', 'MA', 'RE', 'CW']) {
      if (other !== country)
        assert.equal(outcome(number, [other]), `country_not_served ${country}`, `${number} ${other}`);
    }
  }
  for (const [number, country] of [
    ['+4779123456', 'SJ'],
    ['+35818123456', 'AX'],
  ] as const) {
    assert.equal(outcome(number, ['NO', 'FI'], 'valid'), `country_not_served ${country}`);
    assert.equal(outcome(number, [country], 'valid'), number);
  }
});

test('a number of no known range of a shared calling code counts for the main country alone', () => {
  assert.equal(outcome('+15550100000', ['US'], 'possible'), '+15550100000');
  assert.equal(outcome('+15550100000', ['JM'], 'possible'), 'country_not_served US');
  assert.equal(outcome('+18765550123', ['US'], 'possible'), 'country_not_served JM');
});

test('a number of a range that is newer than the metadata is taken by the form of a uniform plan', () => {
  const newer = [
    ['+61479000000', 'AU'],
    ['+8616212345678', 'CN'],
    ['+4743160000', 'NO'],
    ['+923912345678', 'PK'],
    ['+393001234567', 'IT'],
    ['+40715123456', 'RO'],
    ['+5525912345678', 'BR'],
  ] as const;
  for (const [number, country] of newer) {
    if (!parse(number)?.isValid()) assert.equal(countryOf(number as PhoneNumber).region, country);
    assert.equal(outcome(number, [country]), number);
    assert.equal(outcome(number, ['DE']), `country_not_served ${country}`);
  }
  assert.ok(newer.filter(([number]) => !parse(number)?.isValid()).length >= 3, 'some are unknown to the metadata');
});

deepTest('no uniform plan takes a number that the metadata know as something else than a mobile one', () => {
  for (const country of uniformCountries) {
    const callingCode = getCountryCallingCode(country as CountryCode);
    let mobile = 0;
    for (let prefix = 10_000; prefix < 100_000; prefix += 41) {
      for (const length of [8, 9, 10, 11]) {
        const national = String(prefix).padEnd(length, '4');
        if (uniformMobileCountry(callingCode, national) !== country) continue;
        const number = parse(`+${callingCode}${national}`);
        if (!number?.isValid()) continue;
        mobile += 1;
        assert.match(number.getType() ?? '', /MOBILE/, `${country} ${national}`);
      }
    }
    assert.ok(mobile > 20, `${country}: ${mobile}`);
  }
});

test('a test number may be of any country and kind, because nothing is sent to it', async () => {
  const testNumbers = new Map([['+15550100000', '123456']]);
  const tested = await openApp({ ...strict, smsCountries: new Set(['RU']), testNumbers, sending: { testNumbers } });
  assert.equal((await ask('+1 555 010 0000', tested)).statusCode, 201);
  assert.equal((await ask('+1 555 010 0001', tested)).statusCode, 400);
});

test('the page of the number offers only the countries that get a code', async () => {
  const offered = async (at: typeof app) => {
    const { html } = await new HtmlClient(at).post('/', { phone_number: 'nonsense' });
    return [...html.matchAll(/<option value="([A-Z]{2})"/g)].map(([, code]) => code);
  };
  assert.deepEqual(await offered(russian), ['RU']);
  assert.ok((await offered(app)).length > 200, 'all of them where none is named');
});
