import type { EventName } from '../audit/event.ts';
import type { EventRow } from '../audit/store.ts';
import { maxGuesses, maxGuessesInAll } from '../limits/guess-risk.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import { maxFailures, numberSends, type RefusingRule, testNumberSends } from '../limits/rules.ts';
import type { DeliveryRow } from './message-store.ts';
import type { ChallengeRow, NumberLimitRow, RefusalRow } from './number-store.ts';

/** An event of a number, and its time. */
export interface Event {
  readonly at: Date;
  readonly what: string;
}

/** The timeline of a number, oldest first, in words. It contains no code, since none is known. */
export function timeline(
  deliveries: readonly DeliveryRow[],
  challenges: readonly ChallengeRow[],
  refusals: readonly RefusalRow[],
  audited: readonly EventRow[] = [],
): Event[] {
  const events: Event[] = [
    ...deliveries.flatMap(deliveryEvents),
    ...refusals.flatMap(refused),
    ...audited.map(auditEvent),
  ];
  for (const challenge of challenges) {
    const { device_trust, guessed, used_at: usedAt } = challenge;
    const suffix = device_trust === 'known_device' ? ' on a device that had signed in before' : '';
    for (const at of guessed) events.push({ at: new Date(at), what: `a code was entered${suffix}` });
    if (usedAt) events.push({ at: usedAt, what: `signed in${suffix}` });
    else if (withToken(challenge) + withoutToken(challenge) === 0)
      events.push({
        at: new Date(guessed[0] ?? challenge.expires_at),
        what: `all ${challenge.is_of_network ? maxGuessesInAll : maxGuesses} guesses of the code were used`,
      });
  }
  return events.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function auditEvent({ at, event, result, details, device, client_ip: ip, act, reason }: EventRow): Event {
  const outcome = result === 'succeeded' ? '' : ` (${result})`;
  const from = [device, ip].filter(Boolean).join(', ');
  const said = reason ? `; reason: ${reason}` : '';
  return {
    at,
    what: `${names[event]}${act ? `, ${act}` : ''}${outcome}${details ? `: ${details}` : ''}${from ? `; from ${from}` : ''}${said}`,
  };
}

const names: Readonly<Record<EventName, string>> = {
  signed_in: 'audit: sign-in',
  signed_out: 'audit: signed out',
  sessions_ended: 'audit: sessions ended',
  profile_changed: 'audit: profile changed',
  invite_redeemed: 'audit: invite code redeemed',
  account_erased: 'audit: account deleted',
  number_verified: 'audit: number verified for an application',
  test_message_sent: 'audit: an operator sent a test message',
  backup_made: 'audit: a backup was made',
  backup_restored: 'audit: a backup was restored',
  operator_act: 'audit: an operator',
};

const rules: Readonly<Record<RefusingRule, string>> = {
  pause: 'requested a code and got none: the pause after the last message was not over',
  hour: 'requested a code and got none: the limit of messages an hour was reached',
  day: 'requested a code and got none: the limit of messages a day was reached',
  network_messages: 'requested a code and got none: the hourly limit of its client IP was reached',
  network_messages_56: 'requested a code and got none: the hourly limit of its IPv6 /56 was reached',
  network_messages_48: 'requested a code and got none: the hourly limit of its IPv6 /48 was reached',
  daily_max: 'requested a code and got none: SMS_DAILY_MAX was reached',
  guesses_of_day: 'requested a code and got none: too many wrong codes had been entered for all numbers that day',
  test_number: 'requested a code and got none: the hourly limit of a test number was reached',
  guess: 'a code was entered and not checked: its client IP had entered too many that it had not requested',
  guess_56: 'a code was entered and not checked: its IPv6 /56 had entered too many that it had not requested',
  guess_48: 'a code was entered and not checked: its IPv6 /48 had entered too many that it had not requested',
  test_guess: 'a code was entered and not checked: too many wrong ones were entered for a test number',
  blocked_number: 'was refused: the number is blocked',
  blocked_prefix: 'was refused: a prefix of the number is blocked',
  blocked_country: 'was refused: the country of the number is blocked',
  blocked_network: 'was refused: the network of the client is blocked',
  locked: `requested a code and got none: ${maxFailures} wrong codes in a row had been entered`,
};

function isKnownRule(rule: string): rule is RefusingRule {
  return Object.hasOwn(rules, rule);
}

function refused({ rule, times, first_at: first, last_at: last }: RefusalRow): Event[] {
  const what = isKnownRule(rule) ? rules[rule] : `was refused: ${rule}`;
  return times === 1
    ? [{ at: first, what }]
    : [
        { at: first, what },
        { at: last, what: `${what}, ${times} times in all` },
      ];
}

function deliveryEvents(row: DeliveryRow): Event[] {
  const { provider, channel, attempt, state, error, reason } = row;
  const events: Event[] = [];
  const add = (at: Date | null, what: string) => at && events.push({ at, what });
  if (attempt === 1) add(row.requested_at, `requested a code; the first route is ${provider}`);
  add(row.sent_at, `${attempt > 1 ? 'then ' : ''}${provider} was called for ${nameOf(channel)}`);
  const reference = row.reference ? `, as ${row.reference}` : '';
  const price = row.price === null ? '' : `, for ${formatMicros(row.price)} ${row.currency}`;
  add(row.accepted_at, `${provider} accepted it${reference}${price}`);
  add(row.delivered_at, `${provider} reports the delivery`);
  if (state === 'failed') {
    const outcome = row.accepted_at ? `${provider} reports that it was not delivered` : `${provider} did not accept it`;
    add(row.failed_at, `${outcome}${error && !row.accepted_at ? ` (${error})` : ''}: ${reason ?? 'no reason'}`);
  }
  if (state === 'unknown')
    add(row.sent_at, `it is unknown whether it was sent: ${reason ?? 'no reason'}; it was not sent again`);
  if (state === 'dropped') add(row.requested_at, `it was not sent: ${reason ?? 'no reason'}`);
  if (state === 'waiting') add(row.requested_at, 'it is waiting to be sent');
  add(row.completed_at, `the code was used ${seconds(row)} after the request`);
  return events;
}

/** The current use of the limits and the open codes, by device trust. */
export function describeLimits(
  limits: readonly NumberLimitRow[],
  challenges: readonly ChallengeRow[],
  now: Date,
  isTestNumber: boolean,
): string[] {
  const trusts = new Set([...limits, ...challenges].map(({ device_trust: trust }) => trust));
  return [...trusts].map((trust) => {
    const { sent = [], failures = 0 } = limits.find(({ device_trust: other }) => other === trust) ?? {};
    const open = challenges.filter((challenge) => challenge.device_trust === trust && isOpen(challenge, now));
    return [
      trust === 'known_device' ? 'a device that signed in before' : 'any device',
      ...(isTestNumber
        ? [`a test number: nothing is sent, and ${testNumberSends.quota} codes an hour may be requested`]
        : usedLimits(sent, trust === 'known_device' ? undefined : failures, now)),
      open.length === 0 ? 'no code is open' : open.map((challenge) => describeOpen(challenge)).join('; '),
      ...(isTestNumber ? [] : fullWindow(sent, now)),
    ].join('; ');
  });
}

function usedLimits(sent: readonly number[], failures: number | undefined, now: Date): string[] {
  const locked = failures !== undefined && failures >= maxFailures ? ', so that no more codes are sent' : '';
  return [
    `${usedOf(numberSends.hour, sent, now)} messages in the last hour, ${usedOf(numberSends.day, sent, now)} in the last day`,
    ...(failures === undefined ? [] : [`${failures} of ${maxFailures} wrong codes in a row${locked}`]),
  ];
}

function isOpen(challenge: ChallengeRow, now: Date): boolean {
  const { used_at: usedAt, expires_at: expiresAt } = challenge;
  return usedAt === null && expiresAt > now && (withToken(challenge) > 0 || withoutToken(challenge) > 0);
}

function describeOpen(challenge: ChallengeRow): string {
  const without = challenge.is_of_network ? ` with its token, ${withoutToken(challenge)} without` : '';
  return `a code is open until ${formatTime(challenge.expires_at)}, ${withToken(challenge)} guesses left${without}`;
}

function withToken({ guesses, network_guesses: ofNetwork }: ChallengeRow): number {
  return Math.min(maxGuesses - guesses, maxGuessesInAll - guesses - ofNetwork);
}

function withoutToken({ guesses, network_guesses: ofNetwork, is_of_network: isOfNetwork }: ChallengeRow): number {
  return isOfNetwork ? Math.min(maxGuesses - ofNetwork, maxGuessesInAll - guesses - ofNetwork) : 0;
}

/** The use of a window, as "3 of 5". */
function usedOf(limit: RateLimit, times: readonly number[], now: Date): string {
  return `${within(limit, times, now).length} of ${limit.quota}`;
}

/** The window of messages that is full, and until when. */
export function fullWindow(sent: readonly number[], now: Date): string[] {
  for (const limit of [numberSends.hour, numberSends.day]) {
    // newest first: the window opens when the oldest message that fills it leaves it
    const oldestCounted = within(limit, sent, now)[limit.quota - 1];
    if (oldestCounted !== undefined)
      return [`the ${limit.name} is full until ${formatTime(new Date(oldestCounted + limit.windowSeconds * 1000))}`];
  }
  return [];
}

function within({ windowSeconds }: RateLimit, times: readonly number[], now: Date): readonly number[] {
  return times.filter((at) => now.getTime() - at < windowSeconds * 1000);
}

/** A time for an operator: UTC, to the second. */
export function formatTime(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** Millionths as a decimal, without trailing zeros. */
export function formatMicros(micro: string | bigint): string {
  const text = BigInt(micro).toString().padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`.replace(/\.?0+$/, '');
}

function nameOf(channel: string): string {
  const channels: Readonly<Record<string, string>> = { sms: 'SMS', telegram: 'Telegram', whatsapp: 'WhatsApp' };
  return channels[channel] ?? channel;
}

function seconds({ requested_at: requested, completed_at: completed }: DeliveryRow): string {
  return `${Math.max(0, Math.round(((completed?.getTime() ?? 0) - requested.getTime()) / 1000))} s`;
}
