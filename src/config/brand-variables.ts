import { isReadable, parseColor, unreadableReason } from '../brand/contrast.ts';
import { folder, type Parser, text } from './parsers.ts';
import { variable } from './variable.ts';

const maxNameLength = 30;

/** A name of one line. */
const brandName: Parser<string> = {
  expected: `a name of at most ${maxNameLength} characters, without line ends and spaces around it`,
  parse: (input) => {
    const isName = [...input].length <= maxNameLength && input === input.trim() && !/[\p{Cc}{}]/u.test(input);
    return isName ? input : undefined;
  },
};

/** A colour on which a text has the contrast of WCAG level AA. */
const brandColor: Parser<string> = {
  expected: 'a colour such as #1d4ed8, on which a text is readable',
  parse: (input) => {
    const color = parseColor(input);
    return color !== undefined && isReadable(color) ? color : undefined;
  },
  reason: (input) => {
    const color = parseColor(input);
    return color && unreadableReason(color);
  },
};

/** The address of a web page. */
const pageUrl: Parser<string> = {
  expected: 'a URL that begins with https://',
  parse: (input) => (urlOf(input)?.protocol === 'https:' ? urlOf(input)?.href : undefined),
};

/** The address of a web page, of a mailbox, or a phone number. */
const supportUrl: Parser<string> = {
  expected: 'a URL that begins with https://, mailto: or tel:',
  parse: (input) => (/^(https|mailto|tel):$/.test(urlOf(input)?.protocol ?? '') ? urlOf(input)?.href : undefined),
};

function urlOf(input: string): URL | undefined {
  const url = URL.canParse(input) ? new URL(input) : undefined;
  return url?.username || url?.password ? undefined : url;
}

/** The 11 characters by which Google Play services know an Android app (SMS Retriever). */
const androidAppHash: Parser<string> = {
  expected: 'the 11 characters that identify an Android app for SMS Retriever',
  parse: (input) => (/^[A-Za-z\d+/]{11}$/.test(input) ? input : undefined),
};

const none = { en: 'none', ru: 'нет' } as const;

/** The variables of the operator's identity. */
export const brandVariables = {
  BRAND_NAME: variable(brandName, {
    defaultDescription: { en: '`Vouch`', ru: '`Vouch`' },
    example: 'Acme',
    en: 'The name of the company on every page, in previews of links and in each SMS: [docs/branding.md](docs/branding.md).',
    ru: 'Название компании на всех страницах, в превью ссылок и в каждой SMS: [docs/branding.md](docs/branding.md).',
  }),
  BRAND_COLOR: variable(brandColor, {
    defaultDescription: { en: '`#ffc629`', ru: '`#ffc629`' },
    example: '#1d4ed8',
    en: 'The colour of the company. A colour on which no text is readable (WCAG AA) is refused with the nearest one that passes.',
    ru: 'Цвет компании. Если текст на нём не читается (WCAG AA), сервер не запустится и назовёт ближайший подходящий цвет.',
  }),
  BRAND_LOGO: variable(text, {
    defaultDescription: { en: 'the name and its first letter', ru: 'название и его первая буква' },
    example: '/etc/vouch/logo.svg',
    en: 'A file with the logo, SVG or PNG, in place of the name at the head of each page.',
    ru: 'Файл SVG или PNG с логотипом: он заменяет название вверху каждой страницы.',
  }),
  BRAND_LOGO_DARK: variable(text, {
    defaultDescription: { en: '`BRAND_LOGO`', ru: '`BRAND_LOGO`' },
    example: '/etc/vouch/logo-dark.svg',
    en: 'The logo for dark mode.',
    ru: 'Логотип для тёмной темы.',
  }),
  BRAND_URL: variable(pageUrl, {
    defaultDescription: none,
    example: 'https://www.example.com',
    en: 'The web site of the company, to which each page links.',
    ru: 'Сайт компании; ссылка на него есть на каждой странице.',
  }),
  BRAND_TERMS_URL: variable(pageUrl, {
    defaultDescription: none,
    example: 'https://www.example.com/terms',
    en: 'The terms of use.',
    ru: 'Условия использования.',
  }),
  BRAND_PRIVACY_URL: variable(pageUrl, {
    defaultDescription: none,
    example: 'https://www.example.com/privacy',
    en: 'The privacy policy.',
    ru: 'Политика конфиденциальности.',
  }),
  BRAND_SUPPORT_URL: variable(supportUrl, {
    defaultDescription: none,
    example: 'mailto:help@example.com',
    en: 'The support: a web page, an e-mail address (`mailto:`) or a phone number (`tel:`).',
    ru: 'Поддержка: страница, адрес почты (`mailto:`) или телефон (`tel:`).',
  }),
  TEXTS_DIR: variable(folder, {
    defaultDescription: none,
    example: '/etc/vouch/texts',
    en: 'A folder with texts of your own, one JSON file a language: [docs/branding.md](docs/branding.md).',
    ru: 'Каталог со своими текстами, по файлу JSON на язык: [docs/branding.md](docs/branding.md).',
  }),
  ANDROID_APP_HASH: variable(androidAppHash, {
    defaultDescription: none,
    example: 'FA+9qCX9VSu',
    en: 'The hash of an Android app, which each SMS then carries, so that the app reads the code without a permission (SMS Retriever).',
    ru: 'Хеш приложения Android: он добавляется в каждую SMS, и приложение читает код без разрешения на доступ к сообщениям (SMS Retriever).',
  }),
} as const;
