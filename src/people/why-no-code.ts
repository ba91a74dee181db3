import type { BlockRow } from '../blocks/store.ts';
import { type PhoneNumber, type PhoneNumberRefusal, parsePhoneNumber } from '../kit/phone-number.ts';
import { fill } from '../kit/text.ts';
import { maxFailures } from '../limits/rules.ts';
import { formatTime } from './format.ts';
import type { DeliveryRow } from './message-store.ts';
import { fullWindow } from './number-limits.ts';
import type { NumberLimitRow, RefusalRow } from './number-store.ts';
import type { PeopleNeeds } from './person.ts';
import { answerOf, ruleText } from './timeline.ts';
import type { StoryWords } from './words/en.ts';

/** The facts about a number that decide whether it gets a code. */
export interface CodeFacts {
  readonly blocks: readonly BlockRow[];
  readonly numberLimits: readonly NumberLimitRow[];
  readonly refusals: readonly RefusalRow[];
  /** Oldest first. */
  readonly messages: readonly DeliveryRow[];
  /** The reason for which a sign-in would refuse the number. */
  readonly policy: PhoneNumberRefusal | undefined;
  readonly isTestNumber: boolean;
  readonly now: Date;
}

const recentMs = 3_600_000;

/** The reasons for which a number gets no code now, or got none lately, in sentences; none if nothing is wrong. */
export function whyNoCode(facts: CodeFacts, words: StoryWords): string[] {
  const { blocks, numberLimits, refusals, messages, policy, isTestNumber, now } = facts;
  const { why } = words;
  const strangers = numberLimits.find(({ device_trust: trust }) => trust === 'unknown_device');
  const full = isTestNumber ? undefined : fullWindow(strangers?.sent ?? [], now);
  const last = messages.at(-1);
  return [
    ...blocks.filter(({ ends_at: end }) => end === null || end > now).map((block) => blockSentence(block, words)),
    ...(policy && !isTestNumber ? [policySentence(policy, words)] : []),
    ...((strangers?.failures ?? 0) >= maxFailures ? [fill(why.locked, { max: maxFailures })] : []),
    ...(full ? [fill(why.full[full.limit.name], { time: formatTime(full.ends), quota: full.limit.quota })] : []),
    ...refusals
      .filter(({ last_at: at }) => now.getTime() - at.getTime() < recentMs)
      .map(({ rule }) => fill(why.lately, { rule: ruleText(rule, words) })),
    ...(last && !last.completed_at ? [messageSentence(last, words)] : []),
  ];
}

function blockSentence({ kind, value, reason, ends_at: end }: BlockRow, { why }: StoryWords): string {
  return fill(why.blocked[kind], {
    value,
    until: end ? fill(why.until, { time: formatTime(end) }) : '',
    reason: reason ? fill(why.reason, { reason }) : '',
  });
}

/** The reason for which a sign-in would refuse the number. */
export function policyRefusal(
  needs: Pick<PeopleNeeds, 'defaultRegion' | 'phoneNumberPolicy' | 'smsCountries'>,
  phoneNumber: PhoneNumber,
): PhoneNumberRefusal | undefined {
  const { defaultRegion, phoneNumberPolicy: policy, smsCountries: served } = needs;
  const read = parsePhoneNumber(phoneNumber, { region: undefined, defaultRegion, policy, served });
  return read.ok ? undefined : read;
}

function policySentence(refusal: PhoneNumberRefusal, { why }: StoryWords): string {
  return fill(why.policy[refusal.code], { country: refusal.code === 'country_not_served' ? refusal.country : '' });
}

/** The reason for which the last message may not have arrived. */
function messageSentence(message: DeliveryRow, words: StoryWords): string {
  const { provider, state, requested_at: at } = message;
  return fill(words.why.last[state], { provider, time: formatTime(at), answer: answerOf(message, words) });
}
