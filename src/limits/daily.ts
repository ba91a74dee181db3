/** What may be sent in a UTC day: to a country or, with `*`, to all. `max` undefined: ten times the median of 14 days. */
export interface DailyMax {
  readonly country: string;
  /** Messages, or a currency of ISO 4217, in which `max` counts millionths. */
  readonly unit: string;
  readonly max: number | undefined;
}

/** The unit that counts messages. */
export const messages = 'messages';

/** The maximum that holds with a paid provider where the operator names none: it goes with the traffic of the days before. */
export const defaultDailyMax: DailyMax = { country: '*', unit: messages, max: undefined };

/** The least that the default comes to. */
export const leastDailyMessages = 1000;

/** What one message adds to a count of the day, by millionths for money, and the maximum of that count. */
export interface DailyCounter {
  readonly scope: string;
  readonly max: number | null;
  readonly cost: number;
  /** A usual cost: a shard holds at least 250 of it, so that a small maximum is one exact row. */
  readonly usual: number;
}

const usualPrice = 50_000;

/** The counts of the day that a message to a country adds to; money only where its price is known. */
export function dailyCounters(
  maxima: readonly DailyMax[],
  { country, price }: { country: string; price: bigint | undefined },
): DailyCounter[] {
  return maxima
    .filter((one) => one.country === '*' || one.country === country)
    .filter(({ unit }) => unit === messages || price !== undefined)
    .map(({ unit, country: scoped, max }) => {
      const isMoney = unit !== messages;
      const cost = isMoney ? Number(price) : 1;
      return { scope: `${unit}:${scoped}`, max: max ?? null, cost, usual: isMoney ? usualPrice : 1 };
    });
}
