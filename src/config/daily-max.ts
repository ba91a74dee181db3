import { readRegionCode } from '../kit/phone-number.ts';
import { type DailyMax, messages } from '../limits/daily.ts';
import type { Kind } from './parsers.ts';

/** The maxima of a day, as `*=5000,RU=2000,*=50EUR`; `off` is no maximum at all. */
export const dailyMax: Kind<readonly DailyMax[]> = {
  wanted: 'off, or maxima separated by commas: of messages as *=5000 and RU=2000, and of money as *=50EUR and RU=20EUR',
  read: (given) => {
    if (given === 'off') return [];
    const maxima = given.split(',').map(readOne);
    const keys = maxima.map((one) => one && `${one.unit}:${one.country}`);
    return maxima.every((one) => one !== undefined) && new Set(keys).size === keys.length ? maxima : undefined;
  },
};

function readOne(text: string): DailyMax | undefined {
  const [, country = '', amount = '', part, currency] =
    /^\s*(\*|[A-Z]{2})\s*=\s*(\d{1,9})(?:\.(\d{1,6}))?\s?([A-Z]{3})?\s*$/.exec(text) ?? [];
  if (country !== '*' && readRegionCode(country) !== country) return undefined;
  if (currency === undefined && part !== undefined) return undefined;
  const max = currency === undefined ? Number(amount) : Number(amount + (part ?? '').padEnd(6, '0'));
  return max > 0 ? { country, unit: currency ?? messages, max } : undefined;
}
