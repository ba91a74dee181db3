import type { Language } from '../kit/language.ts';

const styles = {
  /** A time within the hours around now, to the second. */
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  /** A time on some day, to the second. */
  exact: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  /** A time in the past, to the minute. */
  moment: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  /** A day in the past. */
  day: { day: 'numeric', month: 'short', year: 'numeric' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

/** The precision of a displayed time. */
export type DateTimeStyle = keyof typeof styles;

/**
 * A time in the reader's language: in UTC, with the zone named unless it is a day, until the script converts it to the reader's own zone.
 */
export function DateTime({ language, at: date, style }: { language: Language; at: Date; style: DateTimeStyle }) {
  const options: Intl.DateTimeFormatOptions = { ...styles[style], hourCycle: 'h23' };
  const zone = style === 'day' ? {} : { timeZoneName: 'short' as const };
  const text = new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC', ...zone });
  return (
    <time datetime={date.toISOString()} data-when={JSON.stringify(options)}>
      {text.format(date)}
    </time>
  );
}
