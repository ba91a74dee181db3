import { dailyMax } from './daily-max.ts';
import { countries, oneOf, routes, testNumbers, text, whole } from './parsers.ts';
import { providerVariables } from './provider-variables.ts';
import { variable } from './variable.ts';

/** The variables of messages: providers, recipients, limits and retention. */
export const smsVariables = {
  SMS_ROUTES: variable(routes(Object.keys(providerVariables)), {
    fallback: [{ country: '*', providers: ['console'] }],
    otherwise: { en: '`*=console`', ru: '`*=console`' },
    example: 'RU=smsc,smsru;*=twilio',
    en: 'Who sends, by country of the number, in the order in which they are tried; `*` is every other country. `console` prints to the log. What each provider needs is in [docs/providers.md](docs/providers.md).',
    ru: 'Кто отправляет: по странам номера, в порядке попыток; `*` — все остальные страны. `console` печатает в журнал. Что нужно каждому провайдеру — в [docs/providers.md](docs/providers.md).',
  }),
  SMS_COUNTRIES: variable(countries, {
    otherwise: {
      en: '`*` with the console sender, else `DEFAULT_REGION` and the countries that `SMS_ROUTES` names',
      ru: '`*` при выводе в консоль, иначе `DEFAULT_REGION` и страны из `SMS_ROUTES`',
    },
    example: 'RU,KZ,BY',
    en: 'The countries whose numbers get codes; `*` is every country. Satellite and other numbers without a country are refused unless their calling code is named, as `+881`.',
    ru: 'Страны, на номера которых отправляются коды; `*` — все. Спутниковые и другие номера без страны не принимаются, если их код не назван, например `+881`.',
  }),
  SMS_DAILY_MAX: variable(dailyMax, {
    otherwise: {
      en: 'none with the console sender; else ten times the median of the last 14 days, at least 1,000 messages',
      ru: 'при выводе в консоль — нет; иначе десять медиан за последние 14 дней, но не меньше 1000 сообщений',
    },
    example: '*=5000,RU=2000,*=50EUR',
    en: 'A safety valve: what may be sent in a day (UTC), to all (`*`) and by country, in messages and in money by `SMS_PRICES`. Devices that have signed in with the number before are let through until twice that. `off`: no maximum.',
    ru: 'Предохранитель: сколько можно отправить за сутки (UTC) — всего (`*`) и по странам, в сообщениях и в деньгах по `SMS_PRICES`. Устройства, с которых по номеру уже входили, пропускаются до двойного предела. `off` — без предела.',
  }),
  SMS_ROUTING: variable(oneOf('fixed', 'measured'), {
    fallback: 'fixed',
    example: 'measured',
    en: '`measured` puts the providers of a country in the order that completed sign-ins and prices speak for: [docs/routing.md](docs/routing.md).',
    ru: '`measured` выстраивает провайдеров страны по завершённым входам и ценам: [docs/routing.md](docs/routing.md).',
  }),
  SMS_PRICES: variable(text, {
    otherwise: { en: 'none', ru: 'нет' },
    example: '/etc/vouch/sms-prices.csv',
    en: 'A file of prices by provider and country, as `deploy/sms-prices.csv`.',
    ru: 'Файл с ценами по провайдерам и странам, как `deploy/sms-prices.csv`.',
  }),
  SMS_CONCURRENCY: variable(whole(1, 10_000), {
    fallback: 256,
    example: '256',
    en: 'Messages that one provider works on at once, for each worker.',
    ru: 'Сколько сообщений один провайдер обрабатывает одновременно, на каждый рабочий процесс.',
  }),
  TEST_NUMBERS: variable(testNumbers, {
    otherwise: { en: 'none', ru: 'нет' },
    example: '+79160000001=123456',
    secret: true,
    en: 'Numbers with a fixed code each, to which nothing is sent: for tests and for the review of an app store. Each may be asked for 100 times an hour, without pauses; [docs/providers.md](docs/providers.md).',
    ru: 'Номера с постоянным кодом, на которые ничего не отправляется: для тестов и проверки в магазине приложений. Код каждого можно запросить 100 раз в час, без пауз; [docs/providers.md](docs/providers.md).',
  }),
  TEST_NUMBERS_IN_PRODUCTION: variable(oneOf('yes', 'no'), {
    fallback: 'no',
    example: 'yes',
    en: 'Production refuses `TEST_NUMBERS` without it: whoever knows a code is that number.',
    ru: 'Без этого production не примет `TEST_NUMBERS`: кто знает код, тот и владелец номера.',
  }),
  DELIVERIES_KEEP_DAYS: variable(whole(1, 3650), {
    fallback: 90,
    example: '90',
    en: 'Days for which it is kept what became of each message.',
    ru: 'Сколько дней хранится, что стало с каждым сообщением.',
  }),
} as const;
