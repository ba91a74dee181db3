import type { EventName } from '../audit/event.ts';
import type { EventRow } from '../audit/store.ts';
import type { ChallengeRow, DeliveryRow, RefusalRow } from './store.ts';

/** An event of a number, and its time. */
export interface Event {
  readonly at: Date;
  readonly what: string;
}

/** The timeline of a number, oldest first, in words. It contains no code, since none is known. */
export function storyOf(
  deliveries: readonly DeliveryRow[],
  challenges: readonly ChallengeRow[],
  refusals: readonly RefusalRow[],
  audited: readonly EventRow[] = [],
): Event[] {
  const events: Event[] = [...deliveries.flatMap(eventsOf), ...refusals.flatMap(refused), ...audited.map(auditEvent)];
  for (const { lane, guessed, used_at: usedAt, guesses, expires_at: expiresAt } of challenges) {
    const by = lane === 'known_device' ? ' on a device that had signed in before' : '';
    for (const at of guessed) events.push({ at: new Date(at), what: `a code was entered${by}` });
    if (usedAt) events.push({ at: usedAt, what: `signed in${by}` });
    else if (guesses >= 5)
      events.push({ at: new Date(guessed[0] ?? expiresAt), what: 'its five guesses were used up' });
  }
  return events.sort((one, other) => one.at.getTime() - other.at.getTime());
}

function auditEvent({ at, event, result, details, device, client_ip: ip }: EventRow): Event {
  const outcome = result === 'succeeded' ? '' : ` (${result})`;
  const from = [device, ip].filter(Boolean).join(', ');
  return { at, what: `${names[event]}${outcome}${details ? `: ${details}` : ''}${from ? `; from ${from}` : ''}` };
}

const names: Readonly<Record<EventName, string>> = {
  signed_in: 'audit: signing in',
  signed_out: 'audit: signed out',
  sessions_ended: 'audit: sessions ended',
  profile_changed: 'audit: profile changed',
  invite_redeemed: 'audit: invite code redeemed',
  account_erased: 'audit: account erased',
  number_looked_up: 'audit: an operator read the story of the number',
  test_message_sent: 'audit: an operator sent a test message',
  backup_made: 'audit: a backup was made',
  backup_restored: 'audit: a backup was restored',
};

const rules: Readonly<Record<string, string>> = {
  pause: 'asked for a code and got none: the pause after the last message was not over',
  hour: 'asked for a code and got none: the messages of the hour were used up',
  day: 'asked for a code and got none: the messages of the day were used up',
  address: 'asked for a code and got none: what its address may ask for in an hour was used up',
  address_56: 'asked for a code and got none: what its IPv6 /56 may ask for in an hour was used up',
  address_48: 'asked for a code and got none: what its IPv6 /48 may ask for in an hour was used up',
  daily_max: 'asked for a code and got none: what SMS_DAILY_MAX allows in a day was used up',
  test_number: 'asked for a code and got none: what a test number may ask for in an hour was used up',
  guess: 'a code was entered and not looked at: the guesses of the day were used up',
};

function refused({ rule, times, first_at: first, last_at: last }: RefusalRow): Event[] {
  const what = rules[rule] ?? `was refused: ${rule}`;
  return times === 1
    ? [{ at: first, what }]
    : [
        { at: first, what },
        { at: last, what: `${what}, ${times} times in all` },
      ];
}

function eventsOf(row: DeliveryRow): Event[] {
  const { provider, channel, attempt, state, error, why } = row;
  const events: Event[] = [];
  const tell = (at: Date | null, what: string) => at && events.push({ at, what });
  if (attempt === 1) tell(row.asked_at, `asked for a code; the first route is ${provider}`);
  tell(row.began_at, `${attempt > 1 ? 'then ' : ''}${provider} was called, by ${nameOf(channel)}`);
  const reference = row.reference ? `, as ${row.reference}` : '';
  const price = row.price === null ? '' : `, for ${amount(row.price)} ${row.currency}`;
  tell(row.accepted_at, `${provider} accepted it${reference}${price}`);
  tell(row.delivered_at, `${provider} says that it was delivered`);
  if (state === 'failed') {
    const said = row.accepted_at ? `${provider} says that it was not delivered` : `${provider} did not take it`;
    tell(row.failed_at, `${said}${error && !row.accepted_at ? ` (${error})` : ''}: ${why ?? 'no reason'}`);
  }
  if (state === 'unknown')
    tell(row.began_at, `nobody can say whether it went: ${why ?? 'no reason'}; it was not sent again`);
  if (state === 'dropped') tell(row.asked_at, `it was not sent: ${why ?? 'no reason'}`);
  if (state === 'waiting') tell(row.asked_at, 'it waits to be sent');
  tell(row.completed_at, `the code was used ${seconds(row)} after it was asked for`);
  return events;
}

/** The current use of the limits, and the time from which the number may request a code again. */
export function limitsOf(challenges: readonly ChallengeRow[], now: Date, isTestNumber: boolean): string[] {
  return challenges.map(({ lane, sent, guessed, guesses, used_at: usedAt, expires_at: expiresAt }) => {
    const within = (times: readonly number[], ms: number) => times.filter((at) => now.getTime() - at < ms).length;
    const hour = within(sent, 3_600_000);
    const day = within(sent, 86_400_000);
    const open = usedAt === null && expiresAt > now && guesses < 5;
    const full = hour >= 5 ? 'the hour is full' : day >= 10 ? 'the day is full' : undefined;
    const until = full === 'the hour is full' ? sent[4]! + 3_600_000 : full ? sent[9]! + 86_400_000 : undefined;
    return [
      lane === 'known_device' ? 'a device that signed in before' : 'anyone',
      isTestNumber
        ? 'a test number: nothing is sent, and it may be asked for 100 times in an hour'
        : `${hour} of 5 messages in the hour, ${day} of 10 in the day`,
      `${within(guessed, 86_400_000)} of 20 guesses in the day`,
      open ? `a code is open until ${timeOf(expiresAt)}, ${5 - guesses} guesses left` : 'no code is open',
      ...(full && until && !isTestNumber ? [`${full} until ${timeOf(new Date(until))}`] : []),
    ].join('; ');
  });
}

/** A time for an operator: UTC, to the second. */
export function timeOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** Millionths as a decimal, without trailing zeros. */
export function amount(micro: string | bigint): string {
  const text = BigInt(micro).toString().padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`.replace(/\.?0+$/, '');
}

function nameOf(channel: string): string {
  return ({ sms: 'SMS', telegram: 'Telegram', whatsapp: 'WhatsApp' } as Record<string, string>)[channel] ?? channel;
}

function seconds({ asked_at: asked, completed_at: completed }: DeliveryRow): string {
  return `${Math.max(0, Math.round(((completed?.getTime() ?? 0) - asked.getTime()) / 1000))} s`;
}
