import { type Language, languages } from '../kit/language.ts';
import { ownCookie } from './cookies.ts';
import type { Request } from './server.ts';

/** In which a reader of the pages keeps the language that they chose, for a year. */
export const languageCookie = ownCookie('language', 365 * 86_400);

/** The language to answer in: what the reader chose, else what `Accept-Language` ranks first, else the default. */
export function languageOf(request: Request): Language {
  return asLanguage(languageCookie.read(request)) ?? ranked(request) ?? request.server.defaultLanguage;
}

/** The text as one of our languages, or undefined. */
export function asLanguage(text: unknown): Language | undefined {
  return languages.find((language) => language === text);
}

function ranked(request: Request): Language | undefined {
  const wanted = request.headers['accept-language'];
  if (!wanted || wanted.trim() === '*') return undefined;
  return asLanguage(request.language([...languages]));
}
