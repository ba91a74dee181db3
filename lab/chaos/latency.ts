import type { RecordedCall } from './api-client.ts';

/** What calls take when nothing is done to them. */
export interface Baseline {
  /** The p95 of the worst second. */
  readonly p95Ms: number;
  readonly errors: number;
}

/** Judges the seconds between two moments. */
export function measureBaseline(calls: readonly RecordedCall[], from: number, to: number): Baseline {
  const seconds = secondsOf(calls, from, to);
  return { p95Ms: Math.max(...seconds.map(p95)), errors: seconds.flat().filter(isFailure).length };
}

/** What became of the calls after a fault, in seconds from its beginning on. */
export interface Recovery {
  readonly errors: number;
  /** Until the last error. */
  readonly errorsS: number;
  /** Until the first of five seconds on end without an error, whose p95 is at most twice the ordinary; else infinite. */
  readonly ordinaryS: number;
  readonly longestMs: number;
  /** Answers of 500 and above that are not 503 with `Retry-After`. */
  readonly odd: number;
}

/** Looks at the calls that ended between the beginning of a fault and the end of watching it. */
export function measureRecovery(
  calls: readonly RecordedCall[],
  ordinary: Baseline,
  begun: number,
  end: number,
): Recovery {
  const after = calls.filter(({ at }) => at >= begun && at < end);
  const errors = after.filter(isFailure);
  const seconds = secondsOf(calls, begun, end);
  const good = seconds.map(
    (second) => second.length > 0 && !second.some(isFailure) && p95(second) <= 2 * ordinary.p95Ms,
  );
  const lastError = errors.length > 0 ? (Math.max(...errors.map(({ at }) => at)) - begun) / 1000 : 0;
  const first = good.findIndex(
    (_, at) => at >= Math.floor(lastError) && good.length >= at + 5 && good.slice(at, at + 5).every(Boolean),
  );
  return {
    errors: errors.length,
    errorsS: lastError,
    ordinaryS: first < 0 ? Number.POSITIVE_INFINITY : first,
    longestMs: after.reduce((longest, { ms }) => Math.max(longest, ms), 0),
    odd: errors.filter(({ status, retryAfter }) => status >= 500 && !(status === 503 && retryAfter)).length,
  };
}

function isFailure({ status }: RecordedCall): boolean {
  return status === 0 || status >= 500;
}

function secondsOf(calls: readonly RecordedCall[], from: number, to: number): RecordedCall[][] {
  const seconds: RecordedCall[][] = Array.from({ length: Math.floor((to - from) / 1000) }, () => []);
  for (const call of calls) if (call.at >= from) seconds[Math.floor((call.at - from) / 1000)]?.push(call);
  return seconds;
}

function p95(calls: readonly RecordedCall[]): number {
  const sorted = calls.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}
