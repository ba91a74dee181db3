const [second, minute, hour] = [1, 60, 3600];

/** The seconds before each retry of an event, before jitter. */
export const retrySeconds = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];
/** The share by which a delay varies, so that events that failed together do not come back together. */
const jitter = 0.2;
/** The longest delay that a receiver may ask for. */
const maxRetryAfter = 24 * hour;

/**
 * The seconds until the next retry, after so many of them; null after the last one. `retryAfter` are the seconds that the
 * receiver asks for, `random` is from 0 to 1.
 */
export function retryDelay(retries: number, retryAfter: number | undefined, random: number): number | null {
  const delay = retrySeconds[retries];
  if (delay === undefined) return null;
  return Math.max(delay * (1 + jitter * random), Math.min(retryAfter ?? 0, maxRetryAfter));
}

/** The seconds of a `Retry-After` header (RFC 9110, 10.2.3); undefined if it has none. */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.max(0, (time - now.getTime()) / 1000);
}
