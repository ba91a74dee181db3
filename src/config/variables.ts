import { languages } from '../kit/language.ts';
import { phoneNumberPolicies } from '../kit/phone-number.ts';
import { appVariables } from './app-variables.ts';
import { brandVariables } from './brand-variables.ts';
import { consoleAccess } from './console-access.ts';
import {
  bearerToken,
  databaseUrl,
  databaseUrls,
  folder,
  keys,
  listenHost,
  networks,
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
    default: 'development',
    example: 'production',
    en: '`production` refuses development features: the console provider, the inbox, a generated key.',
    ru: 'В режиме `production` отключены средства разработки: вывод SMS в консоль, входящие и автоматически созданный ключ.',
  }),
  HOST: variable(listenHost, {
    default: '127.0.0.1',
    example: '0.0.0.0',
    en: 'The IP address or host name to listen on; a name stands for all its addresses, `localhost` for `127.0.0.1` and `::1`.',
    ru: 'IP-адрес или имя узла, на котором сервер принимает соединения. Имя означает все его адреса, например `localhost` — `127.0.0.1` и `::1`.',
  }),
  PORT: variable(whole(0, 65_535), {
    default: 8000,
    example: '8000',
    en: 'The port to listen on; 0 takes a free one.',
    ru: 'Порт; 0 — любой свободный.',
  }),
  WORKERS: variable(whole(1, 256), {
    defaultDescription: { en: 'the number of CPU cores', ru: 'число ядер процессора' },
    example: '4',
    en: 'The number of worker processes on one port; one more process supervises them. 1 is a single process in all.',
    ru: 'Число рабочих процессов на одном порту; ещё один процесс ими управляет. При 1 запускается единственный процесс.',
  }),
  DRAIN_SECONDS: variable(whole(0, 600), {
    defaultDescription: { en: '`5` in production, else `0`', ru: '`5` в production, иначе `0`' },
    example: '10',
    en: 'The number of seconds for which a process that was told to stop still serves requests. It already answers 503 at `/readyz`, so that load balancers stop using it: [docs/scale.md](docs/scale.md).',
    ru: 'Сколько секунд после команды остановиться процесс ещё обслуживает запросы. На `/readyz` он уже отвечает 503, чтобы балансировщики исключили его: [docs/scale.md](docs/scale.md).',
  }),
  PUBLIC_URL: variable(origin, {
    defaultDescription: { en: '`http://HOST:PORT`', ru: '`http://HOST:PORT`' },
    example: 'https://signin.example.com',
    en: 'The public URL: in invite links and in the last line of an SMS. With `https`, cookies are sent over TLS only. Production accepts `http` for this machine only.',
    ru: 'Публичный адрес: он входит в ссылки-приглашения и в последнюю строку SMS. С `https` cookie передаются только по TLS. В production `http` допустим только для адресов этой машины.',
  }),
  DATA_DIR: variable(folder, {
    defaultDescription: { en: '`./data`', ru: '`./data`' },
    example: '/var/lib/vouch',
    en: 'The directory of the embedded PostgreSQL and the generated key.',
    ru: 'Каталог встроенного PostgreSQL и автоматически созданного ключа.',
  }),
  DATABASE_URL: variable(databaseUrl, {
    defaultDescription: { en: 'an embedded PostgreSQL in `DATA_DIR`', ru: 'встроенный PostgreSQL в `DATA_DIR`' },
    example: 'postgres://vouch:password@db:5432/vouch',
    secret: true,
    en: 'A PostgreSQL server, 15 to 18, in the URL form of libpq; it may list several hosts. Parameters, TLS and `NODE_EXTRA_CA_CERTS`: [docs/database.md](docs/database.md).',
    ru: 'Адрес сервера PostgreSQL версий 15–18 в формате URL libpq; можно перечислить несколько узлов. Параметры, TLS и `NODE_EXTRA_CA_CERTS`: [docs/database.md](docs/database.md).',
  }),
  READ_URLS: variable(databaseUrls, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: 'postgres://vouch:password@db2:5432/vouch,postgres://vouch:password@db3:5432/vouch',
    secret: true,
    en: 'Hot standbys of the server of `DATABASE_URL`, from which profiles are read, one connection string each. No standby lets in a session that has ended: [docs/scale.md](docs/scale.md).',
    ru: 'Реплики (hot standby) сервера из `DATABASE_URL`, с которых читаются профили; по строке подключения на каждую. Ни одна реплика не впустит с завершённым сеансом: [docs/scale.md](docs/scale.md).',
  }),
  DATABASE_POOLER: variable(oneOf('none', 'transaction'), {
    default: 'none',
    example: 'transaction',
    en: '`transaction` for a pooler in transaction mode, such as PgBouncer: Vouch then keeps no state on a connection. [docs/scale.md](docs/scale.md) lists the settings of the server.',
    ru: '`transaction` для пулера в режиме транзакций, например PgBouncer: Vouch тогда не хранит состояния в соединении. Настройки сервера — в [docs/scale.md](docs/scale.md).',
  }),
  DATABASE_POOL: variable(whole(1, 500), {
    defaultDescription: { en: '4 a worker, 2 beside PostgreSQL', ru: '4 на процесс, 2 рядом с PostgreSQL' },
    example: '10',
    en: 'The maximum number of database connections of all workers together, at least one each; several workers need two more for shared tasks. By default from 10 to 80, and from 4 on where PostgreSQL is on the same machine.',
    ru: 'Наибольшее число соединений с базой у всех рабочих процессов вместе, не меньше одного у каждого; если процессов несколько, нужны ещё два для общих задач. По умолчанию от 10 до 80, а если PostgreSQL на этой же машине — от 4.',
  }),
  SECRET_KEYS: variable(keys, {
    defaultDescription: {
      en: 'generated in `DATA_DIR` (refused in production)',
      ru: 'создаётся в `DATA_DIR` (в production — отказ)',
    },
    example: 'made-by-openssl-rand-base64-32-goes-here',
    secret: true,
    en: 'The keys that codes are derived from, generated by `openssl rand -base64 32`. New codes use the first key, codes of all keys are accepted. To rotate, put a new key first and remove the old one a day later.',
    ru: 'Ключи, из которых вычисляются коды; создавайте их командой `openssl rand -base64 32`. Новые коды вычисляются с первым ключом, принимаются коды со всеми. При смене поставьте новый ключ первым и удалите старый через день.',
  }),
  DEFAULT_REGION: variable(region, {
    default: 'RU',
    example: 'KZ',
    en: 'The country of numbers without a country code.',
    ru: 'Страна для номеров, записанных без кода страны.',
  }),
  DEFAULT_LOCALE: variable(oneOf(...languages), {
    default: 'ru',
    example: 'en',
    en: 'The language for clients whose `Accept-Language` and number name none of ours: ru, en, de, es, tr, kk.',
    ru: 'Язык для клиентов, у которых ни `Accept-Language`, ни страна номера не указывают на один из наших: ru, en, de, es, tr, kk.',
  }),
  PHONE_NUMBER_POLICY: variable(oneOf(...phoneNumberPolicies), {
    defaultDescription: {
      en: '`possible` with the console provider, else `mobile`',
      ru: '`possible` при выводе в консоль, иначе `mobile`',
    },
    example: 'valid',
    en: 'The numbers that get an SMS: `possible`, every number of a possible length; `valid`, numbers of a range in use; `mobile`, mobile numbers only.',
    ru: 'На какие номера отправляются SMS: `possible` — любые допустимой длины, `valid` — из действующих диапазонов, `mobile` — только мобильные.',
  }),
  CODE_LENGTH: variable(whole(4, 8), {
    default: 6,
    example: '6',
    en: 'The number of digits of a code. Less than six are refused: codes could be guessed.',
    ru: 'Число цифр в коде. Меньше шести нельзя: код можно было бы угадать.',
  }),
  SESSION_IDLE_DAYS: variable(whole(1, 3650), {
    default: 30,
    example: '30',
    en: 'The number of days without use after which a session ends.',
    ru: 'Через сколько дней без использования завершается сеанс.',
  }),
  SESSION_LIFETIME_DAYS: variable(whole(1, 3650), {
    default: 365,
    example: '365',
    en: 'The number of days after which a session ends in any case.',
    ru: 'Через сколько дней сеанс завершается в любом случае.',
  }),
  SESSIONS_MAX: variable(whole(1, 100), {
    default: 50,
    example: '50',
    en: 'The maximum of sessions that a person has at the same time. A sign-in above it ends the one that was not used for the longest time.',
    ru: 'Сколько сеансов может быть у пользователя одновременно. Вход сверх этого числа завершает тот сеанс, которым дольше всего не пользовались.',
  }),
  INVITED_PHONES: variable(oneOf('full', 'masked'), {
    default: 'full',
    example: 'masked',
    en: 'How the owner of an invite code sees the numbers that redeemed it: `full`, with all digits, as in the earlier service, or `masked`, with the country code and the last two digits.',
    ru: 'Как владелец кода приглашения видит номера тех, кто его ввёл: `full` — полностью, как в прежнем сервисе; `masked` — код страны и две последние цифры.',
  }),
  TRUST_PROXY: variable(proxies, {
    default: false,
    example: '1',
    en: 'The proxies whose `X-Forwarded-For` is trusted: `off`, their number, or their IP addresses and networks.',
    ru: 'Прокси, чьему `X-Forwarded-For` можно доверять: `off`, их число или их IP-адреса и сети.',
  }),
  NETWORK_MESSAGES_PER_HOUR: variable(whole(1, 100_000), {
    default: 100,
    example: '100',
    en: 'SMS per hour for one IP address, or one IPv6 /64; a /56 has three times as many, a /48 ten times. Carriers put thousands of people behind one address.',
    ru: 'Сколько SMS в час может запросить один IP-адрес или сеть IPv6 /64; сеть /56 — втрое больше, /48 — в десять раз. У мобильных операторов за одним адресом находятся тысячи людей.',
  }),
  REQUIRE_CHALLENGE: variable(oneOf('yes', 'no'), {
    default: 'no',
    example: 'yes',
    en: 'Whether a code is accepted only with the `challenge` of the answer to its request. With `no`, clients of the earlier service, which do not know it, enter codes from the client network that requested them.',
    ru: 'Принимать код только вместе с `challenge` из ответа на его запрос. При `no` клиенты прежнего сервиса, которые его не знают, вводят код из той сети, из которой его запросили.',
  }),
  SPRAY_LIMIT: variable(whole(1, 1_000_000), {
    default: 10_000,
    example: '10000',
    en: 'Wrong guesses of a day, over all numbers and without those of people who then signed in, after which codes have eight digits, save on devices that have signed in before. After a hundred times as many, other devices get no codes until midnight UTC.',
    ru: 'Сколько неверных кодов за сутки по всем номерам (кроме введённых теми, кто затем вошёл) допускается, прежде чем коды станут восьмизначными для всех устройств, с которых ещё не входили. Когда их в сто раз больше, такие устройства не получают кодов до полуночи UTC.',
  }),
  ...appVariables,
  ...brandVariables,
  ...smsVariables,
  AUDIT_KEEP_DAYS: variable(whole(1, 3650), {
    default: 400,
    example: '400',
    en: 'The number of days for which the audit trail is kept: sign-ins, failed attempts, ended sessions, changes, actions of operators.',
    ru: 'Сколько дней хранится журнал аудита: входы, неудачные попытки, завершённые сеансы, изменения, действия операторов.',
  }),
  WEBHOOK_PRIVATE_NETWORKS: variable(networks, {
    example: '10.1.0.0/16',
    en: 'Private networks that webhooks may reach all the same, by plain HTTP too. Without it they reach public addresses by HTTPS alone: [docs/operator/webhooks.md](docs/operator/webhooks.md).',
    ru: 'Частные сети, в которые всё же можно отправлять веб-хуки, в том числе по HTTP. Без этой переменной — только на публичные адреса и только по HTTPS: [docs/operator/webhooks.md](docs/operator/webhooks.md).',
  }),
  MANAGEMENT_API: variable(oneOf('off', 'on'), {
    default: 'off',
    example: 'on',
    en: '`on` serves the management API under `/admin/` and codes for applications with users of their own under `/v1/verifications`, for the API keys that `vouch keys add` issues: [docs/operator/management-api.md](docs/operator/management-api.md).',
    ru: '`on` включает API управления по адресу `/admin/` и проверку номеров для приложений со своими пользователями по адресу `/v1/verifications` — для API-ключей, которые выпускает `vouch keys add`: [docs/operator/management-api.md](docs/operator/management-api.md).',
  }),
  DEV_INBOX: variable(oneOf('on', 'network', 'off'), {
    defaultDescription: { en: '`on`, in production `off`', ru: '`on`, в production — `off`' },
    example: 'off',
    en: 'Who sees the messages in `/dev/inbox`, and the code on the page that asks for it: `on`, browsers of this machine that use a loopback name and no proxy; `network`, everyone who reaches the server; `off`, nobody. Production accepts only `off`, and so does development with a real provider or a public `https` URL.',
    ru: 'Кому видны сообщения в `/dev/inbox` и код на странице его ввода: `on` — браузерам этой машины, если они обращаются по локальному имени и без прокси; `network` — всем, кому доступен сервер; `off` — никому. В production допустимо только `off`. В режиме разработки с настоящим провайдером или публичным адресом `https` тоже допустимо только `off`.',
  }),
  CONSOLE: variable(consoleAccess, {
    defaultDescription: { en: '`/console/`, in production `off`', ru: '`/console/`, в production — `off`' },
    example: '9000',
    en: 'Where operators find the console: `off`, a path of the public URL such as `/console/`, or a port of its own such as `9000`, on this machine unless a host stands before it. `vouch operator add` makes the first operator: [docs/operator/console.md](docs/operator/console.md).',
    ru: 'Где операторы открывают консоль: `off`, путь публичного адреса, например `/console/`, или отдельный порт, например `9000` (доступен только с этой машины, если перед ним не указан узел). Первого оператора назначает `vouch operator add`: [docs/operator/console.md](docs/operator/console.md).',
  }),
  CONSOLE_URL: variable(origin, {
    defaultDescription: { en: '`http://127.0.0.1` and the port', ru: '`http://127.0.0.1` и порт' },
    example: 'https://console.example.com',
    en: 'The URL of a console with a port of its own, as browsers see it.',
    ru: 'Адрес консоли на отдельном порту, каким его видят браузеры.',
  }),
  METRICS_PORT: variable(whole(0, 65_535), {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: '9464',
    en: 'A separate port for Prometheus: `/metrics` has the metrics of all workers and needs no token: [docs/metrics.md](docs/metrics.md).',
    ru: 'Отдельный порт для Prometheus: `/metrics` отдаёт метрики всех рабочих процессов без токена: [docs/metrics.md](docs/metrics.md).',
  }),
  METRICS_HOST: variable(listenHost, {
    default: '127.0.0.1',
    example: '10.0.0.5',
    en: 'The IP address or host name for `METRICS_PORT`.',
    ru: 'IP-адрес или имя узла для `METRICS_PORT`.',
  }),
  METRICS_TOKEN: variable(bearerToken, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: 'made-by-openssl-rand-hex-32-goes-here',
    secret: true,
    en: 'Permits `/metrics` on the main port to requests with `Authorization: Bearer` and this token.',
    ru: 'Разрешает `/metrics` на основном порту для запросов с `Authorization: Bearer` и этим токеном.',
  }),
  LOG_LEVEL: variable(oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
    default: 'info',
    example: 'warn',
    en: 'The lowest level that is logged: [docs/logs.md](docs/logs.md).',
    ru: 'Минимальный уровень записей журнала: [docs/logs.md](docs/logs.md).',
  }),
} as const;

/** The name of a variable. */
export type Name = keyof typeof variables;

/** The values by name, once nothing is wrong with them. */
export type Values = ValuesOf<typeof variables>;

/** The values by name while problems are possible. */
export type ParsedValues = ParsedValuesOf<typeof variables>;
