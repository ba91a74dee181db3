import { formatDelay, waitSentence } from '../http/problem.ts';
import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import { countryName, type PhoneNumberRefusal } from '../kit/phone-number.ts';
import { fill, fillCount } from '../kit/text.ts';
import { numberSends } from '../limits/rules.ts';
import { inEachLanguage, problemTexts, sentenceOf } from '../texts/texts.ts';
import type { RequestRefusal, VerifyRefusal } from './challenge.ts';
import type { ChallengeNeeded } from './challenge-token.ts';

/** Any refusal of signing in. */
export type SignInRefusal = RequestRefusal | VerifyRefusal | PhoneNumberRefusal | ChallengeNeeded;

const countrySentence = inEachLanguage(({ problems }, language) => ({ country }: { readonly country: string }) => {
  const { sentence, withoutCountry } = problems.country_not_served;
  const name = countryName(language, country);
  return name === undefined ? fill(withoutCountry, { country }) : fill(sentence, { country: name });
});

const wrongCodeSentence = inEachLanguage(
  ({ problems }, language) =>
    ({ guessesLeft: count }: { readonly guessesLeft: number | undefined }) => {
      const { sentence, left, noneLeft } = problems.wrong_code;
      if (count === undefined) return sentence;
      return count === 0 ? noneLeft : fillCount(language, left, { count });
    },
);

const pauseSentence = inEachLanguage(({ problems }, language) => ({ retryInSeconds, limit }: Paused) => {
  const { sentence, shared } = problems.too_many_messages;
  return fill(isShared(limit) ? shared : sentence, { when: formatDelay(language, retryInSeconds) });
});

type Paused = Extract<SignInRefusal, { readonly code: 'too_many_messages' }>;

/** The answers to the refusals of signing in. */
export const signInRefusals = {
  not_a_phone_number: {
    status: 400,
    ...problemTexts('not_a_phone_number'),
    sentence: sentenceOf('not_a_phone_number'),
    field: 'phone_number',
    retry: null,
  },
  mobile_number_needed: {
    status: 400,
    ...problemTexts('mobile_number_needed'),
    sentence: sentenceOf('mobile_number_needed'),
    field: 'phone_number',
    retry: null,
  },
  country_not_served: {
    status: 400,
    ...problemTexts('country_not_served'),
    sentence: countrySentence,
    field: 'phone_number',
    retry: null,
    facts: ({ country }) => ({ country }),
  },
  wrong_code: {
    status: 400,
    ...problemTexts('wrong_code'),
    sentence: wrongCodeSentence,
    field: 'sms_code',
    retry: null,
    facts: ({ guessesLeft }) => (guessesLeft === undefined ? undefined : { guesses_left: guessesLeft }),
  },
  too_many_messages: {
    status: 429,
    ...problemTexts('too_many_messages'),
    sentence: pauseSentence,
    field: 'phone_number',
    retry: ({ retryInSeconds, limit }) => ({ seconds: retryInSeconds, limit }),
  },
  sending_busy: {
    status: 503,
    ...problemTexts('sending_busy'),
    sentence: waitSentence('sending_busy'),
    field: 'phone_number',
    retry: ({ retryInSeconds }) => ({ seconds: retryInSeconds }),
  },
  daily_max: {
    status: 429,
    ...problemTexts('daily_max'),
    sentence: waitSentence('daily_max'),
    field: 'phone_number',
    retry: ({ retryInSeconds }) => ({ seconds: retryInSeconds }),
  },
  too_many_guesses: {
    status: 429,
    ...problemTexts('too_many_guesses'),
    sentence: waitSentence('too_many_guesses'),
    field: 'sms_code',
    retry: ({ retryInSeconds, limit }) => ({ seconds: retryInSeconds, limit }),
  },
  number_locked: {
    status: 403,
    ...problemTexts('number_locked'),
    sentence: sentenceOf('number_locked'),
    field: 'phone_number',
    retry: null,
  },
  number_not_served: {
    status: 403,
    ...problemTexts('number_not_served'),
    sentence: sentenceOf('number_not_served'),
    field: 'phone_number',
    retry: null,
  },
  network_blocked: {
    status: 403,
    ...problemTexts('network_blocked'),
    sentence: sentenceOf('network_blocked'),
    field: 'phone_number',
    retry: null,
  },
  account_blocked: {
    status: 403,
    ...problemTexts('account_blocked'),
    sentence: sentenceOf('account_blocked'),
    field: 'sms_code',
    retry: null,
  },
  challenge_needed: {
    status: 400,
    sentence: sentenceOf('challenge_needed'),
    field: 'challenge',
    retry: null,
  },
  unknown_region: {
    status: 400,
    sentence: sentenceOf('unknown_region'),
    field: 'region_code',
    retry: null,
  },
} satisfies RefusalTable<SignInRefusal>;

/** The problem types of signing in. */
export const signInProblems = problemKinds(signInRefusals);

/** Whether all clients of a number share a limit: the messages of others count, too. */
function isShared({ name }: { readonly name: string }): boolean {
  return name === numberSends.hour.name || name === numberSends.day.name;
}
