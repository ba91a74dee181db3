import type { InEachLanguage } from '../kit/language.ts';

const ru = {
  skip: 'К содержанию',
  language: 'Язык',
  signOut: 'Выйти',
  api: 'API',
  motto: 'Вход по номеру телефона, по приглашению друзей. Без паролей.',
  error: 'Ошибка:',
  summary: 'Проверьте, пожалуйста',
  errorEyebrow: 'Не\u00a0получилось',
  details: 'Подробности',
  errorStatus: 'Ошибка',
  requestId: 'Номер запроса',
  home: 'На главную',
  back: 'Вернуться',
  notFoundTitle: 'Такой страницы нет',
  notFoundText: 'Проверьте адрес или начните с\u00a0главной страницы.',
  refusedTitle: 'Что-то пошло не\u00a0так',
  refusedText: 'Вернитесь на предыдущую страницу, обновите её и\u00a0попробуйте ещё раз.',
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
  errorEyebrow: 'That didn’t work',
  details: 'Details',
  errorStatus: 'Error',
  requestId: 'Request ID',
  home: 'Start page',
  back: 'Go back',
  notFoundTitle: 'Page not found',
  notFoundText: 'Check the address, or go to the start page.',
  refusedTitle: 'Something went wrong',
  refusedText: 'Go back to the previous page, reload it and try again.',
  brokenTitle: 'Please try again',
  brokenText: 'Something went wrong on our side. Try again in a minute.',
  repeat: 'Try again',
  problemEyebrow: 'What this error means',
  problemCode: 'Error code',
};

/** The sentences that every page shares. */
export const pageMessages: InEachLanguage<typeof ru> = { ru, en };
