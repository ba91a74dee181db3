/** A maximum of a UTC day: for a country or, with `*`, for all. `max` undefined: ten times the median of 14 days. */
export interface DailyMax {
  readonly country: string;
  /** Messages, or a currency of ISO 4217, in which `max` counts millionths. */
  readonly unit: string;
  readonly max: number | undefined;
}

/** The unit that counts messages. */
export const messageUnit = 'messages';

/** The maximum with a paid provider if the operator sets none; it grows with the traffic of the preceding days. */
export const defaultDailyMax: DailyMax = { country: '*', unit: messageUnit, max: undefined };

/** A counter of the day: the cost of the message, in millionths for money, and the maximum. */
export interface DailyCounter {
  readonly scope: string;
  readonly max: number | null;
  readonly cost: number;
  /** A typical cost: a shard holds at least 250 of it, so that a small maximum is one exact row. */
  readonly typicalCost: number;
}

const typicalPrice = 50_000;

/** The counters of the day for a message to a country; of money only if its price is known. */
export function dailyCounters(
  maxima: readonly DailyMax[],
  { country, price }: { country: string; price: bigint | undefined },
): DailyCounter[] {
  return maxima
    .filter((max) => max.country === '*' || max.country === country)
    .filter(({ unit }) => unit === messageUnit || price !== undefined)
    .map(({ unit, country: scoped, max }) => {
      const isMoney = unit !== messageUnit;
      const cost = isMoney ? Number(price) : 1;
      return { scope: `${unit}:${scoped}`, max: max ?? null, cost, typicalCost: isMoney ? typicalPrice : 1 };
    });
}
