import { formatDelay, type ProblemKinds } from '../http/problem.ts';
import type { InEachLanguage, Language } from '../kit/language.ts';
import type { RedeemRefusal } from './invite.ts';

type Code = Exclude<RedeemRefusal['code'], 'unauthenticated'>;

/** The problem types of redeeming an invite code. */
export const inviteProblems = {
  invite_code_malformed: {
    status: 400,
    title: { ru: 'Это не код приглашения', en: 'Not an invite code' },
    explanation: {
      ru: 'В коде приглашения шесть знаков: цифры и латинские буквы без гласных, например KX3RT7. Регистр, пробелы и раскладка не важны.',
      en: 'An invite code has six characters, digits and consonants, such as KX3RT7. Case, spaces and keyboard layout do not matter.',
    },
  },
  invite_code_unknown: {
    status: 400,
    title: { ru: 'Такого кода нет', en: 'No such code' },
    explanation: {
      ru: 'Ни у кого нет такого кода приглашения. Проверьте его у того, кто вас пригласил.',
      en: 'Nobody has this invite code. Check it with whoever invited you.',
    },
  },
  invite_code_own: {
    status: 400,
    title: { ru: 'Это ваш собственный код', en: 'This is your own code' },
    explanation: {
      ru: 'Свой код можно только передать другим: ввести его у себя нельзя.',
      en: 'Your own code is for others: you cannot redeem it yourself.',
    },
  },
  invite_code_already_redeemed: {
    status: 400,
    title: { ru: 'Код уже введён', en: 'A code was redeemed already' },
    explanation: {
      ru: 'Чужой код вводят один раз, и заменить его нельзя.',
      en: 'You can redeem one code, once, and it cannot be replaced.',
    },
  },
  invite_code_circle: {
    status: 400,
    title: { ru: 'Приглашения замкнулись бы в круг', en: 'The invites would close a circle' },
    explanation: {
      ru: 'Этого человека пригласили вы сами или те, кого вы пригласили.',
      en: 'You invited this person, or somebody whom you invited did.',
    },
  },
  invite_not_working: {
    status: 404,
    title: { ru: 'Приглашение не работает', en: 'The invite does not work' },
    explanation: {
      ru: 'Этого приглашения нет, или его владелец удалил аккаунт. Зарегистрироваться можно и без него.',
      en: 'There is no such invite, or its owner has erased the account. One can sign up without it.',
    },
  },
  too_many_redeem_attempts: {
    status: 429,
    title: { ru: 'Слишком много попыток', en: 'Too many attempts' },
    explanation: {
      ru: 'В час можно проверить не больше ста кодов приглашения. Когда можно снова, сказано в Retry-After.',
      en: 'At most a hundred invite codes an hour can be tried. Retry-After says when to come back.',
    },
  },
} as const satisfies ProblemKinds<Code | 'invite_not_working'>;

const sentences: InEachLanguage<Record<Exclude<Code, 'too_many_redeem_attempts'>, string>> = {
  ru: {
    invite_code_malformed: 'В коде приглашения шесть знаков: цифры и латинские буквы.',
    invite_code_unknown: 'Такого кода приглашения нет.',
    invite_code_own: 'Нельзя ввести собственный код приглашения.',
    invite_code_already_redeemed: 'Вы уже ввели другой код приглашения.',
    invite_code_circle: 'Этого человека пригласили вы или приглашённые вами.',
  },
  en: {
    invite_code_malformed: 'An invite code has six characters, digits and letters.',
    invite_code_unknown: 'There is no such invite code.',
    invite_code_own: 'You cannot redeem your own invite code.',
    invite_code_already_redeemed: 'You have redeemed another invite code already.',
    invite_code_circle: 'You invited this person, or somebody whom you invited did.',
  },
};

/** The sentence for an invite that does not work, or whose lookup the rate limit refuses for `retryInSeconds`. */
export function lookupSentence(language: Language, retryInSeconds: number | undefined): string {
  if (retryInSeconds === undefined) return inviteProblems.invite_not_working.explanation[language];
  return redeemSentence(language, { code: 'too_many_redeem_attempts', retryInSeconds });
}

/** The sentence of a refusal, the same for API and pages. */
export function redeemSentence(
  language: Language,
  refusal:
    | { code: Exclude<Code, 'too_many_redeem_attempts'> }
    | { code: 'too_many_redeem_attempts'; retryInSeconds: number },
): string {
  if (refusal.code !== 'too_many_redeem_attempts') return sentences[language][refusal.code];
  const when = formatDelay(language, refusal.retryInSeconds);
  return language === 'ru' ? `Слишком много попыток. Попробуйте ${when}.` : `Too many attempts. Try again ${when}.`;
}
