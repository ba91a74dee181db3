import { validationMessages } from '../http/messages.ts';
import { formatDelay } from '../http/problem.ts';
import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import { profileConflicts } from '../limits/rules.ts';
import type { EraseRefusal, ProfileRefusal } from './profile.ts';

/** The answers to the refusals of changing a profile, and of erasing an account. */
export const profileRefusals = {
  recent_sign_in_required: {
    status: 403,
    title: { ru: 'Нужен новый код', en: 'A new code is needed' },
    explanation: {
      ru: 'Удалить аккаунт можно только в течение пяти минут после входа. Войдите ещё раз и повторите.',
      en: 'Deleting an account needs a sign-in within the last five minutes. Sign in again and repeat the request.',
    },
    sentence: {
      ru: 'Удалить аккаунт можно только в течение пяти минут после входа. Войдите ещё раз и повторите.',
      en: 'Deleting an account needs a sign-in within the last five minutes. Sign in again and repeat the request.',
    },
    field: null,
    retry: null,
  },
  too_many_profile_attempts: {
    status: 429,
    title: { ru: 'Слишком много попыток', en: 'Too many attempts' },
    explanation: {
      ru: 'Занятые имена и адреса электронной почты можно вводить не больше двадцати раз в час. Время следующей попытки указано в Retry-After.',
      en: 'You can try at most twenty user names and e-mail addresses of other users an hour. Retry-After says when to try again.',
    },
    sentence: {
      ru: ({ retryInSeconds }) => `Слишком много попыток. Попробуйте ${formatDelay('ru', retryInSeconds)}.`,
      en: ({ retryInSeconds }) => `Too many attempts. Try again ${formatDelay('en', retryInSeconds)}.`,
    },
    field: 'username',
    retry: ({ retryInSeconds }) => ({ seconds: retryInSeconds, limit: profileConflicts }),
  },
  username_taken: {
    status: 400,
    sentence: {
      ru: 'Пользователь с таким или очень похожим именем уже существует.',
      en: 'A user with that username, or one that looks like it, already exists.',
    },
    field: 'username',
    retry: null,
  },
  username_invalid: {
    status: 400,
    sentence: {
      ru: 'Оставьте буквы, цифры и знаки с клавиатуры: без эмодзи, невидимых знаков и смешения направлений письма.',
      en: 'Use letters, digits and keyboard signs: no emoji, no invisible characters, one writing direction.',
    },
    field: 'username',
    retry: null,
  },
  email_taken: {
    status: 400,
    sentence: {
      ru: 'Этот адрес уже указан у другого пользователя.',
      en: 'Another user already has this e-mail address.',
    },
    field: 'email',
    retry: null,
  },
  email_invalid: {
    status: 400,
    sentence: { ru: validationMessages.ru.email, en: validationMessages.en.email },
    field: 'email',
    retry: null,
  },
  control_characters: {
    status: 400,
    sentence: { ru: validationMessages.ru.controlCharacters, en: validationMessages.en.controlCharacters },
    field: ({ field }) => field,
    retry: null,
  },
  too_long: {
    status: 400,
    sentence: {
      ru: ({ max: maxLength }) => validationMessages.ru.tooLong(maxLength),
      en: ({ max: maxLength }) => validationMessages.en.tooLong(maxLength),
    },
    field: ({ field }) => field,
    retry: null,
  },
} satisfies RefusalTable<ProfileRefusal | EraseRefusal>;

/** The problem types of changing a profile, beside invalid fields. */
export const profileProblems = problemKinds(profileRefusals);
