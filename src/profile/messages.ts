import { waitSentence } from '../http/problem.ts';
import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import { fillCount } from '../kit/text.ts';
import { profileConflicts } from '../limits/rules.ts';
import { inEachLanguage, problemTexts, sentenceOf } from '../texts/texts.ts';
import type { EraseRefusal, ProfileRefusal } from './profile.ts';

const tooLongSentence = inEachLanguage(
  ({ validation }, language) =>
    ({ max: count }: { readonly max: number }) =>
      fillCount(language, validation.tooLong, { count }),
);

/** The answers to the refusals of changing a profile, and of erasing an account. */
export const profileRefusals = {
  recent_sign_in_required: {
    status: 403,
    ...problemTexts('recent_sign_in_required'),
    sentence: sentenceOf('recent_sign_in_required'),
    field: null,
    retry: null,
  },
  too_many_profile_attempts: {
    status: 429,
    ...problemTexts('too_many_profile_attempts'),
    sentence: waitSentence('too_many_profile_attempts'),
    field: 'username',
    retry: ({ retryInSeconds }) => ({ seconds: retryInSeconds, limit: profileConflicts }),
  },
  username_taken: {
    status: 400,
    sentence: sentenceOf('username_taken'),
    field: 'username',
    retry: null,
  },
  username_invalid: {
    status: 400,
    sentence: sentenceOf('username_invalid'),
    field: 'username',
    retry: null,
  },
  email_taken: {
    status: 400,
    sentence: sentenceOf('email_taken'),
    field: 'email',
    retry: null,
  },
  email_invalid: {
    status: 400,
    sentence: sentenceOf('email_invalid'),
    field: 'email',
    retry: null,
  },
  control_characters: {
    status: 400,
    sentence: sentenceOf('control_characters'),
    field: ({ field }) => field,
    retry: null,
  },
  too_long: {
    status: 400,
    sentence: tooLongSentence,
    field: ({ field }) => field,
    retry: null,
  },
} satisfies RefusalTable<ProfileRefusal | EraseRefusal>;

/** The problem types of changing a profile, beside invalid fields. */
export const profileProblems = problemKinds(profileRefusals);
