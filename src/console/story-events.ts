import type { EventRow } from '../audit/store.ts';
import { fill } from '../kit/text.ts';
import { maxFailures, numberSends } from '../limits/rules.ts';
import type { DeliveryRow } from '../people/message-store.ts';
import type { NumberStory } from '../people/number-story.ts';
import type { Reader } from './visit.ts';

/** An event in a sentence of the reader's language. */
export interface StoryEvent {
  readonly at: Date;
  readonly text: string;
}

const recentMs = 3_600_000;

/** The reasons for which a number gets no code, or got none lately, in the reader's language. */
export function noCodeReasons(
  { words }: Pick<Reader, 'words'>,
  { blocks, refusals, messages, reasons }: NumberStory,
  now: Date,
): string[] {
  const { why } = words.number;
  const rules: Readonly<Record<string, string>> = words.today.rules;
  const inForce = blocks.filter(({ ends_at: end }) => end === null || end > now);
  const recent = refusals.filter(({ last_at: at }) => now.getTime() - at.getTime() < recentMs);
  const last = messages.at(-1);
  const lastSentence = last && !last.completed_at ? messageSentence(words, last) : undefined;
  return [
    ...inForce.map(({ kind, value, reason }) => fill(why.blocked, { kind: words.blocks.kinds[kind], value, reason })),
    ...recent.map(({ rule, times }) => fill(why.refused, { rule: rules[rule] ?? rule, times })),
    ...(reasons.some((sentence) => /SMS_COUNTRIES|PHONE_NUMBER_POLICY/.test(sentence)) ? [why.policy] : []),
    ...(lastSentence === undefined ? [] : [lastSentence]),
  ];
}

function messageSentence(words: Reader['words'], { state, provider, reason, error }: DeliveryRow): string | undefined {
  const { why } = words.number;
  const answer = [error, reason].filter(Boolean).join(': ') || why.noAnswer;
  const template = why.last[state];
  return fill(template, { provider, answer });
}

/** The events of a number, newest first, in the reader's language. */
export function storyEvents({ words }: Pick<Reader, 'words'>, story: NumberStory): StoryEvent[] {
  const rules: Readonly<Record<string, string>> = words.today.rules;
  const { tells } = words.number;
  const ofRefusals = story.refusals.map(({ rule, times, last_at: at }) => ({
    at,
    text: fill(tells.refused, { rule: rules[rule] ?? rule, times }),
  }));
  const events = [
    ...story.messages.flatMap((message) => messageEvents(words, message)),
    ...ofRefusals,
    ...story.audit.map((event) => auditEvent(words, event)),
  ];
  // steps of one moment keep their order, so that the last one stands first
  return events.sort((a, b) => a.at.getTime() - b.at.getTime()).reverse();
}

/** The use of the limits of a number now, and when each lets a code through again. */
export function limitSentences(
  { words }: Pick<Reader, 'words'>,
  { numberLimits }: NumberStory,
  now: Date,
): StoryLimit[] {
  const { limits } = words.number;
  return numberLimits.flatMap(({ device_trust: trust, sent, failures }) => {
    const windows = [numberSends.hour, numberSends.day].map(({ name, quota, windowSeconds }) => {
      const used = sent.filter((at) => at > now.getTime() - windowSeconds * 1000).length;
      const oldest = sent[quota - 1];
      const ends = used >= quota && oldest !== undefined ? new Date(oldest + windowSeconds * 1000) : undefined;
      return { text: fill(limits[name], { used, quota }), ends };
    });
    const who = trust === 'known_device' ? limits.known : limits.unknown;
    const locked = trust === 'unknown_device' ? [{ text: fill(limits.failures, { failures, max: maxFailures }) }] : [];
    return [...windows, ...locked].map((one) => ({ ...one, text: `${who}: ${one.text}` }));
  });
}

/** A limit in a sentence, and the time at which it ends if it is full. */
export interface StoryLimit {
  readonly text: string;
  readonly ends?: Date | undefined;
}

function messageEvents(words: Reader['words'], message: DeliveryRow): StoryEvent[] {
  const { tells, why } = words.number;
  const { provider, error, reason } = message;
  const answer = [error, reason].filter(Boolean).join(': ') || why.noAnswer;
  const steps: [Date | null, string][] = [
    [message.requested_at, tells.asked],
    [message.sent_at, fill(tells.sent, { provider })],
    [message.accepted_at, fill(tells.accepted, { provider })],
    [message.delivered_at, fill(tells.delivered, { provider })],
    [message.failed_at, fill(tells.failed, { provider, answer })],
    [message.completed_at, tells.used],
  ];
  return steps.flatMap(([at, text]) => (at === null ? [] : [{ at, text }]));
}

function auditEvent(words: Reader['words'], { at, event, result, act, details, device, reason }: EventRow): StoryEvent {
  const acts: Readonly<Record<string, string>> = words.acts;
  const name = (act && acts[act]) || words.audit.events[event];
  const outcome = result === 'succeeded' ? '' : ` (${words.audit.results[result]})`;
  const more = [details, device, reason].filter(Boolean).join(', ');
  return { at, text: `${name}${outcome}${more ? `: ${more}` : ''}` };
}
