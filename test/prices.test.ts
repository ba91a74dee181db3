import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Prices, parsePrices } from '../src/sms/prices.ts';

const header = 'provider,country,price,currency';

function list(...rows: string[]): Extract<Prices, { ok: true }> {
  const prices = parsePrices([header, ...rows].join('\n'));
  assert.ok(prices.ok, JSON.stringify(prices));
  return prices;
}

test('a price to a country goes before that to all, and what has none is undefined', () => {
  const { currency, priceOf } = list('twilio,DE,0.085,EUR', 'twilio,*,0.1,EUR', 'smsru,RU,0.06,EUR');
  assert.equal(currency, 'EUR');
  assert.equal(priceOf('twilio', 'DE'), 85_000n);
  assert.equal(priceOf('twilio', 'FR'), 100_000n);
  assert.equal(priceOf('smsru', 'RU'), 60_000n);
  assert.equal(priceOf('smsru', 'KZ'), undefined);
  assert.equal(priceOf('smsc', 'RU'), undefined);
});

test('prices are exact', () => {
  const exact: [price: string, micro: bigint][] = [
    ['0', 0n],
    ['0.000001', 1n],
    ['0.1', 100_000n],
    ['0.07', 70_000n],
    ['1.10', 1_100_000n],
    ['007', 7_000_000n],
    ['999999999.999999', 999_999_999_999_999n],
  ];
  for (const [price, micro] of exact) assert.equal(list(`twilio,*,${price},EUR`).priceOf('twilio', 'DE'), micro, price);
});

test('a byte order mark, carriage returns and empty lines count for nothing', () => {
  const prices = parsePrices(`\uFEFF${header}\r\ntwilio,DE,0.085,EUR\r\n\r\ntwilio,FR,0.09,EUR\r\n`);
  assert.ok(prices.ok, JSON.stringify(prices));
  assert.equal(prices.priceOf('twilio', 'FR'), 90_000n);
});

const refused: [title: string, text: string, line: number, problem: RegExp][] = [
  ['nothing', '', 1, /first line is not provider,country,price,currency/],
  ['no header', 'twilio,DE,0.085,EUR', 1, /first line/],
  ['a header of other order', 'country,provider,price,currency\ntwilio,DE,0.085,EUR', 1, /first line/],
  ['no price', `${header}\n`, 2, /there is no price/],
  ['quotes', `${header}\n"twilio",DE,0.085,EUR`, 2, /quotes are not needed/],
  ['three fields', `${header}\ntwilio,DE,0.085`, 2, /3 fields/],
  ['a decimal comma', `${header}\ntwilio,DE,0,085,EUR`, 2, /5 fields/],
  ['no provider', `${header}\n,DE,0.085,EUR`, 2, /"" is no name of a provider/],
  ['a space', `${header}\ntwilio, DE,0.085,EUR`, 2, /" DE" is no country/],
  ['a country in small letters', `${header}\ntwilio,de,0.085,EUR`, 2, /"de" is no country/],
  ['a country that is none', `${header}\ntwilio,UK,0.085,EUR`, 2, /"UK" is no country/],
  ['seven digits behind the point', `${header}\ntwilio,DE,0.0000001,EUR`, 2, /"0.0000001" is no price/],
  ['a negative price', `${header}\ntwilio,DE,-1,EUR`, 2, /"-1" is no price/],
  ['an exponent', `${header}\ntwilio,DE,1e3,EUR`, 2, /"1e3" is no price/],
  ['a price without its whole', `${header}\ntwilio,DE,.5,EUR`, 2, /".5" is no price/],
  ['a price without an end', `${header}\ntwilio,DE,5.,EUR`, 2, /"5." is no price/],
  ['other digits', `${header}\ntwilio,DE,٥,EUR`, 2, /is no price/],
  ['a price too large', `${header}\ntwilio,DE,1000000000,EUR`, 2, /is no price/],
  ['a currency in words', `${header}\ntwilio,DE,0.085,euro`, 2, /"euro" is no currency/],
  ['two currencies', `${header}\ntwilio,DE,0.085,EUR\ntwilio,US,0.01,USD`, 3, /USD is another currency than EUR above/],
  ['a price twice', `${header}\n\ntwilio,*,0.085,EUR\ntwilio,*,0.085,EUR`, 4, /twilio to \* has a price above/],
];

for (const [title, text, line, problem] of refused) {
  test(`a list with ${title} is refused, with its line`, () => {
    const prices = parsePrices(text);
    assert.ok(!prices.ok);
    assert.equal(prices.problems[0]!.line, line);
    assert.match(prices.problems[0]!.problem, problem);
  });
}

test('all problems are told at once', () => {
  const prices = parsePrices(`${header}\ntwilio,DE,x,EUR\ntwilio,FR,0.1,EUR\ntwilio,XX,0.1,EUR\n"`);
  assert.ok(!prices.ok);
  assert.deepEqual(
    prices.problems.map(({ line }) => line),
    [2, 4, 5],
  );
});

test('any price that is printed is read as the same', () => {
  const micro = fc.bigInt({ min: 0n, max: 999_999_999_999_999n });
  const country = fc.constantFrom('RU', 'KZ', 'DE', 'US', 'GB', '*');
  const provider = fc.constantFrom('smsru', 'smsc', 'twilio', 'http');
  const rows = fc.uniqueArray(fc.tuple(provider, country, micro), {
    minLength: 1,
    selector: ([name, to]) => `${name},${to}`,
  });
  fc.assert(
    fc.property(rows, fc.boolean(), (all, short) => {
      const { priceOf } = list(...all.map(([name, to, price]) => `${name},${to},${printed(price, short)},RUB`));
      for (const [name, to, price] of all) assert.equal(priceOf(name, to), price);
    }),
  );
});

test('no text makes it throw', () => {
  const field = fc.oneof(fc.constantFrom('twilio', 'DE', '*', '0.1', 'EUR', ',', '\n', '\r\n', '"'), fc.string());
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const prices = parsePrices(`${header}\n${fields.join(',')}`);
      assert.ok(prices.ok || prices.problems.length > 0);
    }),
  );
});

test('the example of a deployment can be read', async () => {
  const text = await readFile(new URL('../deploy/sms-prices.csv', import.meta.url), 'utf8');
  const prices = parsePrices(text);
  assert.ok(prices.ok, JSON.stringify(prices));
  assert.equal(prices.currency, 'RUB');
  assert.equal(prices.priceOf('smsru', 'RU'), 6_250_000n);
});

function printed(micro: bigint, short: boolean): string {
  const digits = String(micro).padStart(7, '0');
  const decimal = `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  return short ? decimal.replace(/\.?0+$/, '') : decimal;
}
