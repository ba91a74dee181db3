import { countryName, maskPhoneNumber, parsePhoneNumber } from '../kit/phone-number.ts';
import type { ConsoleLanguage } from './words.ts';

/** Amounts in millionths by currency, as "12.50 EUR"; a dash without any. */
export function formatMoney(language: ConsoleLanguage, spend: ReadonlyMap<string, bigint>): string {
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  const amounts = [...spend].map(([currency, micros]) => `${format.format(Number(micros) / 1e6)} ${currency}`);
  return amounts.length === 0 ? '–' : amounts.join(', ');
}

/** The name of a country, or its code; 001 are numbers of no country. */
export function countryText(language: ConsoleLanguage, country: string): string {
  return countryName(language, country) ?? country;
}

/** A number in E.164, masked; any other text stays. */
export function maskedNumber(text: string): string {
  const read = parsePhoneNumber(text, { region: undefined, defaultRegion: 'RU', policy: 'possible' });
  return read.ok ? maskPhoneNumber(read.phoneNumber) : text;
}
