import type { EventRow } from '../audit/store.ts';
import { fill } from '../kit/text.ts';
import { maxGuesses, maxGuessesInAll } from '../limits/guess-risk.ts';
import { isAct } from '../operators/act.ts';
import { channelName, formatMicros } from './format.ts';
import type { DeliveryRow } from './message-store.ts';
import { isUsedUp } from './number-limits.ts';
import type { ChallengeRow, RefusalRow } from './number-store.ts';
import type { StoryWords } from './words/en.ts';

/** An event of a number, and its time. */
export interface Event {
  readonly at: Date;
  readonly what: string;
}

/** The facts about what happened with a number. */
export interface EventFacts {
  /** Oldest first. */
  readonly messages: readonly DeliveryRow[];
  readonly challenges: readonly ChallengeRow[];
  readonly refusals: readonly RefusalRow[];
  readonly audit: readonly EventRow[];
}

/** The timeline of a number, oldest first, in sentences. It contains no code, since none is known. */
export function timeline({ messages, challenges, refusals, audit }: EventFacts, words: StoryWords): Event[] {
  const events = [
    ...messages.flatMap((row) => deliveryEvents(row, words)),
    ...refusals.flatMap((row) => refusalEvents(row, words)),
    ...audit.map((row) => ({ at: row.at, what: auditSentence(row, words) })),
    ...challenges.flatMap((row) => challengeEvents(row, words)),
  ];
  return events.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function challengeEvents(challenge: ChallengeRow, { tells }: StoryWords): Event[] {
  const {
    device_trust: trust,
    guessed,
    used_at: usedAt,
    expires_at: expiresAt,
    is_of_network: isOfNetwork,
  } = challenge;
  const events = guessed.map((at) => ({ at: new Date(at), what: tells.entered[trust] }));
  if (usedAt) return [...events, { at: usedAt, what: tells.signedIn[trust] }];
  if (!isUsedUp(challenge)) return events;
  const what = fill(tells.allUsed, { count: isOfNetwork ? maxGuessesInAll : maxGuesses });
  return [...events, { at: new Date(guessed[0] ?? expiresAt), what }];
}

/** A rule that refuses, in words. */
export function ruleText(rule: string, { rules }: StoryWords): string {
  const known: Readonly<Record<string, string>> = rules;
  return Object.hasOwn(known, rule) ? (known[rule] ?? rule) : rule;
}

function refusalEvents({ rule, times, first_at: first, last_at: last }: RefusalRow, words: StoryWords): Event[] {
  const { tells } = words;
  const values = { rule: ruleText(rule, words), times };
  const events = [{ at: first, what: fill(tells.refused, values) }];
  return times === 1 ? events : [...events, { at: last, what: fill(tells.refusedTimes, values) }];
}

/** An event or an act, and its outcome unless it succeeded. */
export function eventName(
  { event, act, result }: Pick<EventRow, 'event' | 'act' | 'result'>,
  words: StoryWords,
): string {
  const name = act !== null && isAct(act) ? words.acts[act] : words.events[event];
  return result === 'succeeded' ? name : `${name} (${words.results[result]})`;
}

function auditSentence(row: EventRow, words: StoryWords): string {
  const { details, device, client_ip: ip, reason } = row;
  const { tells } = words;
  const origin = [device, ip].filter(Boolean).join(', ');
  return [
    eventName(row, words),
    details ? fill(tells.details, { details }) : '',
    origin ? fill(tells.origin, { origin }) : '',
    reason ? fill(tells.reason, { reason }) : '',
  ].join('');
}

/** The error and the reason of a message, as its provider tells them. */
export function answerOf({ error, reason }: Pick<DeliveryRow, 'error' | 'reason'>, { why }: StoryWords): string {
  return [error, reason].filter(Boolean).join(': ') || why.noAnswer;
}

function deliveryEvents(row: DeliveryRow, words: StoryWords): Event[] {
  const { tells } = words;
  const { provider, attempt, state } = row;
  const values = { provider, channel: channelName(row.channel), answer: answerOf(row, words) };
  const steps: [Date | null, string][] = [
    [attempt === 1 ? row.requested_at : null, fill(tells.requested, values)],
    [row.sent_at, fill(attempt > 1 ? tells.calledNext : tells.called, values)],
    [row.accepted_at, acceptedSentence(row, words)],
    [row.delivered_at, fill(tells.delivered, values)],
    [
      state === 'failed' ? row.failed_at : null,
      fill(row.accepted_at ? tells.notDelivered : tells.refusedMessage, values),
    ],
    [state === 'unknown' ? row.sent_at : null, fill(tells.unknown, values)],
    [state === 'dropped' ? row.requested_at : null, fill(tells.dropped, values)],
    [state === 'waiting' ? row.requested_at : null, tells.waiting],
    [row.completed_at, fill(tells.used, { seconds: secondsOf(row) })],
  ];
  return steps.flatMap(([at, what]) => (at === null ? [] : [{ at, what }]));
}

function acceptedSentence({ provider, reference, price, currency }: DeliveryRow, { tells }: StoryWords): string {
  return fill(tells.accepted, {
    provider,
    reference: reference ? fill(tells.reference, { reference }) : '',
    price: price === null ? '' : fill(tells.price, { amount: formatMicros(price), currency: currency ?? '' }),
  });
}

function secondsOf({ requested_at: requested, completed_at: completed }: DeliveryRow): number {
  return Math.max(0, Math.round(((completed?.getTime() ?? 0) - requested.getTime()) / 1000));
}
