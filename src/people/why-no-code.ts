import type { BlockRow } from '../blocks/store.ts';
import { type PhoneNumber, type PhoneNumberRefusal, parsePhoneNumber } from '../kit/phone-number.ts';
import { maxFailures } from '../limits/rules.ts';
import type { DeliveryRow } from './message-store.ts';
import type { NumberLimitRow } from './number-store.ts';
import type { PeopleNeeds } from './person.ts';
import { formatTime, fullWindow } from './timeline.ts';

/** The facts about a number that decide whether it gets a code. */
export interface CodeFacts {
  readonly phoneNumber: PhoneNumber;
  readonly blocks: readonly BlockRow[];
  readonly numberLimits: readonly NumberLimitRow[];
  /** Oldest first. */
  readonly messages: readonly DeliveryRow[];
  readonly isTestNumber: boolean;
  readonly now: Date;
}

/** The reasons for which a number gets no code now, or got none by its last message; empty if nothing is wrong. */
export function whyNoCode(
  needs: Pick<PeopleNeeds, 'defaultRegion' | 'phoneNumberPolicy' | 'smsCountries'>,
  facts: CodeFacts,
): string[] {
  const { blocks, numberLimits, messages, isTestNumber, now, phoneNumber } = facts;
  const inForce = blocks.filter(({ ends_at: end }) => end === null || end > now);
  const refusal = isTestNumber ? undefined : refusalOf(needs, phoneNumber);
  const strangers = numberLimits.find(({ device_trust: trust }) => trust === 'unknown_device');
  const isLocked = (strangers?.failures ?? 0) >= maxFailures;
  const full = isTestNumber ? [] : fullWindow(strangers?.sent ?? [], now);
  const last = messages.at(-1);
  return [
    ...inForce.map(blockSentence),
    ...(refusal ? [`It gets no code: ${refusalSentence(refusal)}.`] : []),
    ...(isLocked
      ? [`It gets no code: ${maxFailures} wrong codes in a row were entered. Let it try now to end that.`]
      : []),
    ...full.map((sentence) => `It gets no code now: ${sentence}.`),
    ...(last ? messageSentences(last) : []),
  ];
}

function blockSentence({ kind, value, reason, ends_at: end }: BlockRow): string {
  const until = end ? ` until ${formatTime(end)}` : '';
  const because = reason ? `: ${reason}` : '';
  if (kind === 'account') return `Its account is blocked${until}${because}.`;
  const subject = kind === 'number' ? 'It is blocked' : `The ${kind} ${value} is blocked`;
  return `${subject}${until}, and gets no code${because}.`;
}

/** The reason for which a sign-in would refuse the number. */
export function refusalOf(
  needs: Pick<PeopleNeeds, 'defaultRegion' | 'phoneNumberPolicy' | 'smsCountries'>,
  phoneNumber: PhoneNumber,
): PhoneNumberRefusal | undefined {
  const { defaultRegion, phoneNumberPolicy: policy, smsCountries: served } = needs;
  const read = parsePhoneNumber(phoneNumber, { region: undefined, defaultRegion, policy, served });
  return read.ok ? undefined : read;
}

/** A refusal in words. */
export function refusalSentence(refusal: PhoneNumberRefusal): string {
  if (refusal.code === 'country_not_served') return `SMS_COUNTRIES does not name ${refusal.country}`;
  return refusal.code === 'mobile_number_needed'
    ? 'it is no mobile number, and PHONE_NUMBER_POLICY asks for one'
    : 'its range is not in use, and PHONE_NUMBER_POLICY asks for that';
}

/** The reason for which the last message may not have arrived; none once its code was used. */
function messageSentences({
  state,
  provider,
  reason,
  requested_at: at,
  completed_at: completed,
}: DeliveryRow): string[] {
  if (completed) return [];
  const because = reason ? `: ${reason}` : '';
  const when = formatTime(at);
  const sentences: Partial<Record<DeliveryRow['state'], string>> = {
    failed: `The last message (${when}) failed at ${provider}${because}.`,
    unknown: `It is unknown whether the last message (${when}) was sent by ${provider}${because}.`,
    waiting: `The last message (${when}) waits to be sent by ${provider}.`,
    accepted: `${provider} accepted the last message (${when}) and has reported no delivery.`,
    delivered: `${provider} reports the delivery of the last message (${when}); its code was not used.`,
    dropped: `The last message (${when}) was not sent${because}.`,
  };
  const sentence = sentences[state];
  return sentence ? [sentence] : [];
}
