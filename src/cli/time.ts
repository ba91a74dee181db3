import { UsageError } from './usage-error.ts';

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const maxDays = 36_500;

/**
 * Parses a time: a duration before now (`30m`, `24h`, `7d`), or a date, time of day and zone (ISO 8601). A time that is
 * not in the calendar, or has no zone, is refused. Throws `UsageError`.
 */
export function parseTime(option: string, text: string, now: Date): Date {
  const [, count, unit = ''] = /^([1-9]\d{0,7})([mhd])$/.exec(text) ?? [];
  if (count !== undefined && isUnit(unit)) {
    const ms = Number(count) * units[unit];
    if (ms > maxDays * units.d) throw new UsageError(`--${option} ${text} is longer ago than ${maxDays} days`);
    return new Date(now.getTime() - ms);
  }
  const at = parseZonedTime(text);
  if (at) return at;
  const zoneless = parseZonedTime(`${text}Z`) ?? parseZonedTime(`${text}T00:00Z`);
  const fix = zoneless
    ? `it names no time zone: ${zoneless.toISOString().replace('.000', '')}, or with +03:00`
    : 'Example: 24h, or 2026-01-31T12:00Z';
  throw new UsageError(`${text} is no time for --${option}. ${fix}`);
}

/** Parses the end of something: a duration from now on, or a time as `parseTime` takes it. Throws `UsageError`. */
export function parseEnd(option: string, text: string, now: Date): Date {
  const at = parseTime(option, text, now);
  return /^\d+[mhd]$/.test(text) ? new Date(2 * now.getTime() - at.getTime()) : at;
}

function isUnit(text: string): text is keyof typeof units {
  return Object.hasOwn(units, text);
}

/** Undefined for a date that is not in the calendar: formatted again, it has to be the same. */
function parseZonedTime(text: string): Date | undefined {
  const form = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
  const [, date, time, seconds = ':00', zone = ''] = form.exec(text) ?? [];
  if (date === undefined || date < '1900') return undefined;
  const local = new Date(`${date}T${time}${seconds}Z`);
  if (Number.isNaN(local.getTime()) || !local.toISOString().startsWith(`${date}T${time}${seconds.slice(0, 3)}`))
    return undefined;
  if (zone !== 'Z' && !/^[+-](0\d|1[0-4]):[0-5]\d$/.test(zone)) return undefined;
  const at = new Date(`${date}T${time}${seconds}${zone}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
