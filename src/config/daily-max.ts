import { parseRegionCode } from '../kit/phone-number.ts';
import { type DailyMax, messageUnit } from '../limits/daily.ts';
import type { Parser } from './parsers.ts';

/** The maxima of a day, as `*=5000,RU=2000,*=50EUR`; `off` is no maximum at all. */
export const dailyMax: Parser<readonly DailyMax[]> = {
  expected:
    'off, or maxima separated by commas: of messages as *=5000 and RU=2000, and of money as *=50EUR and RU=20EUR',
  parse: (input) => {
    if (input === 'off') return [];
    const maxima = input.split(',').map(parseMax);
    const keys = maxima.map((entry) => entry && `${entry.unit}:${entry.country}`);
    return maxima.every((entry) => entry !== undefined) && new Set(keys).size === keys.length ? maxima : undefined;
  },
};

function parseMax(text: string): DailyMax | undefined {
  const [, country = '', amount = '', part, currency] =
    /^\s*(\*|[A-Z]{2})\s*=\s*(\d{1,9})(?:\.(\d{1,6}))?\s?([A-Z]{3})?\s*$/.exec(text) ?? [];
  if (country !== '*' && parseRegionCode(country) !== country) return undefined;
  if (currency === undefined && part !== undefined) return undefined;
  const max = currency === undefined ? Number(amount) : Number(amount + (part ?? '').padEnd(6, '0'));
  return max > 0 ? { country, unit: currency ?? messageUnit, max } : undefined;
}
