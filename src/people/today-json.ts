import { formatMicros } from './format.ts';
import type { Sums, SumsOf, Today } from './view-today.ts';

/** Sums as JSON: the price by currency, as exact decimals in texts. */
export interface SumsJson {
  readonly asked: number;
  readonly sent: number;
  readonly delivered: number;
  readonly completed: number;
  readonly failed: number;
  readonly spend: Readonly<Record<string, string>>;
}

/** The totals of a day, as the management API and `vouch today --json` give them. */
export function toTodayJson({ since, until, today, before, hours, countries, providers, refused, breakers }: Today) {
  return {
    since,
    until,
    today: sumsJson(today),
    last_week: sumsJson(before),
    by_hour: hours.map(groupJson),
    by_country: countries.map(groupJson),
    by_provider: providers.map(groupJson),
    refused,
    breakers,
  };
}

function groupJson({ name, today, before }: SumsOf) {
  return { name, today: sumsJson(today), last_week: sumsJson(before) };
}

function sumsJson({ spend, ...counts }: Sums): SumsJson {
  return { ...counts, spend: Object.fromEntries([...spend].map(([currency, sum]) => [currency, formatMicros(sum)])) };
}
