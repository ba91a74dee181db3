import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import type { PhoneNumberRefusal } from '../kit/phone-number.ts';
import { signInRefusals } from '../sign-in/messages.ts';
import type { English } from '../texts/english.ts';
import { inEachLanguage } from '../texts/texts.ts';
import type { VerificationRefusal } from './verification.ts';

/** A refusal that the API for verifications tells; those of rights and of unknown ids are the same as of every call. */
export type ToldRefusal =
  | Exclude<
      VerificationRefusal,
      { readonly act: unknown } | { readonly code: 'verification_unknown' | 'act_not_allowed' }
    >
  | PhoneNumberRefusal;

const texts = (key: keyof English['management']['verification_ended']) =>
  inEachLanguage<string>(({ management }) => management.verification_ended[key]);

const to = { field: 'to' } as const;
const code = { field: 'code' } as const;
const {
  not_a_phone_number,
  mobile_number_needed,
  country_not_served,
  wrong_code,
  too_many_messages,
  sending_busy,
  daily_max,
  too_many_guesses,
  number_locked,
  number_not_served,
  network_blocked,
  account_blocked,
  unknown_region,
} = signInRefusals;

/** The answers to the refusals of verifications: those of signing in, under the fields of this API. */
export const verificationRefusals = {
  not_a_phone_number: { ...not_a_phone_number, ...to },
  mobile_number_needed: { ...mobile_number_needed, ...to },
  country_not_served: { ...country_not_served, ...to },
  unknown_region: { ...unknown_region, ...to },
  too_many_messages: { ...too_many_messages, ...to },
  sending_busy: { ...sending_busy, ...to },
  daily_max: { ...daily_max, ...to },
  number_locked: { ...number_locked, ...to },
  number_not_served: { ...number_not_served, ...to },
  network_blocked: { ...network_blocked, ...to },
  account_blocked: { ...account_blocked, ...code },
  wrong_code: { ...wrong_code, ...code },
  too_many_guesses: { ...too_many_guesses, ...code },
  verification_ended: {
    status: 409,
    title: texts('title'),
    explanation: texts('explanation'),
    sentence: texts('sentence'),
    field: null,
    retry: null,
    facts: ({ status }) => ({ verification_status: status }),
  },
} satisfies RefusalTable<ToldRefusal>;

/** The problem types of verifications. */
export const verificationProblems = problemKinds(verificationRefusals);
