import { dailyMax } from './daily-max.ts';
import { countries, oneOf, routes, testNumbers, text, whole } from './parsers.ts';
import { providerVariables } from './provider-variables.ts';
import { variable } from './variable.ts';

/** The variables of messages: providers, recipients, maxima and retention. */
export const smsVariables = {
  SMS_ROUTES: variable(routes(Object.keys(providerVariables)), {
    default: [{ country: '*', providers: ['console'] }],
    defaultDescription: { en: '`*=console`', ru: '`*=console`' },
    example: 'RU=smsc,smsru;*=twilio',
    en: 'The providers by country of the number, in the order of attempts; `*` is every other country. `console` writes to the log. [docs/providers.md](docs/providers.md) lists the settings of each provider.',
    ru: 'Провайдеры по странам номера, в порядке попыток; `*` — все остальные страны. `console` пишет в журнал. Настройки каждого провайдера — в [docs/providers.md](docs/providers.md).',
  }),
  SMS_COUNTRIES: variable(countries, {
    defaultDescription: {
      en: '`*` with the console provider, else `DEFAULT_REGION` and the countries that `SMS_ROUTES` names',
      ru: '`*` при выводе в консоль, иначе `DEFAULT_REGION` и страны из `SMS_ROUTES`',
    },
    example: 'RU,KZ,BY',
    en: 'The countries whose numbers get codes; `*` is every country. Satellite numbers and others without a country are refused unless their calling code is listed, such as `+881`.',
    ru: 'Страны, на номера которых отправляются коды; `*` — все. Спутниковые и другие номера без страны не принимаются, если их код не указан, например `+881`.',
  }),
  SMS_DAILY_MAX: variable(dailyMax, {
    defaultDescription: {
      en: 'none with the console provider; else ten times the median of the last 14 days, at least 1,000 messages',
      ru: 'нет при выводе в консоль; иначе медиана за последние 14 дней, умноженная на десять, но не меньше 1000 сообщений',
    },
    example: '*=5000,RU=2000,*=50EUR',
    en: 'The daily maximum (UTC): in total (`*`) and by country, in messages and in money by `SMS_PRICES`. For devices that have signed in with the number before it is twice as high. `off`: no maximum.',
    ru: 'Суточный максимум (UTC): всего (`*`) и по странам, в сообщениях и в деньгах по `SMS_PRICES`. Для устройств, с которых по этому номеру уже входили, он вдвое больше. `off` — без максимума.',
  }),
  SMS_ROUTING: variable(oneOf('fixed', 'measured'), {
    default: 'fixed',
    example: 'measured',
    en: '`measured` orders the providers of a country by completed sign-ins and prices: [docs/routing.md](docs/routing.md).',
    ru: '`measured` упорядочивает провайдеров страны по завершённым входам и ценам: [docs/routing.md](docs/routing.md).',
  }),
  SMS_PRICES: variable(text, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: '/etc/vouch/sms-prices.csv',
    en: 'A file of prices by provider and country, such as `deploy/sms-prices.csv`.',
    ru: 'Файл с ценами по провайдерам и странам; пример — `deploy/sms-prices.csv`.',
  }),
  SMS_CONCURRENCY: variable(whole(1, 10_000), {
    default: 256,
    example: '256',
    en: 'The number of messages that each worker sends by one provider at the same time.',
    ru: 'Сколько сообщений каждый рабочий процесс одновременно передаёт одному провайдеру.',
  }),
  TEST_NUMBERS: variable(testNumbers, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: '+79160000001=123456',
    secret: true,
    en: 'Numbers with a fixed code, to which nothing is sent: for tests and for the review of an app store. Each may request 100 codes an hour, without pauses; [docs/providers.md](docs/providers.md).',
    ru: 'Номера с постоянным кодом, на которые ничего не отправляется: для тестов и проверки в магазине приложений. Для каждого можно запросить 100 кодов в час без пауз; [docs/providers.md](docs/providers.md).',
  }),
  TEST_NUMBERS_IN_PRODUCTION: variable(oneOf('yes', 'no'), {
    default: 'no',
    example: 'yes',
    en: 'Permits `TEST_NUMBERS` in production, where everyone who knows the code can sign in with them.',
    ru: 'Разрешает `TEST_NUMBERS` в production; там по ним может войти каждый, кто знает код.',
  }),
  DELIVERIES_KEEP_DAYS: variable(whole(1, 3650), {
    default: 30,
    example: '30',
    en: 'The number of days for which the record of each message is kept. A day is deleted as a whole, in UTC.',
    ru: 'Сколько дней хранится запись о каждом сообщении. Удаляются целые сутки по UTC.',
  }),
} as const;
