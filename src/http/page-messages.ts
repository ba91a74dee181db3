import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  skip: 'К содержанию',
  language: 'Язык',
  signOut: 'Выйти',
  api: 'API',
  motto: 'Вход по номеру телефона, по приглашению друзей. Без паролей.',
  error: 'Ошибка:',
  summary: 'Проверьте, пожалуйста',
  errorEyebrow: (status: number) => `Ошибка ${status}`,
  requestId: 'Номер запроса',
  home: 'На главную',
  back: 'Вернуться',
  brokenTitle: 'Попробуйте ещё раз',
  brokenText: 'У\u00a0нас что-то сломалось. Попробуйте ещё раз через минуту.',
  repeat: 'Попробовать ещё раз',
  problemEyebrow: 'Что значит этот ответ',
  problemCode: 'Код ошибки',
};

const en: typeof ru = {
  skip: 'Skip to content',
  language: 'Language',
  signOut: 'Sign out',
  api: 'API',
  motto: 'Sign in with your phone, invited by friends. No passwords.',
  error: 'Error:',
  summary: 'Please check this',
  errorEyebrow: (status: number) => `Error ${status}`,
  requestId: 'Request ID',
  home: 'Start page',
  back: 'Go back',
  brokenTitle: 'Please try again',
  brokenText: 'Something went wrong on our side. Try again in a minute.',
  repeat: 'Try again',
  problemEyebrow: 'What this error means',
  problemCode: 'Error code',
};

/** The sentences that every page shares. */
export const pageMessages: InEachLanguage<typeof ru> = { ru, en };
