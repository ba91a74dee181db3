/** A value at a time, in minutes. */
export interface Sample {
  readonly minute: number;
  readonly value: number;
}

/** How far values grew from the first to the last of the samples judged, and whether that is more than is allowed. */
export interface Growth {
  readonly grew: number;
  readonly allowed: number;
  readonly isLeak: boolean;
}

/**
 * Judges whether a value climbs: the slope of the last two thirds by Theil and Sen (the median of the slopes of all
 * pairs, which neither a spike nor the teeth of a garbage collector bend), times their length. The first third is for
 * warming up. Allowed is a share of the median, and so much in any case.
 */
export function measureGrowth(samples: readonly Sample[], allowed: { share: number; least: number }): Growth {
  const judged = samples.slice(Math.floor(samples.length / 3));
  const slopes = judged.flatMap((one, at) =>
    judged.slice(at + 1).map((other) => (other.value - one.value) / (other.minute - one.minute)),
  );
  const span = (judged.at(-1)?.minute ?? 0) - (judged[0]?.minute ?? 0);
  const grew = slopes.length > 0 ? median(slopes) * span : 0;
  const most = Math.max(allowed.least, allowed.share * median(judged.map(({ value }) => value)));
  return { grew, allowed: most, isLeak: grew > most };
}

/** The middle of some numbers, NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
