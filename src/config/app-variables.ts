import { isIP } from 'node:net';
import { folder, oneOf, origin, type Parser } from './parsers.ts';
import { variable } from './variable.ts';

/** Origins, separated by commas: each exact, without patterns. */
const origins: Parser<ReadonlySet<string>> = {
  expected: 'URLs such as https://app.example.com, without a path and without *, separated by commas',
  parse: (input) => {
    const parsed = input.split(',').map((item) => origin.parse(item.trim()));
    const found = parsed.flatMap((one) => one ?? []);
    return found.length === parsed.length && !input.includes('*') ? new Set(found) : undefined;
  },
};

/** A domain of at least two labels: a browser takes no cookie for a top-level domain. */
const domain: Parser<string> = {
  expected: 'a domain such as example.com, without a scheme, a port and a dot before it',
  parse: (input) => {
    const isDomain = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]*[a-z\d]$/.test(input);
    return isDomain && !isIP(input) && input.length <= 253 ? input : undefined;
  },
};

/** The variables for apps that let Vouch sign people in. */
export const appVariables = {
  ALLOWED_ORIGINS: variable(origins, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: 'https://app.example.com',
    en: 'The origins whose pages may call the API in a browser (CORS), exact and separated by commas; never with cookies: [docs/quickstart/browser-app.md](docs/quickstart/browser-app.md).',
    ru: 'Источники (origin), чьи страницы могут обращаться к API из браузера (CORS), — точные, через запятую; cookie при этом никогда не передаются: [docs/quickstart/browser-app.md](docs/quickstart/browser-app.md).',
  }),
  RETURN_ORIGINS: variable(origins, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: 'https://app.example.com',
    en: 'The origins of apps at which a sign-in by the pages may end (`return_to`), exact and separated by commas. With it, a proxy can ask `/resolve` who sent a request: [docs/quickstart/forward-auth.md](docs/quickstart/forward-auth.md).',
    ru: 'Источники (origin) приложений, в которые страницы могут вернуть человека после входа (`return_to`), — точные, через запятую. С этой переменной прокси может узнать в `/resolve`, чей это запрос: [docs/quickstart/forward-auth.md](docs/quickstart/forward-auth.md).',
  }),
  COOKIE_DOMAIN: variable(domain, {
    defaultDescription: { en: 'the host of `PUBLIC_URL` alone', ru: 'только узел из `PUBLIC_URL`' },
    example: 'example.com',
    en: 'The domain whose hosts share the pass for `/resolve`, if apps of `RETURN_ORIGINS` are on other hosts than `PUBLIC_URL`. The session itself stays with the host of `PUBLIC_URL`.',
    ru: 'Домен, узлы которого получают общий пропуск для `/resolve`, — если приложения из `RETURN_ORIGINS` работают не на узле `PUBLIC_URL`. Сам сеанс остаётся только у узла `PUBLIC_URL`.',
  }),
  FORWARD_AUTH_PHONE: variable(oneOf('yes', 'no'), {
    default: 'no',
    example: 'yes',
    en: '`yes` tells apps behind a proxy the phone number, in `X-Vouch-Phone` of `/resolve`.',
    ru: '`yes` сообщает приложениям за прокси номер телефона — в заголовке `X-Vouch-Phone` ответа `/resolve`.',
  }),
  OIDC: variable(oneOf('off', 'on'), {
    default: 'off',
    example: 'on',
    en: '`on` signs people in to your apps by OpenID Connect, with `PUBLIC_URL` as the issuer. `vouch clients add` registers an app: [docs/oidc.md](docs/oidc.md).',
    ru: '`on` включает вход в ваши приложения по OpenID Connect; издатель — `PUBLIC_URL`. Приложение регистрирует команда `vouch clients add`: [docs/oidc.md](docs/oidc.md).',
  }),
  CLIENTS_FILE: variable(folder, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: '/etc/vouch/clients.json',
    en: 'A JSON file with further apps for `OIDC`, which are read at the start: [docs/oidc.md](docs/oidc.md).',
    ru: 'Файл JSON с другими приложениями для `OIDC`; читается при запуске: [docs/oidc.md](docs/oidc.md).',
  }),
};
