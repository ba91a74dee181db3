import { validationMessages } from '../http/messages.ts';
import { formatDelay } from '../http/problem.ts';
import { problemKinds, type RefusalTable } from '../http/refusal.ts';
import type { Language } from '../kit/language.ts';
import { countryName, type PhoneNumberRefusal } from '../kit/phone-number.ts';
import { plural } from '../kit/plural.ts';
import { numberSends } from '../limits/rules.ts';
import type { RequestRefusal, VerifyRefusal } from './challenge.ts';
import type { ChallengeNeeded } from './challenge-token.ts';

/** Any refusal of signing in. */
export type SignInRefusal = RequestRefusal | VerifyRefusal | PhoneNumberRefusal | ChallengeNeeded;

/** The answers to the refusals of signing in. */
export const signInRefusals = {
  not_a_phone_number: {
    status: 400,
    title: { ru: 'Это не номер телефона', en: 'Not a phone number' },
    explanation: {
      ru: 'Номер не удалось прочитать. Напишите его с кодом страны, например +7 916 123-45-67, или передайте страну в region_code.',
      en: 'The number could not be read. Write it with its country code, such as +44 7911 123456, or name the country in region_code.',
    },
    sentence: {
      ru: 'Это не похоже на номер телефона. Напишите его с кодом страны, например +7 916 123-45-67.',
      en: 'This does not look like a phone number. Write it with its country code, such as +44 7911 123456.',
    },
    field: 'phone_number',
    retry: null,
  },
  mobile_number_needed: {
    status: 400,
    title: { ru: 'Нужен мобильный номер', en: 'A mobile number is needed' },
    explanation: {
      ru: 'Код придёт только на мобильный телефон. Городские, бесплатные, платные, короткие и интернет-номера не подходят.',
      en: 'Codes go to mobile phones only. Landline, toll-free, premium-rate, short and internet numbers do not work.',
    },
    sentence: {
      ru: 'Нужен мобильный номер: на городские, бесплатные и короткие номера код не придёт.',
      en: 'A mobile number is needed: landline, toll-free and short numbers cannot get a code.',
    },
    field: 'phone_number',
    retry: null,
  },
  country_not_served: {
    status: 400,
    title: { ru: 'Номер другой страны', en: 'Country not served' },
    explanation: {
      ru: 'На номера этой страны коды не отправляются. Какие страны обслуживаются, решает владелец сервиса (SMS_COUNTRIES).',
      en: 'Codes are not sent to numbers of this country. The operator decides which countries are served (SMS_COUNTRIES).',
    },
    sentence: { ru: ({ country }) => notServed('ru', country), en: ({ country }) => notServed('en', country) },
    field: 'phone_number',
    retry: null,
    facts: ({ country }) => ({ country }),
  },
  wrong_code: {
    status: 400,
    title: { ru: 'Код не подошёл', en: 'Incorrect code' },
    explanation: {
      ru: 'Код неверный, устарел, уже использован или запрошен не этим клиентом. Код действует десять минут и один раз, только у того, кто его запросил; на один код даётся пять попыток. Запросите новый.',
      en: 'The code is incorrect, has expired, was used, or was not requested by this client. A code works for ten minutes, once, for the client that requested it, and allows five attempts. Request a new one.',
    },
    sentence: {
      ru: (refusal) => wrongCode('ru', refusal.guessesLeft),
      en: (refusal) => wrongCode('en', refusal.guessesLeft),
    },
    field: 'sms_code',
    retry: null,
    facts: ({ guessesLeft }) => (guessesLeft === undefined ? undefined : { guesses_left: guessesLeft }),
  },
  too_many_messages: {
    status: 429,
    title: { ru: 'Слишком много сообщений', en: 'Too many messages' },
    explanation: {
      ru: 'На один номер отправляется не больше пяти сообщений в час и десяти в сутки для всех клиентов вместе; у каждого клиента паузы 30, 60, затем 120 секунд. Для одного IP-адреса тоже есть лимит. Время следующей попытки указано в Retry-After.',
      en: 'One number gets at most five messages an hour and ten a day, from all clients together. Each client pauses 30, 60, then 120 seconds. One IP address has a rate limit, too. Retry-After says when to try again.',
    },
    sentence: {
      ru: ({ retryInSeconds, limit }) =>
        `${isShared(limit) ? 'На этот номер уже отправлено столько сообщений, сколько можно' : 'Слишком часто'}. Новое сообщение можно запросить ${formatDelay('ru', retryInSeconds)}.`,
      en: ({ retryInSeconds, limit }) =>
        `${isShared(limit) ? 'This number has had as many messages as it may' : 'Too often'}. You can ask for another message ${formatDelay('en', retryInSeconds)}.`,
    },
    field: 'phone_number',
    retry: ({ retryInSeconds, limit }) => ({ seconds: retryInSeconds, limit }),
  },
  sending_busy: {
    status: 503,
    title: { ru: 'Слишком много сообщений в очереди', en: 'Too many messages waiting' },
    explanation: {
      ru: 'В очереди столько сообщений, что код пришёл бы слишком поздно. Ничего не отправлено и не засчитано. Время следующей попытки указано в Retry-After.',
      en: 'So many messages are waiting that the code would arrive too late. Nothing was sent or counted. Retry-After says when to try again.',
    },
    sentence: {
      ru: ({ retryInSeconds }) => `Сейчас мы не можем отправить код. Попробуйте ${formatDelay('ru', retryInSeconds)}.`,
      en: ({ retryInSeconds }) => `We can’t send codes right now. Try again ${formatDelay('en', retryInSeconds)}.`,
    },
    field: 'phone_number',
    retry: ({ retryInSeconds }) => ({ seconds: retryInSeconds }),
  },
  daily_max: {
    status: 429,
    title: { ru: 'Суточный максимум сообщений достигнут', en: 'No more messages today' },
    explanation: {
      ru: 'Сегодня сервис больше не отправляет коды: отправлено столько сообщений, сколько владелец разрешил на сутки (SMS_DAILY_MAX), или введено слишком много неверных кодов. Новые сутки начинаются в полночь UTC. Устройство, с которого по этому номеру уже входили, ещё может получить код. Когда можно снова, сказано в Retry-After.',
      en: 'The service sends no more codes today: it has sent as many messages as its operator allows in a day (SMS_DAILY_MAX), or too many incorrect codes were entered. The next day begins at midnight UTC. A device that has signed in with this number may still get codes. Retry-After says when to come back.',
    },
    sentence: {
      ru: ({ retryInSeconds }) => `Сейчас мы не можем отправить код. Попробуйте ${formatDelay('ru', retryInSeconds)}.`,
      en: ({ retryInSeconds }) => `We can’t send codes right now. Try again ${formatDelay('en', retryInSeconds)}.`,
    },
    field: 'phone_number',
    retry: ({ retryInSeconds }) => ({ seconds: retryInSeconds }),
  },
  too_many_guesses: {
    status: 429,
    title: { ru: 'Слишком много попыток', en: 'Too many attempts' },
    explanation: {
      ru: 'Из одной сети ввели слишком много кодов, которых там не запрашивали, или слишком много неверных для тестового номера. Время следующей попытки указано в Retry-After.',
      en: 'Too many codes were entered from one client network that had not requested them, or too many incorrect ones for a test number. Retry-After says when to try again.',
    },
    sentence: {
      ru: ({ retryInSeconds }) => `Слишком много попыток. Попробуйте ${formatDelay('ru', retryInSeconds)}.`,
      en: ({ retryInSeconds }) => `Too many attempts. Try again ${formatDelay('en', retryInSeconds)}.`,
    },
    field: 'sms_code',
    retry: ({ retryInSeconds, limit }) => ({ seconds: retryInSeconds, limit }),
  },
  number_locked: {
    status: 403,
    title: { ru: 'Вход по этому номеру приостановлен', en: 'Sign-in with this number is paused' },
    explanation: {
      ru: 'По этому номеру подряд ввели слишком много неверных кодов. Новые коды получает только устройство, с которого по этому номеру уже входили; после входа с него или по решению оператора коды снова приходят всем.',
      en: 'Too many incorrect codes in a row were entered for this number. Only a device that has signed in with it gets new codes; a sign-in there, or an operator, ends the pause.',
    },
    sentence: {
      ru: 'Вход по этому номеру приостановлен: ввели слишком много неверных кодов. Войдите с устройства, на котором вы уже входили, или напишите в поддержку.',
      en: 'Sign-in with this number is paused, because too many incorrect codes were entered. Sign in on a device that you have used before, or ask support.',
    },
    field: 'phone_number',
    retry: null,
  },
  challenge_needed: {
    status: 400,
    sentence: {
      ru: 'Передайте challenge из ответа на запрос кода.',
      en: 'Send the challenge from the answer to the request for a code.',
    },
    field: 'challenge',
    retry: null,
  },
  unknown_region: {
    status: 400,
    sentence: { ru: validationMessages.ru.regionCode, en: validationMessages.en.regionCode },
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

function notServed(language: Language, country: string): string {
  const name = countryName(language, country);
  if (language === 'ru') {
    return name === undefined
      ? `На спутниковые и международные номера (${country}) коды не отправляются.`
      : `На номера этой страны коды не отправляются: ${name}.`;
  }
  return name === undefined
    ? `Codes are not sent to satellite and international numbers (${country}).`
    : `Codes are not sent to numbers of this country: ${name}.`;
}

function wrongCode(language: Language, left: number | undefined): string {
  return language === 'ru' ? wrongCodeInRussian(left) : wrongCodeInEnglish(left);
}

function wrongCodeInRussian(left: number | undefined): string {
  const sentence = 'Код неверный или больше не действует.';
  if (left === undefined) return sentence;
  if (left === 0) return `${sentence} Попыток не осталось: запросите новый код.`;
  const verb = plural('ru', left, { one: 'Осталась', many: 'Осталось' });
  return `${sentence} ${verb} ${left} ${plural('ru', left, { one: 'попытка', few: 'попытки', many: 'попыток' })}.`;
}

function wrongCodeInEnglish(left: number | undefined): string {
  if (left === undefined) return 'Incorrect code, or it has expired.';
  if (left === 0) return 'Incorrect code. No attempts left: request a new code.';
  return `Incorrect code. ${left} ${plural('en', left, { one: 'attempt', many: 'attempts' })} left.`;
}
