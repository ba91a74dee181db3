import { validationMessages } from '../http/messages.ts';
import { formatDelay, type ProblemKinds } from '../http/problem.ts';
import type { InEachLanguage, Language } from '../kit/language.ts';
import type { ProfileField, ProfileRefusal } from './profile.ts';

/** The problem types of changing a profile, beside invalid fields. */
export const profileProblems = {
  recent_sign_in_required: {
    status: 403,
    title: { ru: 'Нужен новый код', en: 'A new code is needed' },
    explanation: {
      ru: 'Аккаунт удаляют в течение пяти минут после входа. Войдите ещё раз и повторите.',
      en: 'An account is erased within five minutes of signing in. Sign in again and repeat the request.',
    },
  },
  too_many_profile_attempts: {
    status: 429,
    title: { ru: 'Слишком много попыток', en: 'Too many attempts' },
    explanation: {
      ru: 'Имена и адреса, которые уже заняты, можно пробовать не больше двадцати раз в час. Когда можно снова, сказано в Retry-After.',
      en: 'You can try at most twenty user names and addresses an hour that somebody else has. Retry-After says when to come back.',
    },
  },
} as const satisfies ProblemKinds;

type Sentence = Exclude<ProfileRefusal['code'], 'unauthenticated' | 'too_long' | 'too_many_profile_attempts'>;

const sentences: InEachLanguage<Record<Sentence, string>> = {
  ru: {
    username_taken: 'Пользователь с таким или очень похожим именем уже существует.',
    username_invalid:
      'Оставьте буквы, цифры и знаки с клавиатуры: без эмодзи, невидимых знаков и смешения направлений письма.',
    email_taken: 'Этот адрес уже указан у другого пользователя.',
    control_characters: validationMessages.ru.controlCharacters,
    email_invalid: validationMessages.ru.email,
  },
  en: {
    username_taken: 'A user with that username, or one that looks like it, already exists.',
    username_invalid:
      'Use letters, digits and keyboard signs: no emoji, no invisible characters, one writing direction.',
    email_taken: 'Another user already has this address.',
    control_characters: validationMessages.en.controlCharacters,
    email_invalid: validationMessages.en.email,
  },
};

/** The sentence of a rate limit, the same for API and pages. */
export function profileLimitSentence(language: Language, retryInSeconds: number): string {
  const when = formatDelay(language, retryInSeconds);
  return language === 'ru' ? `Слишком много попыток. Попробуйте ${when}.` : `Too many attempts. Try again ${when}.`;
}

/** The field of a refusal, and its sentence. */
export function refusedField(
  language: Language,
  refusal: Exclude<ProfileRefusal, { code: 'unauthenticated' | 'too_many_profile_attempts' }>,
): { readonly field: ProfileField; readonly sentence: string } {
  if (refusal.code === 'too_long')
    return { field: refusal.field, sentence: validationMessages[language].tooLong(refusal.most) };
  const sentence = sentences[language][refusal.code];
  if (refusal.code === 'control_characters') return { field: refusal.field, sentence };
  return { field: refusal.code.startsWith('username') ? 'username' : 'email', sentence };
}
