import { languages } from '../kit/language.ts';
import { phoneNumberPolicies } from '../kit/phone-number.ts';
import {
  bearerToken,
  databaseUrl,
  folder,
  keys,
  listenHost,
  oneOf,
  origin,
  proxies,
  region,
  whole,
} from './parsers.ts';
import { smsVariables } from './sms-variables.ts';
import { type ParsedValuesOf, type ValuesOf, variable } from './variable.ts';

/** Every variable that we read, in the order of an operator's interest. */
export const variables = {
  NODE_ENV: variable(oneOf('development', 'production', 'test'), {
    fallback: 'development',
    example: 'production',
    en: '`production` refuses what only a developer may have: the console sender, the inbox, a key made by itself.',
    ru: '`production` запрещает то, что годится только для разработки: вывод SMS в консоль, ящик сообщений, самодельный ключ.',
  }),
  HOST: variable(listenHost, {
    fallback: '127.0.0.1',
    example: '0.0.0.0',
    en: 'The address to listen on, or a name: then every address of it, as `127.0.0.1` and `::1` for `localhost`.',
    ru: 'Адрес, на котором слушать, или имя — тогда все его адреса: для `localhost` это `127.0.0.1` и `::1`.',
  }),
  PORT: variable(whole(0, 65_535), {
    fallback: 8000,
    example: '8000',
    en: 'The port to listen on; 0 takes a free one.',
    ru: 'Порт; 0 — любой свободный.',
  }),
  WORKERS: variable(whole(1, 256), {
    otherwise: { en: 'as many as there are cores', ru: 'по числу ядер' },
    example: '4',
    en: 'Processes that serve, on one port, beside one that supervises them; 1 is one process in all.',
    ru: 'Сколько процессов обслуживают людей на одном порту; за ними следит ещё один. 1 — один процесс на всё.',
  }),
  DRAIN_SECONDS: variable(whole(0, 600), {
    otherwise: { en: '`5` in production, else `0`', ru: '`5` в production, иначе `0`' },
    example: '10',
    en: 'A process that is told to stop answers 503 at `/readyz` and serves on for so long, so that balancers send it nothing new: [docs/scale.md](docs/scale.md).',
    ru: 'Столько секунд остановленный процесс отвечает 503 на `/readyz` и продолжает обслуживать, чтобы балансировщики успели это заметить: [docs/scale.md](docs/scale.md).',
  }),
  PUBLIC_URL: variable(origin, {
    otherwise: { en: '`http://HOST:PORT`', ru: '`http://HOST:PORT`' },
    example: 'https://signin.example.com',
    en: 'Where people reach us: in invite links, in the last line of an SMS, and, with `https`, for cookies that only travel over TLS. Production takes `http` on this machine only.',
    ru: 'Адрес для людей: в ссылках-приглашениях, в последней строке SMS, а с `https` — и для cookie, которые ходят только по TLS. В production `http` — только на этой машине.',
  }),
  DATA_DIR: variable(folder, {
    otherwise: { en: '`./data`', ru: '`./data`' },
    example: '/var/lib/vouch',
    en: 'The folder of the embedded PostgreSQL and of a key made by itself.',
    ru: 'Папка встроенного PostgreSQL и самодельного ключа.',
  }),
  DATABASE_URL: variable(databaseUrl, {
    otherwise: { en: 'a PostgreSQL of our own in `DATA_DIR`', ru: 'свой PostgreSQL в `DATA_DIR`' },
    example: 'postgres://vouch:password@db:5432/vouch',
    secret: true,
    en: 'A PostgreSQL server, 15 to 18, as libpq takes it; several hosts may be listed. Parameters, TLS and `NODE_EXTRA_CA_CERTS`: [docs/database.md](docs/database.md).',
    ru: 'Сервер PostgreSQL, от 15 до 18, в записи libpq; узлов может быть несколько. Параметры, TLS и `NODE_EXTRA_CA_CERTS`: [docs/database.md](docs/database.md).',
  }),
  DATABASE_POOLER: variable(oneOf('none', 'transaction'), {
    fallback: 'none',
    example: 'transaction',
    en: '`transaction` where a pooler in transaction mode, as PgBouncer, stands before the server: nothing is left on a connection then. See [docs/scale.md](docs/scale.md) for what the server has to be told.',
    ru: '`transaction`, если перед сервером стоит пулер в режиме транзакций, например PgBouncer: тогда на соединении ничего не остаётся. Что при этом сказать серверу — в [docs/scale.md](docs/scale.md).',
  }),
  DATABASE_POOL: variable(whole(1, 500), {
    otherwise: { en: '4 a worker, from 10 to 80', ru: '4 на процесс, от 10 до 80' },
    example: '10',
    en: 'Connections to the database that all workers together hold at most, each at least one; with several workers there are two more for what is done once.',
    ru: 'Сколько соединений с базой держат все рабочие процессы вместе, каждый — хотя бы одно; если процессов несколько, ещё два — для общих дел.',
  }),
  SECRET_KEYS: variable(keys, {
    otherwise: {
      en: 'made in `DATA_DIR` (refused in production)',
      ru: 'создаётся в `DATA_DIR` (в production — отказ)',
    },
    example: 'made-by-openssl-rand-base64-32-goes-here',
    secret: true,
    en: 'Keys that codes are derived from, made by `openssl rand -base64 32`. The first one signs, all are accepted: to rotate, put a new one in front, and take the old one away a day later.',
    ru: 'Ключи, из которых выводятся коды: `openssl rand -base64 32`. Первый подписывает, принимаются все: при замене поставьте новый первым, а старый уберите через день.',
  }),
  DEFAULT_REGION: variable(region, {
    fallback: 'RU',
    example: 'KZ',
    en: 'The country of numbers written without a country code.',
    ru: 'Страна для номеров без кода страны.',
  }),
  DEFAULT_LOCALE: variable(oneOf(...languages), {
    fallback: 'ru',
    example: 'en',
    en: 'The language of those whose `Accept-Language` names neither.',
    ru: 'Язык для тех, чей `Accept-Language` не называет ни одного из двух.',
  }),
  PHONE_NUMBER_POLICY: variable(oneOf(...phoneNumberPolicies), {
    otherwise: {
      en: '`possible` with the console sender, else `mobile`',
      ru: '`possible` при выводе в консоль, иначе `mobile`',
    },
    example: 'valid',
    en: 'Which numbers get an SMS: of a possible length, of a range in use, or of mobile phones only.',
    ru: 'Каким номерам отправлять: возможной длины, из действующих диапазонов или только мобильным.',
  }),
  CODE_LENGTH: variable(whole(4, 8), {
    fallback: 6,
    example: '6',
    en: 'Digits of a code. NIST SP 800-63B asks for six.',
    ru: 'Цифр в коде. NIST SP 800-63B требует шесть.',
  }),
  SESSION_IDLE_DAYS: variable(whole(1, 3650), {
    fallback: 30,
    example: '30',
    en: 'A session that is not used for so many days ends.',
    ru: 'Сеанс кончается через столько дней без использования.',
  }),
  SESSION_LIFETIME_DAYS: variable(whole(1, 3650), {
    fallback: 365,
    example: '365',
    en: 'A session ends after so many days in any case.',
    ru: 'Сеанс в любом случае кончается через столько дней.',
  }),
  INVITED_PHONES: variable(oneOf('full', 'masked'), {
    fallback: 'full',
    example: 'masked',
    en: 'What the owner of an invite code sees of the numbers that redeemed it: all digits, as in the contract of the earlier service, or with `masked` the country code and the last two digits.',
    ru: 'Что владелец кода приглашения видит в номерах тех, кто его ввёл: все цифры, как в прежнем сервисе, или с `masked` — код страны и две последние.',
  }),
  TRUST_PROXY: variable(proxies, {
    fallback: false,
    example: '1',
    en: 'Whose `X-Forwarded-For` to believe: `off`, the number of proxies before us, or their addresses and networks.',
    ru: 'Чьему `X-Forwarded-For` верить: `off`, число прокси перед нами или их адреса и сети.',
  }),
  ADDRESS_SENDS_PER_HOUR: variable(whole(1, 100_000), {
    fallback: 100,
    example: '100',
    en: 'SMS that one address, or one IPv6 /64, may ask for in an hour; a /56 three times as many, a /48 ten times. Thousands of people share one behind a carrier.',
    ru: 'Сколько SMS в час может запросить один адрес или сеть IPv6 /64; сеть /56 — втрое больше, /48 — вдесятеро. За одним адресом оператора — тысячи людей.',
  }),
  ...smsVariables,
  AUDIT_KEEP_DAYS: variable(whole(1, 3650), {
    fallback: 400,
    example: '400',
    en: 'Days for which the audit trail is kept: sign-ins, failed ones, ended sessions, changes, what operators did.',
    ru: 'Сколько дней хранится журнал аудита: входы, неудачные попытки, завершённые сеансы, изменения, действия операторов.',
  }),
  DEV_INBOX: variable(oneOf('on', 'network', 'off'), {
    otherwise: { en: '`on`, in production `off`', ru: '`on`, в production — `off`' },
    example: 'off',
    en: 'Who sees the messages in `/dev/inbox`, and the code on the page that asks for it: `on`, browsers of this machine that ask by a loopback name, not through a proxy; `network`, whoever reaches the server; `off`, nobody. Production takes only `off`; development with a real provider or a public `https` address takes only `off` too.',
    ru: 'Кто видит сообщения в `/dev/inbox` и код на странице, которая его спрашивает: `on` — браузер на этой машине, по её собственному имени и не через прокси; `network` — все, кому доступен сервер; `off` — никто. В production — только `off`; при разработке с настоящим провайдером или публичным адресом `https` — тоже.',
  }),
  METRICS_PORT: variable(whole(0, 65_535), {
    otherwise: { en: 'none', ru: 'нет' },
    example: '9464',
    en: 'A port of its own on which `/metrics` tells Prometheus the numbers of all workers, to whoever reaches it: [docs/metrics.md](docs/metrics.md).',
    ru: 'Отдельный порт, на котором `/metrics` отдаёт Prometheus числа всех рабочих процессов каждому, кто до него дойдёт: [docs/metrics.md](docs/metrics.md).',
  }),
  METRICS_HOST: variable(listenHost, {
    fallback: '127.0.0.1',
    example: '10.0.0.5',
    en: 'The address on which `METRICS_PORT` listens.',
    ru: 'Адрес, на котором слушает `METRICS_PORT`.',
  }),
  METRICS_TOKEN: variable(bearerToken, {
    otherwise: { en: 'none', ru: 'нет' },
    example: 'made-by-openssl-rand-hex-32-goes-here',
    secret: true,
    en: 'With it `/metrics` answers on the main port too, to `Authorization: Bearer` with this token.',
    ru: 'С ним `/metrics` отвечает и на основном порту — на `Authorization: Bearer` с этим токеном.',
  }),
  LOG_LEVEL: variable(oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
    fallback: 'info',
    example: 'warn',
    en: 'What the log holds at least.',
    ru: 'Подробность журнала.',
  }),
} as const;

/** The name of a variable. */
export type Name = keyof typeof variables;

/** The values by name, once nothing is wrong with them. */
export type Values = ValuesOf<typeof variables>;

/** The values by name while problems are possible. */
export type ParsedValues = ParsedValuesOf<typeof variables>;
