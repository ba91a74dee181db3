import { origin, type Parser } from './parsers.ts';
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

/** The variables for apps that let Vouch sign people in. */
export const appVariables = {
  ALLOWED_ORIGINS: variable(origins, {
    defaultDescription: { en: 'none', ru: 'нет' },
    example: 'https://app.example.com',
    en: 'The origins whose pages may call the API in a browser (CORS), exact and separated by commas; never with cookies: [docs/quickstart/browser-app.md](docs/quickstart/browser-app.md).',
    ru: 'Источники (origin), чьи страницы могут обращаться к API из браузера (CORS), — точные, через запятую; cookie при этом никогда не передаются: [docs/quickstart/browser-app.md](docs/quickstart/browser-app.md).',
  }),
};
