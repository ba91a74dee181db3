import { languageOf } from '../http/language.ts';
import type { RequestHead } from '../http/server.ts';
import { type ConsoleTexts, en } from './words/en.ts';
import { ru } from './words/ru.ts';

/** A language of the console: operators are few, and know one of these. */
export type ConsoleLanguage = 'ru' | 'en';

/** The texts of the console by language. */
export const consoleWords: Readonly<Record<ConsoleLanguage, ConsoleTexts>> = { ru, en };

/** The language for a reader: Russian for readers of Russian and Kazakh, English for all others. */
export function consoleLanguage(head: RequestHead): ConsoleLanguage {
  const language = languageOf(head);
  return language === 'ru' || language === 'kk' ? 'ru' : 'en';
}
