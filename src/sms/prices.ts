import { parseRegionCode } from '../kit/phone-number.ts';

/** A problem of a line of a price list; `line` counts from 1. */
export interface PriceProblem {
  readonly line: number;
  readonly problem: string;
}

/** The prices of messages, in millionths of one currency (ISO 4217). */
export type Prices =
  | {
      readonly ok: true;
      readonly currency: string;
      /** The price to a country (ISO 3166-1 alpha-2), else the one of `*`; undefined if the list has neither. */
      readonly priceOf: (provider: string, country: string) => bigint | undefined;
    }
  | { readonly ok: false; readonly problems: readonly PriceProblem[] };

const header = 'provider,country,price,currency';

/**
 * Parses a price list: CSV in UTF-8, first the line `provider,country,price,currency`, then one line a price, as
 * `twilio,DE,0.085,EUR`; the country `*` stands for all without a line of their own. A price is decimal, with a point
 * and at most six digits after it, and is parsed exactly. All prices have one currency, and none occurs twice. Empty
 * lines, a byte order mark and carriage returns are ignored.
 */
export function parsePrices(text: string): Prices {
  const problems: PriceProblem[] = [];
  const prices = new Map<string, bigint>();
  let currency: string | undefined;
  const [first = '', ...rows] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (first !== header) problems.push({ line: 1, problem: `the first line is not ${header}` });
  for (const [index, row] of rows.entries()) {
    if (row === '') continue;
    const parsed = parseRow(row);
    const problem = typeof parsed === 'string' ? parsed : clash(parsed);
    if (problem !== undefined) problems.push({ line: index + 2, problem });
    else if (typeof parsed !== 'string') {
      currency = parsed.currency;
      prices.set(keyOf(parsed.provider, parsed.country), parsed.price);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  if (currency === undefined) return { ok: false, problems: [{ line: 2, problem: 'there is no price' }] };
  return {
    ok: true,
    currency,
    priceOf: (provider, country) => prices.get(keyOf(provider, country)) ?? prices.get(keyOf(provider, '*')),
  };

  function clash({ provider, country, currency: rowCurrency }: Row): string | undefined {
    if (currency !== undefined && rowCurrency !== currency)
      return `${rowCurrency} is another currency than ${currency} above`;
    return prices.has(keyOf(provider, country)) ? `${provider} to ${country} has a price above` : undefined;
  }
}

interface Row {
  readonly provider: string;
  readonly country: string;
  readonly price: bigint;
  readonly currency: string;
}

/** Returns the row of a line, or its problem. */
function parseRow(row: string): Row | string {
  if (row.includes('"')) return 'quotes are not needed: no field holds a comma';
  const fields = row.split(',');
  const [provider = '', country = '', price = '', currency = ''] = fields;
  if (fields.length !== 4) return `it has ${fields.length} fields, not the four of ${header}`;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(provider)) return `${quoted(provider)} is no name of a provider, as twilio`;
  if (country !== '*' && parseRegionCode(country) !== country) {
    return `${quoted(country)} is no country of ISO 3166-1, as DE, nor * for all others`;
  }
  const [, whole, part = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(price) ?? [];
  if (whole === undefined) return `${quoted(price)} is no price, as 0.085, with at most six digits behind the point`;
  if (!/^[A-Z]{3}$/.test(currency)) return `${quoted(currency)} is no currency of ISO 4217, as EUR`;
  return { provider, country, price: BigInt(whole + part.padEnd(6, '0')), currency };
}

function quoted(field: string): string {
  return JSON.stringify(field.slice(0, 40));
}

function keyOf(provider: string, country: string): string {
  return `${provider},${country}`;
}
