import { formatDelay } from '../http/problem.ts';
import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import type { RedeemRefusal } from './invite.ts';
import type { LinkRefusal } from './open-link.ts';

/** The answers to the refusals of redeeming an invite code, and of looking one up. */
export const inviteRefusals = {
  invite_code_malformed: {
    status: 400,
    title: { ru: 'Это не код приглашения', en: 'Not an invite code' },
    explanation: {
      ru: 'В коде приглашения от шести до девяти знаков: цифры и латинские буквы без гласных, например KX3RT7. Регистр, пробелы и раскладка не важны.',
      en: 'An invite code has six to nine characters, digits and consonants, such as KX3RT7. Case, spaces and keyboard layout do not matter.',
    },
    sentence: {
      ru: 'В коде приглашения от шести до девяти знаков: цифры и латинские буквы.',
      en: 'An invite code has six to nine characters, digits and letters.',
    },
    field: 'invite_code',
    retry: null,
  },
  invite_code_unknown: {
    status: 400,
    title: { ru: 'Такого кода нет', en: 'No such code' },
    explanation: {
      ru: 'Ни у кого нет такого кода приглашения. Проверьте его у того, кто вас пригласил.',
      en: 'Nobody has this invite code. Check it with whoever invited you.',
    },
    sentence: {
      ru: 'Такого кода приглашения нет.',
      en: 'There is no such invite code.',
    },
    field: 'invite_code',
    retry: null,
  },
  invite_code_own: {
    status: 400,
    title: { ru: 'Это ваш собственный код', en: 'This is your own code' },
    explanation: {
      ru: 'Свой код можно только передать другим: ввести его у себя нельзя.',
      en: 'Your own code is for others: you cannot redeem it yourself.',
    },
    sentence: {
      ru: 'Нельзя ввести собственный код приглашения.',
      en: 'You cannot redeem your own invite code.',
    },
    field: 'invite_code',
    retry: null,
  },
  invite_code_already_redeemed: {
    status: 400,
    title: { ru: 'Код уже введён', en: 'A code was redeemed already' },
    explanation: {
      ru: 'Чужой код вводят один раз, и заменить его нельзя.',
      en: 'You can redeem one code, once, and it cannot be replaced.',
    },
    sentence: {
      ru: 'Вы уже ввели другой код приглашения.',
      en: 'You have redeemed another invite code already.',
    },
    field: 'invite_code',
    retry: null,
  },
  invite_code_circle: {
    status: 400,
    title: { ru: 'Приглашения замкнулись бы в круг', en: 'The invites would close a circle' },
    explanation: {
      ru: 'Этого человека пригласили вы сами или те, кого вы пригласили.',
      en: 'You invited this person, or somebody whom you invited did.',
    },
    sentence: {
      ru: 'Этого человека пригласили вы или приглашённые вами.',
      en: 'You invited this person, or somebody whom you invited did.',
    },
    field: 'invite_code',
    retry: null,
  },
  invite_not_working: {
    status: 404,
    title: { ru: 'Приглашение не работает', en: 'The invite does not work' },
    explanation: {
      ru: 'Этого приглашения нет, или его владелец удалил аккаунт. Зарегистрироваться можно и без него.',
      en: 'There is no such invite, or its owner has deleted the account. You can sign up without it.',
    },
    sentence: {
      ru: 'Этого приглашения нет, или его владелец удалил аккаунт. Зарегистрироваться можно и без него.',
      en: 'There is no such invite, or its owner has deleted the account. You can sign up without it.',
    },
    field: 'invite_code',
    retry: null,
  },
  too_many_redeem_attempts: {
    status: 429,
    title: { ru: 'Слишком много попыток', en: 'Too many attempts' },
    explanation: {
      ru: 'В час можно проверить не больше ста кодов приглашения. Когда можно снова, сказано в Retry-After.',
      en: 'At most a hundred invite codes an hour can be tried. Retry-After says when to come back.',
    },
    sentence: {
      ru: ({ retryInSeconds }) => `Слишком много попыток. Попробуйте ${formatDelay('ru', retryInSeconds)}.`,
      en: ({ retryInSeconds }) => `Too many attempts. Try again ${formatDelay('en', retryInSeconds)}.`,
    },
    field: 'invite_code',
    retry: ({ retryInSeconds, limit }) => ({ seconds: retryInSeconds, limit }),
  },
} satisfies RefusalTable<RedeemRefusal | LinkRefusal>;

/** The problem types of invite codes. */
export const inviteProblems = problemKinds(inviteRefusals);
