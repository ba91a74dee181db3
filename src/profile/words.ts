import { fieldWords } from '../http/words.ts';
import type { InEachLanguage } from '../kit/language.ts';
import type { ProfileField, ProfileRefusal } from './profile.ts';

const sentences: InEachLanguage<Record<Exclude<ProfileRefusal['code'], 'unauthenticated' | 'too_long'>, string>> = {
  ru: {
    username_taken: 'Пользователь с таким именем уже существует.',
    email_taken: 'Этот адрес уже указан у другого пользователя.',
    control_characters: fieldWords.ru.controlCharacters,
    email_invalid: fieldWords.ru.email,
  },
  en: {
    username_taken: 'A user with that username already exists.',
    email_taken: 'Another user already has this address.',
    control_characters: fieldWords.en.controlCharacters,
    email_invalid: fieldWords.en.email,
  },
};

/** The field that a refusal is about, and what it says. */
export function refusedField(
  language: keyof typeof sentences,
  refusal: Exclude<ProfileRefusal, { code: 'unauthenticated' }>,
): { readonly field: ProfileField; readonly sentence: string } {
  if (refusal.code === 'too_long')
    return { field: refusal.field, sentence: fieldWords[language].tooLong(refusal.most) };
  const sentence = sentences[language][refusal.code];
  if (refusal.code === 'control_characters') return { field: refusal.field, sentence };
  return { field: refusal.code === 'username_taken' ? 'username' : 'email', sentence };
}
